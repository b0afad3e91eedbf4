/**
 * Reference types as numbers, and subtyping (core specification 3.0, sections 2.3 and 3.3).
 *
 * The low seven bits say what is referred to: the byte of an abstract heap type, or CONCRETE with the type's index in
 * the bits from 8 on. Bit 7 is set where null is not among the values. So the nullable abstract types are their bytes
 * in the binary format, and equal types are equal numbers as long as indices are canonical (`WasmModule.typeCanon`).
 */
import { Feature, featureOfType } from './proposals.js';
import type { Reader } from './reader.js';
import type { WasmModule } from './decoded-module.js';
import { type TypeDef, TypeKind, type TypeSpace, ValType } from './types.js';

export const CONCRETE = 0x63;
export const NON_NULL = 0x80;
/** Where a type's index begins. */
export const INDEX_SHIFT = 8;
/** Refers to nothing: the type of references in unreachable code, below every other. */
export const BOTTOM_REF = 0x62 | NON_NULL;

/** First bytes of `(ref null ...)` and `(ref …)` in the binary format. */
const REF_NULL = 0x63;
const REF = 0x64;

export const isRef = (t: number): boolean => t !== 0 && (t & 0x7f) < ValType.I16;
export const isNullable = (t: number): boolean => (t & NON_NULL) === 0;
export const nullable = (t: number): ValType => t & ~NON_NULL;
export const nonNull = (t: number): ValType => t | NON_NULL;
export const isConcrete = (t: number): boolean => (t & 0x7f) === CONCRETE;
/** Index of the type that a concrete reference is about. */
export const typeIndexOf = (t: number): number => t >> INDEX_SHIFT;
export const refTo = (index: number, canBeNull = false): ValType =>
  (index << INDEX_SHIFT) | CONCRETE | (canBeNull ? 0 : NON_NULL);
/** Whether a local or element of the type needs no first value. */
export const hasDefault = (t: number): boolean => !isRef(t) || isNullable(t);

export const isPacked = (t: ValType): boolean => t === ValType.I8 || t === ValType.I16;
/** The type that a field's value has on the stack. */
export const unpacked = (t: ValType): ValType => (isPacked(t) ? ValType.I32 : t);

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

/** The proposal that an abstract heap type belongs to, 0 for those of 2.0, -1 for no heap type. */
function featureOfHeapType(t: number): number {
  if (t === ValType.FUNCREF || t === ValType.EXTERNREF) return 0;
  if (t === ValType.EXNREF) return Feature.EXCEPTIONS;
  if (t === ValType.NOEXN) return Feature.GC | Feature.EXCEPTIONS;
  return t >= ValType.ARRAYREF && t <= ValType.NOFUNC ? Feature.GC : -1;
}

/** Whether a byte is an abstract heap type that the module may use; then it is noted that it does. */
function isHeapByte(t: number, m: WasmModule): boolean {
  const features = featureOfHeapType(t);
  if (features < 0 || (m.features & features) !== features) return false;
  m.used |= features;
  return true;
}

/**
 * A heap type, as the nullable reference to it. While types are being read: an index must be below `known`, and is kept
 * as it is; later the canonical one is taken.
 */
export function readHeapType(r: Reader, m: WasmModule, known = -1): ValType {
  const at = r.pos;
  const code = r.s33();
  if (code >= 0) {
    r.need(m, Feature.FUNCTION_REFERENCES, 'malformed reference type', at);
    if (code >= (known < 0 ? m.types.length : known)) r.fail(`unknown type ${code}`, at);
    return refTo(known < 0 ? m.typeCanon[code] : code, true);
  }
  const byte = r.bytes[at];
  if (r.pos !== at + 1 || !isHeapByte(byte, m))
    r.refuse('malformed reference type', r.pos === at + 1 ? featureOfType(byte) : 0, at);
  return byte;
}

/** A reference type. */
export function readRefType(r: Reader, m: WasmModule, known?: number): ValType {
  const at = r.pos;
  const byte = r.u8();
  if (byte !== REF_NULL && byte !== REF) {
    if (!isHeapByte(byte, m)) r.refuse('malformed reference type', featureOfType(byte), at);
    return byte;
  }
  r.need(m, Feature.FUNCTION_REFERENCES, 'malformed reference type', at);
  const type = readHeapType(r, m, known);
  return byte === REF ? nonNull(type) : type;
}

/** A value type. */
export function readValType(r: Reader, m: WasmModule, known?: number): ValType {
  const at = r.pos;
  const t = r.u8();
  if (t >= ValType.V128 && t <= ValType.I32) return t;
  if (t !== REF_NULL && t !== REF) {
    if (!isHeapByte(t, m)) r.refuse('malformed value type', featureOfType(t), at);
    return t;
  }
  r.pos = at;
  return readRefType(r, m, known);
}
