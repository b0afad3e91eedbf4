/**
 * Loop depth of machine instructions: control flow graph, dominators (Cooper, Harvey, Kennedy), natural loops. The same
 * rule for every compiler's code, whatever the order of its blocks. O(n × small number of sweeps).
 */

export interface Flow {
  /** Offset of each instruction, ascending. */
  starts: number[];
  /** By instruction: it does not fall through to the next. */
  ends: boolean[];
  /** By instruction: offsets that it may jump to (null: none). */
  targets: (number[] | null)[];
}

/** Number of natural loops around each instruction. */
export function loopDepths({ starts, ends, targets }: Flow): Uint16Array {
  const n = starts.length;
  const at = new Map(starts.map((s, i) => [s, i]));
  const leader = new Uint8Array(n);
  leader[0] = 1;
  for (let i = 0; i < n; i++) {
    if (targets[i] === null && !ends[i]) continue;
    if (i + 1 < n) leader[i + 1] = 1;
    for (const t of targets[i] ?? []) if (at.has(t)) leader[at.get(t) as number] = 1;
  }
  const blockOf = new Int32Array(n);
  let nb = -1;
  for (let i = 0; i < n; i++) {
    if (leader[i]) nb++;
    blockOf[i] = nb;
  }
  nb++;
  const succs: number[][] = Array.from({ length: nb }, () => []);
  const preds: number[][] = Array.from({ length: nb }, () => []);
  for (let i = 0; i < n; i++) {
    if (i + 1 < n && blockOf[i + 1] === blockOf[i]) continue;
    const to = new Set<number>();
    for (const t of targets[i] ?? []) if (at.has(t)) to.add(blockOf[at.get(t) as number]);
    if (!ends[i] && i + 1 < n) to.add(blockOf[i + 1]);
    for (const s of to) {
      succs[blockOf[i]].push(s);
      preds[s].push(blockOf[i]);
    }
  }
  const depthOfBlock = blockDepths(succs, preds);
  return Uint16Array.from(blockOf, (b) => depthOfBlock[b]);
}

function blockDepths(succs: number[][], preds: number[][]): Uint16Array {
  const nb = succs.length;
  const order = postorder(succs);
  const number = new Int32Array(nb).fill(-1);
  order.forEach((b, k) => (number[b] = k));
  const idom = new Int32Array(nb).fill(-1);
  idom[0] = 0;
  const meet = (x: number, y: number): number => {
    while (x !== y) {
      while (number[x] < number[y]) x = idom[x];
      while (number[y] < number[x]) y = idom[y];
    }
    return x;
  };
  for (let changed = true; changed;) {
    changed = false;
    for (let k = order.length - 2; k >= 0; k--) {
      const b = order[k];
      let d = -1;
      for (const p of preds[b]) if (idom[p] >= 0) d = d < 0 ? p : meet(d, p);
      if (d !== idom[b]) {
        idom[b] = d;
        changed = true;
      }
    }
  }
  const dominates = (h: number, b: number): boolean => {
    while (number[b] < number[h]) b = idom[b];
    return b === h;
  };
  const depth = new Uint16Array(nb);
  const mark = new Int32Array(nb).fill(-1);
  for (let h = 0; h < nb; h++) {
    if (number[h] < 0) continue;
    const work = preds[h].filter((p) => number[p] >= 0 && dominates(h, p));
    if (work.length === 0) continue;
    mark[h] = h;
    depth[h]++;
    while (work.length > 0) {
      const b = work.pop() as number;
      if (mark[b] === h) continue;
      mark[b] = h;
      depth[b]++;
      for (const p of preds[b]) if (number[p] >= 0) work.push(p);
    }
  }
  return depth;
}

/** Blocks that can be reached from block 0, in postorder. */
function postorder(succs: number[][]): number[] {
  const seen = new Uint8Array(succs.length);
  const next = new Int32Array(succs.length);
  const out: number[] = [];
  const stack = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const b = stack[stack.length - 1];
    if (next[b] < succs[b].length) {
      const s = succs[b][next[b]++];
      if (!seen[s]) {
        seen[s] = 1;
        stack.push(s);
      }
    } else {
      out.push(b);
      stack.pop();
    }
  }
  return out;
}
