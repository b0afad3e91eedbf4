/** Selection of accesses to objects of WebAssembly's own heap: what `codegen/select/objects.ts` leaves to the machine. */
import { GcObject } from '../../abi/gc-layout.js';
import { FuncRef, VmCtx } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { Modifier, modifier, MOp } from '../machops.js';
import type { Selector } from './selector.js';

/** Address of an object, in a machine value. */
export function addressOfObject(s: Selector, reference: number): number {
  const heap = s.heapBase();
  const address = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(heap);
  s.use(reference);
  s.def(address);
  return address;
}

/** base + index << shift, in a machine value. */
export function addressOfElement(s: Selector, base: number, index: number, shift: number): number {
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.ADD64, Form.RR);
  s.useTemp(base);
  s.use(index);
  s.imm(modifier(Modifier.LSL, shift));
  s.def(place);
  return place;
}

/** Offset from the heap's base of an element of four bytes, in a machine value. */
export function offsetOfElement(s: Selector, array: number, index: number): number {
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
  return place;
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
  const base = addressOfObject(s, f.a[v]);
  const place = addressOfElement(s, base, f.b[v], f.imm[v]);
  s.begin(MOp.ADD64, Form.RI);
  s.useTemp(place);
  s.imm(GcObject.ELEMENTS);
  s.def(v);
}
