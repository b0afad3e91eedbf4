/**
 * Register assignment, block by block in block order (every block follows its dominator). The pressure is already
 * within limits (`pressure.ts` or `spill.ts` saw to that with the same counting as here), so a free register always
 * exists; what is decided here is which, and so which moves.
 *
 * - A block starts with the registers of its hottest predecessor that is done; parameters follow their argument there,
 *   or their home.
 * - Wishes: a value likes the register of the parameter that it feeds on its hottest edge, passed on backward through
 *   two-address ties; else its last one.
 * - An instruction with constraints (fixed registers, clobbers, temporaries) is solved as a whole in `constrained.ts`.
 * O(operands × registers).
 */
import { destroyedBy, Rec } from '../mach.js';
import { classOf, CLASS_SHIFT, Clobber, Cls, OpFlag, REGISTER_BITS, REGISTERS } from '../machine.js';
import { IntVec } from '../../util/vec.js';
import { quietRegisters } from './quiet.js';
import { ROOM, Score } from './scores.js';
import { ensureF64, ensureI32, ensureI8, type State, UseFlag } from './state.js';
import { TakenRegisters } from './taken.js';

/** Position of "after the block's end". */
export const LEAVES = 1 << 29;
/** No constraint ahead. */
const NEVER = 1 << 28;

/** Less than any score. */
const NO_SCORE = -1e9;

/** Solves instructions with fixed registers, clobbers or temporaries (constrained.ts). */
export interface Solver {
  /** Assigns and emits instruction i of the current block. */
  assign(c: Coloring, i: number): void;
}

export class Coloring {
  s!: State;
  // --- results ---
  readonly code = new IntVec(4096);
  codeAt = new Int32Array(0);
  useReg = new Int8Array(0);
  defReg = new Int8Array(0);
  tempAt = new Int32Array(0);
  readonly temps = new IntVec(64);
  /** By entry of `State.inV`. */
  inReg = new Int8Array(0);
  /** Registers at the end of block b: pairs value * REGISTERS + register in outPairs[outAt[b] .. outAt[b+1]). */
  outAt = new Int32Array(0);
  readonly outPairs = new IntVec(256);
  /** By class: every register written. */
  readonly usedMask = new Int32Array(2);
  wMoves = 0;
  wReloads = 0;
  wStores = 0;

  // --- the current program point ---
  readonly regVal = new Int32Array(REGISTERS);
  regOf = new Int32Array(0);
  /** By class: registers without a value. */
  readonly free = new Int32Array(2);
  /** The block, the position in it and its weight. */
  private block = 0;
  now = 0;
  weight = 0;
  /** By value: end of its present residence: position in the block, or LEAVES. */
  curEnd = new Int32Array(0);

  // --- wishes ---
  home = new Int8Array(0);
  /** The parameter that a value feeds. */
  affParam = new Int32Array(0);
  private affWeight = new Float64Array(0);
  /** The fixed register in which the value's life ends, itself or as a two-address result; -1 = none. */
  private fixedEnd = new Int8Array(0);
  /**
   * By value: weight of the calls that it survives in a register; for a parameter also those that its arguments
   * survive.
   */
  private crosses = new Float64Array(0);

  // --- the block's constraints: by register a list of (position, value) in order, and the calls ---
  private readonly conHead = new Int32Array(REGISTERS).fill(-1);
  private readonly conPos = new IntVec(64);
  private readonly conVal = new IntVec(64);
  private readonly conNext = new IntVec(64);
  private readonly callPos = new IntVec(64);
  private endAt = new Int32Array(0);
  useEnd = new Int32Array(0);
  defEnd = new Int32Array(0);
  private outMap = new Int8Array(0);
  private readonly taken = new TakenRegisters();

  record(kind: Rec, x: number, y: number): void {
    const c = this.code;
    c.push(kind);
    c.push(x);
    c.push(y);
  }

  put(v: number, r: number, end: number): void {
    this.regVal[r] = v;
    this.regOf[v] = r;
    this.curEnd[v] = end;
    this.free[classOf(r)] &= ~(1 << r);
    this.usedMask[classOf(r)] |= 1 << r;
    if (this.home[v] < 0) {
      this.home[v] = r;
      const p = this.affParam[v];
      if (p >= 0 && this.home[p] < 0) this.home[p] = r;
    }
  }

  release(v: number): void {
    const r = this.regOf[v];
    if (r < 0) return;
    this.regOf[v] = -1;
    this.free[classOf(r)] |= 1 << r;
  }

  /** Loads or rematerialises v into r. */
  fetch(v: number, r: number): void {
    if (this.s.remat[v]) this.record(Rec.REMAT, this.s.mf.constOf[v], r);
    else {
      this.record(Rec.LOAD, v, r);
      this.wReloads += this.weight;
    }
    this.usedMask[classOf(r)] |= 1 << r;
  }

  /**
   * The best register for v among `candidates` of its class (all free for it), staying until `end`. Throws if there is none: the
   * limits are wrong then.
   */
  choose(v: number, end: number, candidates: number): number {
    const s = this.s;
    const cls = s.mf.valueClass[v];
    const first = cls << CLASS_SHIFT;
    let m = candidates & s.usable[cls];
    if (m === 0) this.stuck(v);
    if ((m & (m - 1)) === 0) return first + 31 - Math.clz32(m);
    const calleeMask = cls === Cls.GPR ? s.calleeMask : 0;
    const usedMask = this.usedMask[cls];
    const home = this.home[v];
    const wish = this.affParam[v] >= 0 ? this.home[this.affParam[v]] : -1;
    const fixedEnd = this.fixedEnd[v];
    const call = this.callPos.n > 0 ? this.callPos.a[this.callPos.n - 1] : NEVER;
    const cross = this.crosses[v] > 0;
    const leaves = end >= NEVER;
    const taken = cls === Cls.GPR ? this.taken.inLoop[this.block] : 0;
    let best = -1;
    let bestScore = NO_SCORE;
    for (; m !== 0; m &= m - 1) {
      const r = first + 31 - Math.clz32(m & -m);
      const saved = (calleeMask >> r) & 1;
      // Until when the register is free: the next constraint on it, or a call that destroys it.
      let busy = saved ? NEVER : call;
      let score = 0;
      const k = this.conHead[r];
      if (k >= 0) {
        const p = this.conPos.a[k];
        if (this.conVal.a[k] === v) {
          if (p <= busy && end <= p) score += Score.FIXED_NEXT;
        } else if (p < busy) busy = p;
      }
      // A value that leaves the block keeps its register only if nothing in the block takes it.
      const lasts = busy >= end || (leaves && busy === NEVER);
      if (r === wish) score += lasts ? Score.WISH : leaves ? Score.WISH_LOST : Score.WISH_CUT_SHORT;
      if (r === fixedEnd) score += lasts ? Score.FIXED_END : Score.FIXED_END_CUT_SHORT;
      if (r === home) score += !leaves ? Score.HOME_INSIDE : lasts ? Score.HOME : Score.HOME_CUT_SHORT;
      if (leaves) {
        if (cross) score += saved ? Score.SAVED_ACROSS_CALLS : 0;
        else if (!saved) score += Score.UNSAVED;
        if ((taken >> r) & 1) score += Score.TAKEN_IN_LOOP;
        score += (busy > Score.LEAVING_ROOM ? Score.LEAVING_ROOM : busy) * ROOM;
      } else if (busy >= end) score += Score.LASTS - (busy - end > Score.SPARE ? Score.SPARE : busy - end) * ROOM;
      else score += busy - end > -Score.SHORT ? busy - end : -Score.SHORT;
      if (saved && !((usedMask >> r) & 1)) score -= cross ? Score.FIRST_SAVED_ACROSS_CALLS : Score.FIRST_SAVED;
      if (score > bestScore) {
        bestScore = score;
        best = r;
      }
    }
    return best;
  }

  stuck(v: number): never {
    throw new Error(`register allocator: function ${this.s.func.index}: no register for value ${v}`);
  }

  /**
   * Collects wishes: parameters, backward through ties; a parameter fed mostly by fixed results likes their register.
   */
  private collectWishes(): void {
    const s = this.s;
    const { nVals, nInst, nb, ne, mf, func, remat, useFlags, defInst } = s;
    const { argAt, args, paramAt, params, edgeTo, predAt, predEdge, edgeFrom } = func;
    const { edgeFreq } = s.cfg;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const def = mf.def.a;
    const tied = mf.tied.a;
    const home = (this.home = ensureI8(this.home, nVals));
    const aff = (this.affParam = ensureI32(this.affParam, nVals));
    const weight = (this.affWeight = ensureF64(this.affWeight, nVals));
    home.fill(-1, 0, nVals);
    aff.fill(-1, 0, nVals);
    const crosses = (this.crosses = ensureF64(this.crosses, nVals));
    crosses.set(s.crossCall.subarray(0, nVals));
    const fixedEnd = (this.fixedEnd = ensureI8(this.fixedEnd, nVals));
    fixedEnd.fill(-1, 0, nVals);
    const useFixed = mf.useFixed.a;
    for (let b = nb - 1; b >= 0; b--) {
      // What feeds a parameter ends where that does.
      for (let q = func.succAt[b]; q < func.succAt[b + 1]; q++) {
        const e = func.succEdge[q];
        if (edgeTo[e] <= b) continue;
        for (let k = argAt[e], j = paramAt[edgeTo[e]]; k < argAt[e + 1]; k++, j++) {
          const r = fixedEnd[params[j]];
          if (r >= 0 && fixedEnd[args[k]] < 0 && s.crossCall[args[k]] === 0) fixedEnd[args[k]] = r;
        }
      }
      for (let i = mf.instAt[b + 1] - 1; i >= mf.instAt[b]; i--) {
        const u0 = useAt[i];
        const u1 = useAt[i + 1];
        for (let u = u0; u < u1; u++)
          if (useFixed[u] >= 0 && useFlags[u] & UseFlag.DIES && s.crossCall[useValue[u]] === 0)
            fixedEnd[useValue[u]] = useFixed[u];
        if (!tied[i] || def[i] < 0 || fixedEnd[def[i]] < 0) continue;
        const x = useFlags[u0] & UseFlag.DIES || !mf.commutes.a[i] || u0 + 1 >= u1 ? u0 : u0 + 1;
        if (useFlags[x] & UseFlag.DIES && s.crossCall[useValue[x]] === 0) fixedEnd[useValue[x]] = fixedEnd[def[i]];
      }
    }
    if (s.nArgs > 0) {
      for (let e = 0; e < ne; e++) {
        for (let k = argAt[e], j = paramAt[edgeTo[e]]; k < argAt[e + 1]; k++, j++) {
          const a = args[k];
          if (remat[a] || a === params[j]) continue;
          crosses[params[j]] += Math.min(s.crossCall[a], edgeFreq[e]);
          if (aff[a] < 0 || edgeFreq[e] > weight[a]) {
            aff[a] = params[j];
            weight[a] = edgeFreq[e];
          }
        }
      }
      for (let i = nInst - 1; i >= 0; i--) {
        if (!tied[i] || def[i] < 0 || aff[def[i]] < 0) continue;
        const u0 = useAt[i];
        for (let u = u0, end = mf.commutes.a[i] ? u0 + 2 : u0 + 1; u < end; u++) {
          const x = useValue[u];
          if (useFlags[u] & UseFlag.DIES && aff[x] < 0) {
            aff[x] = aff[def[i]];
            break;
          }
        }
      }
      for (let b = 0; b < nb; b++) {
        for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
          if (crosses[params[k]] > 0) continue;
          let fixedWeight = 0;
          let total = 0;
          let reg = -1;
          for (let q = predAt[b]; q < predAt[b + 1]; q++) {
            const e = predEdge[q];
            const a = args[argAt[e] + k - paramAt[b]];
            if (a === params[k] || remat[a]) continue;
            total += edgeFreq[e];
            const i = defInst[a];
            if (i >= 0 && mf.defFixed.a[i] >= 0 && mf.valueBlock[a] === edgeFrom[e]) {
              fixedWeight += edgeFreq[e];
              reg = mf.defFixed.a[i];
            }
          }
          if (reg >= 0 && fixedWeight > 0.5 * total) home[params[k]] = reg;
          else if (fixedEnd[params[k]] >= 0) home[params[k]] = fixedEnd[params[k]];
        }
      }
    }
  }

  private addConstraint(r: number, pos: number, v: number): void {
    this.conNext.push(this.conHead[r]);
    this.conVal.push(v);
    this.conHead[r] = this.conPos.push(pos);
  }

  /** Backward over block b: constraint lists, and until when each residence lasts. */
  private scanBlock(b: number): void {
    const s = this.s;
    const { mf, useFlags, defDies } = s;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const useFixed = mf.useFixed.a;
    const def = mf.def.a;
    const defFixed = mf.defFixed.a;
    const clobbers = mf.clobbers.a;
    const known = s.stampA;
    const mark = ++s.epoch;
    const { endAt, useEnd, defEnd } = this;
    const i0 = mf.instAt[b];
    const skip = b === 0 ? s.entryEnd : 0;
    this.conPos.clear();
    this.conVal.clear();
    this.conNext.clear();
    this.callPos.clear();
    for (let i = mf.instAt[b + 1] - 1; i >= i0; i--) {
      const t = i - i0;
      const d = def[i];
      if (d >= 0) {
        defEnd[i] = defDies[i] ? t : known[d] === mark ? endAt[d] : LEAVES;
        if (defFixed[i] >= 0 && i >= skip) this.addConstraint(defFixed[i], t, d);
      }
      const c = clobbers[i];
      if (c !== 0) {
        if (c === Clobber.CALL) this.callPos.push(t);
        else
          for (let cls = 0; cls < 2; cls++)
            for (let m = destroyedBy(mf, cls, i); m !== 0; m &= m - 1)
              this.addConstraint((cls << CLASS_SHIFT) + 31 - Math.clz32(m & -m), t, -1);
      }
      for (let u = useAt[i], end = useAt[i + 1]; u < end; u++) {
        const v = useValue[u];
        if (useFlags[u] & UseFlag.DIES) {
          known[v] = mark;
          endAt[v] = t;
        }
        useEnd[u] = known[v] === mark ? endAt[v] : LEAVES;
        if (useFixed[u] >= 0) this.addConstraint(useFixed[u], t, v);
      }
    }
  }

  /** Registers of block b's entry set. */
  private enter(b: number): void {
    const s = this.s;
    const { inAt, inV, func, mf } = s;
    const n0 = inAt[b];
    const n1 = inAt[b + 1];
    if (n0 === n1) return;
    const { inReg, home, outMap, endAt } = this;
    const { predAt, predEdge, edgeFrom, argAt, args, paramAt } = func;
    const { edgeFreq } = s.cfg;
    const known = s.stampA;
    const mark = s.epoch; // scanBlock's
    let be = -1;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) {
      const e = predEdge[k];
      if (edgeFrom[e] < b && (be < 0 || edgeFreq[e] > edgeFreq[be])) be = e;
    }
    const there = s.stampB;
    const outMark = ++s.epoch;
    if (be >= 0) {
      const p = edgeFrom[be];
      for (let k = this.outAt[p]; k < this.outAt[p + 1]; k++) {
        const x = this.outPairs.a[k];
        there[x >> REGISTER_BITS] = outMark;
        outMap[x >> REGISTER_BITS] = x & (REGISTERS - 1);
      }
    }
    const header = s.cfg.loopOf[b] === b;
    const heavy = 0.5 * s.cfg.freq[b];
    for (let k = n0; k < n1; k++) {
      const v = inV[k];
      inReg[k] = -1;
      if (there[v] !== outMark || mf.valueBlock[v] === b) continue;
      // If the loop contains calls, take a callee-saved register here: one move before the loop beats two per iteration.
      if (header && this.crosses[v] > heavy && !isSaved(s, outMap[v])) continue;
      // Likewise, if instructions of the loop take this one.
      if (header && mf.valueClass[v] === Cls.GPR && (this.taken.inLoop[b] >> outMap[v]) & 1) continue;
      inReg[k] = outMap[v];
      this.put(v, outMap[v], known[v] === mark ? endAt[v] : LEAVES);
    }
    for (let k = n0; k < n1; k++) {
      const v = inV[k];
      if (inReg[k] >= 0 || mf.valueBlock[v] !== b || be < 0) continue;
      if (header && this.crosses[v] > heavy) continue;
      const quiet = this.quiet(b, v);
      let r = -1;
      if (quiet !== 0) {
        if (home[v] < 0 || !((quiet >> home[v]) & 1)) continue;
        r = home[v];
      } else if (home[v] >= 0 && this.isFree(home[v])) r = home[v];
      else {
        const a = args[argAt[be] + s.paramPos[v] - paramAt[b]];
        if (there[a] === outMark && this.isFree(outMap[a])) r = outMap[a];
      }
      if (r >= 0 && (s.usable[classOf(r)] >> r) & 1) {
        inReg[k] = r;
        this.put(v, r, known[v] === mark ? endAt[v] : LEAVES);
      }
    }
    for (let k = n0; k < n1; k++) {
      if (inReg[k] >= 0) continue;
      const v = inV[k];
      const end = known[v] === mark ? endAt[v] : LEAVES;
      const cls = mf.valueClass[v];
      const quiet = mf.valueBlock[v] === b ? this.quiet(b, v) : 0;
      inReg[k] = this.choose(v, end, quiet === 0 ? this.free[cls] : quiet);
      this.put(v, inReg[k], end);
    }
    for (let k = n0; k < n1; k++) {
      const v = inV[k];
      // A parameter's register is a wish for its arguments on later edges.
      if (header || mf.valueBlock[v] === b) home[v] = inReg[k];
      if (!s.usesMemory) continue;
      if (s.storeIn[k] !== 0 || s.storeAt[v] === b) this.store(v, inReg[k]);
      if (s.inStoreOnly[k]) this.release(v);
    }
  }

  private quiet(b: number, v: number): number {
    return quietRegisters(this.s, b, v, this.free, this.usedMask, this.useReg, this.outAt, this.outPairs);
  }

  store(v: number, r: number): void {
    this.record(Rec.STORE, v, r);
    this.wStores += this.weight;
  }

  /** Assigns registers to the whole function. */
  run(s: State, constrained: Solver): void {
    this.s = s;
    const { nb, nInst, nUse, nVals, mf, useFlags, defDies } = s;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const useFixed = mf.useFixed.a;
    const def = mf.def.a;
    const defFixed = mf.defFixed.a;
    const tied = mf.tied.a;
    const tempGpr = mf.tempGpr.a;
    const tempVector = mf.tempVector.a;
    const clobbers = mf.clobbers.a;
    const useReg = (this.useReg = ensureI8(this.useReg, nUse));
    const defReg = (this.defReg = ensureI8(this.defReg, nInst));
    const tempAt = (this.tempAt = ensureI32(this.tempAt, nInst + 1));
    this.codeAt = ensureI32(this.codeAt, nb + 1);
    this.inReg = ensureI8(this.inReg, s.inAt[nb]);
    this.outAt = ensureI32(this.outAt, nb + 1);
    this.regOf = ensureI32(this.regOf, nVals);
    this.curEnd = ensureI32(this.curEnd, nVals);
    this.endAt = ensureI32(this.endAt, nVals);
    this.outMap = ensureI8(this.outMap, nVals);
    this.useEnd = ensureI32(this.useEnd, nUse);
    this.defEnd = ensureI32(this.defEnd, nInst);
    const regOf = this.regOf;
    regOf.fill(-1, 0, nVals);
    this.code.clear();
    this.temps.clear();
    this.outPairs.clear();
    this.usedMask.fill(0);
    this.wMoves = this.wReloads = this.wStores = 0;
    this.conHead.fill(-1);
    this.collectWishes();
    this.taken.find(s);
    this.free.set(s.regs.masks);
    for (let b = 0; b < nb; b++) {
      this.codeAt[b] = this.code.n;
      const i0 = mf.instAt[b];
      const i1 = mf.instAt[b + 1];
      this.block = b;
      this.weight = s.cfg.freq[b];
      this.now = 0;
      this.scanBlock(b);
      if (b === 0) this.enterFunction();
      else this.enter(b);
      for (let i = i0; i < i1; i++) {
        tempAt[i] = this.temps.n;
        if (i < s.entryEnd && defFixed[i] >= 0) continue; // done by enterFunction
        const t = (this.now = i - i0);
        const u0 = useAt[i];
        const u1 = useAt[i + 1];
        let special = clobbers[i] !== 0 || tempGpr[i] !== 0 || tempVector[i] !== 0 || defFixed[i] >= 0;
        for (let u = u0; u < u1 && !special; u++) special = useFixed[u] >= 0;
        if (special) {
          while (this.callPos.n > 0 && this.callPos.a[this.callPos.n - 1] < t) this.callPos.n--;
          constrained.assign(this, i);
          this.dropConstraints(i, t);
          continue;
        }
        for (let u = u0; u < u1; u++) {
          const v = useValue[u];
          if (useFlags[u] & UseFlag.RELOAD && regOf[v] < 0) {
            const r = this.choose(v, this.useEnd[u], this.free[mf.valueClass[v]]);
            this.put(v, r, this.useEnd[u]);
            this.fetch(v, r);
          }
          useReg[u] = regOf[v];
        }
        const d = def[i];
        let result = -1;
        if (tied[i] && d >= 0) result = this.tie(i, u0, u1);
        for (let u = u0; u < u1; u++) if (useFlags[u] & UseFlag.DIES) this.release(useValue[u]);
        this.record(Rec.INST, i, 0);
        if (d >= 0) {
          const r = result >= 0 ? result : this.choose(d, this.defEnd[i], this.free[mf.valueClass[d]]);
          defReg[i] = r;
          this.usedMask[classOf(r)] |= 1 << r;
          if (!defDies[i]) this.put(d, r, this.defEnd[i]);
          if (s.usesMemory && s.storeAt[d] === b) this.store(d, r);
        }
      }
      this.leave(b);
    }
    tempAt[nInst] = this.temps.n;
    this.codeAt[nb] = this.code.n;
  }

  private isFree(r: number): boolean {
    return ((this.free[classOf(r)] >> r) & 1) !== 0;
  }

  /** Passes the constraints of register r up to position t. */
  private dropUpTo(r: number, t: number): void {
    const { conHead, conPos, conNext } = this;
    let k = conHead[r];
    while (k >= 0 && conPos.a[k] <= t) k = conNext.a[k];
    conHead[r] = k;
  }

  /** Passes the constraints of instruction i, at position t. */
  private dropConstraints(i: number, t: number): void {
    const mf = this.s.mf;
    const isCall = mf.clobbers.a[i] === Clobber.CALL;
    for (let cls = 0; cls < 2 && !isCall; cls++)
      for (let m = destroyedBy(mf, cls, i); m !== 0; m &= m - 1)
        this.dropUpTo((cls << CLASS_SHIFT) + 31 - Math.clz32(m & -m), t);
    if (mf.defFixed.a[i] >= 0) this.dropUpTo(mf.defFixed.a[i], t);
    for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++)
      if (mf.useFixed.a[u] >= 0) this.dropUpTo(mf.useFixed.a[u], t);
    if (isCall) while (this.callPos.n > 0 && this.callPos.a[this.callPos.n - 1] <= t) this.callPos.n--;
  }

  /** The arguments that arrive in registers are all there before the first instruction. */
  private enterFunction(): void {
    const s = this.s;
    const def = s.mf.def.a;
    const defFixed = s.mf.defFixed.a;
    for (let i = 0; i < s.entryEnd; i++) {
      const r = defFixed[i];
      if (r < 0) continue;
      this.defReg[i] = r;
      if (!s.defDies[i]) this.put(def[i], r, this.defEnd[i]);
      this.record(Rec.INST, i, 0);
    }
    if (s.usesMemory)
      for (let i = 0; i < s.entryEnd; i++)
        if (defFixed[i] >= 0 && s.storeAt[def[i]] === 0) this.store(def[i], defFixed[i]);
  }

  /** Register of a two-address result: that of an operand which dies, else a copy of operand 0. */
  private tie(i: number, u0: number, u1: number): number {
    const { s, useReg } = this;
    const useValue = s.mf.useValue.a;
    const flags = s.useFlags;
    const commutes = s.mf.commutes.a[i] !== 0 && u0 + 1 < u1;
    let first = (flags[u0] & UseFlag.DIES) !== 0;
    let second = commutes && (flags[u0 + 1] & UseFlag.DIES) !== 0;
    const readsFirst = s.mf.machine.operations.has(s.mf.op.a[i], OpFlag.READS_FIRST);
    for (let u = commutes ? u0 + 2 : u0 + 1; u < u1; u++) {
      if (useValue[u] === useValue[u0] && !readsFirst) first = false;
      if (second && useValue[u] === useValue[u0 + 1] && !readsFirst) second = false;
    }
    if (first && second && useReg[u0] !== useReg[u0 + 1]) {
      const d = s.mf.def.a[i];
      return this.choose(d, this.defEnd[i], (1 << useReg[u0]) | (1 << useReg[u0 + 1]));
    }
    if (first) return useReg[u0];
    if (second) return useReg[u0 + 1];
    const d = s.mf.def.a[i];
    const r = this.choose(d, this.defEnd[i], this.free[s.mf.valueClass[d]]);
    this.record(Rec.MOVE, r, useReg[u0]);
    this.wMoves += this.weight;
    useReg[u0] = r;
    return r;
  }

  /** Notes and clears the registers at the block's end. */
  private leave(b: number): void {
    this.outAt[b] = this.outPairs.n;
    const { masks } = this.s.regs;
    for (let cls = 0; cls < 2; cls++) {
      for (let m = masks[cls] & ~this.free[cls]; m !== 0; m &= m - 1) {
        const r = (cls << CLASS_SHIFT) + 31 - Math.clz32(m & -m);
        const v = this.regVal[r];
        this.outPairs.push((v << REGISTER_BITS) | r);
        this.regOf[v] = -1;
      }
    }
    this.outAt[b + 1] = this.outPairs.n;
    this.free[Cls.GPR] = masks[Cls.GPR];
    this.free[Cls.VECTOR] = masks[Cls.VECTOR];
  }
}

/** Whether r is one of the callee-saved registers that the function uses. */
const isSaved = (s: State, r: number): boolean => classOf(r) === Cls.GPR && ((s.calleeMask >> r) & 1) !== 0;
