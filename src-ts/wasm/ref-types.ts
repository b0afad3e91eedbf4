/**
 * Reference types as numbers, and subtyping (core specification 3.0, sections 2.3 and 3.3).
 *
 * The low seven bits say what is referred to: the byte of an abstract heap type, or CONCRETE with the type's index in
 * the bits from 8 on. Bit 7 is set where null is not among the values. So the nullable abstract types are their bytes
 * in the binary format, and equal types are equal numbers as long as indices are canonical (`WasmModule.typeCanon`).
 */
import { Feature, featureOfType } from './proposals.js';
import type { Reader } from './reader.js';
import { type TypeDef, TypeKind, ValType } from './types.js';

const CONCRETE = 0x63;
const NON_NULL = 0x80;
/** Refers to nothing: the type of references in unreachable code, below every other. */
export const BOTTOM_REF = 0x62 | NON_NULL;

/** First bytes of `(ref null …)` and `(ref …)` in the binary format. */
const REF_NULL = 0x63;
const REF = 0x64;

/** The types that concrete references are about. */
export interface TypeSpace {
  readonly types: readonly TypeDef[];
}

export const isRef = (t: number): boolean => t !== 0 && (t & 0x7f) < ValType.I16;
export const isNullable = (t: number): boolean => (t & NON_NULL) === 0;
export const nullable = (t: number): ValType => t & ~NON_NULL;
export const nonNull = (t: number): ValType => t | NON_NULL;
export const isConcrete = (t: number): boolean => (t & 0x7f) === CONCRETE;
/** Index of the type that a concrete reference is about. */
export const typeIndexOf = (t: number): number => t >> 8;
export const refTo = (index: number, canBeNull = false): ValType =>
  (index << 8) | CONCRETE | (canBeNull ? 0 : NON_NULL);
/** Whether a local or element of the type needs no first value. */
export const hasDefault = (t: number): boolean => !isRef(t) || isNullable(t);

/** The top of the hierarchy of a reference type: FUNCREF, EXTERNREF, EXNREF or ANYREF. */
export function topOf({ types }: TypeSpace, t: number): ValType {
  if (isConcrete(t)) return types[typeIndexOf(t)].kind === TypeKind.FUNC ? ValType.FUNCREF : ValType.ANYREF;
  switch (t & 0x7f) {
    case ValType.FUNCREF:
    case ValType.NOFUNC:
      return ValType.FUNCREF;
    case ValType.EXTERNREF:
    case ValType.NOEXTERN:
      return ValType.EXTERNREF;
    case ValType.EXNREF:
    case ValType.NOEXN:
      return ValType.EXNREF;
    default:
      return ValType.ANYREF;
  }
}

/** The type as the IR has it: of a reference the top of its hierarchy. */
export const valueClass = (space: TypeSpace, t: number): ValType => (isRef(t) ? topOf(space, t) : t);

/** Whether values of type `a` are values of type `b`. */
export function isSubtype(space: TypeSpace, a: number, b: number): boolean {
  if (a === b) return true;
  if (!isRef(a) || !isRef(b) || (isNullable(a) && !isNullable(b))) return false;
  return a === BOTTOM_REF || isHeapSubtype(space, nullable(a), nullable(b));
}

function isHeapSubtype(space: TypeSpace, a: number, b: number): boolean {
  if (a === b) return true;
  if (isConcrete(b)) {
    if (isConcrete(a)) return isDeclaredSubtype(space.types, typeIndexOf(a), typeIndexOf(b));
    return a === (topOf(space, b) === ValType.FUNCREF ? ValType.NOFUNC : ValType.NONE);
  }
  if (topOf(space, a) !== topOf(space, b)) return false;
  switch (b) {
    case ValType.FUNCREF:
    case ValType.EXTERNREF:
    case ValType.EXNREF:
    case ValType.ANYREF:
      return true;
    case ValType.EQREF:
      return a !== ValType.ANYREF;
    case ValType.STRUCTREF:
      return a === ValType.NONE || (isConcrete(a) && space.types[typeIndexOf(a)].kind === TypeKind.STRUCT);
    case ValType.ARRAYREF:
      return a === ValType.NONE || (isConcrete(a) && space.types[typeIndexOf(a)].kind === TypeKind.ARRAY);
    case ValType.I31REF:
      return a === ValType.NONE;
    default:
      return false;
  }
}

/** Whether type `a` is `b` or has it among its declared supertypes; both canonical. */
export function isDeclaredSubtype(types: readonly TypeDef[], a: number, b: number): boolean {
  while (a !== b) {
    a = types[a].parent;
    if (a < 0) return false;
  }
  return true;
}

/** What reading a type needs to know. */
export interface TypeContext extends TypeSpace {
  readonly features: number;
  readonly typeCanon: Int32Array;
}

/** Whether a byte is an abstract heap type with these features. */
function isHeapByte(t: number, features: number): boolean {
  switch (t) {
    case ValType.FUNCREF:
    case ValType.EXTERNREF:
      return true;
    case ValType.EXNREF:
      return (features & Feature.EXCEPTIONS) !== 0;
    case ValType.NOEXN:
      return (features & Feature.GC) !== 0 && (features & Feature.EXCEPTIONS) !== 0;
    default:
      return t >= ValType.ARRAYREF && t <= ValType.NOFUNC && (features & Feature.GC) !== 0;
  }
}

/**
 * A heap type, as the nullable reference to it. A type index must be below `known`: the number of types so far, or all
 * of the type's group.
 */
export function readHeapType(r: Reader, c: TypeContext, known = c.types.length): ValType {
  const at = r.pos;
  const code = r.s33();
  if (code >= 0) {
    if ((c.features & Feature.FUNCTION_REFERENCES) === 0)
      r.refuse('malformed reference type', Feature.FUNCTION_REFERENCES, at);
    if (code >= known) r.fail(`unknown type ${code}`, at);
    return refTo(code < c.typeCanon.length ? c.typeCanon[code] : code, true);
  }
  const byte = r.bytes[at];
  if (r.pos !== at + 1 || !isHeapByte(byte, c.features))
    r.refuse('malformed reference type', r.pos === at + 1 ? featureOfType(byte) : 0, at);
  return byte;
}

/** A reference type. */
export function readRefType(r: Reader, c: TypeContext, known?: number): ValType {
  const byte = r.bytes[r.pos];
  if (r.pos >= r.end || (byte !== REF_NULL && byte !== REF)) {
    const at = r.pos;
    const t = r.u8();
    if (!isHeapByte(t, c.features)) r.refuse('malformed reference type', featureOfType(t), at);
    return t;
  }
  if ((c.features & Feature.FUNCTION_REFERENCES) === 0)
    r.refuse('malformed reference type', Feature.FUNCTION_REFERENCES, r.pos);
  r.pos++;
  const type = readHeapType(r, c, known);
  return byte === REF ? nonNull(type) : type;
}

/** A value type. */
export function readValType(r: Reader, c: TypeContext, known?: number): ValType {
  const t = r.pos < r.end ? r.bytes[r.pos] : r.u8();
  if (t >= ValType.V128 && t <= ValType.I32) {
    r.pos++;
    return t;
  }
  if (t === REF_NULL || t === REF || isHeapByte(t, c.features)) return readRefType(r, c, known);
  return r.refuse('malformed value type', featureOfType(t));
}
