/** Where compilations have the passes from that were translated when the package was built (ahead/memory.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { addressSpaceLeft } from '../addon.js';
import { AheadModule, type Engine } from '../ahead/memory.js';
import { AheadParts } from '../ahead/parts.js';
import { packageFile } from '../util/package-files.js';
import { v8WebAssembly } from '../util/v8-wasm.js';

/** V8 reserves 10 GiB for a memory; where little is left afterwards, it ends the process when a thread starts. */
const WORTH_OF_SPACE = 14 * 2 ** 30;

interface Loaded {
  /** Its busy functions are optimised by V8. */
  readonly module: AheadModule;
  /** One for all compilations of the thread: each of its runs is a whole. */
  parts: AheadParts | null;
}
/** By file; null: there is none. */
const loaded = new Map<string, Loaded | null>();

/**
 * The translated parts of the compiler in a file of the package (`Machine.translated`), for a compilation. Null where V8
 * has no WebAssembly (`--jitless`), where there is little address space (`ulimit -v`), and for sources that are not built.
 */
export function aheadParts(name: string): AheadParts | null {
  let found = loaded.get(name);
  if (found === undefined) loaded.set(name, (found = load(name)));
  if (found === null) return null;
  if (found.parts?.usable === true) return found.parts;
  found.parts = null;
  return addressSpaceLeft() < WORTH_OF_SPACE ? null : (found.parts = new AheadParts(found.module));
}

function load(name: string): Loaded | null {
  const file = builtFile(name);
  const engine = v8WebAssembly as Engine | undefined;
  if (engine === undefined || file === null) return null;
  return { module: new AheadModule(engine, readFileSync(file)), parts: null };
}

/** What the build translated; null beside sources, and beside a bundle of parts of them (tests, measurements). */
function builtFile(name: string): string | null {
  try {
    const file = packageFile(name);
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}
