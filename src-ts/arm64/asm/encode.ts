/**
 * The assembler: instructions of AArch64 into a `CodeBuffer`. Registers are hardware numbers. Which instruction is meant
 * is a row of `insts.ts`; a method fills in operands of one shape. No method uses registers that it is not given, but
 * where it says so.
 */
import { halfOf, halvesThatAre, isAddImmediate, logicalImmediate } from './immediates.js';
import { BranchBuffer } from './branches.js';
import {
  Add,
  AddImm,
  CONDITIONAL_IMMEDIATE,
  type CondCompare,
  DOUBLE,
  EXTENDED,
  type Extend,
  Field,
  FOther,
  Literal,
  Logic,
  LogicImm,
  Mem,
  Other,
  Pair,
  Select,
  type Shift,
  Wide,
} from './insts.js';

const ZERO = 31;
/** Bits of a `Mem`, of those that `pairOf` knows: it loads; its register is one of the vector unit. */
export const LOADS = 1 << 22;
const VECTORS = 1 << 26;

/** The pair of two such accesses, or 0. */
function pairOf(row: Mem): Pair | 0 {
  switch (row) {
    case Mem.LDR_X:
      return Pair.LDP;
    case Mem.STR_X:
      return Pair.STP;
    case Mem.LDR_W:
      return Pair.LDP_W;
    case Mem.STR_W:
      return Pair.STP_W;
    case Mem.LDR_S:
      return Pair.LDP_S;
    case Mem.STR_S:
      return Pair.STP_S;
    case Mem.LDR_D:
      return Pair.LDP_D;
    case Mem.STR_D:
      return Pair.STP_D;
    case Mem.LDR_Q:
      return Pair.LDP_Q;
    case Mem.STR_Q:
      return Pair.STP_Q;
    default:
      return 0;
  }
}

/** log2 of the bytes that a load or store accesses. */
export const sizeOf = (row: Mem): number => ((row & 0x04800000) === 0x04800000 ? 4 : row >>> 30);

/** Whether `Assembler.access` takes this displacement. */
export function reaches(row: Mem, disp: number): boolean {
  const size = sizeOf(row);
  if (disp >= -256 && disp < 256) return true;
  return disp >= 0 && (disp & ((1 << size) - 1)) === 0 && disp >> size < 4096;
}

export class Assembler extends BranchBuffer {
  // --- the last `accessFirst` ---
  /** Raw offset of its end, labels that were bound by then, its displacement. */
  private lastAccess = -1;
  private lastLabels = 0;
  private lastDisp = 0;

  override reset(): void {
    super.reset();
    this.lastAccess = -1;
  }

  // ------------------------------------------------------------------ shapes

  /** d, n. */
  rr(row: number, d: number, n: number): void {
    this.word(row | (n << 5) | d);
  }

  /** d, n, m. */
  rrr(row: number, d: number, n: number, m: number): void {
    this.word(row | (m << 16) | (n << 5) | d);
  }

  /** d, n, m, a. */
  rrrr(row: number, d: number, n: number, m: number, a: number): void {
    this.word(row | (m << 16) | (a << 10) | (n << 5) | d);
  }

  /** d = n op (m shifted by `amount`): an `Add` or a `Logic`. */
  shifted(row: Add | Logic, wide: number, d: number, n: number, m: number, shift: Shift, amount: number): void {
    this.word(row | (wide << 31) | (shift << 22) | (m << 16) | (amount << 10) | (n << 5) | d);
  }

  /** d = n op (m extended, then shifted left by 0–4). d and n may be the stack pointer. */
  extended(row: Add, wide: number, d: number, n: number, m: number, extend: Extend, amount: number): void {
    this.word(row | (wide << 31) | EXTENDED | (m << 16) | (extend << 13) | (amount << 10) | (n << 5) | d);
  }

  /** d = n op x, which `isAddImmediate`. d and n may be the stack pointer. */
  addImmediate(row: AddImm, wide: number, d: number, n: number, x: number): void {
    const field = (x & ~0xfff) === 0 ? x << 10 : (1 << 22) | ((x >>> 12) << 10);
    this.word(row | (wide << 31) | field | (n << 5) | d);
  }

  /** d = n op the logical immediate with these fields. */
  logic(row: LogicImm, wide: number, d: number, n: number, fields: number): void {
    this.word(row | (wide << 31) | (fields << 10) | (n << 5) | d);
  }

  moveWide(row: Wide, wide: number, d: number, x: number, place: number): void {
    this.word(row | (wide << 31) | (place << 21) | ((x & 0xffff) << 5) | d);
  }

  /** SBFM, BFM, UBFM: shifts by constants, extensions, bit fields. */
  field(row: Field, wide: number, d: number, n: number, immr: number, imms: number): void {
    this.word(row | (wide << 31) | (wide << 22) | (immr << 16) | (imms << 10) | (n << 5) | d);
  }

  /** d = n : m shifted right. */
  extr(wide: number, d: number, n: number, m: number, count: number): void {
    this.word(0x13800000 | (wide << 31) | (wide << 22) | (m << 16) | (count << 10) | (n << 5) | d);
  }

  select(row: Select, wide: number, d: number, n: number, m: number, cc: number): void {
    this.word(row | (wide << 31) | (m << 16) | (cc << 12) | (n << 5) | d);
  }

  /** If cc: compares n with m, else flags = nzcv. */
  conditionalCompare(row: CondCompare, wide: number, n: number, m: number, nzcv: number, cc: number): void {
    this.word(row | (wide << 31) | (m << 16) | (cc << 12) | (n << 5) | nzcv);
  }

  conditionalCompareImmediate(row: CondCompare, wide: number, n: number, x: number, nzcv: number, cc: number): void {
    this.conditionalCompare(row | CONDITIONAL_IMMEDIATE, wide, n, x, nzcv, cc);
  }

  // ------------------------------------------------------------------ moves and constants

  mov(wide: number, d: number, n: number): void {
    this.shifted(Logic.ORR, wide, d, ZERO, n, 0, 0);
  }

  /** d = sp or sp = n. */
  movSp(d: number, n: number): void {
    this.addImmediate(AddImm.ADD, 1, d, n, 0);
  }

  /** d = hi:lo in up to four instructions. */
  constant64(d: number, lo: number, hi: number): void {
    const zeros = halvesThatAre(0, lo, hi);
    const ones = halvesThatAre(0xffff, lo, hi);
    if (zeros < 3 && ones < 3) {
      const fields = logicalImmediate(lo, hi);
      if (fields >= 0) {
        this.logic(LogicImm.ORR, 1, d, ZERO, fields);
        return;
      }
    }
    // A 32-bit movn clears the upper half.
    if (hi === 0) {
      this.constant32(d, lo);
      return;
    }
    const inverted = ones > zeros;
    const skip = inverted ? 0xffff : 0;
    let first = true;
    for (let k = 0; k < 4; k++) {
      const x = halfOf(lo, hi, k);
      if (x === skip) continue;
      if (!first) this.moveWide(Wide.MOVK, 1, d, x, k);
      else if (inverted) this.moveWide(Wide.MOVN, 1, d, ~x, k);
      else this.moveWide(Wide.MOVZ, 1, d, x, k);
      first = false;
    }
    if (first) this.moveWide(Wide.MOVN, 1, d, 0, 0);
  }

  /** d = x, zero-extended. */
  constant32(d: number, x: number): void {
    const low = x & 0xffff;
    const high = x >>> 16;
    if (high === 0) this.moveWide(Wide.MOVZ, 0, d, low, 0);
    else if (low === 0) this.moveWide(Wide.MOVZ, 0, d, high, 1);
    else if (high === 0xffff) this.moveWide(Wide.MOVN, 0, d, ~low, 0);
    else if (low === 0xffff) this.moveWide(Wide.MOVN, 0, d, ~high, 1);
    else {
      const fields = logicalImmediate(x, x);
      if (fields >= 0) {
        this.logic(LogicImm.ORR, 0, d, ZERO, fields);
        return;
      }
      this.moveWide(Wide.MOVZ, 0, d, low, 0);
      this.moveWide(Wide.MOVK, 0, d, high, 1);
    }
  }

  /** d = n + x (64 bits, |x| < 2^32); `scratch` is used where x fits no immediate, and may be d. */
  addConstant(d: number, n: number, x: number, scratch: number): void {
    const size = Math.abs(x) | 0;
    const row = x < 0 ? AddImm.SUB : AddImm.ADD;
    if (isAddImmediate(size)) {
      if (x !== 0 || d !== n) this.addImmediate(row, 1, d, n, size);
    } else if ((size & ~0xffffff) === 0) {
      this.addImmediate(row, 1, d, n, size & 0xfff000);
      this.addImmediate(row, 1, d, d, size & 0xfff);
    } else {
      this.constant32(scratch, size);
      this.extended(x < 0 ? Add.SUB : Add.ADD, 1, d, n, scratch, 3, 0);
    }
  }

  /** d = n shifted left by a constant. */
  lslImmediate(wide: number, d: number, n: number, count: number): void {
    const top = wide !== 0 ? 63 : 31;
    this.field(Field.UBFM, wide, d, n, -count & top, top - count);
  }

  lsrImmediate(wide: number, d: number, n: number, count: number): void {
    this.field(Field.UBFM, wide, d, n, count, wide !== 0 ? 63 : 31);
  }

  asrImmediate(wide: number, d: number, n: number, count: number): void {
    this.field(Field.SBFM, wide, d, n, count, wide !== 0 ? 63 : 31);
  }

  // ------------------------------------------------------------------ compares

  cmp(wide: number, n: number, m: number): void {
    this.word(0x6b00001f | (wide << 31) | (m << 16) | (n << 5));
  }

  /** Compares with x (a signed 32-bit number); false and nothing emitted if that is no immediate. */
  cmpImmediate(wide: number, n: number, x: number): boolean {
    const size = Math.abs(x) | 0;
    if (!isAddImmediate(size)) return false;
    this.addImmediate(x < 0 ? AddImm.ADDS : AddImm.SUBS, wide, ZERO, n, size);
    return true;
  }

  /** d = condition ? 1 : 0. */
  cset(d: number, cc: number): void {
    this.select(Select.CSINC, 0, d, ZERO, ZERO, cc ^ 1);
  }

  // ------------------------------------------------------------------ memory

  /** t, [n + disp]; `reaches`. n may be the stack pointer. */
  access(row: Mem, t: number, n: number, disp: number): void {
    const size = sizeOf(row);
    if (disp >= 0 && (disp & ((1 << size) - 1)) === 0 && disp >> size < 4096)
      this.word(row | ((disp >> size) << 10) | (n << 5) | t);
    else this.word((row ^ 0x01000000) | ((disp & 0x1ff) << 12) | (n << 5) | t);
  }

  /** t, [n + m extended], times the size if `scaled`. */
  accessIndex(row: Mem, t: number, n: number, m: number, extend: Extend, scaled: boolean): void {
    this.word((row ^ 0x01000000) | 0x00200800 | (m << 16) | (extend << 13) | (scaled ? 1 << 12 : 0) | (n << 5) | t);
  }

  /** t, [n + disp] whatever the displacement is. Uses `scratch`, which is not t of a store. */
  accessFar(row: Mem, t: number, n: number, disp: number, scratch: number): void {
    if (reaches(row, disp)) {
      this.access(row, t, n, disp);
      return;
    }
    this.addConstant(scratch, n, disp, scratch);
    this.access(row, t, scratch, 0);
  }

  /** t, [n + disp] and t2 behind it; `size`: log2 of the bytes of each. */
  pair(row: Pair, t: number, t2: number, n: number, disp: number, size = 3): void {
    this.word(row | (((disp >> size) & 0x7f) << 15) | (t2 << 10) | (n << 5) | t);
  }

  /** `access` that the next one may become a pair with (`join`). */
  accessFirst(row: Mem, t: number, n: number, disp: number): void {
    this.access(row, t, n, disp);
    this.lastAccess = this.pos;
    this.lastLabels = this.boundOrder.n;
    this.lastDisp = disp;
  }

  /** `access`, as a pair with the one before where they access neighbours. */
  accessNext(row: Mem, t: number, n: number, disp: number): void {
    if (!this.join(row, t, n, disp)) this.accessFirst(row, t, n, disp);
  }

  /**
   * Makes a pair of the instruction before, if `accessFirst` emitted it, and this access; false: they are no neighbours.
   * Not for stores that may fault: whether the first is done when the second cannot be is not known.
   */
  join(row: Mem, t: number, n: number, disp: number): boolean {
    const pair = pairOf(row);
    if (pair === 0 || this.lastAccess !== this.pos || this.lastLabels !== this.boundOrder.n) return false;
    const size = sizeOf(row);
    const before = this.wordAt(this.pos - 4);
    const isSame = before >>> 22 === row >>> 22 || before >>> 22 === (row ^ 0x01000000) >>> 22;
    if (!isSame || ((before >> 5) & 31) !== n) return false;
    const other = before & 31;
    const first = Math.min(disp, this.lastDisp);
    if (Math.abs(disp - this.lastDisp) !== 1 << size || (first & ((1 << size) - 1)) !== 0) return false;
    if (first >> size < -64 || first >> size > 63) return false;
    // A load into its own base, or two into one register.
    if ((row & LOADS) !== 0 && (row & VECTORS) === 0 && other === n) return false;
    if ((row & LOADS) !== 0 && other === t) return false;
    this.pos -= 4;
    if (disp < this.lastDisp) this.pair(pair, t, other, n, first, size);
    else this.pair(pair, other, t, n, first, size);
    this.lastAccess = -1;
    return true;
  }

  /** Vector register ← constant of 4, 8 or 16 bytes behind the code. */
  loadConstant(t: number, size: number, w0: number, w1 = 0, w2 = 0, w3 = 0): void {
    const label = this.constant(size, w0, w1, w2, w3);
    if (size === 4) this.literal(Literal.LDR_S, Mem.LDR_S, t, label);
    else if (size === 8) this.literal(Literal.LDR_D, Mem.LDR_D, t, label);
    else this.literal(Literal.LDR_Q, Mem.LDR_Q, t, label);
  }

  // ------------------------------------------------------------------ control

  br(n: number): void {
    this.word(Other.BR | (n << 5));
    this.noReturn();
  }

  blr(n: number): void {
    this.word(Other.BLR | (n << 5));
  }

  ret(): void {
    this.word(Other.RET);
    this.noReturn();
  }

  // ------------------------------------------------------------------ floats

  fcmp(double: number, n: number, m: number): void {
    this.word(FOther.FCMP | (double !== 0 ? DOUBLE : 0) | (m << 16) | (n << 5));
  }

  fcsel(double: number, d: number, n: number, m: number, cc: number): void {
    this.word(FOther.FCSEL | (double !== 0 ? DOUBLE : 0) | (m << 16) | (cc << 12) | (n << 5) | d);
  }

  /** Vector register, all 128 bits. */
  movVector(d: number, n: number): void {
    this.rrr(0x4ea01c00, d, n, n);
  }
}
