/** The order in which blocks are emitted: blocks that only lead to traps come last. */
import type { Func } from '../ir/func.js';
import type { Cfg } from './cfg.js';

/** A permutation of the blocks 0 .. nb-1; block 0 is first. */
export function orderBlocks(f: Func, cfg: Cfg): Int32Array {
  const { nb } = f;
  const { cold } = cfg;
  const order = new Int32Array(nb);
  let n = 0;
  for (let b = 0; b < nb; b++) if (cold[b] === 0 || b === 0) order[n++] = b;
  for (let b = 1; b < nb; b++) if (cold[b] !== 0) order[n++] = b;
  return order;
}
