/**
 * Where functions stand in the code section: in index order, but those that a profile shows to be hot come first, so
 * that they share pages and cache sets with each other and not with what never runs.
 */
import type { ModuleProfile } from '../ir/profile.js';
import type { WasmModule } from '../wasm/decoded-module.js';

/** Defined indices in the order of the code. */
export function orderFunctions(m: WasmModule, profile: ModuleProfile | undefined): Int32Array {
  const order = Int32Array.from(m.bodyStart.keys());
  if (profile === undefined) return order;
  const heat = Float64Array.from(order, (d) => heatOf(profile, d) / (m.bodyEnd[d] - m.bodyStart[d]));
  return order.sort((x, y) => heat[y] - heat[x] || x - y);
}

/** Executions of all blocks. */
function heatOf({ blockAt, blockCount }: ModuleProfile, d: number): number {
  let sum = 0;
  for (let k = blockAt[d]; k < blockAt[d + 1]; k++) sum += blockCount[k];
  return sum;
}
