/** Where the cache is. A start of `register` loads no more of it than this. */
import { isAbsolute, join, resolve } from 'node:path';
import { ENV } from '../options.js';
import { builtin } from '../util/builtin.js';

/** What earlier runs of commands took (register/past-runs.ts), beside the entries. */
export const RUNS = 'runs';

/**
 * The folder's path: WAMR_CACHE_DIR, else $XDG_CACHE_HOME/wamr-native, else ~/.cache/wamr-native; null without a home.
 */
export function cacheDir(): string | null {
  const { XDG_CACHE_HOME } = process.env;
  try {
    if (ENV.cacheDir) return resolve(ENV.cacheDir);
    const base = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : null;
    return join(
      base ?? join(process.env.HOME || builtin<typeof import('node:os')>('node:os').homedir(), '.cache'),
      'wamr-native',
    );
  } catch {
    // No HOME and no entry in the user database, or no current folder.
    return null;
  }
}
