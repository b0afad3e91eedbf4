/** Expansion of calls. The table index of an indirect call is in rax, which the call clobbers anyway. */
import { Entry, FuncRef, TableView, VmCtx } from '../../abi/vmctx.js';
import { Trap } from '../../abi/trap-codes.js';
import { HW, HW_VMCTX, Reg } from '../abi.js';
import type { MachEmitter } from './emitter.js';
import { Alu, Cc, Shift } from '../asm/insts.js';
import { MOp } from '../machops.js';

const RAX = HW[Reg.RAX];

export function emitCall(e: MachEmitter): void {
  const { asm } = e;
  switch (e.op) {
    case MOp.CALL:
      asm.callFunc(e.imm);
      break;
    case MOp.CALL_IMPORT:
      asm.mem(HW_VMCTX, e.disp);
      asm.lea(1, RAX);
      asm.mem(RAX, Entry.CODE);
      asm.call_m();
      break;
    case MOp.CALL_HELPER:
      asm.mem(HW_VMCTX, -8 * (e.imm + 1));
      asm.call_m();
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
      asm.mem(RAX, FuncRef.CODE);
      asm.call_m();
      break;
    }
    case MOp.CALL_CLOSED:
    case MOp.CALL_CLOSED_LONG:
      e.vote();
      asm.alu_ri(Alu.CMP, 0, RAX, e.imm2);
      asm.jcc(Cc.AE, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      asm.shift_ri(Shift.SHL, 0, RAX, Entry.SHIFT);
      checkType(e);
      asm.memIndex(HW_VMCTX, RAX, 0, e.disp + Entry.CODE);
      asm.call_m();
      break;
    default:
      asm.mem(HW_VMCTX, e.disp + TableView.LENGTH);
      asm.alu_rm(Alu.CMP, 1, RAX);
      asm.jcc(Cc.AE, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      asm.shift_ri(Shift.SHL, 1, RAX, Entry.SHIFT);
      asm.mem(HW_VMCTX, e.disp + TableView.BASE);
      asm.alu_rm(Alu.ADD, 1, RAX);
      checkType(e);
      asm.mem(RAX, Entry.CODE);
      asm.call_m();
  }
  asm.trapAfter(0, e.pos);
}

const isClosed = (op: number): boolean => op === MOp.CALL_CLOSED || op === MOp.CALL_CLOSED_LONG;

/** The entry's type id as memory operand. */
function typeIdOperand(e: MachEmitter): void {
  if (isClosed(e.op)) e.asm.memIndex(HW_VMCTX, RAX, 0, e.disp + Entry.TYPE_ID);
  else e.asm.mem(RAX, Entry.TYPE_ID);
}

function checkType(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.CALL_CLOSED_LONG || e.op === MOp.CALL_TABLE_LONG) {
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
