/** Selection of accesses to objects of WebAssembly's own heap. */
import { CARD_SHIFT, GcObject, storageShift } from '../../abi/gc-layout.js';
import { Trap } from '../../abi/trap-codes.js';
import { FuncRef, Helper, VmCtx } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { CARD, SIGNED, STORAGE } from '../../ir/lower-gc.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Cc } from '../asm/insts.js';
import { Flags, Modifier, modifier, MOp } from '../machops.js';
import { helperCall, loadOp } from './call.js';
import type { Selector } from './selector.js';

/** A call of a helper with its arguments in the pool. */
export function lowerHelperOperation(s: Selector, v: number): void {
  const { pool, imm, imm2 } = s.f;
  const at = imm[v] + 1;
  helperCall(s, v, imm2[v], [], [...pool.a.subarray(at, at + pool.a[imm[v]])], true);
}

/** GC_NEW and GC_NEW_ARRAY: the helper makes all objects here. */
export function lowerObjectNew(s: Selector, v: number): void {
  const { f } = s;
  const lengths = f.op[v] === Op.GC_NEW_ARRAY ? [f.a[v]] : [];
  helperCall(s, v, Helper.OBJECT_NEW, [f.imm[v]], lengths, true);
}

/** GC_TYPE. */
export function lowerTypeOf(s: Selector, v: number): void {
  s.setElement(s.heapBase(), s.f.a[v], 0, GcObject.TYPE_ID);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** TYPE_FIELD: a type's id is where its record is below the base of the heap. */
export function lowerTypeField(s: Selector, v: number): void {
  const { f } = s;
  const heap = s.heapBase();
  const record = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(heap);
  s.useLow(f.a[v]);
  s.imm(modifier(Modifier.SXTW, 0));
  s.def(record);
  s.setBase(record, f.imm[v]);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** TYPE_ID. */
export function lowerTypeId(s: Selector, v: number): void {
  s.setVmctx(s.vm.longTypes[s.f.imm[v]]);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** Address of an object, in a machine value. */
function objectAddress(s: Selector, reference: number): number {
  const heap = s.heapBase();
  const address = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(heap);
  s.use(reference);
  s.def(address);
  return address;
}

/** FUNC_TYPE: null is the first record, which is zero. */
export function lowerFuncType(s: Selector, v: number): void {
  const records = s.newValue(Cls.GPR);
  s.setVmctx(VmCtx.FUNCREFS);
  s.begin(MOp.LOAD64, Form.M);
  s.address();
  s.def(records);
  const record = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(records);
  s.use(s.f.a[v]);
  s.imm(modifier(Modifier.LSL, FuncRef.SHIFT));
  s.def(record);
  s.setBase(record, FuncRef.TYPE_ID);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** GC_ADDRESS. */
export function lowerElementAddress(s: Selector, v: number): void {
  const { f } = s;
  const base = objectAddress(s, f.a[v]);
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(base);
  s.use(f.b[v]);
  s.imm(modifier(Modifier.LSL, f.imm[v]));
  s.def(place);
  s.begin(MOp.ADD64, Form.RI);
  s.useTemp(place);
  s.imm(GcObject.ELEMENTS);
  s.def(v);
}

/** Sets the address to an element of an array. */
function setElement(s: Selector, array: number, index: number, storage: number): void {
  const base = objectAddress(s, array);
  const shift = storageShift(storage & ~SIGNED);
  if (shift <= 3) {
    s.setElement(base, index, shift, GcObject.ELEMENTS);
    return;
  }
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(base);
  s.use(index);
  s.imm(modifier(Modifier.LSL, shift));
  s.def(place);
  s.setBase(place, GcObject.ELEMENTS);
}

function storageLoad(storage: number, type: number): number {
  switch (storage) {
    case ValType.I8:
      return MOp.LOAD8U;
    case ValType.I8 | SIGNED:
      return MOp.LOAD8S32;
    case ValType.I16:
      return MOp.LOAD16U;
    case ValType.I16 | SIGNED:
      return MOp.LOAD16S32;
    default:
      return loadOp(type);
  }
}

function storageStore(storage: number): number {
  switch (storage) {
    case ValType.I8:
      return MOp.STORE8;
    case ValType.I16:
      return MOp.STORE16;
    case ValType.I64:
      return MOp.STORE64;
    case ValType.F32:
      return MOp.XSTORE32;
    case ValType.F64:
      return MOp.XSTORE64;
    case ValType.V128:
      return MOp.XSTORE128;
    default:
      return MOp.STORE32;
  }
}

export function lowerFieldLoad(s: Selector, v: number): void {
  const { f } = s;
  if (f.op[v] === Op.GC_LOAD_AT) setElement(s, f.a[v], f.b[v], f.imm2[v] & STORAGE);
  else s.setElement(s.heapBase(), f.a[v], 0, f.imm[v]);
  s.begin(storageLoad(f.imm2[v] & STORAGE, f.type[v]), Form.M);
  s.address();
  s.def(v);
}

/** Marks the card of the reference or offset that `begin` has made the operand of a shift. */
function endCard(s: Selector): void {
  const card = s.newValue(Cls.GPR);
  s.imm(CARD_SHIFT);
  s.def(card);
  s.setBase(s.heapBase(), 0);
  s.addIndex(card);
  s.begin(MOp.STORE8, Form.MI);
  s.address();
  s.imm(0);
}

/** Marks the card of an element of four bytes, and sets the address to it. */
function setMarkedElement(s: Selector, array: number, index: number): void {
  const from = s.newValue(Cls.GPR);
  s.begin(MOp.ADD32, Form.RR);
  s.use(array);
  s.use(index);
  s.imm(modifier(Modifier.LSL, 2));
  s.def(from);
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.ADD32, Form.RI);
  s.useTemp(from);
  s.imm(GcObject.ELEMENTS);
  s.def(place);
  s.begin(MOp.LSR32, Form.RI);
  s.useTemp(place);
  endCard(s);
  s.setBase(s.heapBase(), 0);
  s.addIndex(place);
}

export function lowerFieldStore(s: Selector, v: number): void {
  const { f } = s;
  const inArray = f.op[v] === Op.GC_STORE_AT;
  const value = inArray ? f.c[v] : f.b[v];
  const marks = (f.imm2[v] & CARD) !== 0;
  if (marks && !inArray) {
    s.begin(MOp.LSR32, Form.RI);
    s.use(f.a[v]);
    endCard(s);
  }
  if (inArray && marks) setMarkedElement(s, f.a[v], f.b[v]);
  else if (inArray) setElement(s, f.a[v], f.b[v], f.imm2[v] & STORAGE);
  else s.setElement(s.heapBase(), f.a[v], 0, f.imm[v]);
  s.begin(storageStore(f.imm2[v] & STORAGE), Form.MR);
  s.use(value);
  s.address();
}

/** ARRAY_BOUNDS: traps unless index < length. */
export function lowerArrayBounds(s: Selector, v: number): void {
  const { f } = s;
  s.begin(MOp.TRAP_ON + Flags.CMP32, Form.RR);
  s.cond(Cc.HS);
  s.use(f.a[v]);
  s.use(f.b[v]);
  s.imm2(Trap.ARRAY_OUT_OF_BOUNDS);
}

/** RETYPE of a constant; others are their operand. */
export function lowerRetype(s: Selector, v: number): void {
  s.begin(MOp.MOV32, Form.R);
  s.use(s.f.a[v]);
  s.def(v);
}
