/**
 * WebAssembly's heap as JavaScript would have it: the values, types and outcomes of the programs of gc-programs/.
 * Small integers, null and values of JavaScript stand for themselves.
 */

/** A structure (a value for each field) or an array. */
export class Obj {
  constructor(
    readonly type: string,
    readonly items: unknown[],
  ) {}
}

/** A function: its type's name, and what it does. */
export class Fn {
  constructor(
    readonly type: string,
    readonly run: (state: State, args: unknown[]) => Steps<unknown>,
  ) {}
}

/** Execution of a model: it stops (yields) at each suspension with what the import was given, and goes on with its answer. */
export type Steps<T> = Generator<unknown, T, unknown>;

/** What an instance has. */
export interface State {
  check: number;
  fuel: number;
  globals: unknown[];
  tables: Record<string, unknown[]>;
  data: Uint8Array[];
  elements: unknown[][];
  /** The host's part: what the import that does not suspend does. */
  now(state: State, value: unknown, action: number): Steps<unknown>;
}

export class TrapModel extends Error {
  constructor(readonly kind: string) {
    super(kind);
  }
}
/** An exception of wasm's own. */
export class Thrown extends Error {
  constructor(
    readonly owner: State,
    readonly tag: string,
    readonly payload: unknown[],
  ) {
    super(tag);
  }
}
/** What the host threw. */
export class HostError extends Error {
  constructor(readonly thrown: unknown) {
    super();
  }
}
export const trap = (kind: string): never => {
  throw new TrapModel(kind);
};

// ---- what fields and elements are stored as

/** A storage type of numbers. Programs know only i32: the texts convert to and from it, the functions do the same. */
interface NumberKind {
  type: string;
  bytes: number;
  zero: unknown;
  write(x: string): string;
  store(x: number): unknown;
  /** Ends of the reading instruction's name, conversions of its result. */
  reads: { suffix: string; text(got: string): string; value(v: never): number }[];
  load(view: DataView, at: number): unknown;
}

const same = (x: string): string => x;
const packed = (bits: 8 | 16): NumberKind => ({
  type: `i${bits}`,
  bytes: bits / 8,
  zero: 0,
  write: same,
  store: (x) => x & ((1 << bits) - 1),
  reads: [
    { suffix: '_s', text: same, value: (v: number) => (v << (32 - bits)) >> (32 - bits) },
    { suffix: '_u', text: same, value: (v: number) => v },
  ],
  load: (view, at) => (bits === 8 ? view.getUint8(at) : view.getUint16(at, true)),
});
const saturated = (x: number): number => (Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x)) | 0);

export const NUMBERS: Record<string, NumberKind> = {
  i8: packed(8),
  i16: packed(16),
  i32: {
    type: 'i32',
    bytes: 4,
    zero: 0,
    write: same,
    store: (x) => x | 0,
    reads: [{ suffix: '', text: same, value: (v: number) => v }],
    load: (view, at) => view.getInt32(at, true),
  },
  i64: {
    type: 'i64',
    bytes: 8,
    zero: 0n,
    write: (x) => `(i64.mul (i64.extend_i32_s ${x}) (i64.const 0x100000003))`,
    store: (x) => BigInt.asUintN(64, BigInt(x) * 0x100000003n),
    reads: [
      { suffix: '', text: (got) => `(i32.wrap_i64 ${got})`, value: (v: bigint) => Number(BigInt.asIntN(32, v)) },
      {
        suffix: '',
        text: (got) => `(i32.wrap_i64 (i64.shr_u ${got} (i64.const 32)))`,
        value: (v: bigint) => Number(BigInt.asIntN(32, v >> 32n)),
      },
    ],
    load: (view, at) => view.getBigUint64(at, true),
  },
  f64: {
    type: 'f64',
    bytes: 8,
    zero: 0,
    write: (x) => `(f64.convert_i32_s ${x})`,
    store: (x) => x,
    reads: [{ suffix: '', text: (got) => `(i32.trunc_sat_f64_s ${got})`, value: saturated }],
    load: (view, at) => view.getFloat64(at, true),
  },
  v128: {
    type: 'v128',
    bytes: 16,
    zero: 0,
    write: (x) => `(i32x4.splat ${x})`,
    store: (x) => x,
    reads: [{ suffix: '', text: (got) => `(i32x4.extract_lane 2 ${got})`, value: (v: number) => v }],
    load: (view, at) => view.getInt32(at + 8, true),
  },
};

// ---- types

/** A structure type (with the fields of its supertypes) or an array type; a field's storage is a number's or a reference type. */
export interface HeapType {
  parent: string;
  fields?: string[];
  element?: string;
}

/** All types of a program; the abstract ones are there. */
export class Types {
  readonly all = new Map<string, HeapType>([
    ['eq', { parent: 'any' }],
    ['i31', { parent: 'eq' }],
    ['struct', { parent: 'eq' }],
    ['array', { parent: 'eq' }],
    ['fb', { parent: 'fa' }],
  ]);

  isSubtype(type: string, of: string): boolean {
    for (let t: string | undefined = type; t !== undefined; t = this.all.get(t)?.parent) if (t === of) return true;
    return false;
  }

  /** Whether a value that is not null is of a type. */
  test(value: unknown, type: string): boolean {
    if (value === null) return false;
    return this.isSubtype(
      value instanceof Obj || value instanceof Fn ? value.type : isI31(value) ? 'i31' : 'any',
      type,
    );
  }

  /** Names of the structure and array types, once all are there. */
  structs: readonly string[] = [];
  arrays: readonly string[] = [];

  complete(): void {
    const named = (part: 'fields' | 'element'): string[] =>
      [...this.all].flatMap(([name, t]) => (t[part] === undefined ? [] : [name]));
    this.structs = named('fields');
    this.arrays = named('element');
  }
}

/** Whether JavaScript's value is an i31 in wasm. */
export const isI31 = (v: unknown): v is number => typeof v === 'number' && (v << 1) >> 1 === v && !Object.is(v, -0);

export const zeroOf = (storage: string): unknown => (storage in NUMBERS ? NUMBERS[storage].zero : null);

export const mix = (h: number, x: number): number => (Math.imul(h, 31) + x) | 0;
/** Elements of an array that a digest looks at. */
export const DIGESTED = 6;

/** A number for a value and what hangs on it, so deep. The programs have a function that gives the same. */
export function digest(types: Types, value: unknown, depth: number): number {
  if (value === null) return 1;
  if (isI31(value)) return mix(3, value);
  if (!(value instanceof Obj)) return 5;
  if (depth === 0) return 2;
  const { fields, element } = types.all.get(value.type)!;
  const part = (storage: string, item: unknown): number =>
    storage in NUMBERS ? NUMBERS[storage].reads[0].value(item as never) : digest(types, item, depth - 1);
  let h = mix(7, fields === undefined ? value.items.length : types.structs.indexOf(value.type));
  value.items
    .slice(0, fields?.length ?? DIGESTED)
    .forEach((item, i) => (h = mix(h, part(fields?.[i] ?? element!, item))));
  return h;
}
