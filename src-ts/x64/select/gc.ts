/** Selection of accesses to objects of WebAssembly's own heap. */
import { CARD_SHIFT, GcObject, storageShift } from '../../abi/gc-layout.js';
import { Trap } from '../../abi/trap-codes.js';
import { FuncRef, VmCtx } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { CARD, SIGNED, STORAGE } from '../../ir/lower-gc.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Reg } from '../abi.js';
import { Cc } from '../asm/insts.js';
import { Flags, MOp, ObjectSize } from '../machops.js';
import { helperCall, loadOp } from './call.js';
import type { Selector } from './selector.js';

/** Bytes of the elements of an array whose length is known, for its size to be a constant. */
const MOST_FIXED = 4096;

/** A call of a helper with its arguments in the pool. */
export function lowerHelperOperation(s: Selector, v: number): void {
  const { pool, imm, imm2 } = s.f;
  const at = imm[v] + 1;
  helperCall(s, v, imm2[v], [], [...pool.a.subarray(at, at + pool.a[imm[v]])], true);
}

/** Address of an object, in a machine value. */
function objectAddress(s: Selector, reference: number): number {
  const address = s.newValue(Cls.GPR);
  s.setVmctx(VmCtx.HEAP);
  s.begin(MOp.ADD64, Form.RM);
  s.use(reference);
  s.address();
  s.tie();
  s.def(address);
  return address;
}

/** GC_NEW and GC_NEW_ARRAY. */
export function lowerObjectNew(s: Selector, v: number): void {
  const { f } = s;
  const isArray = f.op[v] === Op.GC_NEW_ARRAY;
  const length = isArray && s.isConst(f.a[v]) ? s.immOf(f.a[v]) >>> 0 : -1;
  const fixed = length >= 0 && length <= MOST_FIXED >> f.imm2[v];
  s.begin(MOp.OBJECT_NEW, Form.NONE);
  s.imm(s.vm.longTypes[f.imm[v]]);
  s.imm2(fixed ? (GcObject.ELEMENTS + (length << f.imm2[v]) + 7) & -8 : f.imm2[v]);
  s.disp(f.imm[v]);
  s.cond(fixed ? ObjectSize.FIXED_ARRAY : isArray ? ObjectSize.ARRAY : ObjectSize.STRUCTURE);
  if (isArray) s.useIn(f.a[v], Reg.RDX);
  s.temps(2, 0);
  s.needFrame();
  s.def(v, Reg.RAX);
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
  const { f, alias } = s;
  const id = alias[f.a[v]];
  const offset = s.newValue(Cls.GPR);
  if (f.op[id] === Op.GC_TYPE && s.isOwn(id)) {
    s.fused[id] = 1;
    s.setElement(s.heapBase(), f.a[id], 0, GcObject.TYPE_ID);
    s.begin(MOp.LOAD32S64, Form.M);
    s.address();
  } else {
    s.begin(MOp.MOVSXD, Form.R);
    s.use(id);
  }
  s.def(offset);
  s.setBase(s.heapBase(), f.imm[v]);
  s.addIndex(offset);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

/** FUNC_TYPE: null is the first record, which is zero. */
export function lowerFuncType(s: Selector, v: number): void {
  const offset = s.newValue(Cls.GPR);
  s.begin(MOp.SHL64, Form.RI);
  s.use(s.f.a[v]);
  s.imm(FuncRef.SHIFT);
  s.tie();
  s.def(offset);
  const record = s.newValue(Cls.GPR);
  s.setVmctx(VmCtx.FUNCREFS);
  s.begin(MOp.ADD64, Form.RM);
  s.useTemp(offset);
  s.address();
  s.tie();
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
  const shift = f.imm[v];
  let scaled = -1;
  if (shift > 3) {
    scaled = s.newValue(Cls.GPR);
    s.begin(MOp.SHL64, Form.RI);
    s.use(f.b[v]);
    s.imm(shift);
    s.tie();
    s.def(scaled);
  }
  s.begin(MOp.LEA64, Form.RR);
  s.useTemp(base);
  if (scaled >= 0) s.useTemp(scaled);
  else s.use(f.b[v]);
  s.cond(shift > 3 ? 0 : shift);
  s.imm(GcObject.ELEMENTS);
  s.def(v);
}

/** TYPE_ID. */
export function lowerTypeId(s: Selector, v: number): void {
  s.setVmctx(s.vm.longTypes[s.f.imm[v]]);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
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
  const scaled = s.newValue(Cls.GPR);
  s.begin(MOp.SHL64, Form.RI);
  s.use(index);
  s.imm(shift);
  s.tie();
  s.def(scaled);
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(base);
  s.useTemp(scaled);
  s.tie();
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
  s.tie();
  s.def(card);
  s.setBase(s.heapBase(), 0);
  s.addIndex(card);
  s.begin(MOp.STORE8, Form.MI);
  s.address();
  s.imm(0);
}

/** Marks the card of an element of four bytes, and sets the address to it. */
function setMarkedElement(s: Selector, array: number, index: number): void {
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.LEA32, Form.RR);
  s.use(array);
  s.use(index);
  s.cond(2);
  s.imm(GcObject.ELEMENTS);
  s.def(place);
  s.begin(MOp.SHR32, Form.RI);
  s.useTemp(place);
  endCard(s);
  s.setBase(s.heapBase(), 0);
  s.addIndex(place);
}

export function lowerFieldStore(s: Selector, v: number): void {
  const { f } = s;
  const inArray = f.op[v] === Op.GC_STORE_AT;
  const value = inArray ? f.c[v] : f.b[v];
  const storage = f.imm2[v] & STORAGE;
  const marks = (f.imm2[v] & CARD) !== 0;
  if (marks && !inArray) {
    s.begin(MOp.SHR32, Form.RI);
    s.use(f.a[v]);
    endCard(s);
  }
  if (!inArray) s.setElement(s.heapBase(), f.a[v], 0, f.imm[v]);
  else if (marks) setMarkedElement(s, f.a[v], f.b[v]);
  else setElement(s, f.a[v], f.b[v], storage);
  const store = storageStore(storage);
  if (store <= MOp.STORE64 && s.fitsImm(value)) {
    s.begin(store, Form.MI);
    s.address();
    s.imm(s.immOf(value));
    return;
  }
  s.begin(store, Form.MR);
  s.use(value);
  s.address();
}

/** ARRAY_BOUNDS: traps unless index < length. */
export function lowerArrayBounds(s: Selector, v: number): void {
  const { f } = s;
  s.begin(MOp.TRAP_ON + Flags.CMP32, Form.RR);
  s.cond(Cc.AE);
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
