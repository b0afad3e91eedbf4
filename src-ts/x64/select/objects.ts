/** Selection of accesses to objects of WebAssembly's own heap: what `codegen/select/objects.ts` leaves to the machine. */
import { GcObject } from '../../abi/gc-layout.js';
import { FuncRef, VmCtx } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { Op } from '../../ir/ops.js';
import { MOp } from '../machops.js';
import type { Selector } from './selector.js';

/** Address of an object, in a machine value. */
export function addressOfObject(s: Selector, reference: number): number {
  const address = s.newValue(Cls.GPR);
  s.setVmctx(VmCtx.HEAP);
  s.begin(MOp.ADD64, Form.RM);
  s.use(reference);
  s.address();
  s.tie();
  s.def(address);
  return address;
}

/** base + index << shift, in a machine value. */
export function addressOfElement(s: Selector, base: number, index: number, shift: number): number {
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
  return place;
}

/** Offset from the heap's base of an element of four bytes, in a machine value. */
export function offsetOfElement(s: Selector, array: number, index: number): number {
  const place = s.newValue(Cls.GPR);
  s.begin(MOp.LEA32, Form.RR);
  s.use(array);
  s.use(index);
  s.cond(2);
  s.imm(GcObject.ELEMENTS);
  s.def(place);
  return place;
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
  const base = addressOfObject(s, f.a[v]);
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
