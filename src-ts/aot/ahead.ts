/** Where compilations have the passes from that were translated when the package was built (codegen/ahead.ts). */
import { existsSync, readFileSync } from 'node:fs';
import { AheadModule, type Engine } from '../codegen/ahead.js';
import { AheadAllocator } from '../codegen/regalloc/ahead.js';
import { packageFile } from '../util/package-files.js';
import { v8WebAssembly } from '../util/v8-wasm.js';

/** The thread's module, whose busy functions V8 optimises; null where there is none. */
let module: AheadModule | null | undefined;
/** One for all compilations of the thread: each of its runs is a whole. */
let allocator: AheadAllocator | undefined;

/**
 * The translated allocator, for a compilation. Null where V8 has no WebAssembly (`--jitless`), and for sources that are
 * not built.
 */
export function aheadAllocator(): AheadAllocator | null {
  if (module === undefined) {
    const file = packageFile('allocator.wasm');
    const engine = v8WebAssembly as Engine | undefined;
    module = engine !== undefined && existsSync(file) ? new AheadModule(engine, readFileSync(file)) : null;
  }
  if (module === null) return null;
  if (allocator?.usable !== true) allocator = new AheadAllocator(module);
  return allocator;
}
