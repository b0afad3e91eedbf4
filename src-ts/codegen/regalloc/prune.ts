/**
 * The spiller keeps a value in its set until something pushes it out, even where no later instruction and no successor
 * takes it from a register. Such residences cost moves (around calls) and pointless edge reloads: they are cut back to
 * the last use. Backward, like liveness; optimistic about back edges (what their targets want counts as wanted). After
 * this pass evictions need no mention any more: a value leaves its register where a use says `UseFlag.DIES`. O(code +
 * entry and exit sets).
 */
import { ensureU8, type State, UseFlag } from './state.js';
const STORE_ONLY = 1;
const DROPPED = 2;

/** The pass, with its arrays: reused from function to function. */
export class Pruning {
  /** By entry of `inV`. */
  private dropped = new Uint8Array(0);

  /** Sets `UseFlag.DIES` and `defDies`, and shortens `inV`. */
  run(s: State): void {
    const {
      nb,
      func,
      mf,
      inAt,
      inV,
      outAt,
      outV,
      evAt,
      evV,
      useFlags,
      defDies,
      storeAt,
      storeIn,
      usesMemory,
      paramPos,
      entryEnd,
    } = s;
    const { succAt, succEdge, edgeTo, argAt, args, paramAt } = func;
    const { instAt, valueBlock } = mf;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const def = mf.def.a;
    const defFixed = mf.defFixed.a;
    const keep = s.stampA; // a register copy is wanted at this point
    const wanted = s.stampB; // by a successor
    this.dropped = ensureU8(this.dropped, inAt[nb]);
    this.dropped.fill(0, 0, inAt[nb]);
    for (let b = nb - 1; b >= 0; b--) {
      const mark = ++s.epoch;
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        const t = edgeTo[e];
        for (let j = inAt[t]; j < inAt[t + 1]; j++) {
          if (this.dropped[j] === DROPPED) continue;
          const v = inV[j];
          wanted[valueBlock[v] === t ? args[argAt[e] + paramPos[v] - paramAt[t]] : v] = mark;
        }
        if (usesMemory) for (let q = s.fillHead[e]; q >= 0; q = s.fillNext.a[q]) wanted[s.fillArg.a[q]] = mark;
      }
      for (let k = outAt[b]; k < outAt[b + 1]; k++) if (wanted[outV[k]] === mark) keep[outV[k]] = mark;
      for (let i = instAt[b + 1] - 1; i >= instAt[b]; i--) {
        for (let k = evAt[i]; k < evAt[i + 1]; k++) keep[evV.a[k]] = 0;
        const d = def[i];
        if (d >= 0 && !(i < entryEnd && defFixed[i] >= 0)) {
          defDies[i] = keep[d] === mark ? 0 : 1;
          keep[d] = 0;
        }
        const u0 = useAt[i];
        const u1 = useAt[i + 1];
        for (let u = u0; u < u1; u++) if (keep[useValue[u]] !== mark) useFlags[u] |= UseFlag.DIES;
        for (let u = u0; u < u1; u++) keep[useValue[u]] = mark;
        for (let u = u0; u < u1; u++) if (useFlags[u] & UseFlag.RELOAD) keep[useValue[u]] = 0;
      }
      if (b === 0) for (let i = 0; i < entryEnd; i++) if (defFixed[i] >= 0) defDies[i] = keep[def[i]] === mark ? 0 : 1;
      for (let k = inAt[b]; k < inAt[b + 1]; k++) {
        const v = inV[k];
        if (keep[v] !== mark)
          this.dropped[k] = usesMemory && (storeIn[k] !== 0 || storeAt[v] === b) ? STORE_ONLY : DROPPED;
      }
    }
    const inStoreOnly = (s.inStoreOnly = ensureU8(s.inStoreOnly, inAt[nb]));
    let n = 0;
    for (let b = 0, k = 0; b < nb; b++) {
      const end = inAt[b + 1];
      inAt[b] = n;
      for (; k < end; k++) {
        if (this.dropped[k] === DROPPED) continue;
        inStoreOnly[n] = this.dropped[k];
        if (usesMemory) storeIn[n] = storeIn[k];
        inV[n++] = inV[k];
      }
    }
    inAt[nb] = n;
  }
}
