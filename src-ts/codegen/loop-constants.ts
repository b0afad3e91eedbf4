/**
 * Constants that are made once before a loop and not at each use. Those of vector registers, as operands in memory, cost
 * no instruction, but a load each, and two loads in a cycle are what processors do; integers are kept where a machine
 * makes them by instructions (`MachineFacts.keepsIntegers`). Only in small loops without calls, of vectors without inner
 * loops, and only as long as registers are left: a constant that is spilled would be a load again.
 *
 * Selection asks for a constant (`request`) and makes what was asked for when it comes to the block before the loop: it
 * goes backwards.
 */
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { EFFECTS, Effect, hasArguments, isConst } from '../ir/opinfo.js';
import { FIRST_ATOMIC, Op } from '../ir/ops.js';
import type { Cfg } from '../opt/cfg.js';
import { IntVec } from '../util/vec.js';
import { Cls, isVectorType } from './machine.js';

/** Blocks of a loop from the header to the branch back. */
const MAX_BLOCKS = 8;
/** Registers that are left for what selection needs beyond SSA values, by register class. */
const SPARE = Uint8Array.of(5, 3);
/** Of loops that are too large, or make calls. */
const NONE_LEFT = -100;
/** The same for the constants of an inner loop. */
const SPARE_INSIDE = 4;
/** Fields of a request. */
export const enum Request {
  /** The loop's header. */
  HEADER = 0,
  /** ValType of the constant. */
  KIND = 1,
  /** Four words; of a float its SSA value. */
  WORDS = 2,
  /** The machine value that holds it, or -1, and where it comes from: SSA constant or place in the pool. */
  VALUE = 6,
  FROM = 7,
}
export const REQUEST_FIELDS = 8;

export class LoopConstants {
  private f!: Func;
  private cfg!: Cfg;
  private registers = 0;
  /** By header: constants that may still be kept; -1 if that is not known yet. */
  private room = new Int32Array(0);
  /** By header: the same when nothing was asked for yet; below 0 where the loop's values leave fewer than are kept free. */
  private left = new Int32Array(0);
  /** By header: the block before the loop. */
  private before = new Int32Array(0);
  /** What was asked for, REQUEST_FIELDS each. */
  readonly requests = new IntVec(64);
  private mark = new Int32Array(0);
  private stamp = 0;
  private readonly operands = new IntVec(16);

  /** Of constants in registers of this class. */
  constructor(private readonly cls: Cls) {}

  /** Takes up a function, for a machine with so many registers of the class. */
  start(f: Func, cfg: Cfg, registers: number): void {
    this.f = f;
    this.cfg = cfg;
    this.registers = registers;
    this.requests.n = 0;
    if (this.room.length < f.nb) {
      this.room = new Int32Array(f.nb * 2);
      this.left = new Int32Array(f.nb * 2);
      this.before = new Int32Array(f.nb * 2);
    }
    this.room.fill(-1, 0, f.nb);
  }

  /** The header of block b's loop if constants are kept for it, else -1. */
  loopFor(b: number): number {
    const h = this.cfg.loopOf[b];
    if (h < 0) return -1;
    if (this.room[h] < 0) {
      this.left[h] = this.registersLeft(h);
      this.room[h] = Math.max(0, this.left[h]);
    }
    return this.room[h] > 0 || this.before[h] >= 0 ? h : -1;
  }

  /** Whether block b is in a small loop whose values leave registers. */
  leavesRegisters(b: number): boolean {
    this.loopFor(b);
    return this.cfg.loopOf[b] >= 0 && this.left[this.cfg.loopOf[b]] + SPARE[this.cls] > 1;
  }

  /**
   * The row in `requests` of a constant of loop h: its kind and words; the caller fills in the value of a new one (-1).
   * Returns -1 where no register is left.
   */
  request(h: number, kind: number, w0: number, w1: number, w2: number, w3: number): number {
    const { a } = this.requests;
    for (let k = 0; k < this.requests.n; k += REQUEST_FIELDS)
      if (
        a[k + Request.HEADER] === h &&
        a[k + Request.KIND] === kind &&
        a[k + Request.WORDS] === w0 &&
        a[k + Request.WORDS + 1] === w1 &&
        a[k + Request.WORDS + 2] === w2 &&
        a[k + Request.WORDS + 3] === w3
      )
        return k;
    if (this.room[h] === 0) return -1;
    this.room[h]--;
    const at = this.requests.push(h);
    this.requests.push(kind);
    this.requests.push(w0);
    this.requests.push(w1);
    this.requests.push(w2);
    this.requests.push(w3);
    this.requests.push(-1);
    this.requests.push(-1);
    return at;
  }

  /** The block before loop h. */
  blockBefore(h: number): number {
    return this.before[h];
  }

  /** How many registers the loop with header h leaves, by its SSA values; sets `before`. */
  private registersLeft(h: number): number {
    const { f, cfg } = this;
    this.before[h] = -1;
    let latch = h;
    let entries = 0;
    for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) {
      const from = f.edgeFrom[f.predEdge[k]];
      if (from >= h) latch = Math.max(latch, from);
      else {
        entries++;
        this.before[h] = from;
      }
    }
    const fits = entries === 1 && latch - h < MAX_BLOCKS && cfg.cold[h] === 0 && this.endsPlainly(this.before[h]);
    const left = Math.max(NONE_LEFT, fits ? this.registers - SPARE[this.cls] - this.pressure(h, latch) : NONE_LEFT);
    if (left <= 0) this.before[h] = -1;
    return left;
  }

  /** Block b ends with a branch: something may be done before that. */
  private endsPlainly(b: number): boolean {
    const last = this.f.op[this.f.order[this.f.blockStart[b + 1] - 1]];
    return last === Op.BR || last === Op.BR_IF;
  }

  /** Whether block b is in a loop inside loop h, whose constants may be kept all the same. */
  private isInside(b: number, h: number): boolean {
    const { loopOf, loopParent } = this.cfg;
    let l = loopOf[b];
    while (l > h) l = loopParent[l];
    return this.cls === Cls.GPR && l === h;
  }

  /** Registers that the loop's values need at most, as far as SSA tells; Infinity with calls. */
  private pressure(h: number, latch: number): number {
    const { f, cfg, operands } = this;
    if (this.mark.length < f.nv) this.mark = new Int32Array(f.nv * 2);
    // Values that live through all of the loop.
    const through = ++this.stamp;
    let count = 0;
    let spare = 0;
    for (let b = h; b <= latch; b++) {
      if (cfg.loopOf[b] < h) continue;
      if (!this.isInside(b, h) && cfg.loopOf[b] !== h) return Infinity;
      if (cfg.loopOf[b] !== h) spare = SPARE_INSIDE;
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        if (mayCall(f.op[v])) return Infinity;
        if (f.op[v] === Op.PARAM && b === h && this.counts(v)) count += this.note(v, through);
        listOperands(f, v, operands);
        for (let i = 0; i < operands.n; i++)
          if (f.block[operands.a[i]] !== b && this.counts(operands.a[i])) count += this.note(operands.a[i], through);
      }
    }
    let most = 0;
    for (let b = h; b <= latch; b++) if (cfg.loopOf[b] >= h) most = Math.max(most, this.pressureIn(b, through));
    return count + most + spare;
  }

  /** The same for what lives in block b only. */
  private pressureIn(b: number, through: number): number {
    const { f, operands } = this;
    const here = through + 1;
    this.stamp = here;
    let live = 0;
    for (let q = f.succAt[b]; q < f.succAt[b + 1]; q++)
      for (let k = f.argAt[f.succEdge[q]]; k < f.argAt[f.succEdge[q] + 1]; k++)
        live += this.noteIn(f.args[k], b, here, through);
    let most = live;
    for (let k = f.blockStart[b + 1] - 1; k >= f.blockStart[b]; k--) {
      const v = f.order[k];
      if (this.mark[v] === here) {
        this.mark[v] = 0;
        live--;
      }
      listOperands(f, v, operands);
      for (let i = 0; i < operands.n; i++) live += this.noteIn(operands.a[i], b, here, through);
      if (live > most) most = live;
    }
    return most;
  }

  private noteIn(v: number, b: number, here: number, through: number): number {
    return this.f.block[v] === b && this.counts(v) && this.mark[v] !== through ? this.note(v, here) : 0;
  }

  /** 1 unless v has this mark. */
  private note(v: number, mark: number): number {
    if (this.mark[v] === mark) return 0;
    this.mark[v] = mark;
    return 1;
  }

  /** Whether v is a value in a register of the class. */
  private counts(v: number): boolean {
    const t = this.f.type[v];
    return t !== 0 && isVectorType(t) === (this.cls === Cls.VECTOR) && !isConst(this.f.op[v]);
  }
}

/** Operations that destroy registers, or may: at worst a constant is spilled. */
function mayCall(o: number): boolean {
  if (hasArguments(o) || o >= FIRST_ATOMIC || o === Op.TABLE_GET || o === Op.REF_FUNC) return true;
  if ((EFFECTS[o] & Effect.WRITE) === 0 || (EFFECTS[o] & Effect.ACCESS) !== 0) return false;
  switch (o) {
    case Op.BR:
    case Op.BR_IF:
    case Op.BR_TABLE:
    case Op.RETURN:
    case Op.TRAP:
    case Op.GLOBAL_SET:
    case Op.LOCAL_SET:
      return false;
    default:
      return o < Op.I32_STORE || o > Op.I64_STORE32;
  }
}
