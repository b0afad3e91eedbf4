/**
 * New objects of WebAssembly's heap: taken one after the other from a window of cleared memory (`HeapWindow` of
 * abi/gc-layout.ts); a helper makes those that it has no room for.
 */
import { GcObject, HeapWindow } from '../../abi/gc-layout.js';
import { Allocation } from '../../abi/trap-codes.js';
import { Helper } from '../../abi/vmctx.js';
import { ObjectSize } from '../../codegen/select/operations.js';
import { HW_LINK, HW_X16, HW_X17 } from '../abi.js';
import { logicalImmediate } from '../asm/immediates.js';
import { Add, AddImm, Cc, Extend, LogicImm, Mem, Pair, Shift } from '../asm/insts.js';
import type { MachEmitter } from './emitter.js';

/** Larger arrays are the helper's: no sum wraps. */
const MOST_BYTES = 1 << 20;

/**
 * MOp.OBJECT_NEW. A signal must not come between the first access of the window and the last store: see `Allocation`.
 * The cold part finds the length of an array where it was: the result is written last if it is in that register.
 */
export function emitObjectNew(e: MachEmitter): void {
  const { asm } = e;
  const base = e.use(0);
  const isArray = e.cond !== ObjectSize.STRUCTURE;
  const length = isArray ? e.use(1) : base;
  const end = e.temp(0);
  const object = e.def();
  const ref = object === base || object === length ? HW_X16 : object;
  const back = asm.newLabel();
  const slow = e.coldLabel(back);
  if (e.cond === ObjectSize.ARRAY) {
    asm.cmpImmediate(0, length, MOST_BYTES >> e.imm2);
    asm.branch(Cc.HI, slow);
  }
  asm.pair(Pair.LDP_W, ref, HW_X17, base, HeapWindow.AT, 2);
  if (e.cond === ObjectSize.ARRAY) addSize(e, end, ref, length);
  else asm.addConstant(end, ref, e.imm2, end);
  asm.cmp(1, end, HW_X17);
  asm.branch(Cc.HI, slow);
  asm.access(Mem.STR_W, end, base, HeapWindow.AT);
  e.loadVmctxWord(HW_X17, e.imm);
  if (isArray) {
    asm.shifted(Add.ADD, 1, end, base, ref, Shift.LSL, 0);
    asm.pair(Pair.STP_W, HW_X17, length, end, GcObject.TYPE_ID, 2);
  } else asm.accessIndex(Mem.STR_W, HW_X17, base, ref, Extend.UXTX, false);
  if (ref !== object) asm.mov(0, object, ref);
  asm.trapAfter(Allocation.SITE, e.pos);
  asm.bind(back);
}

/** end = ref + the bytes of an array of this length, in 64 bits. */
function addSize(e: MachEmitter, end: number, ref: number, length: number): void {
  const { asm } = e;
  asm.shifted(Add.ADD, 1, end, ref, length, Shift.LSL, e.imm2);
  if (e.imm2 >= 3) {
    asm.addImmediate(AddImm.ADD, 1, end, end, GcObject.ELEMENTS);
    return;
  }
  asm.addImmediate(AddImm.ADD, 1, end, end, GcObject.ELEMENTS + 7);
  asm.logic(LogicImm.AND, 1, end, end, logicalImmediate(-8, -1));
}

/** Its cold part: the helper preserves every register but those within an operation. */
export function emitObjectNewCold(e: MachEmitter): void {
  const { asm } = e;
  asm.constant32(HW_X17, e.disp);
  if (e.cond !== ObjectSize.STRUCTURE) asm.mov(0, HW_X16, e.use(1));
  // The frame has the return address.
  e.loadVmctx(HW_LINK, -8 * (Helper.OBJECT_NEW + 1));
  asm.blr(HW_LINK);
  asm.trapAfter(0, e.pos);
  asm.mov(0, e.def(), HW_X16);
}
