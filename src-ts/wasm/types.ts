/** The types of WebAssembly, and what modules import and export, as all phases have them. */

/**
 * Value types, numbered as in the binary format (core specification, section 5.3). Reference types that have no byte of
 * their own are numbers made of these (wasm/ref-types.ts).
 */
export const enum ValType {
  I32 = 0x7f,
  I64 = 0x7e,
  F32 = 0x7d,
  F64 = 0x7c,
  V128 = 0x7b,
  /** Of fields only. */
  I8 = 0x78,
  I16 = 0x77,
  // Nullable references to the abstract heap types.
  NOEXN = 0x74,
  NOFUNC = 0x73,
  NOEXTERN = 0x72,
  NONE = 0x71,
  FUNCREF = 0x70,
  EXTERNREF = 0x6f,
  ANYREF = 0x6e,
  EQREF = 0x6d,
  I31REF = 0x6c,
  STRUCTREF = 0x6b,
  ARRAYREF = 0x6a,
  EXNREF = 0x69,
}

export const enum ExternKind {
  FUNC = 0,
  TABLE = 1,
  MEMORY = 2,
  GLOBAL = 3,
  TAG = 4,
}

/** Kinds as the JavaScript interface names them, by `ExternKind`. */
export const EXTERN_KIND_NAMES = ['function', 'table', 'memory', 'global', 'tag'] as const;
export type ExternKindName = (typeof EXTERN_KIND_NAMES)[number];

export interface FuncType {
  params: ValType[];
  results: ValType[];
}

/** Composite types by their byte in the binary format. */
export const enum TypeKind {
  FUNC = 0x60,
  STRUCT = 0x5f,
  ARRAY = 0x5e,
}

export interface FieldType {
  type: ValType;
  mutable: boolean;
}

/** A type of the type section. Those that are no function types have neither parameters nor results. */
export interface TypeDef extends FuncType {
  kind: TypeKind;
  /** Of a structure; an array has one. */
  fields: FieldType[];
  /** Type index of the declared supertype, or -1. */
  parent: number;
  final: boolean;
  /** First type index of its recursive group, and types in that. */
  groupStart: number;
  groupSize: number;
}

/** The types that concrete references are about. */
export interface TypeSpace {
  readonly types: readonly TypeDef[];
}

export interface Limits {
  min: number;
  max: number | null;
  /** Addresses or indices, and sizes, are i64. */
  address64?: true;
}

export interface TableType extends Limits {
  /** A reference type. */
  type: ValType;
}

/** Limits in pages. */
export interface MemoryType extends Limits {
  /** log2 of the bytes of a page, where those are not 64 KiB. */
  pageShift?: number;
  /** Other threads may have it too; it has a maximum. */
  shared?: true;
}

/** log2 of the bytes of a page. */
export const pageShift = (m: MemoryType): number => m.pageShift ?? 16;

/** The type of a memory's addresses, a table's indices. */
export const addressType = (l: Limits): ValType.I32 | ValType.I64 => (l.address64 === true ? ValType.I64 : ValType.I32);

/**
 * Whether every access is compared with the size of the memory, whatever the mode: pages of the system guard neither
 * addresses of 64 bits nor the end of a small page.
 */
export const needsChecks = (m: MemoryType): boolean => m.address64 === true || pageShift(m) !== 16;

/**
 * Whether code for guard pages relies on FENCE inaccessible bytes before and behind a memory with 64-bit addresses: one
 * that the module defines. Those of others, and shared ones, may be V8's, which have none.
 */
export const isFenced = (m: MemoryType, imported: boolean): boolean =>
  !imported && m.address64 === true && m.shared !== true && pageShift(m) === 16;

export interface GlobalType {
  type: ValType;
  mutable: boolean;
}

/**
 * A constant expression as a postfix list of `[opcode, operand?]`. Operands: i32.const a number; i64.const a decimal
 * string (signed); f32.const the bits as an unsigned number; f64.const the bits as 16 hexadecimal digits; v128.const 32
 * hexadecimal digits in memory order; global.get / ref.func an index; ref.null the type. Opcodes: 0x41 0x42 0x43
 * 0x44 0xfd0c 0x23 0xd0 0xd2, and of extended-const 0x6a 0x6b 0x6c 0x7c 0x7d 0x7e, of
 * garbage collection GC_FIRST + GcOp with a type index and a number of operands. JSON-safe, so that the artefact
 * carries it as it is.
 */
export type ConstExpr = [number, (number | string)?, number?][];

export type ImportDesc = {
  module: string;
  name: string;
  /** Known at compile time, no program provides it: a builtin function or a string constant. */
  resolved?: true;
} & (
  | { kind: ExternKind.FUNC; type: number }
  | { kind: ExternKind.TABLE; table: TableType }
  | { kind: ExternKind.MEMORY; memory: MemoryType }
  | { kind: ExternKind.GLOBAL; global: GlobalType }
  | { kind: ExternKind.TAG; type: number }
);

export interface ExportDesc {
  name: string;
  kind: ExternKind;
  index: number;
}
