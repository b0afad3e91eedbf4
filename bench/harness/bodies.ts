/** The functions of a module or component by the hash of their body, as stored profiles key them (ir/profile.ts). */
import { isComponent } from '../../src-ts/component/bundle.js';
import { bodyKey } from '../../src-ts/ir/profile.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { Reader } from '../../src-ts/wasm/reader.js';

/** Section of a component that holds a core module. */
const CORE_MODULE = 1;

/** Core modules lie at the top level of a component: only its sections are looked at. */
export function bodyHashes(bytes: Uint8Array): Set<string> {
  if (!isComponent(bytes)) return new Set(moduleBodies(bytes));
  const hashes = new Set<string>();
  for (const r = new Reader(bytes, 8); r.pos < bytes.length;) {
    const id = r.u8();
    const size = r.u32();
    const from = r.pos;
    r.pos = from + size;
    if (id === CORE_MODULE) for (const key of moduleBodies(bytes.subarray(from, r.pos))) hashes.add(key);
  }
  return hashes;
}

function moduleBodies(bytes: Uint8Array): string[] {
  const m = decodeModule(bytes);
  return Array.from(m.bodyStart, (start, d) => bodyKey(bytes.subarray(start, m.bodyEnd[d])));
}
