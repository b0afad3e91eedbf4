/** Expansion of fused compare-and-X operations: producers of flags, set, select, trap. Branches are in control.ts. */
import { Form } from '../../codegen/mach.js';
import { ValType } from '../../wasm/types.js';
import { HW_X16, HW_ZERO } from '../abi.js';
import { bitCondition, zeroCondition } from '../asm/branches.js';
import { logicalImmediate } from '../asm/immediates.js';
import { Add, AddImm, Cc, CondCompare, Logic, LogicImm, Select } from '../asm/insts.js';
import { Chain, FLAGS_MASK, Flags } from '../machops.js';
import type { MachEmitter } from './emitter.js';
import { modified } from './int.js';

/**
 * Emits the producer for a branch; its register operands start at number k. Returns the condition, which may be a test
 * of a register.
 */
export function emitBranchFlags(e: MachEmitter, k: number): number {
  const flags: Flags = e.op & FLAGS_MASK;
  switch (flags) {
    case Flags.ZERO32:
    case Flags.ZERO64:
      return zeroCondition(e.use(k), flags - Flags.ZERO32) | (e.cond & 1);
    case Flags.BIT:
      return bitCondition(e.use(k), e.imm) | (e.cond & 1);
    default:
      return emitFlags(e, k);
  }
}

/** Emits the producer, unless NZCV are still those of the same one; returns the condition. */
export function emitFlags(e: MachEmitter, k: number): Cc {
  const from = e.asm.pos;
  emitProducer(e, k);
  e.shareFlags(from);
  return e.cond;
}

function emitProducer(e: MachEmitter, k: number): void {
  const { asm } = e;
  const flags: Flags = e.op & FLAGS_MASK;
  const wide = flags & 1;
  const x = e.use(k);
  switch (flags) {
    case Flags.CMP32:
    case Flags.CMP64:
      if (e.form !== Form.RI) modified(e, Add.SUBS, wide, HW_ZERO, x, e.use(k + 1));
      else if (!asm.cmpImmediate(wide, x, e.imm)) {
        asm.constant64(HW_X16, e.imm, wide !== 0 ? e.imm >> 31 : 0);
        asm.cmp(wide, x, HW_X16);
      }
      break;
    case Flags.TST32:
    case Flags.TST64:
      if (e.form === Form.RI)
        asm.logic(LogicImm.ANDS, wide, HW_ZERO, x, logicalImmediate(e.imm, wide !== 0 ? e.imm2 : e.imm));
      else modified(e, Logic.ANDS, wide, HW_ZERO, x, e.use(k + 1));
      break;
    case Flags.ZERO32:
    case Flags.ZERO64:
      asm.addImmediate(AddImm.SUBS, wide, HW_ZERO, x, 0);
      break;
    case Flags.BIT: {
      const lo = e.imm < 32 ? 1 << e.imm : 0;
      const hi = e.imm < 32 ? 0 : 1 << (e.imm - 32);
      asm.logic(LogicImm.ANDS, 1, HW_ZERO, x, logicalImmediate(lo, hi));
      break;
    }
    case Flags.FCMP32:
    case Flags.FCMP64:
      asm.fcmp(wide, x, e.use(k + 1));
      break;
    case Flags.CHAIN32:
    case Flags.CHAIN64:
      emitChain(e, k, wide);
      break;
  }
}

function emitChain(e: MachEmitter, k: number, wide: number): void {
  const { asm } = e;
  const imm2 = e.imm2;
  const x = e.use(k++);
  if ((imm2 & Chain.FIRST_REGISTER) !== 0) asm.cmp(wide, x, e.use(k++));
  else asm.cmpImmediate(wide, x, e.imm);
  const other = e.use(k++);
  const nzcv = (imm2 >> Chain.FLAGS_SHIFT) & 15;
  const cc = (imm2 >> Chain.CONDITION_SHIFT) & 15;
  if ((imm2 & Chain.SECOND_REGISTER) !== 0) asm.conditionalCompare(CondCompare.CCMP, wide, other, e.use(k), nzcv, cc);
  else {
    const row = (imm2 & Chain.NEGATIVE) !== 0 ? CondCompare.CCMN : CondCompare.CCMP;
    asm.conditionalCompareImmediate(row, wide, other, imm2 & Chain.CONSTANT, nzcv, cc);
  }
}

/** def = condition ? 1 : 0. */
export function emitSet(e: MachEmitter): void {
  e.asm.cset(e.def(), emitFlags(e, 0));
}

/** Traps with code imm2 if the condition holds. */
export function emitTrapOn(e: MachEmitter): void {
  e.jumpIf(emitBranchFlags(e, 0), e.trapLabel(e.imm2));
}

/** def = condition ? operand 0 : operand 1. */
export function emitSelect(e: MachEmitter): void {
  const cc = emitFlags(e, 2);
  const v = e.mf.def.a[e.i];
  const wide = v < e.f.nv && e.f.type[v] !== ValType.I64 ? 0 : 1;
  e.asm.select(Select.CSEL, wide, e.def(), e.use(0), e.use(1), cc);
}

/** The same for vector registers. */
export function emitSelectVector(e: MachEmitter): void {
  const { asm } = e;
  const d = e.def();
  const v = e.mf.def.a[e.i];
  if (e.mf.valueSize[v] < 16) {
    asm.fcsel(1, d, e.use(0), e.use(1), emitFlags(e, 2));
    return;
  }
  const cc = emitFlags(e, 2);
  const over = asm.newLabel();
  const isFirst = d === e.use(0);
  const other = isFirst ? e.use(1) : e.use(0);
  if (other === d) return;
  e.jumpIf(isFirst ? cc : cc ^ 1, over);
  asm.movVector(d, other);
  asm.bind(over);
}
