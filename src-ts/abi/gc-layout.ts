/**
 * Objects of WebAssembly's own heap, as generated code and the addon see them. A reference is a 32-bit offset from the
 * heap's base (`VmCtx.HEAP`), a multiple of 8; 0 is null; an i31 is its number times two plus one, so odd; a value of
 * JavaScript's is an `Externref`. These are the same for anyref and externref.
 *
 * An object begins with the id of its type (u32). The fields of a structure follow, those of its supertype first; an
 * array has its length (u32), then the elements. Sizes are multiples of 8.
 */
import { type FieldType, type TypeDef, TypeKind, ValType } from '../wasm/types.js';

export const enum GcObject {
  TYPE_ID = 0,
  /** Of a structure. */
  FIELDS = 4,
  /** Of an array. */
  LENGTH = 4,
  ELEMENTS = 8,
}

/** What the addon knows a type as (`defineType`). */
export const enum GcKind {
  FUNCTION = 0,
  STRUCT = 1,
  ARRAY = 2,
}

/** What a reference in an object is to; 0: it is none. In the lists of `defineType` the offset is in the bits above. */
export const enum GcReference {
  /** An object or a value of JavaScript's. */
  ANY = 1,
  FUNC = 2,
  EXN = 3,
  /** An object or an i31. */
  OBJECT = 4,
}
export const GC_REFERENCE_BITS = 3;

/** The most bytes of an array's elements; V8's limit. */
export const MAX_ARRAY_BYTES = 2 ** 30 - 17;

/** Where generated code finds memory for objects, from the heap's base: u32 references. What lies before it is zero. */
export const enum HeapWindow {
  /** The next object. */
  AT = 64,
  /** Where the cleared memory ends. */
  END = 68,
}

/**
 * Log2 of the bytes of a *card*. At the heap's base there is a byte for each card: 0 where a reference to an object was
 * written since the latest collection, into an element of an array or a structure whose header is there. Generated code
 * writes the byte before the reference, for a signal may end the call in between. So a collection of young objects need
 * not follow the old ones. First values of new objects need no such byte: nothing is collected before they are written.
 */
export const CARD_SHIFT = 9;

/**
 * What generated code knows of a type. The record is below the heap's base, at the type's id as a negative number: ids
 * of types that are more than a signature are multiples of its size, minus one downwards.
 */
export const enum TypeRecord {
  /** u32 `GcKind`. */
  KIND = 0,
  /** For the collector: u32 bytes of a structure, log2 of an element's bytes of an array; u64 where a structure refers to objects. */
  BYTES = 4,
  REFERENCES = 8,
  /** u32 ids of the type's supertypes by depth, from the one that has none to the type itself; 0 beyond that. */
  DISPLAY = 16,
  /** How many there is room for. */
  DEPTHS = 12,
  SIZE = 64,
}

/** Log2 of the bytes that a field takes. */
export function storageShift(t: ValType): number {
  switch (t) {
    case ValType.I8:
      return 0;
    case ValType.I16:
      return 1;
    case ValType.I64:
    case ValType.F64:
      return 3;
    case ValType.V128:
      return 4;
    default:
      return 2;
  }
}

/** Offset of a field of a structure, where what is before it ends at `at`. */
export function placeField(at: number, type: ValType): number {
  // Vectors need no more than the alignment of objects.
  const alignment = 1 << Math.min(storageShift(type), 3);
  return (at + alignment - 1) & -alignment;
}

/** Where that field ends. */
export const endOfField = (at: number, type: ValType): number => placeField(at, type) + (1 << storageShift(type));

/** Where the first n fields of a structure end. Fields of a supertype are where they are in that. */
export function endOfFields(fields: readonly FieldType[], n: number): number {
  let at: number = GcObject.FIELDS;
  for (let k = 0; k < n; k++) at = endOfField(at, fields[k].type);
  return at;
}

/** Bytes of a structure. */
export const structBytes = (fields: readonly FieldType[]): number => (endOfFields(fields, fields.length) + 7) & -8;

/** Offsets of a structure's fields, and the object's bytes. */
export function structLayout(fields: readonly FieldType[]): { offsets: number[]; bytes: number } {
  let at: number = GcObject.FIELDS;
  const offsets = fields.map(({ type }) => {
    const place = placeField(at, type);
    at = endOfField(at, type);
    return place;
  });
  return { offsets, bytes: structBytes(fields) };
}

/** Layout by type; types that are no structures have none. */
export const layoutOfType = (t: TypeDef): { offsets: number[]; bytes: number } =>
  t.kind === TypeKind.STRUCT ? structLayout(t.fields) : { offsets: [], bytes: 0 };
