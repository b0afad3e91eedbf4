/**
 * One backward pass over the code with the set of live values: register pressure, and what follows from it.
 * - Does the function fit into registers without spilling (`needGpr`, `needVector`)? Most do, and then the flags that this
 *   pass leaves (`useFlags`, `defDies`) are
 *   final: the spiller, slots and pruning are skipped.
 * - What would each callee-saved register save (`savedBenefit`)? See `chooseSaved`.
 *
 * Constants count from their first use in a block to the last; no constant is kept across a call.
 * O(code + sizes of the live-out lists).
 */
import { classOf, Clobber, clobberMask, Cls } from '../machine.js';
import { IntVec } from '../../util/vec.js';
import { ensureI32, ensureU8, popcount, type State, tieCopies, UseFlag } from './state.js';

/** General registers that a function may use without saving them. */

/**
 * What a block whose pressure exceeds the other registers counts for one more register: its neighbours share the spill.
 */
const PRESSURE_WEIGHT = 0.15;

/**
 * What a callee-saved register costs at each entry: saving, restoring, and the moves there and from there to where the
 * value is wanted.
 */
const SAVED_COST = 3;

/** The pass, with its arrays: reused from function to function. */
export class Pressure {
  /**
   * Live values of the point in hand: list, and each value's place in it (valid while its stampA is the block's epoch).
   */
  private list = new Int32Array(0);
  private place = new Int32Array(0);
  /** By constant: its first use so far (going backward); the constants in `list`. */
  private firstUse = new Int32Array(0);
  private readonly constants = new IntVec(64);
  /** By live-in entry: 1 = used in or after the block before any call. */
  private usedSoon = new Uint8Array(0);

  /** Fills the pressure fields of `s`, and `useFlags`, `defDies`, `crossCall` as they are if nothing is spilled. */
  run(s: State): void {
    const { nb, nVals, mf, func, remat, liveAt, liveV, useFlags, defDies, crossCall, savedBenefit, entryEnd, regs } = s;
    const nSaved = regs.calleeSaved.length;
    const callerSaved = regs.counts[Cls.GPR] - nSaved;
    const { instAt, valueClass } = mf;
    const { succAt, succEdge, edgeTo, argAt, args } = func;
    const freq = s.cfg.freq;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const useFixed = mf.useFixed.a;
    const def = mf.def.a;
    const defFixed = mf.defFixed.a;
    const tied = mf.tied.a;
    const tempGpr = mf.tempGpr.a;
    const tempVector = mf.tempVector.a;
    const clobbers = mf.clobbers.a;
    const on = s.stampA;
    const soon = s.stampB;
    this.list = ensureI32(this.list, nVals);
    this.place = ensureI32(this.place, nVals);
    this.firstUse = ensureI32(this.firstUse, nVals);
    this.usedSoon = ensureU8(this.usedSoon, s.nLive);
    const L = this.list;
    const at = this.place;
    const pressure = (s.pressure = ensureI32(s.pressure, 2 * nb));
    savedBenefit.fill(0);
    let needG = 0;
    let needX = 0;
    let acrossMax = 0;
    let acrossX = 0;

    for (let b = nb - 1; b >= 0; b--) {
      const mark = ++s.epoch;
      let callMark = ++s.epoch;
      const f = freq[b];
      let n = 0;
      let nG = 0;
      let nX = 0;
      /** General values in the set that are used before the next call. */
      let used = 0;
      this.constants.clear();
      let maxG = 0;
      let maxX = 0;
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        const t = edgeTo[e];
        // What a landing pad needs is in memory.
        if (s.isPad[t] !== 0) continue;
        for (let j = liveAt[t]; j < liveAt[t + 1]; j++) {
          const v = liveV[j];
          if ((t <= b || this.usedSoon[j]) && soon[v] !== callMark) {
            soon[v] = callMark;
            if (valueClass[v] === 0) used++;
          }
          if (on[v] === mark) continue;
          on[v] = mark;
          at[v] = n;
          L[n++] = v;
          if (valueClass[v]) nX++;
          else nG++;
        }
        for (let q = argAt[e]; q < argAt[e + 1]; q++) {
          const v = args[q];
          if (remat[v]) continue;
          if (soon[v] !== callMark) {
            soon[v] = callMark;
            if (valueClass[v] === 0) used++;
          }
          if (on[v] === mark) continue;
          on[v] = mark;
          at[v] = n;
          L[n++] = v;
          if (valueClass[v]) nX++;
          else nG++;
        }
      }
      if (nG > maxG) maxG = nG;
      if (nX > maxX) maxX = nX;
      for (let i = instAt[b + 1] - 1; i >= instAt[b]; i--) {
        const d = def[i];
        const u0 = useAt[i];
        const u1 = useAt[i + 1];
        const entryArg = i < entryEnd && defFixed[i] >= 0;
        if (d >= 0) {
          if (on[d] === mark) {
            defDies[i] = 0;
            if (!entryArg) {
              // Arguments in registers stay in the set up to the function's entry: they are all there at once.
              on[d] = 0;
              if (soon[d] === callMark && valueClass[d] === 0) used--;
              const last = L[--n];
              L[at[d]] = last;
              at[last] = at[d];
              if (valueClass[d]) nX--;
              else nG--;
            }
          } else defDies[i] = 1;
        }
        const clob = clobbers[i];
        if (clob & Clobber.CALL) {
          // Constants are made anew after the call.
          for (let k = 0; k < this.constants.n; k++) {
            const v = this.constants.a[k];
            useFlags[this.firstUse[v]] |= UseFlag.RELOAD;
            on[v] = 0;
            const last = L[--n];
            L[at[v]] = last;
            at[last] = at[v];
            if (valueClass[v]) nX--;
            else nG--;
          }
          this.constants.clear();
          // With more the function does not fit, and spilling finds out anew.
          if (n <= nSaved) for (let k = 0; k < n; k++) crossCall[L[k]] += f;
          for (let j = 0; j < nSaved && j < used; j++) savedBenefit[j] += f;
          used = 0;
          callMark = ++s.epoch;
          if (nG > acrossMax) acrossMax = nG;
          if (nX > 0) acrossX = 1;
        }
        const afterG = nG;
        const afterX = nX;
        // Registers that must hold something of their own: fixed operands, clobbers, a fixed result.
        let fixedG = 0;
        let fixedX = 0;
        let freeG = 0;
        let freeX = 0;
        for (let u = u0; u < u1; u++) {
          const v = useValue[u];
          if (on[v] === mark) useFlags[u] = 0;
          else {
            useFlags[u] = UseFlag.DIES;
            if (useFixed[u] < 0) {
              if (valueClass[v]) freeX++;
              else freeG++;
            }
          }
          if (useFixed[u] < 0) continue;
          if (valueClass[v]) fixedX |= 1 << useFixed[u];
          else fixedG |= 1 << useFixed[u];
        }
        let copyG = 0;
        let copyX = 0;
        if (
          tied[i] &&
          d >= 0 &&
          tieCopies(mf, i, on[useValue[u0]] !== mark, u0 + 1 < u1 && on[useValue[u0 + 1]] !== mark)
        ) {
          if (valueClass[d]) copyX = 1;
          else copyG = 1;
        }
        for (let u = u0; u < u1; u++) {
          const v = useValue[u];
          if (remat[v] && (on[v] !== mark || this.firstUse[v] >= u1)) this.firstUse[v] = u;
          if (soon[v] !== callMark) {
            soon[v] = callMark;
            if (valueClass[v] === 0 && !remat[v]) used++;
          }
          if (on[v] === mark) continue;
          on[v] = mark;
          at[v] = n;
          L[n++] = v;
          if (remat[v]) this.constants.push(v);
          if (valueClass[v]) nX++;
          else nG++;
        }
        let g: number;
        let x: number;
        const dFix = defFixed[i];
        if ((fixedG | fixedX) !== 0 || clob !== 0 || tempGpr[i] !== 0 || tempVector[i] !== 0 || dFix >= 0) {
          const isCall = (clob & Clobber.CALL) !== 0;
          const dG = dFix >= 0 && classOf(dFix) === Cls.GPR ? 1 << dFix : 0;
          const dX = dFix >= 0 && classOf(dFix) === Cls.VECTOR ? 1 << dFix : 0;
          const clobG = clobberMask(regs, Cls.GPR, clob);
          const clobX = clobberMask(regs, Cls.VECTOR, clob);
          const tg = tempGpr[i];
          const tx = tempVector[i];
          // A call destroys its registers only after it has read its operands.
          g = afterG + freeG + copyG + tg + popcount(isCall ? fixedG : fixedG | clobG | dG);
          x = afterX + freeX + copyX + tx + popcount(isCall ? fixedX : fixedX | clobX | dX);
          if (isCall && tg > 0 && (dG & ~fixedG) !== 0) g++;
          if (isCall && tx > 0 && (dX & ~fixedX) !== 0) x++;
          // A result in any register lives beside survivors, temporaries and clobbered registers.
          if (d >= 0 && dFix < 0 && !isCall) {
            if (valueClass[d]) x = Math.max(x, afterX + 1 + tx + popcount(clobX));
            else g = Math.max(g, afterG + 1 + tg + popcount(clobG));
          }
          if (nG > g) g = nG;
          if (nX > x) x = nX;
        } else {
          g = Math.max(nG + copyG, d >= 0 && valueClass[d] === 0 ? afterG + 1 : 0);
          x = Math.max(nX + copyX, d >= 0 && valueClass[d] === 1 ? afterX + 1 : 0);
        }
        if (g > maxG) maxG = g;
        if (x > maxX) maxX = x;
      }
      for (let k = 0; k < this.constants.n; k++) useFlags[this.firstUse[this.constants.a[k]]] |= UseFlag.RELOAD;
      for (let j = liveAt[b]; j < liveAt[b + 1]; j++) this.usedSoon[j] = soon[liveV[j]] === callMark ? 1 : 0;
      for (let j = 0; j < nSaved && maxG > callerSaved + j; j++) savedBenefit[j] += PRESSURE_WEIGHT * f;
      pressure[2 * b] = maxG;
      pressure[2 * b + 1] = maxX;
      if (maxG > needG) needG = maxG;
      if (maxX > needX) needX = maxX;
    }
    s.needGpr = needG;
    s.needVector = needX;
    s.acrossGpr = acrossMax;
    s.acrossVector = acrossX;
  }
}

/** Entry sets when nothing is spilled: all live values and used parameters. */
export function residenceWithoutSpills(s: State): void {
  const { nb, liveAt, liveV, func, mf, nParams } = s;
  const { paramAt, params } = func;
  const inAt = (s.inAt = ensureI32(s.inAt, nb + 1));
  const inV = (s.inV = ensureI32(s.inV, s.nLive + nParams));
  // A parameter is used if an instruction, an edge or another block uses it.
  const used = s.stampA;
  const mark = ++s.epoch;
  const useValue = mf.useValue.a;
  for (let u = 0; u < s.nUse; u++) used[useValue[u]] = mark;
  for (let k = 0; k < s.nArgs; k++) used[func.args[k]] = mark;
  let n = 0;
  for (let b = 0; b < nb; b++) {
    inAt[b] = n;
    for (let k = liveAt[b]; k < liveAt[b + 1]; k++) inV[n++] = liveV[k];
    for (let k = paramAt[b]; k < paramAt[b + 1]; k++) if (used[params[k]] === mark) inV[n++] = params[k];
  }
  inAt[nb] = n;
}

/**
 * How many callee-saved registers to use. Each must save more than it costs per call of the function: reloads after
 * calls, or spills where the pressure exceeds the other registers.
 */
export function chooseSaved(s: State): number {
  const entry = s.cfg.freq[0];
  let n = 0;
  while (n < s.regs.calleeSaved.length && s.savedBenefit[n] > SAVED_COST * entry) n++;
  return n;
}

/** Does the function need no spilling with the registers chosen? */
export function fits(s: State): boolean {
  if (s.hasSlotted) return false;
  const pads = s.mf.landingPads;
  for (let k = 0; k < pads.n; k++) if (s.liveAt[pads.a[k]] !== s.liveAt[pads.a[k] + 1]) return false;
  const across = s.acrossVector === 0 && s.acrossGpr <= s.kGpr - (s.regs.counts[Cls.GPR] - s.regs.calleeSaved.length);
  return across && s.needGpr <= s.kGpr && s.needVector <= s.kVector;
}
