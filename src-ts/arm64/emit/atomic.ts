/**
 * Emission of atomic accesses: acquire and release, by single instructions (FEAT_LSE) or by loops of exclusive loads and
 * stores. The address is in a register.
 */
import { Trap } from '../../abi/trap-codes.js';
import { Form } from '../../codegen/mach.js';
import { HW_X16, HW_X17, HW_ZERO } from '../abi.js';
import { zeroCondition } from '../asm/branches.js';
import { logicalImmediate } from '../asm/immediates.js';
import { Add, AddImm, Cc, Exclusive, Extend, Logic, LogicImm, Lse, Other } from '../asm/insts.js';
import { Feature } from '../features.js';
import { MOp } from '../machops.js';
import type { MachEmitter } from './emitter.js';

/** By log2 of the bytes: operations come in that order. */
const LOADS = Int32Array.of(Exclusive.LDARB, Exclusive.LDARH, Exclusive.LDAR_W, Exclusive.LDAR_X);
const STORES = Int32Array.of(Exclusive.STLRB, Exclusive.STLRH, Exclusive.STLR_W, Exclusive.STLR_X);
const LOAD_EXCLUSIVE = Int32Array.of(Exclusive.LDAXRB, Exclusive.LDAXRH, Exclusive.LDAXR_W, Exclusive.LDAXR_X);
const STORE_EXCLUSIVE = Int32Array.of(Exclusive.STLXRB, Exclusive.STLXRH, Exclusive.STLXR_W, Exclusive.STLXR_X);

/** Of FETCH_ADD … EXCHANGE: the instruction, and what the operand is to it. */
const SINGLE = Int32Array.of(Lse.LDADDAL, Lse.LDADDAL, Lse.LDCLRAL, Lse.LDSETAL, Lse.LDEORAL, Lse.SWPAL);
/** Of FETCH_ADD … FETCH_XOR. */
const MODIFY = Int32Array.of(Add.ADD, Add.SUB, Logic.AND, Logic.ORR, Logic.EOR);

/** Expands the current instruction, an operation from MOp.ATOMIC_LOAD to MOp.ADDRESS. */
export function emitAtomic(e: MachEmitter): void {
  const { asm, op } = e;
  const size = op & 3;
  if (op < MOp.ATOMIC_STORE) {
    e.mayFault();
    asm.rr(LOADS[size], e.def(), e.use(0));
  } else if (op < MOp.FETCH_ADD) {
    e.mayFault();
    asm.rr(STORES[size], e.use(0), e.use(1));
  } else if (op < MOp.COMPARE_EXCHANGE) emitFetch(e, (op - MOp.FETCH_ADD) >> 2, size);
  else if (op < MOp.ALIGNED) emitCompareExchange(e, size);
  else if (op === MOp.ALIGNED) emitAligned(e);
  else if (op === MOp.FENCE) asm.word(Other.DMB_ISH);
  else e.address(e.def());
}

/** Register of the result, x16 if there is none. */
const result = (e: MachEmitter): number => (e.mf.def.a[e.i] >= 0 ? e.def() : HW_X16);

function emitFetch(e: MachEmitter, k: number, size: number): void {
  const { asm } = e;
  const value = e.use(0);
  const address = e.use(1);
  const wide = size === 3 ? 1 : 0;
  if ((e.features & Feature.LSE) !== 0) {
    let operand = value;
    if (k === 1) asm.shifted(Add.SUB, wide, (operand = HW_X17), HW_ZERO, value, 0, 0);
    else if (k === 2) asm.shifted(Logic.ORN, wide, (operand = HW_X17), HW_ZERO, value, 0, 0);
    e.mayFault();
    asm.rrr(SINGLE[k] | (size << 30), result(e), address, operand);
    return;
  }
  const again = asm.newLabel();
  asm.bind(again);
  e.mayFault();
  asm.rr(LOAD_EXCLUSIVE[size], HW_X16, address);
  let replacement = value;
  let status = HW_X17;
  if (k < MODIFY.length) {
    asm.shifted(MODIFY[k] as Add, wide, (replacement = HW_X17), HW_X16, value, 0, 0);
    status = e.temp(0);
  }
  e.mayFault();
  asm.rrr(STORE_EXCLUSIVE[size], replacement, address, status);
  asm.branch(zeroCondition(status, 0) | 1, again);
  if (e.mf.def.a[e.i] >= 0) asm.mov(wide, e.def(), HW_X16);
}

function emitCompareExchange(e: MachEmitter, size: number): void {
  const { asm } = e;
  const expected = e.use(0);
  const value = e.use(1);
  const address = e.use(2);
  const wide = size === 3 ? 1 : 0;
  if ((e.features & Feature.LSE) !== 0) {
    asm.mov(wide, HW_X16, expected);
    e.mayFault();
    asm.rrr(Lse.CASAL | (size << 30), value, address, HW_X16);
  } else {
    const again = asm.newLabel();
    const different = asm.newLabel();
    asm.bind(again);
    e.mayFault();
    asm.rr(LOAD_EXCLUSIVE[size], HW_X16, address);
    if (size < 2) asm.extended(Add.SUBS, 0, HW_ZERO, HW_X16, expected, size === 0 ? Extend.UXTB : Extend.UXTH, 0);
    else asm.cmp(wide, HW_X16, expected);
    asm.branch(Cc.NE, different);
    e.mayFault();
    asm.rrr(STORE_EXCLUSIVE[size], value, address, HW_X17);
    asm.branch(zeroCondition(HW_X17, 0) | 1, again);
    asm.bind(different);
  }
  if (e.mf.def.a[e.i] >= 0) asm.mov(wide, e.def(), HW_X16);
}

function emitAligned(e: MachEmitter): void {
  const { asm } = e;
  const trap = e.trapLabel(Trap.UNALIGNED_ATOMIC);
  if (e.form === Form.NONE) {
    asm.b(trap);
    return;
  }
  let reg = e.use(0);
  if ((e.imm & (e.imm2 - 1)) !== 0) {
    asm.addImmediate(AddImm.ADD, 0, HW_X16, reg, e.imm);
    reg = HW_X16;
  }
  asm.logic(LogicImm.ANDS, 0, HW_ZERO, reg, logicalImmediate(e.imm2 - 1, e.imm2 - 1));
  asm.branch(Cc.NE, trap);
}
