/**
 * What is known of references without looking at them, from the types that the module declares: that they are never
 * null, and that they are objects (or null) and neither i31s nor values of JavaScript's.
 */
import { isConcrete, isNullable, isRef, topOf } from '../wasm/ref-types.js';
import { type TypeSpace, ValType } from '../wasm/types.js';
import type { BodyReader } from './body-reader.js';
import { hasType } from './opinfo.js';
import { Op } from './ops.js';

/** Bits in `imm2` of GC_LOAD, GC_LOAD_AT, PARAM and RETYPE, beside a storage type. */
export const enum Known {
  NON_NULL = 0x200,
  OBJECT = 0x400,
  ALL = 0x600,
}

/** What is known of the values of a type. */
export function knownOfType(space: TypeSpace, t: ValType): number {
  if (!isRef(t)) return 0;
  const heap = t & 0x7f;
  const isObject =
    heap === ValType.STRUCTREF ||
    heap === ValType.ARRAYREF ||
    heap === ValType.NONE ||
    (isConcrete(t) && topOf(space, t) === ValType.ANYREF);
  return (isNullable(t) ? 0 : Known.NON_NULL) | (isObject ? Known.OBJECT : 0);
}

/** What is known of a value. */
export function known(b: BodyReader, x: number): number {
  const { m, imm, imm2 } = b;
  switch (b.op[x]) {
    case Op.GC_NEW:
    case Op.GC_NEW_ARRAY:
      return Known.ALL;
    case Op.REF_FUNC:
      return Known.NON_NULL;
    case Op.REF_NULL:
      return Known.OBJECT;
    case Op.GC_LOAD:
    case Op.GC_LOAD_AT:
    case Op.PARAM:
    case Op.RETYPE:
      return imm2[x] & Known.ALL;
    case Op.ARG:
      return knownOfType(m, m.types[b.f.typeIndex].params[imm[x]]);
    case Op.GLOBAL_GET:
      return knownOfType(m, m.globals[imm[x]].type);
    case Op.TABLE_GET:
      return knownOfType(m, m.tables[imm[x]].type);
    case Op.CALL:
    case Op.CALL_INDIRECT:
    case Op.CALL_REF:
      return knownOfResult(b, x, 0);
    case Op.RESULT:
      return knownOfResult(b, b.a[x], imm[x]);
    default:
      return 0;
  }
}

function knownOfResult({ m, op, imm2 }: BodyReader, call: number, k: number): number {
  return knownOfType(m, m.types[hasType(op[call]) ? imm2[call] : m.funcTypes[imm2[call]]].results[k]);
}
