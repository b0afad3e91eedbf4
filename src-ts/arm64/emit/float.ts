/**
 * Emission of float operations (machops-float.ts): nearly all are one instruction. Truncations that trap have a cold
 * end that looks at what is unusual. NaN payloads are what the hardware makes of its operands, which the specification
 * allows.
 */
import { Trap } from '../../abi/trap-codes.js';
import { HW_VSCRATCH, HW_X16 } from '../abi.js';
import { Cc, CondCompare, Convert, DOUBLE, F2, F3, WIDE } from '../asm/insts.js';
import { FOp } from '../machops-float.js';
import type { MachEmitter } from './emitter.js';
import { zeroVector } from './int.js';

/** Of ADD … MAX. */
const BINARY = Int32Array.of(F3.FADD, F3.FSUB, F3.FMUL, F3.FDIV, F3.FMIN, F3.FMAX);
/** Of SQRT … NEG. */
const UNARY = Int32Array.of(F2.FSQRT, F2.FRINTN, F2.FRINTP, F2.FRINTM, F2.FRINTZ, F2.FABS, F2.FNEG);
/** Of FROM_I32, FROM_U32, FROM_I64, FROM_U64. */
const FROM = Int32Array.of(Convert.SCVTF, Convert.UCVTF, Convert.SCVTF | WIDE, Convert.UCVTF | WIDE);

/** Expands the current instruction, an `FOp`. */
export function emitFloat(e: MachEmitter): void {
  const { asm, op } = e;
  const double = (op & 1) !== 0 ? DOUBLE : 0;
  if (op <= FOp.MAX64) asm.rrr(BINARY[(op - FOp.ADD32) >> 1] | double, e.def(), e.use(0), e.use(1));
  else if (op <= FOp.NEG64) asm.rr(UNARY[(op - FOp.SQRT32) >> 1] | double, e.def(), e.use(0));
  else if (op <= FOp.COPYSIGN64) copySign(e);
  else if (op <= FOp.FROM_U64_64) asm.rr(FROM[(op - FOp.FROM_I32_32) >> 1] | double, e.def(), e.use(0));
  else if (op === FOp.DEMOTE) asm.rr(F2.FCVT_S_D, e.def(), e.use(0));
  else if (op === FOp.PROMOTE) asm.rr(F2.FCVT_D_S, e.def(), e.use(0));
  else if (op < FOp.TRUNC_SAT) truncate(e);
  else if (op < FOp.BITS_TO_FLOAT32) asm.rr(conversion(op), e.def(), e.use(0));
  else if (op <= FOp.BITS_TO_FLOAT64)
    asm.rr(Convert.FMOV_TO_FLOAT | (double !== 0 ? WIDE | DOUBLE : 0), e.def(), e.use(0));
  else if (op <= FOp.BITS_OF_FLOAT64)
    asm.rr(Convert.FMOV_TO_GENERAL | (double !== 0 ? WIDE | DOUBLE : 0), e.def(), e.use(0));
  else canonical(e);
}

/** d is x already: takes the sign bit of y. */
function copySign(e: MachEmitter): void {
  const { asm } = e;
  if ((e.op & 1) === 0)
    asm.word(0x4f046400 | HW_VSCRATCH); // movi v31.4s, #0x80, lsl #24
  else {
    zeroVector(e, HW_VSCRATCH);
    asm.rr(0x6ee0f800, HW_VSCRATCH, HW_VSCRATCH); // fneg v31.2d
  }
  asm.rrr(0x6ea01c00, e.def(), e.use(1), HW_VSCRATCH); // bit
}

function canonical(e: MachEmitter): void {
  const { asm } = e;
  const double = e.op & 1;
  if (double !== 0) asm.loadConstant(HW_VSCRATCH, 8, 0, 0x7ff80000);
  else asm.loadConstant(HW_VSCRATCH, 4, 0x7fc00000);
  asm.fcmp(double, e.use(0), e.use(0));
  asm.fcsel(double, e.def(), e.use(0), HW_VSCRATCH, Cc.VC);
}

// Parts of `op - FOp.TRUNC` (and of TRUNC_SAT, which is eight more).
const isUnsigned = (op: number): number => op & 1;
const isF64 = (op: number): number => (op >> 1) & 1;
const isI64 = (op: number): number => (op >> 2) & 1;

/** The instruction, which saturates and makes 0 of a NaN. */
const conversion = (op: number): number =>
  (isUnsigned(op) !== 0 ? Convert.FCVTZU : Convert.FCVTZS) |
  (isI64(op) !== 0 ? WIDE : 0) |
  (isF64(op) !== 0 ? DOUBLE : 0);

/**
 * Float to integer where that traps. Results far from the ends of the range need no more than a look for NaN: of a
 * signed one, that its double does not overflow; of an unsigned one, as a signed number of 64 bits, that its upper bits
 * are clear.
 */
function truncate(e: MachEmitter): void {
  const { asm, op } = e;
  const x = e.use(0);
  const d = e.def();
  const wide = isI64(op);
  const double = isF64(op);
  const back = asm.newLabel();
  if (isUnsigned(op) === 0) {
    asm.rr(conversion(op), d, x);
    asm.fcmp(double, x, x);
    asm.conditionalCompare(CondCompare.CCMN, wide, d, d, 1, Cc.VC);
    asm.branch(Cc.VS, e.coldLabel(back));
  } else {
    asm.rr(Convert.FCVTZS | WIDE | (double !== 0 ? DOUBLE : 0), d, x);
    asm.lsrImmediate(1, HW_X16, d, wide !== 0 ? 62 : 32);
    asm.fcmp(double, x, x);
    asm.conditionalCompareImmediate(CondCompare.CCMP, 1, HW_X16, 0, 0, Cc.VC);
    asm.branch(Cc.NE, e.coldLabel(back));
  }
  asm.bind(back);
}

/** The largest float whose truncation is below the range. */
function lowerBound(e: MachEmitter): void {
  const { asm, op } = e;
  if (isUnsigned(op) !== 0) {
    if (isF64(op) !== 0) asm.loadConstant(HW_VSCRATCH, 8, 0, 0xbff00000 | 0);
    else asm.loadConstant(HW_VSCRATCH, 4, 0xbf800000 | 0);
  } else if (isF64(op) === 0) asm.loadConstant(HW_VSCRATCH, 4, (isI64(op) !== 0 ? 0xdf000001 : 0xcf000001) | 0);
  else if (isI64(op) === 0) asm.loadConstant(HW_VSCRATCH, 8, 0x00200000, 0xc1e00000 | 0);
  else asm.loadConstant(HW_VSCRATCH, 8, 1, 0xc3e00000 | 0);
}

/** The smallest float whose truncation is above the range: 2^31, 2^32, 2^63 or 2^64. */
function upperBound(e: MachEmitter): void {
  const { asm, op } = e;
  const power = (isI64(op) !== 0 ? 63 : 31) + isUnsigned(op);
  if (isF64(op) !== 0) asm.loadConstant(HW_VSCRATCH, 8, 0, (1023 + power) << 20);
  else asm.loadConstant(HW_VSCRATCH, 4, (127 + power) << 23);
}

/** The value is unusual: traps, or comes back with the result right. */
export function emitFloatCold(e: MachEmitter): void {
  const { asm, op } = e;
  const x = e.use(0);
  const double = isF64(op);
  asm.fcmp(double, x, x);
  asm.branch(Cc.VS, e.trapLabel(Trap.INVALID_CONVERSION));
  const overflow = e.trapLabel(Trap.CONVERSION_OVERFLOW);
  lowerBound(e);
  asm.fcmp(double, x, HW_VSCRATCH);
  asm.branch(Cc.LS, overflow);
  upperBound(e);
  asm.fcmp(double, x, HW_VSCRATCH);
  asm.branch(Cc.GE, overflow);
  asm.rr(conversion(op), e.def(), x);
}
