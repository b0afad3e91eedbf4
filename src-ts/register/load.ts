/** How a thread loads the addon and, by V8's code cache, the engine: a bundle of its own, which a cold start does not parse. */
import { binding } from '../addon.js';
import type { NativeBinding } from '../binding.js';
import { CodeCache } from '../cache/code-cache.js';
import { ENV } from '../options.js';
import { inMainRealm } from '../util/main-realm.js';
import { packageFile } from '../util/package-files.js';

/** The addon, or what is missing for it. */
export function addon(): NativeBinding | string {
  if (ENV.engine === 'host') return 'WAMR_ENGINE=host';
  try {
    return binding();
  } catch (e) {
    return (e as Error).message;
  }
}

/** What installs the engine, and the code cache; null in realms that have none. */
export function engine(native: NativeBinding | string): {
  install: typeof import('./install.js').install;
  code: CodeCache | null;
} {
  const file = packageFile('register-main.js');
  // In a realm of a test runner by the runner's `require`, which loads into that realm.
  const code = typeof native !== 'string' && inMainRealm() ? new CodeCache(native) : null;
  const { install } = (code === null ? require(file) : code.require(file)) as typeof import('./install.js');
  return { install, code };
}
