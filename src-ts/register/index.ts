/**
 * `wamr-native/register` puts this engine in the place of `globalThis.WebAssembly`:
 *
 *     node --import wamr-native/register app.mjs
 *
 * Modules that the cache has run as machine code from the first call on; others run on V8, as ever, while a background
 * process compiles them for the next start.
 *
 * Every start compiles this file: it only loads the addon and, by V8's code cache, the rest (install.ts).
 *
 * @module wamr-native/register
 */
import { binding, otherRuntime } from '../addon.js';
import type { NativeBinding } from '../binding.js';
import { ENV } from '../options.js';
import { inMainRealm } from '../util/main-realm.js';
import { packageFile } from '../util/package-files.js';
import { CodeCache } from '../cache/code-cache.js';
import type { EngineName, Mode, ModuleStatus } from './modules.js';
import { REGISTERED, type Registered, type Status } from './registered.js';

export type { EngineName, Mode, ModuleStatus, Status };

const host = globalThis as { [REGISTERED]?: Registered };

function modeOf(value: string): Mode | 'off' {
  if (value === 'always' || value === 'off' || value === 'record') return value;
  if (value === '' || value === 'cached') return 'cached';
  throw new Error(`WAMR_REGISTER is '${value}'; it may be always, cached or off`);
}

function start(): Registered {
  const wanted = modeOf(ENV.register);
  // What runs on V8 is not counted.
  const mode = (ENV.coverage !== '' || ENV.record) && wanted === 'cached' ? 'always' : wanted;
  const foreign = otherRuntime();
  if (mode === 'off' || !('WebAssembly' in globalThis) || foreign !== null) {
    const reason =
      mode === 'off'
        ? 'WAMR_REGISTER=off'
        : foreign === null
          ? 'this Node has no WebAssembly'
          : `it is for Node; this is ${foreign}`;
    if (mode !== 'off' && foreign !== null)
      console.warn(`wamr-native/register does nothing: ${reason}, and its own WebAssembly stays`);
    return { status: () => ({ mode, engine: 'host', reason, modules: [] }) };
  }
  const native = addon();
  const file = packageFile('register-main.js');
  // In a realm of a test runner by the runner's `require`, which loads into that realm.
  const code = typeof native !== 'string' && inMainRealm() ? new CodeCache(native) : null;
  const main = (code === null ? require(file) : code.require(file)) as typeof import('./install.js');
  return main.install(mode, native, code);
}

/** The addon, or what is missing for it. */
function addon(): NativeBinding | string {
  if (ENV.engine === 'host') return 'WAMR_ENGINE=host';
  try {
    return binding();
  } catch (e) {
    return (e as Error).message;
  }
}

if (host[REGISTERED] === undefined) Object.defineProperty(host, REGISTERED, { value: start(), configurable: true });

/** Which module ran where, and why. */
export function status(): Status {
  return host[REGISTERED]!.status();
}
