/**
 * Expansion of calls. The code is called through x16; where a call entry leads to it, its address is in x17. x8 to x10
 * are free: calls destroy them, and no argument is there (x8 has the index or reference of an indirect call).
 */
import { Entry, FuncRef, Helper, TableView, VmCtx } from '../../abi/vmctx.js';
import { Trap } from '../../abi/trap-codes.js';
import { CALLEE_SAVED, HW, HW_SP, HW_VMCTX, HW_X10, HW_X16, HW_X17, HW_X8, HW_X9 } from '../abi.js';
import { zeroCondition } from '../asm/branches.js';
import { Add, Cc, Extend, Mem, Other, Select, type Shift } from '../asm/insts.js';
import { calleeArea, ownArea } from '../../codegen/select/operations.js';
import { MOp } from '../machops.js';
import type { EdgeCode } from '../../codegen/control.js';
import { type MachEmitter, RETURN_SLOT } from './emitter.js';

export function emitCall(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.CALL && !asm.huge) asm.bl(e.imm);
  else {
    if (e.op === MOp.CALL) asm.functionAddress(HW_X16, e.imm);
    else findCallee(e);
    asm.blr(HW_X16);
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
  if (direct && !asm.huge) asm.jumpTo(e.imm);
  else {
    if (direct) asm.functionAddress(HW_X16, e.imm);
    asm.br(HW_X16);
  }
}

/**
 * The callee needs a larger area than this function's caller has made: a stub of the addon moves the outgoing area into
 * a frame of its own or finds one that there is already. It gets the callee in x16, in x9 the address of the sizes.
 */
function emitLargerTailCall(e: MachEmitter, direct: boolean): void {
  const { asm } = e;
  if (direct) asm.functionAddress(HW_X16, e.imm);
  if (e.signs) authenticateInPlace(e);
  let at = e.frameBytes;
  for (const r of CALLEE_SAVED) {
    if (((e.alloc.savedRegs >> r) & 1) === 0) continue;
    asm.accessFar(Mem.LDR_X, HW[r], HW_SP, (at -= 8), HW[r]);
  }
  const sizes = asm.constant(16, e.frameBytes, calleeArea(e.cond), ownArea(e.cond));
  // A far address takes x17.
  if (asm.far) asm.mov(1, HW_X10, HW_X17);
  asm.adr(HW_X9, sizes);
  if (asm.far) asm.mov(1, HW_X17, HW_X10);
  e.loadVmctx(HW_X10, -8 * (Helper.TAIL_CALL + 1));
  asm.br(HW_X10);
}

/** The stub wants the return address in the frame as it is. Keeps x16 and x17. */
function authenticateInPlace(e: MachEmitter): void {
  const { asm } = e;
  asm.mov(1, HW_X9, HW_X16);
  asm.mov(1, HW_X10, HW_X17);
  asm.accessFar(Mem.LDR_X, HW_X17, HW_SP, e.frameBytes, HW_X17);
  asm.addConstant(HW_X16, HW_SP, e.frameBytes + RETURN_SLOT, HW_X16);
  asm.word(Other.AUTIA1716);
  asm.accessFar(Mem.STR_X, HW_X17, HW_SP, e.frameBytes, HW_X16);
  asm.mov(1, HW_X16, HW_X9);
  asm.mov(1, HW_X17, HW_X10);
}

/** The call that this operation is or that it is the tail form of. */
const shapeOf = ({ op }: MachEmitter): number => (op >= MOp.TAIL_CALL ? op - MOp.TAIL_CALL + MOp.CALL : op);

/** x16 = code of the callee, after the checks; x17 = address of the call entry, if there is one. */
function findCallee(e: MachEmitter): void {
  const { asm } = e;
  const shape = shapeOf(e);
  switch (shape) {
    case MOp.CALL_HELPER:
      e.loadVmctx(HW_X16, -8 * (e.imm + 1));
      return;
    case MOp.CALL_IMPORT:
      asm.addConstant(HW_X17, HW_VMCTX, e.disp, HW_X16);
      break;
    case MOp.CALL_REF:
      // A function of this instance is called by its code, others through the entry in their records.
      e.loadVmctx(HW_X17, VmCtx.FUNCREFS);
      asm.shifted(Add.ADD, 1, HW_X17, HW_X17, HW_X8, 0 as Shift, FuncRef.SHIFT);
      asm.access(Mem.LDR_X, HW_X16, HW_X17, FuncRef.VMCTX);
      asm.addConstant(HW_X9, HW_X17, FuncRef.ENTRY, HW_X9);
      asm.cmp(1, HW_X16, HW_VMCTX);
      asm.select(Select.CSEL, 1, HW_X17, HW_X17, HW_X9, Cc.EQ);
      break;
    case MOp.CALL_CLOSED:
    case MOp.CALL_CLOSED_LONG:
      if (!asm.cmpImmediate(0, HW_X8, e.imm2)) {
        asm.constant32(HW_X16, e.imm2);
        asm.cmp(0, HW_X8, HW_X16);
      }
      asm.branch(Cc.HS, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      asm.extended(Add.ADD, 1, HW_X17, HW_VMCTX, HW_X8, Extend.UXTW, Entry.SHIFT);
      asm.addConstant(HW_X17, HW_X17, e.disp, HW_X16);
      checkType(e, shape === MOp.CALL_CLOSED_LONG);
      break;
    default:
      e.loadVmctx(HW_X16, e.disp + TableView.LENGTH);
      asm.cmp(1, HW_X8, HW_X16);
      asm.branch(Cc.HS, e.trapLabel(Trap.UNDEFINED_ELEMENT));
      e.loadVmctx(HW_X17, e.disp + TableView.BASE);
      asm.extended(Add.ADD, 1, HW_X17, HW_X17, HW_X8, Extend.UXTW, Entry.SHIFT);
      checkType(e, shape === MOp.CALL_TABLE_LONG);
  }
  asm.access(Mem.LDR_X, HW_X16, HW_X17, Entry.CODE);
}

function checkType(e: MachEmitter, long: boolean): void {
  const { asm } = e;
  if (long) e.loadVmctxWord(HW_X9, e.imm);
  else asm.constant32(HW_X9, e.imm);
  asm.access(Mem.LDR_W, HW_X10, HW_X17, Entry.TYPE_ID);
  asm.cmp(0, HW_X10, HW_X9);
  asm.branch(Cc.NE, e.coldLabel(-1));
}

/** Cold part, with the entry's type in x10: a null entry (type id 0) and a mismatch are different traps. */
export function emitWrongType(e: MachEmitter): void {
  e.asm.branch(zeroCondition(HW_X10, 0), e.trapLabel(Trap.UNINITIALIZED_ELEMENT));
  e.trapNow(Trap.INDIRECT_TYPE_MISMATCH | e.trapFlags(), e.pos);
}
