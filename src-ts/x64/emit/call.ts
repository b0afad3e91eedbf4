/** Expansion of calls. The table index of an indirect call is in rax, which the call clobbers anyway. */
import { Entry, FuncRef, Helper, TableView, VmCtx } from '../../abi/vmctx.js';
import { Trap } from '../../abi/trap-codes.js';
import { CALLEE_SAVED, HW, HW_RSP, HW_VMCTX, Reg } from '../abi.js';
import type { EdgeCode } from '../../codegen/control.js';
import type { MachEmitter } from './emitter.js';
import { Alu, Cc, Shift } from '../asm/insts.js';
import { calleeArea, ownArea } from '../../codegen/select/operations.js';
import { MOp } from '../machops.js';

const RAX = HW[Reg.RAX];
const R10 = HW[Reg.R10];
const R11 = HW[Reg.R11];

export function emitCall(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.CALL) asm.callFunc(e.imm);
  else {
    findCallee(e);
    calleeOperand(e);
    asm.call_m();
  }
  asm.trapAfter(0, e.pos);
}

/** A call in the place of this function; `frame` ends its frame. */
export function emitTailCall(e: MachEmitter, frame: EdgeCode): void {
  const { asm } = e;
  const direct = shapeOf(e) === MOp.CALL;
  if (!direct) findCallee(e);
  if (e.cond !== 0) {
    emitLargerTailCall(e, direct);
    return;
  }
  if (e.inFrame) frame.teardown();
  if (direct) asm.jmpFunc(e.imm);
  else {
    calleeOperand(e);
    asm.jmp_m();
  }
}

/**
 * The callee needs a larger area than this function's caller has made: a stub of the addon moves the outgoing area into
 * a frame of its own or finds one that there is already. It gets the callee in r11, in r10 the address of the sizes.
 */
function emitLargerTailCall(e: MachEmitter, direct: boolean): void {
  const { asm } = e;
  if (direct) asm.leaFunc(R11, e.imm);
  else {
    calleeOperand(e);
    asm.mov_rm(1, R11);
  }
  let at = e.frameBytes;
  for (const r of CALLEE_SAVED) {
    if (((e.alloc.savedRegs >> r) & 1) === 0) continue;
    asm.mem(HW_RSP, (at -= 8));
    asm.mov_rm(1, HW[r]);
  }
  asm.leaLabel(R10, asm.constant(16, e.frameBytes, calleeArea(e.cond), ownArea(e.cond)));
  asm.mem(HW_VMCTX, -8 * (Helper.TAIL_CALL + 1));
  asm.jmp_m();
}

/** The call that this operation is or that it is the tail form of. */
const shapeOf = ({ op }: MachEmitter): number => (op >= MOp.TAIL_CALL ? op - MOp.TAIL_CALL + MOp.CALL : op);

/** Checks an element and its type; leaves in rax what `calleeOperand` and the callee need. */
function findCallee(e: MachEmitter): void {
  const { asm } = e;
  switch (shapeOf(e)) {
    case MOp.CALL_IMPORT:
      asm.mem(HW_VMCTX, e.disp);
      asm.lea(1, RAX);
      break;
    case MOp.CALL_HELPER:
      break;
    case MOp.CALL_REF: {
      // A function of this instance is called by its code, others through the entry in their records.
      const entry = e.temp(0);
      asm.shift_ri(Shift.SHL, 1, RAX, FuncRef.SHIFT);
      asm.mem(HW_VMCTX, VmCtx.FUNCREFS);
      asm.alu_rm(Alu.ADD, 1, RAX);
      asm.mem(RAX, FuncRef.ENTRY);
      asm.lea(1, entry);
      asm.mem(RAX, FuncRef.VMCTX);
      asm.alu_mr(Alu.CMP, 1, HW_VMCTX);
      asm.cmov_rr(Cc.NE, 1, RAX, entry);
      break;
    }
    case MOp.CALL_CLOSED:
    case MOp.CALL_CLOSED_LONG:
      e.vote();
      asm.alu_ri(Alu.CMP, 0, RAX, e.imm2);
      asm.jcc(Cc.AE, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      asm.shift_ri(Shift.SHL, 0, RAX, Entry.SHIFT);
      checkType(e);
      break;
    default:
      asm.mem(HW_VMCTX, e.disp + TableView.LENGTH);
      asm.alu_rm(Alu.CMP, 1, RAX);
      asm.jcc(Cc.AE, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      asm.shift_ri(Shift.SHL, 1, RAX, Entry.SHIFT);
      asm.mem(HW_VMCTX, e.disp + TableView.BASE);
      asm.alu_rm(Alu.ADD, 1, RAX);
      checkType(e);
  }
}

/** Sets the memory operand to where the callee's address is. */
function calleeOperand(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.CALL_HELPER) asm.mem(HW_VMCTX, -8 * (e.imm + 1));
  else if (isClosed(e)) asm.memIndex(HW_VMCTX, RAX, 0, e.disp + Entry.CODE);
  else asm.mem(RAX, Entry.CODE);
}

function isClosed(e: MachEmitter): boolean {
  const shape = shapeOf(e);
  return shape === MOp.CALL_CLOSED || shape === MOp.CALL_CLOSED_LONG;
}

/** The entry's type id as memory operand. */
function typeIdOperand(e: MachEmitter): void {
  if (isClosed(e)) e.asm.memIndex(HW_VMCTX, RAX, 0, e.disp + Entry.TYPE_ID);
  else e.asm.mem(RAX, Entry.TYPE_ID);
}

function checkType(e: MachEmitter): void {
  const { asm } = e;
  const shape = shapeOf(e);
  if (shape === MOp.CALL_CLOSED_LONG || shape === MOp.CALL_TABLE_LONG) {
    const t = e.temp(0);
    asm.mem(HW_VMCTX, e.imm);
    asm.mov_rm(0, t);
    typeIdOperand(e);
    asm.alu_mr(Alu.CMP, 0, t);
  } else {
    typeIdOperand(e);
    asm.alu_mi(Alu.CMP, 0, e.imm);
  }
  asm.jcc(Cc.NE, e.coldLabel(-1));
}

/** Cold part: a null entry (type id 0) and a mismatch are different traps. */
export function emitWrongType(e: MachEmitter): void {
  const { asm } = e;
  typeIdOperand(e);
  asm.alu_mi(Alu.CMP, 0, 0);
  asm.jcc(Cc.E, e.trapLabel(Trap.UNINITIALIZED_ELEMENT));
  e.trapNow(Trap.INDIRECT_TYPE_MISMATCH | e.trapFlags(), e.pos);
}
