/**
 * Operators with the prefix 0xFB. Objects are made, read and written in place (abi/gc-layout.ts), and their types looked
 * at; what copies and fills is done by the addon. Null checks and bounds checks are operations of their own, so equal ones
 * are made once.
 */
import { endOfField, endOfFields, GcObject, placeField, storageShift, structBytes } from '../abi/gc-layout.js';
import { Trap } from '../abi/trap-codes.js';
import { Helper } from '../abi/vmctx.js';
import { GcOp } from '../wasm/gc-opcodes.js';
import { isPacked, isRef, isSubtype, nonNull, unpacked } from '../wasm/ref-types.js';
import { type FieldType, ValType } from '../wasm/types.js';
import type { CallFlow } from './call-flow.js';
import { isConst } from './opinfo.js';
import { Op } from './ops.js';
import { knownOfType } from './references.js';
import { retype, typeTest } from './type-test.js';

/** `imm2` of GC_LOAD and GC_LOAD_AT: the storage type, whether a packed field is signed, and `Known`. */
export const SIGNED = 0x100;
/** The storage type and SIGNED. */
export const STORAGE = 0x1ff;
/** `imm2` of GC_STORE and GC_STORE_AT: the storage type, and whether the place's card is marked. */
export const CARD = 0x200;

export function lowerGc(b: CallFlow): void {
  const op: GcOp = b.u32();
  if (op <= GcOp.STRUCT_SET) lowerStruct(b, op);
  else if (op <= GcOp.ARRAY_INIT_ELEM) lowerArray(b, op);
  else lowerCast(b, op);
}

/** ref.eq: references to the same object are equal numbers, and so are equal i31s. */
export function lowerRefEq(b: CallFlow): void {
  const y = retype(b, b.pop(), ValType.I32);
  b.push(b.pure(Op.I32_EQ, ValType.I32, retype(b, b.pop(), ValType.I32), y, -1, 0, 0));
}

function load(
  b: CallFlow,
  op: Op.GC_LOAD | Op.GC_LOAD_AT,
  at: number,
  index: number,
  field: ValType,
  signed: boolean,
  imm: number,
): void {
  const type = b.classOf(unpacked(field));
  const storage = storageOf(b, field) | (signed ? SIGNED : 0) | knownOfType(b.m, field);
  b.push(b.emit(op, type, at, index, -1, imm, storage));
}

/** Writes the first value of a field or element; new objects are zero. */
function initialise(b: CallFlow, object: number, value: number, at: number, field: ValType): void {
  if (!isZero(b, value)) b.emit(Op.GC_STORE, 0, object, value, -1, at, storageOf(b, field));
}

/** Whether all bits of a value are zero. */
const isZero = (b: CallFlow, x: number): boolean =>
  isConst(b.op[x]) && b.op[x] !== Op.V128_CONST && b.imm[x] === 0 && b.imm2[x] === 0;

/** Whether references of a type may lead to objects. */
const mayBeObject = (b: CallFlow, type: ValType): boolean =>
  isRef(type) &&
  (b.classOf(type) === ValType.ANYREF || b.classOf(type) === ValType.EXTERNREF) &&
  !isSubtype(b.m, type, ValType.I31REF);

/** CARD if `value` may be an object, which the one that it is written to may be older than. */
function cardOf(b: CallFlow, value: number, field: ValType): number {
  if (!mayBeObject(b, field)) return 0;
  let x = value;
  while (b.op[x] === Op.RETYPE) x = b.a[x];
  // Null, or an i31.
  const isNone = isConst(b.op[x]) || (b.op[x] === Op.I32_OR && isConst(b.op[b.b[x]]) && (b.imm[b.b[x]] & 1) !== 0);
  return isNone ? 0 : CARD;
}

/** A new array of type `index`. */
const newArray = (b: CallFlow, index: number, length: number): number =>
  b.emit(Op.GC_NEW_ARRAY, ValType.ANYREF, length, -1, -1, index, storageShift(b.m.types[index].fields[0].type));

/** A field's type as the machine has it. */
const storageOf = (b: CallFlow, field: ValType): number => (isPacked(field) ? field : b.classOf(field));

function lowerStruct(b: CallFlow, op: GcOp): void {
  const index = b.u32();
  const { fields } = b.m.types[index];
  switch (op) {
    case GcOp.STRUCT_NEW:
    case GcOp.STRUCT_NEW_DEFAULT: {
      const made = b.emit(Op.GC_NEW, ValType.ANYREF, -1, -1, -1, index, structBytes(fields));
      if (op === GcOp.STRUCT_NEW) {
        b.sp -= fields.length;
        let at: number = GcObject.FIELDS;
        for (let k = 0; k < fields.length; k++) {
          const { type } = fields[k];
          initialise(b, made, b.stack[b.sp + k], placeField(at, type), type);
          at = endOfField(at, type);
        }
      }
      b.push(made);
      return;
    }
    case GcOp.STRUCT_SET: {
      const k = b.u32();
      const value = b.pop();
      const object = b.pop();
      b.nullCheck(object, Trap.NULL_STRUCTURE);
      const { type } = fields[k];
      b.emit(Op.GC_STORE, 0, object, value, -1, offsetOf(fields, k), storageOf(b, type) | cardOf(b, value, type));
      return;
    }
    default: {
      const k = b.u32();
      const object = b.pop();
      b.nullCheck(object, Trap.NULL_STRUCTURE);
      load(b, Op.GC_LOAD, object, -1, fields[k].type, op === GcOp.STRUCT_GET_S, offsetOf(fields, k));
    }
  }
}

const offsetOf = (fields: readonly FieldType[], k: number): number =>
  placeField(endOfFields(fields, k), fields[k].type);

function length(b: CallFlow, array: number): number {
  b.nullCheck(array, Trap.NULL_ARRAY);
  return b.pure(Op.ARRAY_LENGTH, ValType.I32, array, -1, -1, GcObject.LENGTH, ValType.I32);
}

const extended = (b: CallFlow, x: number): number => b.pure(Op.I64_EXTEND_I32_U, ValType.I64, x, -1, -1, 0, 0);

/** Traps unless an array has `n` elements from `at` on. */
function checkRange(b: CallFlow, at: number, n: number, array: number): void {
  const end = b.pure(Op.I64_ADD, ValType.I64, extended(b, at), extended(b, n), -1, 0, 0);
  const fits = b.pure(Op.I64_LE_U, ValType.I32, end, extended(b, length(b, array)), -1, 0, 0);
  b.pure(Op.NULL_CHECK, 0, fits, -1, -1, Trap.ARRAY_OUT_OF_BOUNDS, 0);
}

/** Fills n elements of an array, from `at` on. The helper takes the value as two halves of 64 bits. */
function fill(b: CallFlow, array: number, at: number, n: number, value: number): void {
  const zero = b.i64(0, 0);
  const isVector = b.type[value] === ValType.V128;
  const low = isVector ? lane(b, value, 0) : bitsOf(b, value);
  b.callHelper(Helper.ARRAY_FILL, 0, array, at, n, low, isVector ? lane(b, value, 1) : zero);
}

const lane = (b: CallFlow, x: number, k: number): number => b.pure(Op.I64X2_EXTRACT_LANE, ValType.I64, x, -1, -1, k, 0);

function bitsOf(b: CallFlow, x: number): number {
  switch (b.type[x]) {
    case ValType.F32:
      return b.pure(Op.I32_REINTERPRET_F32, ValType.I32, x, -1, -1, 0, 0);
    case ValType.F64:
      return b.pure(Op.I64_REINTERPRET_F64, ValType.I64, x, -1, -1, 0, 0);
    default:
      return x;
  }
}

function lowerArray(b: CallFlow, op: GcOp): void {
  if (op === GcOp.ARRAY_LEN) {
    b.push(length(b, b.pop()));
    return;
  }
  const index = b.u32();
  const element = b.m.types[index].fields[0].type;
  switch (op) {
    case GcOp.ARRAY_NEW:
    case GcOp.ARRAY_NEW_DEFAULT: {
      const n = b.pop();
      const made = newArray(b, index, n);
      if (op === GcOp.ARRAY_NEW) {
        const value = b.pop();
        if (!isZero(b, value)) fill(b, made, b.i32(0), n, value);
      }
      b.push(made);
      return;
    }
    case GcOp.ARRAY_NEW_FIXED: {
      const n = b.u32();
      const made = newArray(b, index, b.i32(n));
      b.sp -= n;
      for (let k = 0; k < n; k++)
        initialise(b, made, b.stack[b.sp + k], GcObject.ELEMENTS + (k << storageShift(element)), element);
      b.push(made);
      return;
    }
    case GcOp.ARRAY_NEW_DATA:
    case GcOp.ARRAY_NEW_ELEM: {
      const segment = b.u32();
      const n = b.pop();
      const from = b.pop();
      b.push(b.callHelper(Helper.ARRAY_NEW_SEGMENT, ValType.ANYREF, b.i32(index), from, n, b.i32(segment)));
      return;
    }
    case GcOp.ARRAY_SET: {
      const value = b.pop();
      const i = b.pop();
      const array = b.pop();
      b.pure(Op.ARRAY_BOUNDS, 0, i, length(b, array), -1, 0, 0);
      b.emit(Op.GC_STORE_AT, 0, array, i, value, 0, storageOf(b, element) | cardOf(b, value, element));
      return;
    }
    case GcOp.ARRAY_FILL: {
      const n = b.pop();
      const value = b.pop();
      const at = b.pop();
      const array = b.pop();
      b.nullCheck(array, Trap.NULL_ARRAY);
      fill(b, array, at, n, value);
      return;
    }
    case GcOp.ARRAY_COPY: {
      b.u32();
      const n = b.pop();
      const from = b.pop();
      const source = b.pop();
      const to = b.pop();
      const array = b.pop();
      b.nullCheck(array, Trap.NULL_ARRAY);
      b.nullCheck(source, Trap.NULL_ARRAY);
      checkRange(b, to, n, array);
      checkRange(b, from, n, source);
      const shift = storageShift(element);
      const bytes = b.pure(Op.I64_SHL, ValType.I64, extended(b, n), b.i64(shift, 0), -1, 0, 0);
      const cards = b.i32(mayBeObject(b, element) ? 1 : 0);
      const target = b.emit(Op.GC_ADDRESS, ValType.I64, array, to, -1, shift, 0);
      const origin = b.emit(Op.GC_ADDRESS, ValType.I64, source, from, -1, shift, 0);
      b.callHelper(Helper.ARRAY_COPY, 0, target, origin, bytes, cards);
      return;
    }
    case GcOp.ARRAY_INIT_DATA:
    case GcOp.ARRAY_INIT_ELEM: {
      const segment = b.u32();
      const n = b.pop();
      const from = b.pop();
      const to = b.pop();
      const array = b.pop();
      b.nullCheck(array, Trap.NULL_ARRAY);
      b.callHelper(Helper.ARRAY_INIT, 0, array, to, from, n, b.i32(segment));
      return;
    }
    default: {
      const i = b.pop();
      const array = b.pop();
      b.pure(Op.ARRAY_BOUNDS, 0, i, length(b, array), -1, 0, 0);
      load(b, Op.GC_LOAD_AT, array, i, element, op === GcOp.ARRAY_GET_S, 0);
    }
  }
}

function lowerCast(b: CallFlow, op: GcOp): void {
  switch (op) {
    case GcOp.REF_TEST:
    case GcOp.REF_TEST_NULL: {
      const heap = b.heapType();
      b.push(typeTest(b, b.pop(), op === GcOp.REF_TEST ? nonNull(heap) : heap));
      return;
    }
    case GcOp.REF_CAST:
    case GcOp.REF_CAST_NULL: {
      const heap = b.heapType();
      const type = op === GcOp.REF_CAST ? nonNull(heap) : heap;
      const x = b.pop();
      b.pure(Op.NULL_CHECK, 0, typeTest(b, x, type), -1, -1, Trap.CAST_FAILURE, 0);
      b.push(retype(b, x, b.classOf(type), knownOfType(b.m, type)));
      return;
    }
    case GcOp.BR_ON_CAST:
    case GcOp.BR_ON_CAST_FAIL: {
      const flags = b.bytes[b.p++];
      const depth = b.u32();
      b.heapType();
      const heap = b.heapType();
      const test = typeTest(b, b.stack[b.sp - 1], (flags & 2) !== 0 ? heap : nonNull(heap));
      b.branchOn(op === GcOp.BR_ON_CAST ? test : b.pure(Op.I32_EQZ, ValType.I32, test, -1, -1, 0, 0), depth);
      return;
    }
    case GcOp.ANY_CONVERT_EXTERN:
      b.push(retype(b, b.pop(), ValType.ANYREF));
      return;
    case GcOp.EXTERN_CONVERT_ANY:
      b.push(retype(b, b.pop(), ValType.EXTERNREF));
      return;
    case GcOp.REF_I31: {
      const twice = b.pure(Op.I32_SHL, ValType.I32, b.pop(), b.i32(1), -1, 0, 0);
      b.push(retype(b, b.pure(Op.I32_OR, ValType.I32, twice, b.i32(1), -1, 0, 0), ValType.ANYREF));
      return;
    }
    default: {
      const x = b.pop();
      b.nullCheck(x, Trap.NULL_I31);
      const shift = op === GcOp.I31_GET_S ? Op.I32_SHR_S : Op.I32_SHR_U;
      b.push(b.pure(shift, ValType.I32, retype(b, x, ValType.I32), b.i32(1), -1, 0, 0));
    }
  }
}
