/**
 * One instruction with fixed registers, clobbers or temporaries. All places that it asks for are found first, then one
 * parallel move brings the values there.
 *
 * Every value that must be in a register before the instruction is in one of these groups; the spiller counts the same
 * groups against the same masks, so there is always room:
 * - survivors, and the copy of a tied operand that survives: a register of A = usable, not fixed for an operand, not
 *   clobbered, not the fixed result's
 *   (a survivor that is also a fixed operand stays in that fixed register if the instruction doesn't destroy it);
 * - free operands that die, and temporaries: a register of B; B = A except at calls, which destroy registers only after
 *   having read their operands;
 * - operands that are only fixed and die: nothing but the fixed register.
 * Survivors choose first; one of the second group in their way moves on. O(operands² + registers).
 */
import { Rec } from '../mach.js';
import { classOf, CLASS_SHIFT, Cls, REGISTERS } from '../machine.js';
import type { Coloring, Solver } from './color.js';
import type { ParallelMove } from './moves.js';
import { Constraints, has, include } from './constraints.js';
import { UseFlag } from './state.js';

/** What an operand's value needs; see above. */
const enum Need {
  /** Only its fixed registers. */
  NONE,
  DYING,
  SURVIVES,
  FIXED_HOME,
}

/** Distinct operand values of the instruction; an instruction has at most one per register and a few more. */
const MAX = 96;

/** Solves instructions with constraints; keeps its arrays. */
export class Constrained implements Solver {
  private readonly opVal = new Int32Array(MAX);
  private readonly opNeed = new Uint8Array(MAX);
  /** Register before the instruction, or -1: to be fetched. */
  private readonly opFrom = new Int8Array(MAX);
  /** Register at the instruction apart from fixed ones, or -1. */
  private readonly opTo = new Int8Array(MAX);
  /** Fixed register that survives, or -1. */
  private readonly opHome = new Int8Array(MAX);
  private readonly opFree = new Uint8Array(MAX);
  private readonly opDies = new Uint8Array(MAX);
  private readonly opEnd = new Int32Array(MAX);
  /** By operand number: index of its value. */
  private readonly opOf = new Uint8Array(MAX);
  private nOps = 0;
  /** Values that only pass by and must move: register before, register after. */
  private readonly passFrom = new Int8Array(REGISTERS);
  private readonly passTo = new Int8Array(REGISTERS);
  private readonly passVal = new Int32Array(REGISTERS);
  private nPass = 0;
  private readonly constraints = new Constraints();
  /** The instruction's uses are u0 .. u1. */
  private u0 = 0;
  private u1 = 0;
  /** The tied operand must be copied, to register `tieTo`. */
  private tieCopies = false;
  private tieTo = -1;
  // --- sets of registers, by class: given away; temporaries; for operands that die beside them; filled by a move ---
  private readonly taken = new Int32Array(2);
  private readonly tempMask = new Int32Array(2);
  private readonly forDying = new Int32Array(2);
  private readonly covered = new Int32Array(2);

  constructor(private readonly moves: ParallelMove) {}

  /** Index of operand value v, or -1. */
  private findOp(v: number): number {
    for (let j = 0; j < this.nOps; j++) if (this.opVal[j] === v) return j;
    return -1;
  }

  /**
   * A register of `room` for v, rather one that is free already. When all that would do are taken by dying operands, one
   * of those loses its place.
   */
  private place(c: Coloring, v: number, end: number, mask: Int32Array, taken: Int32Array): number {
    const cls = c.s.mf.valueClass[v];
    let room = mask[cls] & ~taken[cls];
    for (let j = 0; j < this.nOps && room === 0; j++) {
      const to = this.opTo[j];
      if (this.opNeed[j] === Need.DYING && to >= 0 && classOf(to) === cls && (mask[cls] >> to) & 1) {
        room = 1 << to;
        this.opTo[j] = -1;
      }
    }
    const open = room & c.free[cls];
    return c.choose(v, end, open !== 0 ? open : room);
  }

  assign(c: Coloring, i: number): void {
    const { s } = c;
    const { mf, useFlags: flags } = s;
    const u0 = (this.u0 = mf.useAt.a[i]);
    const u1 = (this.u1 = mf.useAt.a[i + 1]);
    if (u1 - u0 > MAX) throw new Error('register allocator: an instruction with too many operands');
    const { constraints, taken, tempMask } = this;
    constraints.start(s, i, (flags[u0] & UseFlag.DIES) !== 0, u0 + 1 < u1 && (flags[u0 + 1] & UseFlag.DIES) !== 0);
    taken[Cls.GPR] = taken[Cls.VECTOR] = 0;
    tempMask[Cls.GPR] = tempMask[Cls.VECTOR] = 0;
    this.listOperands(c);
    this.findWhoStays(c);
    this.choosePlaces(c, i);
    this.moveOperands(c);
    this.update(c);
    c.record(Rec.INST, i, 0);
    if (mf.def.a[i] >= 0) this.assignResult(c, i);
  }

  /** The register that use u must be in, or -1. */
  private fixedOf(c: Coloring, u: number): number {
    const { tiedUse, tiedFixed } = this.constraints;
    return u === tiedUse && tiedFixed >= 0 ? tiedFixed : c.s.mf.useFixed.a[u];
  }

  /** Collects the distinct operands and what is asked of them. */
  private listOperands(c: Coloring): void {
    const { s, regOf } = c;
    const useValue = s.mf.useValue.a;
    const { tiedUse, tiedFixed, destroyed } = this.constraints;
    const { u0, u1 } = this;
    this.nOps = 0;
    for (let u = u0; u < u1; u++) {
      const v = useValue[u];
      let j = this.findOp(v);
      if (j < 0) {
        j = this.nOps++;
        this.opVal[j] = v;
        this.opFrom[j] = regOf[v];
        this.opTo[j] = this.opHome[j] = -1;
        this.opFree[j] = this.opDies[j] = 0;
        this.opEnd[j] = regOf[v] >= 0 ? c.curEnd[v] : c.useEnd[u];
      }
      this.opOf[u - u0] = j;
      if (s.useFlags[u] & UseFlag.DIES) this.opDies[j] = 1;
      const x = this.fixedOf(c, u);
      if (x < 0) {
        if (u !== tiedUse) this.opFree[j] = 1;
      } else if (!has(destroyed, x)) this.opHome[j] = x;
    }
    // A tied operand in no fixed register: its own place becomes the result's if nothing else needs the value there.
    this.tieCopies = false;
    if (tiedUse >= 0 && tiedFixed < 0) {
      const j = this.opOf[tiedUse - u0];
      if (this.opDies[j] && !this.opFree[j]) this.opFree[j] = 1;
      else this.tieCopies = true;
    }
  }

  /** Finds which values keep their registers, and which of those that only pass by must move. */
  private findWhoStays(c: Coloring): void {
    const { s, regVal } = c;
    const { taken } = this;
    const { forSurvivors, forOperands } = this.constraints;
    for (let j = 0; j < this.nOps; j++) {
      const need = this.opDies[j]
        ? this.opFree[j]
          ? Need.DYING
          : Need.NONE
        : this.opHome[j] >= 0 && !this.opFree[j]
          ? Need.FIXED_HOME
          : Need.SURVIVES;
      this.opNeed[j] = need;
      if (need === Need.FIXED_HOME) this.opTo[j] = this.opHome[j];
      else if (
        need !== Need.NONE &&
        this.opFrom[j] >= 0 &&
        has(need === Need.SURVIVES ? forSurvivors : forOperands, this.opFrom[j])
      ) {
        this.opTo[j] = this.opFrom[j];
        include(taken, this.opTo[j]);
      }
    }
    this.nPass = 0;
    for (let cls = 0; cls < 2; cls++) {
      for (let m = s.usable[cls] & ~c.free[cls]; m !== 0; m &= m - 1) {
        const r = (cls << CLASS_SHIFT) + 31 - Math.clz32(m & -m);
        if (this.findOp(regVal[r]) >= 0) continue;
        if (has(forSurvivors, r)) include(taken, r);
        else this.passFrom[this.nPass++] = r;
      }
    }
  }

  /** Places for the rest, in this order: survivors, the copy of the tied operand, temporaries, operands that die. */
  private choosePlaces(c: Coloring, i: number): void {
    const { s, regVal } = c;
    const { taken, tempMask } = this;
    const { forSurvivors, forOperands } = this.constraints;
    for (let k = 0; k < this.nPass; k++) {
      const v = regVal[this.passFrom[k]];
      this.passTo[k] = this.place(c, v, c.curEnd[v], forSurvivors, taken);
      include(taken, this.passTo[k]);
    }
    for (let j = 0; j < this.nOps; j++) {
      if (this.opNeed[j] !== Need.SURVIVES || this.opTo[j] >= 0) continue;
      this.opTo[j] = this.place(c, this.opVal[j], this.opEnd[j], forSurvivors, taken);
      include(taken, this.opTo[j]);
    }
    if (this.tieCopies) {
      this.tieTo = this.place(c, s.mf.def.a[i], c.defEnd[i], forSurvivors, taken);
      include(taken, this.tieTo);
    }
    this.chooseTemporaries(c, i);
    for (let cls = 0; cls < 2; cls++) this.forDying[cls] = forOperands[cls] & ~tempMask[cls];
    for (let j = 0; j < this.nOps; j++) {
      if (this.opNeed[j] !== Need.DYING || this.opTo[j] >= 0) continue;
      this.opTo[j] = this.place(c, this.opVal[j], c.now, this.forDying, taken);
      include(taken, this.opTo[j]);
    }
  }

  private chooseTemporaries(c: Coloring, i: number): void {
    const { s } = c;
    const { mf } = s;
    const { taken, tempMask } = this;
    const { forOperands, result } = this.constraints;
    for (let cls = 0; cls < 2; cls++) {
      for (let n = cls ? mf.tempVector.a[i] : mf.tempGpr.a[i]; n > 0; n--) {
        // Rather a register that is free and needn't be saved.
        const room = forOperands[cls] & ~result[cls] & ~taken[cls];
        const cheap = cls === Cls.GPR ? room & ~s.calleeMask : room;
        const open = cheap & c.free[cls];
        const used = room & c.usedMask[cls];
        const best = open !== 0 ? open : cheap !== 0 ? cheap : used !== 0 ? used : room;
        if (best === 0) c.stuck(-1);
        const r = (cls << CLASS_SHIFT) + 31 - Math.clz32(best);
        c.temps.push(r);
        include(tempMask, r);
        include(taken, r);
      }
    }
  }

  /** The parallel move to the places chosen, then what comes from no register. */
  private moveOperands(c: Coloring): void {
    const { useReg } = c;
    const { u0, u1, covered } = this;
    const { tiedUse } = this.constraints;
    for (let k = 0; k < this.nPass; k++) this.moves.add(this.passTo[k], this.passFrom[k]);
    for (let j = 0; j < this.nOps; j++)
      if (this.opFrom[j] >= 0 && this.opTo[j] >= 0 && this.opNeed[j] !== Need.FIXED_HOME)
        this.moves.add(this.opTo[j], this.opFrom[j]);
    if (this.tieCopies && this.opFrom[this.opOf[tiedUse - u0]] >= 0)
      this.moves.add(this.tieTo, this.opFrom[this.opOf[tiedUse - u0]]);
    covered[Cls.GPR] = covered[Cls.VECTOR] = 0;
    for (let u = u0; u < u1; u++) {
      const j = this.opOf[u - u0];
      const x = this.fixedOf(c, u);
      useReg[u] = x >= 0 ? x : this.tieCopies && u === tiedUse ? this.tieTo : this.opTo[j];
      if (x < 0 || this.opFrom[j] < 0 || has(covered, x)) continue;
      include(covered, x);
      this.moves.add(x, this.opFrom[j]);
    }
    c.wMoves += this.moves.emit(c.code) * c.weight;
    this.fetchOperands(c, u0, u1);
  }

  /** Who is where after the instruction has read its operands. */
  private update(c: Coloring): void {
    const { regVal } = c;
    const { fixed, result } = this.constraints;
    for (let k = 0; k < this.nPass; k++) {
      const v = regVal[this.passFrom[k]];
      c.release(v);
      this.passVal[k] = v;
    }
    for (let j = 0; j < this.nOps; j++) c.release(this.opVal[j]);
    for (let k = 0; k < this.nPass; k++) c.put(this.passVal[k], this.passTo[k], c.curEnd[this.passVal[k]]);
    for (let j = 0; j < this.nOps; j++)
      if (this.opNeed[j] === Need.SURVIVES || this.opNeed[j] === Need.FIXED_HOME)
        c.put(this.opVal[j], this.opTo[j], this.opEnd[j]);
    for (let cls = 0; cls < 2; cls++) c.usedMask[cls] |= this.taken[cls] | fixed[cls] | result[cls];
  }

  private assignResult(c: Coloring, i: number): void {
    const { s } = c;
    const { mf } = s;
    const { isCall, tiedUse, clobber } = this.constraints;
    const d = mf.def.a[i];
    let r = mf.defFixed.a[i];
    if (r < 0 && tiedUse >= 0) r = c.useReg[tiedUse];
    if (r < 0) {
      const cls = mf.valueClass[d];
      r = c.choose(d, c.defEnd[i], c.free[cls] & ~(isCall ? 0 : clobber[cls]) & ~this.tempMask[cls]);
    }
    c.defReg[i] = r;
    include(c.usedMask, r);
    if (!s.defDies[i]) c.put(d, r, c.defEnd[i]);
    if (s.usesMemory && s.storeAt[d] === mf.valueBlock[d]) c.store(d, r);
  }

  /** Loads or rematerialises the operands that were in no register, once, and copies them where they are needed again. */
  private fetchOperands(c: Coloring, u0: number, u1: number): void {
    const { s, useReg } = c;
    for (let j = 0; j < this.nOps; j++) {
      if (this.opFrom[j] >= 0) continue;
      const v = this.opVal[j];
      let got = -1;
      let done = 0;
      if (this.opTo[j] >= 0) {
        got = this.opTo[j];
        c.fetch(v, got);
        done = 1 << got;
      }
      for (let u = u0; u < u1; u++) {
        const r = useReg[u];
        if (this.opOf[u - u0] !== j || (done >> r) & 1) continue;
        done |= 1 << r;
        if (got < 0 || s.remat[v]) c.fetch(v, r);
        else {
          c.record(Rec.MOVE, r, got);
          c.wMoves += c.weight;
        }
        if (got < 0) got = r;
      }
    }
  }
}
