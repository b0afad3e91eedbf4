/**
 * New objects of WebAssembly's heap: taken one after the other from a window of cleared memory (`HeapWindow` of
 * abi/gc-layout.ts); a helper makes those that it has no room for.
 */
import { GcObject, HeapWindow } from '../../abi/gc-layout.js';
import { Allocation } from '../../abi/trap-codes.js';
import { Helper, VmCtx } from '../../abi/vmctx.js';
import { HW, HW_VMCTX, Reg } from '../abi.js';
import { Alu, Cc, Shift } from '../asm/insts.js';
import { ObjectSize } from '../../codegen/select/operations.js';
import type { MachEmitter } from './emitter.js';

const RAX = HW[Reg.RAX];
const RDX = HW[Reg.RDX];
/** Larger arrays are the helper's: no sum wraps. */
const MOST_BYTES = 1 << 20;

/** MOp.OBJECT_NEW. A signal must not come between the first access of the window and the last store: see `Allocation`. */
export function emitObjectNew(e: MachEmitter): void {
  const { asm } = e;
  const base = e.temp(0);
  const end = e.temp(1);
  const back = asm.newLabel();
  const slow = e.coldLabel(back);
  if (e.cond === ObjectSize.ARRAY) {
    asm.alu_ri(Alu.CMP, 0, RDX, MOST_BYTES >> e.imm2);
    asm.jcc(Cc.A, slow);
  }
  asm.mem(HW_VMCTX, VmCtx.HEAP);
  asm.mov_rm(1, base);
  asm.mem(base, HeapWindow.AT);
  asm.mov_rm(0, RAX);
  if (e.cond === ObjectSize.ARRAY) {
    const shift = e.imm2;
    asm.mov_rr(0, end, RDX);
    if (shift > 0) asm.shift_ri(Shift.SHL, 0, end, shift);
    if (shift < 3) {
      asm.alu_ri(Alu.ADD, 0, end, GcObject.ELEMENTS + 7);
      asm.alu_ri(Alu.AND, 0, end, -8);
    }
    asm.memIndex(RAX, end, 0, shift < 3 ? 0 : GcObject.ELEMENTS);
  } else asm.mem(RAX, e.imm2);
  asm.lea(0, end);
  asm.mem(base, HeapWindow.END);
  asm.alu_rm(Alu.CMP, 0, end);
  asm.jcc(Cc.A, slow);
  asm.mem(base, HeapWindow.AT);
  asm.mov_mr(0, end);
  if (e.cond !== ObjectSize.STRUCTURE) {
    asm.memIndex(base, RAX, 0, GcObject.LENGTH);
    asm.mov_mr(0, RDX);
  }
  asm.mem(HW_VMCTX, e.imm);
  asm.mov_rm(0, end);
  asm.memIndex(base, RAX, 0, GcObject.TYPE_ID);
  asm.mov_mr(0, end);
  asm.trapAfter(Allocation.SITE, e.pos);
  asm.bind(back);
}

/** Its cold part: the helper preserves every register but rax. */
export function emitObjectNewCold(e: MachEmitter): void {
  const { asm } = e;
  asm.mov_ri32(RAX, e.disp);
  asm.mem(HW_VMCTX, -8 * (Helper.OBJECT_NEW + 1));
  asm.call_m();
  asm.trapAfter(0, e.pos);
}
