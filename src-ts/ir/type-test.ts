/**
 * Whether a reference is one of a type, in place: the header of an object is the id of its type, and the type's record
 * has the ids of its supertypes by depth (`TypeRecord` of abi/gc-layout.ts). So a type that has no subtypes takes one
 * comparison, any other one more load. Null has no type.
 */
import { TypeRecord } from '../abi/gc-layout.js';
import { Helper, signatureId } from '../abi/vmctx.js';
import { isConcrete, isNullable, topOf, typeIndexOf } from '../wasm/ref-types.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { ValType } from '../wasm/types.js';
import type { BodyReader } from './body-reader.js';
import { Op } from './ops.js';
import { Known, known } from './references.js';

/** The 32 bits of x as a value of another type; of a reference, something is `known`. */
export function retype(b: BodyReader, x: number, type: ValType, isKnown = 0): number {
  if (b.op[x] === Op.REF_NULL) return b.zero(type);
  if (b.type[x] === type && (isKnown & ~known(b, x)) === 0) return x;
  while (b.op[x] === Op.RETYPE) x = b.a[x];
  return b.type[x] === type && isKnown === 0 ? x : b.pure(Op.RETYPE, type, x, -1, -1, 0, isKnown);
}

/** An i32: 1 if x is one of type `target`, else 0. */
export function typeTest(b: BodyReader, x: number, target: ValType): number {
  const bits = retype(b, x, ValType.I32);
  const heap = target & 0x7f;
  const test = testNonNull(b, x, bits, target, heap);
  if (test < 0) return isNullable(target) ? b.i32(1) : notNull(b, bits);
  if (!isNullable(target)) return test;
  return binary(b, Op.I32_OR, test, b.pure(Op.I32_EQZ, ValType.I32, bits, -1, -1, 0, 0));
}

const binary = (b: BodyReader, op: Op, x: number, y: number): number => b.pure(op, ValType.I32, x, y, -1, 0, 0);
const notNull = (b: BodyReader, bits: number): number => binary(b, Op.I32_NE, bits, b.i32(0));

/** The same of a type without null; -1 where every x but null is one. */
function testNonNull(b: BodyReader, x: number, bits: number, target: ValType, heap: number): number {
  if (isConcrete(target)) return testConcrete(b, x, bits, target);
  switch (heap) {
    case ValType.I31REF:
      return binary(b, Op.I32_AND, bits, b.i32(1));
    case ValType.EQREF: {
      // Objects are multiples of 8, i31s odd, values of JavaScript's have 2 in the low bits.
      const isOther = binary(b, Op.I32_EQ, binary(b, Op.I32_AND, bits, b.i32(3)), b.i32(2));
      return b.pure(Op.SELECT, ValType.I32, b.i32(0), notNull(b, bits), isOther, 0, 0);
    }
    case ValType.STRUCTREF:
    case ValType.ARRAYREF: {
      const kind = b.pure(Op.TYPE_FIELD, ValType.I32, typeOf(b, x, bits), -1, -1, TypeRecord.KIND, 0);
      return binary(b, Op.I32_EQ, kind, b.i32(heap === ValType.STRUCTREF ? 1 : 2));
    }
    case ValType.ANYREF:
    case ValType.FUNCREF:
    case ValType.EXTERNREF:
    case ValType.EXNREF:
      return -1;
    default:
      return b.i32(0);
  }
}

function testConcrete(b: BodyReader, x: number, bits: number, target: ValType): number {
  const index = typeIndexOf(target);
  const type = b.m.types[index];
  const { final } = type;
  const depth = depthOf(b.m, index);
  if (!final && depth >= TypeRecord.DEPTHS) return b.callHelper(Helper.REF_TEST, ValType.I32, x, b.i32(target));
  const isFunction = topOf(b.m, target) === ValType.FUNCREF;
  const plain = signatureId(type);
  const actual = isFunction ? typeOfFunction(b, x, final) : typeOf(b, x, bits);
  const wanted = plain !== 0 ? b.i32(plain) : b.pure(Op.TYPE_ID, ValType.I32, -1, -1, -1, index, 0);
  const found = final ? actual : b.pure(Op.TYPE_FIELD, ValType.I32, actual, -1, -1, TypeRecord.DISPLAY + 4 * depth, 0);
  return binary(b, Op.I32_EQ, found, wanted);
}

/** The type's id of x if that is an object, else 0. */
function typeOf(b: BodyReader, x: number, bits: number): number {
  if ((known(b, x) & Known.OBJECT) === 0) {
    const isOther = binary(b, Op.I32_AND, bits, b.i32(3));
    const object = b.pure(Op.SELECT, ValType.I32, b.i32(0), bits, isOther, 0, 0);
    x = retype(b, object, ValType.ANYREF);
  }
  return b.pure(Op.GC_TYPE, ValType.I32, x, -1, -1, 0, 0);
}

/** The type's id of a function. Those of mere signatures are positive and have no record: 0 stands for them, but with `any`. */
function typeOfFunction(b: BodyReader, x: number, any: boolean): number {
  const id = b.pure(Op.FUNC_TYPE, ValType.I32, x, -1, -1, 0, 0);
  return any ? id : binary(b, Op.I32_AND, id, binary(b, Op.I32_SHR_S, id, b.i32(31)));
}

/** How many supertypes a type has. */
function depthOf({ types }: WasmModule, index: number): number {
  let depth = 0;
  for (let i = index; types[i].parent >= 0; i = types[i].parent) depth++;
  return depth;
}
