/**
 * One backward pass over the code with the set of live values: register pressure, and what follows from it.
 * - Does the function fit into registers without spilling (`needGpr`, `needVector`)? Most do, and then the flags that this
 *   pass leaves (`useFlags`, `defDies`) are final: the spiller, slots and pruning are skipped.
 * - What would each callee-saved register save (`savedBenefit`)? See `chooseSaved`.
 *
 * Constants count from their first use in a block to the last; no constant is kept across a call.
 * O(code + sizes of the live-out lists).
 */
import { destroyedBy } from '../mach.js';
import { classOf, Clobber, Cls } from '../machine.js';
import { IntVec } from '../../util/vec.js';
import { Constraints } from './constraints.js';
import { ensureI32, ensureU8, popcount, type State, tieCopies, UseFlag } from './state.js';

/**
 * What a block whose pressure exceeds the other registers counts for one more register: its neighbours share the spill.
 */
const PRESSURE_WEIGHT = 0.15;
/** The same where as many values do not live into or out of the block: what is spilled comes back within it. */
const INSIDE_WEIGHT = 1;

/** The pass, with its arrays: reused from function to function. */
export class Pressure {
  private s!: State;
  // --- the current program point ---
  /** Live values: a list, and each value's place in it (valid while its stampA is `mark`). */
  private list = new Int32Array(0);
  private place = new Int32Array(0);
  private n = 0;
  /** By class: how many they are, and the most that the block has needed so far. */
  private readonly live = new Int32Array(2);
  private readonly most = new Int32Array(2);
  private mark = 0;
  /** Values whose stampB is this are used before the next call; `used` = the general ones among the live ones. */
  private callMark = 0;
  private used = 0;
  /** By constant: its first use so far (going backward); the constants in `list`. */
  private firstUse = new Int32Array(0);
  private readonly constants = new IntVec(64);
  /** By live-in entry: 1 = used in or after the block before any call. */
  private usedSoon = new Uint8Array(0);
  // --- the current instruction ---
  private readonly constraints = new Constraints();
  /** By class: values that are live after it; operands in no fixed register that die. */
  private readonly after = new Int32Array(2);
  private readonly dying = new Int32Array(2);

  /** Fills the pressure fields of `s`, and `useFlags`, `defDies`, `crossCall` as they are if nothing is spilled. */
  run(s: State): void {
    const { nb, nVals, mf, savedBenefit, regs } = s;
    const { freq } = s.cfg;
    const nSaved = regs.calleeSaved.length;
    const callerSaved = regs.counts[Cls.GPR] - nSaved;
    const { live, most } = this;
    this.s = s;
    this.list = ensureI32(this.list, nVals);
    this.place = ensureI32(this.place, nVals);
    this.firstUse = ensureI32(this.firstUse, nVals);
    this.usedSoon = ensureU8(this.usedSoon, s.nLive);
    const pressure = (s.pressure = ensureI32(s.pressure, 2 * nb));
    savedBenefit.fill(0);
    s.needGpr = s.needVector = s.acrossGpr = s.acrossVector = 0;
    for (let b = nb - 1; b >= 0; b--) {
      this.startBlock(b);
      most.set(live);
      const atEnd = live[Cls.GPR];
      for (let i = mf.instAt[b + 1] - 1; i >= mf.instAt[b]; i--) {
        this.define(i);
        if ((mf.clobbers.a[i] & Clobber.CALL) !== 0) this.passCall(i, freq[b]);
        this.after.set(live);
        this.markDying(i);
        this.takeOperands(i);
        this.measure(i);
      }
      this.endBlock(b);
      const outside = Math.max(atEnd, live[Cls.GPR]);
      for (let j = 0; j < nSaved && most[Cls.GPR] > callerSaved + j; j++)
        savedBenefit[j] += (callerSaved + j < outside ? PRESSURE_WEIGHT : INSIDE_WEIGHT) * freq[b];
      pressure[2 * b] = most[Cls.GPR];
      pressure[2 * b + 1] = most[Cls.VECTOR];
      if (most[Cls.GPR] > s.needGpr) s.needGpr = most[Cls.GPR];
      if (most[Cls.VECTOR] > s.needVector) s.needVector = most[Cls.VECTOR];
    }
  }

  /** Adds v to the live values unless it is one. */
  private enter(v: number): void {
    const { s } = this;
    if (s.stampA[v] === this.mark) return;
    s.stampA[v] = this.mark;
    this.place[v] = this.n;
    this.list[this.n++] = v;
    this.live[s.mf.valueClass[v]]++;
  }

  /** Takes the live value v out. */
  private leave(v: number): void {
    const { s, list, place } = this;
    s.stampA[v] = 0;
    const last = list[--this.n];
    list[place[v]] = last;
    place[last] = place[v];
    this.live[s.mf.valueClass[v]]--;
  }

  /** Notes that v is used before the next call. `counts`: constants do not, they are made where they are used. */
  private useSoon(v: number, counts: boolean): void {
    const { s } = this;
    if (s.stampB[v] === this.callMark) return;
    s.stampB[v] = this.callMark;
    if (counts && s.mf.valueClass[v] === Cls.GPR) this.used++;
  }

  /** What is live at the end of block b. */
  private startBlock(b: number): void {
    const { s } = this;
    const { liveAt, liveV, remat } = s;
    const { succAt, succEdge, edgeTo, argAt, args } = s.func;
    this.mark = ++s.epoch;
    this.callMark = ++s.epoch;
    this.n = this.used = 0;
    this.live.fill(0);
    this.constants.clear();
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      const t = edgeTo[e];
      // What a landing pad needs is in memory.
      if (s.isPad[t] !== 0) continue;
      for (let j = liveAt[t]; j < liveAt[t + 1]; j++) {
        if (t <= b || this.usedSoon[j] !== 0) this.useSoon(liveV[j], true);
        this.enter(liveV[j]);
      }
      for (let q = argAt[e]; q < argAt[e + 1]; q++) {
        if (remat[args[q]] !== 0) continue;
        this.useSoon(args[q], true);
        this.enter(args[q]);
      }
    }
  }

  private endBlock(b: number): void {
    const { s, constants } = this;
    for (let k = 0; k < constants.n; k++) s.useFlags[this.firstUse[constants.a[k]]] |= UseFlag.RELOAD;
    for (let j = s.liveAt[b]; j < s.liveAt[b + 1]; j++)
      this.usedSoon[j] = s.stampB[s.liveV[j]] === this.callMark ? 1 : 0;
  }

  /** The result of instruction i is not live before it. */
  private define(i: number): void {
    const { s } = this;
    const d = s.mf.def.a[i];
    if (d < 0) return;
    s.defDies[i] = s.stampA[d] === this.mark ? 0 : 1;
    // Arguments in registers stay in the set up to the function's entry: they are all there at once.
    if (s.defDies[i] !== 0 || (i < s.entryEnd && s.mf.defFixed.a[i] >= 0)) return;
    if (s.stampB[d] === this.callMark && s.mf.valueClass[d] === Cls.GPR) this.used--;
    this.leave(d);
  }

  /** Across call i, executed `f` times, that the values in the list survive. */
  private passCall(i: number, f: number): void {
    const { s, constants, live } = this;
    const { crossCall, savedBenefit } = s;
    const nSaved = s.regs.calleeSaved.length;
    const room = keptRoom(s, i, Cls.GPR);
    const vectorRoom = keptRoom(s, i, Cls.VECTOR);
    // Constants are made anew after the call.
    for (let k = 0; k < constants.n; k++) {
      const v = constants.a[k];
      s.useFlags[this.firstUse[v]] |= UseFlag.RELOAD;
      this.leave(v);
    }
    constants.clear();
    // With more the function does not fit, and spilling finds out anew.
    if (live[Cls.GPR] > room && this.n <= nSaved + room + vectorRoom)
      for (let k = 0; k < this.n; k++) crossCall[this.list[k]] += f;
    for (let j = 0; j < nSaved && j < this.used - room; j++) savedBenefit[j] += f;
    this.used = 0;
    this.callMark = ++s.epoch;
    if (live[Cls.GPR] - room > s.acrossGpr) s.acrossGpr = live[Cls.GPR] - room;
    if (live[Cls.VECTOR] > vectorRoom) s.acrossVector = 1;
  }

  /** Sets the flags of the operands of instruction i, and `dying`. */
  private markDying(i: number): void {
    const { s, dying } = this;
    const { mf, useFlags } = s;
    dying[Cls.GPR] = dying[Cls.VECTOR] = 0;
    for (let u = mf.useAt.a[i], end = mf.useAt.a[i + 1]; u < end; u++) {
      const v = mf.useValue.a[u];
      if (s.stampA[v] === this.mark) useFlags[u] = 0;
      else {
        useFlags[u] = UseFlag.DIES;
        if (mf.useFixed.a[u] < 0) dying[mf.valueClass[v]]++;
      }
    }
  }

  private takeOperands(i: number): void {
    const { s, firstUse } = this;
    const { mf, remat } = s;
    const end = mf.useAt.a[i + 1];
    for (let u = mf.useAt.a[i]; u < end; u++) {
      const v = mf.useValue.a[u];
      const isConstant = remat[v] !== 0;
      const isNew = s.stampA[v] !== this.mark;
      if (isConstant && (isNew || firstUse[v] >= end)) firstUse[v] = u;
      this.useSoon(v, !isConstant);
      if (!isNew) continue;
      this.enter(v);
      if (isConstant) this.constants.push(v);
    }
  }

  /** Raises `most` to what instruction i needs, whose operands are live now. */
  private measure(i: number): void {
    const { s, live, most, after, dying, constraints } = this;
    const { mf, useFlags } = s;
    const u0 = mf.useAt.a[i];
    const u1 = mf.useAt.a[i + 1];
    const d = mf.def.a[i];
    const defFixed = mf.defFixed.a[i];
    const dies0 = u0 < u1 && (useFlags[u0] & UseFlag.DIES) !== 0;
    const dies1 = u0 + 1 < u1 && (useFlags[u0 + 1] & UseFlag.DIES) !== 0;
    const copies = mf.tied.a[i] !== 0 && d >= 0 && tieCopies(mf, i, dies0, dies1);
    let special = mf.clobbers.a[i] !== 0 || mf.tempGpr.a[i] !== 0 || mf.tempVector.a[i] !== 0 || defFixed >= 0;
    for (let u = u0; u < u1 && !special; u++) special = mf.useFixed.a[u] >= 0;
    if (special) constraints.start(s, i, dies0, dies1);
    for (let cls = 0; cls < 2; cls++) {
      const ofClass = d >= 0 && mf.valueClass[d] === cls;
      const copy = copies && ofClass ? 1 : 0;
      let need: number;
      if (special) {
        const temps = cls === Cls.GPR ? mf.tempGpr.a[i] : mf.tempVector.a[i];
        need = constraints.demand(cls, after[cls] + copy, dying[cls], temps) + popcount(constraints.reserved[cls]);
        // A result in any register lives beside survivors, temporaries and clobbered registers.
        if (ofClass && defFixed < 0 && !constraints.isCall)
          need = Math.max(need, after[cls] + 1 + temps + popcount(constraints.clobber[cls]));
        need = Math.max(need, live[cls]);
      } else need = Math.max(live[cls] + copy, ofClass ? after[cls] + 1 : 0);
      if (need > most[cls]) most[cls] = need;
    }
  }
}

/** How many values of a class may stay where they are at call i, in registers that are not callee-saved. */
export function keptRoom(s: State, i: number, cls: number): number {
  const { mf, regs } = s;
  if (mf.clobbers.a[i] === Clobber.CALL) return 0;
  let mask = regs.masks[cls] & ~destroyedBy(mf, cls, i);
  if (cls === Cls.GPR) mask &= ~regs.calleeSavedMask;
  const d = mf.defFixed.a[i];
  if (d >= 0 && classOf(d) === cls) mask &= ~(1 << d);
  for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++) {
    const r = mf.useFixed.a[u];
    if (r >= 0 && classOf(r) === cls) mask &= ~(1 << r);
  }
  return popcount(mask);
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
  while (n < s.regs.calleeSaved.length && s.savedBenefit[n] > s.regs.savedCosts[n] * entry) n++;
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
