/**
 * Dominator tree of a finished function, from its edges alone: for the parser, for passes that change the control flow,
 * and for the verifier to compare with what the builder tracked.
 */
import type { Func } from './func.js';

/** Immediate dominators and depths, for all blocks. */
export function computeDominators(f: Func): { idom: Int32Array<ArrayBuffer>; depth: Int32Array<ArrayBuffer> } {
  const idom = new Int32Array(f.nb);
  const depth = new Int32Array(f.nb);
  dominate(f, idom, depth, new Int32Array(f.nb));
  return { idom, depth };
}

/** The same into the function; its array is reused from function to function. */
export class Dominators {
  private far = new Int32Array(0);

  run(f: Func): void {
    const { nb } = f;
    if (this.far.length < nb) this.far = new Int32Array(nb * 2);
    if (f.idom.length < nb) f.idom = new Int32Array(nb * 2);
    if (f.domDepth.length < nb) f.domDepth = new Int32Array(nb * 2);
    f.idom[0] = f.domDepth[0] = this.far[0] = 0;
    dominate(f, f.idom, f.domDepth, this.far);
  }
}

/**
 * Fills the entries of the blocks from 1 on; those of block 0 are 0. Intersecting forward predecessors in block order is
 * enough: blocks are in topological order and back edges go to dominating headers. Climbs use a far ancestor per block
 * (skew-binary jumps): O(edges log depth).
 */
function dominate(f: Func, idom: Int32Array, depth: Int32Array, far: Int32Array): void {
  for (let b = 1; b < f.nb; b++) {
    let d = -1;
    for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++) {
      let p = f.edgeFrom[f.predEdge[k]];
      if (p >= b) continue;
      if (d < 0) d = p;
      while (depth[p] > depth[d]) p = depth[far[p]] >= depth[d] ? far[p] : idom[p];
      while (depth[d] > depth[p]) d = depth[far[d]] >= depth[p] ? far[d] : idom[d];
      while (d !== p) {
        const step = far[d] !== far[p];
        d = step ? far[d] : idom[d];
        p = step ? far[p] : idom[p];
      }
    }
    idom[b] = Math.max(d, 0);
    depth[b] = depth[idom[b]] + 1;
    // Skew-binary: two jumps of equal length join to one.
    const parent = idom[b];
    far[b] =
      depth[parent] - depth[far[parent]] === depth[far[parent]] - depth[far[far[parent]]] ? far[far[parent]] : parent;
  }
}
