/** Where the cache is. A start of `register` loads no more of it than this. */
import { ENV } from '../options.js';
import { builtin } from '../util/builtin.js';

/** What earlier runs of commands took (register/past-runs.ts), beside the entries. */
export const RUNS = 'runs';
/** What there surely is nothing of (register/presence.ts). */
export const PRESENT = 'present';

const OWN = 'wamr-native';

/**
 * The folder's path: WAMR_CACHE_DIR, else $XDG_CACHE_HOME/wamr-native (Windows: %LOCALAPPDATA%\wamr-native), else
 * ~/.cache/wamr-native; null without a home.
 */
export function cacheDir(): string | null {
  const { LOCALAPPDATA, XDG_CACHE_HOME, HOME } = process.env;
  const given = ENV.cacheDir;
  const isWindows = process.platform === 'win32';
  if (!isWindows) {
    // What there mostly is, without modules of Node's.
    if (given.startsWith('/')) return given;
    if (given === '' && XDG_CACHE_HOME?.startsWith('/')) return `${XDG_CACHE_HOME}/${OWN}`;
    if (given === '' && !XDG_CACHE_HOME && HOME?.startsWith('/')) return `${HOME}/.cache/${OWN}`;
  }
  const { isAbsolute, join, resolve } = builtin<typeof import('node:path')>('node:path');
  const caches = isWindows ? LOCALAPPDATA : XDG_CACHE_HOME;
  try {
    if (given) return resolve(given);
    const base = caches && isAbsolute(caches) ? caches : null;
    return join(base ?? join(HOME || builtin<typeof import('node:os')>('node:os').homedir(), '.cache'), OWN);
  } catch {
    // No HOME and no entry in the user database, or no current folder.
    return null;
  }
}
