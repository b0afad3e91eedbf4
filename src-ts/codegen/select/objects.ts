/** Selection of accesses to objects of WebAssembly's own heap. */
import { CARD_SHIFT, GcObject, storageShift } from '../../abi/gc-layout.js';
import { Trap } from '../../abi/trap-codes.js';
import { CARD, SIGNED, STORAGE } from '../../ir/lower-gc.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Form } from '../mach.js';
import { Cls } from '../machine.js';
import { beginHelperCall, endHelperCall, helperArgument, loadOp } from './calls.js';
import type { MachineSelection } from './machine-selection.js';
import { Common, ObjectSize } from './operations.js';

/** Bytes of the elements of an array whose length is known, for its size to be a constant. */
const MOST_FIXED = 4096;

/** A call of a helper with its arguments in the pool. */
export function lowerHelperOperation(s: MachineSelection, v: number): void {
  const { pool, imm, imm2 } = s.f;
  const at = imm[v] + 1;
  beginHelperCall(s, imm2[v]);
  for (let k = 0, n = pool.a[imm[v]]; k < n; k++) helperArgument(s, pool.a[at + k], k);
  endHelperCall(s, v);
}

/** GC_NEW and GC_NEW_ARRAY. */
export function lowerObjectNew(s: MachineSelection, v: number): void {
  const { f } = s;
  const isArray = f.op[v] === Op.GC_NEW_ARRAY;
  const length = isArray && s.isConst(f.a[v]) ? f.imm[s.alias[f.a[v]]] >>> 0 : -1;
  const fixed = length >= 0 && length <= MOST_FIXED >> f.imm2[v];
  s.begin(Common.OBJECT_NEW, Form.NONE);
  s.imm(s.m.typeId[f.imm[v]]);
  s.imm2(fixed ? (GcObject.ELEMENTS + (length << f.imm2[v]) + 7) & -8 : f.imm2[v]);
  s.disp(f.imm[v]);
  s.cond(fixed ? ObjectSize.FIXED_ARRAY : isArray ? ObjectSize.ARRAY : ObjectSize.STRUCTURE);
  s.objectOperands(v, isArray ? f.a[v] : -1);
  s.needFrame();
}

/** GC_TYPE. */
export function lowerTypeOf(s: MachineSelection, v: number): void {
  s.setElement(s.heapBase(), s.f.a[v], 0, GcObject.TYPE_ID);
  s.begin(Common.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** TYPE_ID. */
export function lowerTypeId(s: MachineSelection, v: number): void {
  s.setVmctx(s.m.typeId[s.f.imm[v]]);
  s.begin(Common.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** Sets the address to an element of an array. */
function setElement(s: MachineSelection, array: number, index: number, storage: number): void {
  const base = s.addressOfObject(array);
  const shift = storageShift(storage & ~SIGNED);
  if (shift <= 3) s.setElement(base, index, shift, GcObject.ELEMENTS);
  else s.setBase(s.addressOfElement(base, index, shift), GcObject.ELEMENTS);
}

function storageLoad(storage: number, type: number): number {
  switch (storage) {
    case ValType.I8:
      return Common.LOAD8U;
    case ValType.I8 | SIGNED:
      return Common.LOAD8S32;
    case ValType.I16:
      return Common.LOAD16U;
    case ValType.I16 | SIGNED:
      return Common.LOAD16S32;
    default:
      return loadOp(type);
  }
}

function storageStore(storage: number): number {
  switch (storage) {
    case ValType.I8:
      return Common.STORE8;
    case ValType.I16:
      return Common.STORE16;
    case ValType.I64:
      return Common.STORE64;
    case ValType.F32:
      return Common.XSTORE32;
    case ValType.F64:
      return Common.XSTORE64;
    case ValType.V128:
      return Common.XSTORE128;
    default:
      return Common.STORE32;
  }
}

export function lowerFieldLoad(s: MachineSelection, v: number): void {
  const { f } = s;
  if (f.op[v] === Op.GC_LOAD_AT) setElement(s, f.a[v], f.b[v], f.imm2[v] & STORAGE);
  else s.setElement(s.heapBase(), f.a[v], 0, f.imm[v]);
  s.begin(storageLoad(f.imm2[v] & STORAGE, f.type[v]), Form.M);
  s.address();
  s.def(v);
}

/** Marks the card of a reference or offset, a machine value. */
function markCard(s: MachineSelection, at: number): void {
  const card = s.newValue(Cls.GPR);
  s.shiftRight(0, at, CARD_SHIFT, card);
  s.setBase(s.heapBase(), 0);
  s.addIndex(card);
  s.begin(Common.STORE8, Form.MI);
  s.address();
  s.imm(0);
}

/** Marks the card of an element of four bytes, and sets the address to it. */
function setMarkedElement(s: MachineSelection, array: number, index: number): void {
  const place = s.offsetOfElement(array, index);
  markCard(s, place);
  s.setBase(s.heapBase(), 0);
  s.addIndex(place);
}

export function lowerFieldStore(s: MachineSelection, v: number): void {
  const { f } = s;
  const inArray = f.op[v] === Op.GC_STORE_AT;
  const value = inArray ? f.c[v] : f.b[v];
  const storage = f.imm2[v] & STORAGE;
  const marks = (f.imm2[v] & CARD) !== 0;
  if (marks && !inArray) markCard(s, s.operand(f.a[v]));
  if (!inArray) s.setElement(s.heapBase(), f.a[v], 0, f.imm[v]);
  else if (marks) setMarkedElement(s, f.a[v], f.b[v]);
  else setElement(s, f.a[v], f.b[v], storage);
  const store = storageStore(storage);
  if (store <= Common.STORE64 && s.isConst(value) && s.storeConstant(store, s.alias[value])) return;
  s.begin(store, Form.MR);
  s.use(value);
  s.address();
}

/** ARRAY_BOUNDS: traps unless index < length. */
export function lowerArrayBounds(s: MachineSelection, v: number): void {
  const { f } = s;
  s.trapUnlessBelow(f.a[v], f.b[v], Trap.ARRAY_OUT_OF_BOUNDS);
}

/** RETYPE of a constant; others are their operand. */
export function lowerRetype(s: MachineSelection, v: number): void {
  s.begin(Common.MOV32, Form.R);
  s.use(s.f.a[v]);
  s.def(v);
}
