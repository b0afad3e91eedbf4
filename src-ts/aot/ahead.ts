/** Where compilations have the passes from that were translated when the package was built (ahead/memory.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { addressSpaceLeft } from '../addon.js';
import { AheadModule, type Engine } from '../ahead/memory.js';
import { AheadParts } from '../ahead/parts.js';
import { packageFile } from '../util/package-files.js';
import { v8WebAssembly } from '../util/v8-wasm.js';

/** V8 reserves 10 GiB for a memory; where little is left afterwards, it ends the process when a thread starts. */
const WORTH_OF_SPACE = 14 * 2 ** 30;

/** The thread's module, whose busy functions V8 optimises. */
let module: AheadModule | 'none' | undefined;
/** One for all compilations of the thread: each of its runs is a whole. */
let parts: AheadParts | undefined;

/**
 * The translated parts of the compiler, for a compilation. Null where V8 has no WebAssembly (`--jitless`), where there is
 * little address space (`ulimit -v`), and for sources that are not built.
 */
export function aheadParts(): AheadParts | null {
  module ??= loadModule();
  if (module === 'none') return null;
  if (parts?.usable === true) return parts;
  parts = undefined;
  return addressSpaceLeft() < WORTH_OF_SPACE ? null : (parts = new AheadParts(module));
}

function loadModule(): AheadModule | 'none' {
  const file = builtFile();
  const engine = v8WebAssembly as Engine | undefined;
  return engine !== undefined && file !== null ? new AheadModule(engine, readFileSync(file)) : 'none';
}

/** What the build translated; null beside sources, and beside a bundle of parts of them (tests, measurements). */
function builtFile(): string | null {
  try {
    const file = packageFile('ahead.wasm');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}
