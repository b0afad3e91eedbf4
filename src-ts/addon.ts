/** Finds and loads the addon (`prebuilds/` or `build/`), and says why there is none for this host. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TableSlot } from './abi/calls.js';
import type { Calls, NativeBinding } from './binding.js';
import { ENV } from './options.js';
import { nodeModule } from './util/builtin.js';
import { otherRuntime } from './util/other-runtime.js';
import { packageRoot, requireFile } from './util/package-files.js';

/** Where the thread's registry of objects hangs on the addon's exports (runtime/registry.ts). */
export const REGISTRY = Symbol.for('wamr-native.registry');

/** V8s (of Node 20, 22, 24) whose fast calls are as native/os/v8.h has them, and tested. */
const FAST_CALL_V8 = ['11.3.', '12.4.', '13.6.'];

/** Whether this is Node itself, and nothing that is embedded, modelled on it, or claims to be it. */
export function isPlainNode(): boolean {
  const { versions, release } = process;
  return release.name === 'node' && ['electron', 'bun', 'deno'].every((other) => versions[other] === undefined);
}

/** `WAMR_NATIVE_FAST_CALLS=0` forbids fast calls. */
export function calls(native: NativeBinding): Calls {
  const { versions } = process;
  const known = isPlainNode() && FAST_CALL_V8.some((v) => versions.v8.startsWith(v));
  const fast = known && ENV.fastCalls ? native.fastCalls() : undefined;
  if (fast === undefined) return native;
  const { invoke, resume, tableGet, tableSet } = fast;
  const slots = new Uint32Array(native.argumentBuffer);
  return {
    invoke,
    resume,
    tableGet(table, index) {
      slots[2 * TableSlot.TABLE] = table;
      slots[2 * TableSlot.INDEX] = index;
      tableGet();
      return slots[2 * TableSlot.REFERENCE];
    },
    tableSet(table, index, reference) {
      slots[2 * TableSlot.TABLE] = table;
      slots[2 * TableSlot.INDEX] = index;
      slots[2 * TableSlot.REFERENCE] = reference;
      tableSet();
    },
  };
}

/** What the addon's machine can run. */
export const machineOf = (native: NativeBinding): { architecture: number; features: number } => ({
  architecture: native.architecture,
  features: native.cpuFeatures(),
});

/** What V8 needs for the heap of another thread: where it finds no room it ends the process. */
const ROOM_FOR_THREAD = 2 ** 30;

/** How many threads there is room for. */
export const roomForThreads = (): number => Math.floor(addressSpaceLeft() / ROOM_FOR_THREAD);

/** Bytes of address space that the process may still take; Infinity where that is not known. */
export function addressSpaceLeft(): number {
  try {
    return binding().addressSpaceLeft();
  } catch {
    return Infinity; // Without an addon one compiles for other machines.
  }
}

let loaded: NativeBinding | undefined;

/** The addon; loaded at the first call. Throws an error that says what to do when there is none for this platform. */
export function binding(): NativeBinding {
  return (loaded ??= loadBinding());
}

/** The addon, or null where this process does without: the engine says why (host/engine.ts). */
export function addonHere(): NativeBinding | null {
  try {
    return ENV.engine === 'host' ? null : binding();
  } catch {
    return null;
  }
}

/** Takes the addon that another bundle of the package has loaded in this thread: finding it takes a millisecond. */
export function useBinding(native: NativeBinding): void {
  loaded ??= native;
}

/**
 * The addons that may fit: prebuilt ones, of this machine's C library first (which other musl systems than Alpine do not
 * tell), and the one that was built here.
 */
function addonFiles(root: string): string[] {
  const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const libraries = existsSync('/etc/alpine-release') ? ['.musl', '.glibc'] : ['.glibc', '.musl'];
  if (process.platform !== 'linux') libraries.splice(0, 2, '');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const prebuilt = libraries.flatMap((library) => names.filter((name) => name.endsWith(`${library}.node`)));
  const built = join(root, 'build/Release/wamr_native.node');
  return [...prebuilt.map((name) => join(folder, name)), ...(existsSync(built) ? [built] : [])];
}

/** Where there is an addon for: `process.platform` and `process.arch`. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'win32-x64'];
/** Where it can be built, and was never run: `WAMR_NATIVE_UNTESTED=1` runs it. */
const UNTESTED = ['darwin-x64', 'darwin-arm64'];

/** Why nothing can be run in this process, whatever is installed; null where it can. */
export function unfitHost(): string | null {
  const other = otherRuntime();
  if (other !== null) return `running compiled code needs Node; this is ${other}`;
  const platform = `${process.platform}-${process.arch}`;
  const untested = UNTESTED.includes(platform);
  if (PLATFORMS.includes(platform) || (untested && ENV.untested)) return null;
  const why = `running compiled code needs Linux on x86-64 or arm64, or Windows on x86-64; this is ${process.platform} on ${process.arch}`;
  return untested ? `${why}, where it was never tested: WAMR_NATIVE_UNTESTED=1 tries` : why;
}

function loadBinding(): NativeBinding {
  const unfit = unfitHost();
  if (unfit !== null) throw new Error(`wamr-native: ${unfit} (compiling works here)`);
  const root = packageRoot();
  // For tests of another build (AddressSanitizer).
  if (ENV.addon) return nodeModule().createRequire(join(root, 'package.json'))(ENV.addon) as NativeBinding;
  const failures: string[] = [];
  for (const file of addonFiles(root)) {
    try {
      return requireFile(file) as NativeBinding;
    } catch (e) {
      failures.push((e as Error).message);
    }
  }
  throw new Error(
    `wamr-native: no native addon for this machine in ${join(root, 'prebuilds')} or ${join(root, 'build')}${failures.map((f) => ` (${f})`).join('')}. ` +
      remedyFor(root),
  );
}

function remedyFor(root: string): string {
  if (process.platform === 'win32')
    return 'On Windows none can be built: it is part of the published package, made on Linux by `npm run prebuild -- windows`.';
  const isClone = existsSync(join(root, 'scripts/build-native.cjs'));
  const command = isClone ? 'npm run build:native' : 'npm rebuild wamr-native';
  return `Build it with \`${command}\`, which needs a C++ compiler, make and Python.`;
}
