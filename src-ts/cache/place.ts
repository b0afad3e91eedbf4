/** Where the cache is. A start of `register` loads no more of it than this. */
import { isAbsolute, join, resolve } from 'node:path';
import { ENV } from '../options.js';
import { builtin } from '../util/builtin.js';

/** What earlier runs of commands took (register/past-runs.ts), beside the entries. */
export const RUNS = 'runs';
/** What there surely is nothing of (register/presence.ts). */
export const PRESENT = 'present';

/**
 * The folder's path: WAMR_CACHE_DIR, else $XDG_CACHE_HOME/wamr-native (Windows: %LOCALAPPDATA%\wamr-native), else
 * ~/.cache/wamr-native; null without a home.
 */
export function cacheDir(): string | null {
  const caches = process.platform === 'win32' ? process.env.LOCALAPPDATA : process.env.XDG_CACHE_HOME;
  try {
    if (ENV.cacheDir) return resolve(ENV.cacheDir);
    const base = caches && isAbsolute(caches) ? caches : null;
    return join(
      base ?? join(process.env.HOME || builtin<typeof import('node:os')>('node:os').homedir(), '.cache'),
      'wamr-native',
    );
  } catch {
    // No HOME and no entry in the user database, or no current folder.
    return null;
  }
}
