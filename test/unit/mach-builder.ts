/**
 * Packs machine functions for tests from lists of instructions, and computes their dominators and control-flow facts.
 */
import { Func } from '../../src-ts/ir/func.js';
import type { Cfg } from '../../src-ts/opt/cfg.js';
import { MachFunc } from '../../src-ts/codegen/mach.js';
import { Clobber, CLOBBER_BITS } from '../../src-ts/codegen/machine.js';
import { X64 } from '../../src-ts/x64/facts.js';

export interface MachInst {
  ops: { v: number; fix: number }[];
  def: number;
  defFix: number;
  tied: number;
  commutes: number;
  /** Temporaries. */
  tg: number;
  tx: number;
  clob: number;
  /** Of a call: registers that its callee preserves beyond the callee-saved ones, general and vector. */
  preserves?: [general: number, vector: number];
}

export const plainInst = (): MachInst => ({
  ops: [],
  def: -1,
  defFix: -1,
  tied: 0,
  commutes: 0,
  tg: 0,
  tx: 0,
  clob: 0,
});

export interface MachEdge {
  from: number;
  to: number;
  args: number[];
}

/**
 * Values (class, slot size, defining block, constant), instructions and parameters by block, edges. Blocks in
 * topological order with contiguous loops.
 */
export interface MachSpec {
  index: number;
  cls: number[];
  size: number[];
  block: number[];
  constOf: number[];
  code: MachInst[][];
  edges: MachEdge[];
  params: number[][];
}

/**
 * Loop nest, probabilities and frequencies for a function whose blocks are in topological order with contiguous loops.
 */
export function simpleCfg(f: Func): Cfg {
  const { nb, ne } = f;
  const loopOf = new Int32Array(nb).fill(-1);
  const loopParent = new Int32Array(nb).fill(-1);
  const end = new Int32Array(nb).fill(-1); // last block of the loop, by header
  for (let e = 0; e < ne; e++)
    if (f.edgeTo[e] <= f.edgeFrom[e]) end[f.edgeTo[e]] = Math.max(end[f.edgeTo[e]], f.edgeFrom[e]);
  const open: number[] = [];
  for (let b = 0; b < nb; b++) {
    while (open.length > 0 && end[open[open.length - 1]] < b) open.pop();
    if (end[b] >= 0) {
      loopParent[b] = open.length > 0 ? open[open.length - 1] : -1;
      open.push(b);
    }
    if (open.length > 0) loopOf[b] = open[open.length - 1];
  }
  const loopDepth = new Int32Array(nb);
  for (let b = 0; b < nb; b++) for (let h = loopOf[b]; h >= 0; h = loopParent[h]) loopDepth[b]++;
  const prob = new Float64Array(ne);
  const freq = new Float64Array(nb);
  const edgeFreq = new Float64Array(ne);
  for (let b = 0; b < nb; b++) {
    if (b === 0) freq[b] = 1;
    else
      for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++)
        if (f.edgeFrom[f.predEdge[k]] < b) freq[b] += edgeFreq[f.predEdge[k]];
    if (loopOf[b] === b) freq[b] *= 10;
    const n = f.succAt[b + 1] - f.succAt[b];
    for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
      prob[f.succEdge[k]] = 1 / n;
      edgeFreq[f.succEdge[k]] = freq[b] / n;
    }
  }
  const loopPlace = Int32Array.from({ length: nb }, (_, b) => b);
  const loopSize = new Int32Array(nb).fill(1);
  for (let b = nb - 1; b >= 0; b--) if (loopOf[b] === b) loopSize[b] = Math.max(1, end[b] - b + 1);
  return { loopOf, loopParent, loopDepth, loopPlace, loopSize, cold: new Uint8Array(nb), prob, freq, edgeFreq };
}

/** Makes the machine function. */
export function packMach(spec: MachSpec): MachFunc {
  const { index, cls, size, block, constOf, code, edges, params } = spec;
  const mf = new MachFunc();
  const f = new Func();
  f.index = index;
  const nb = code.length;
  f.nb = nb;
  f.nv = cls.length;
  f.ne = edges.length;
  f.edgeFrom = Int32Array.from(edges, (e) => e.from);
  f.edgeTo = Int32Array.from(edges, (e) => e.to);
  f.argAt = new Int32Array(f.ne + 1);
  edges.forEach((e, k) => (f.argAt[k + 1] = f.argAt[k] + e.args.length));
  f.args = Int32Array.from(edges.flatMap((e) => e.args));
  f.paramAt = new Int32Array(nb + 1);
  params.forEach((p, b) => (f.paramAt[b + 1] = f.paramAt[b] + p.length));
  f.params = Int32Array.from(params.flat());
  const lists = (key: Int32Array): [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>] => {
    const at = new Int32Array(nb + 1);
    for (let e = 0; e < f.ne; e++) at[key[e] + 1]++;
    for (let b = 0; b < nb; b++) at[b + 1] += at[b];
    const next = at.slice();
    const list = new Int32Array(f.ne);
    for (let e = 0; e < f.ne; e++) list[next[key[e]]++] = e;
    return [at, list];
  };
  [f.predAt, f.predEdge] = lists(f.edgeTo);
  [f.succAt, f.succEdge] = lists(f.edgeFrom);
  f.idom = new Int32Array(nb).fill(-1);
  f.domDepth = new Int32Array(nb);
  for (let b = 1; b < nb; b++) {
    let d = -1;
    for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++) {
      let p = f.edgeFrom[f.predEdge[k]];
      if (p >= b) continue;
      if (d < 0) d = p;
      else {
        while (d !== p) {
          if (d > p) d = f.idom[d];
          else p = f.idom[p];
        }
      }
    }
    f.idom[b] = d;
    f.domDepth[b] = f.domDepth[d] + 1;
  }
  mf.machine = X64;
  mf.func = f;
  mf.cfg = simpleCfg(f);
  mf.nVals = cls.length;
  mf.valueClass = Uint8Array.from(cls);
  mf.valueSize = Uint8Array.from(size);
  mf.valueBlock = Int32Array.from(block);
  mf.constOf = Int32Array.from(constOf);
  mf.instAt = new Int32Array(nb + 1);
  for (let b = 0; b < nb; b++) {
    for (const m of code[b]) {
      mf.nInst++;
      mf.op.push(0);
      mf.def.push(m.def);
      mf.defFixed.push(m.defFix);
      mf.useAt.push(mf.useValue.n);
      for (const o of m.ops) {
        mf.useValue.push(o.v);
        mf.useFixed.push(o.fix);
      }
      mf.tied.push(m.tied);
      mf.commutes.push(m.commutes);
      mf.tempGpr.push(m.tg);
      mf.tempVector.push(m.tx);
      const pair = m.preserves === undefined ? 0 : mf.preserved.push(m.preserves[0]) / 2 + 1;
      if (m.preserves !== undefined) mf.preserved.push(m.preserves[1]);
      mf.clobbers.push(m.clob | (pair << CLOBBER_BITS));
      if (m.clob & Clobber.CALL) mf.hasCalls = true;
    }
    mf.instAt[b + 1] = mf.nInst;
  }
  mf.useAt.push(mf.useValue.n);
  return mf;
}
