/** Conversions and class shapes that the WebAssembly JavaScript interface takes from WebIDL, with V8's error texts. */
import { bytesOfView } from '../util/realm.js';
import { type Limits, ValType } from '../wasm/types.js';

/**
 * `[EnforceRange] unsigned long` with an upper bound: TypeError for what is no number, negative or beyond 32 bits,
 * RangeError beyond `max`. What the conversion of the value throws passes through.
 */
export function toIndex(where: string, what: string, value: unknown, max = 0xffff_ffff): number {
  if (typeof value === 'number' && value >>> 0 === value && value <= max) return value + 0;
  let n = +(value as number);
  if (!Number.isFinite(n)) throw new TypeError(`${where}: ${what} must be convertible to a valid number`);
  n = Math.trunc(n);
  if (n < 0) throw new TypeError(`${where}: ${what} must be non-negative`);
  if (n > 0xffff_ffff) throw new TypeError(`${where}: ${what} must be in the unsigned long range`);
  if (n > max) throw new RangeError(`${where}: ${what}: value ${n} is above the upper bound ${max}`);
  return n + 0;
}

/**
 * An address or number of pages or elements, as the interface of 64-bit memories and tables has them: a BigInt where
 * they are 64 bits. RangeError beyond `max`.
 */
export function toAddress(
  where: string,
  what: string,
  value: unknown,
  address64: boolean,
  max?: number,
): number | bigint {
  if (!address64) return toIndex(where, what, value, max);
  const n = toBigInt(value);
  if (n < 0n || n > 0xffff_ffff_ffff_ffffn) throw new TypeError(`${where}: ${what} must be in u64 range`);
  if (max !== undefined && n > max)
    throw new RangeError(`${where}: ${what}: value ${n} is above the upper bound ${max}`);
  return n;
}

/** ECMAScript's ToBigInt, which unlike `BigInt()` refuses numbers: no BigInt has that many bits. */
const toBigInt = (value: unknown): bigint => BigInt.asIntN(2 ** 40, value as bigint);

/** `DOMString`: unlike `String()` it refuses symbols. */
export const toDOMString = (value: unknown): string => `${value as string}`;

/** Upper bounds of `initial` and `maximum`, with 32-bit and with 64-bit addresses. */
export interface LimitBounds {
  initial: number;
  maximum: number;
  initial64: number;
  maximum64: number;
}

/** `address`, `initial` and `maximum` of a memory or table descriptor. */
export function toLimits(where: string, descriptor: object, bounds: LimitBounds): Limits {
  // In the order of the names, as WebIDL reads dictionaries.
  const { address } = descriptor as { address?: unknown };
  const type = address === undefined ? 'i32' : toDOMString(address);
  if (type !== 'i32' && type !== 'i64')
    throw new TypeError(`${where}: Unknown address type '${type}'; pass 'i32' or 'i64'`);
  const address64 = type === 'i64';
  const { initial } = descriptor as { initial?: unknown };
  if (initial === undefined) throw new TypeError(`${where}: Property 'initial' is required`);
  const most = address64 ? bounds.initial64 : bounds.initial;
  const min = Number(toAddress(where, "Property 'initial'", initial, address64, most));
  const { maximum } = descriptor as { maximum?: unknown };
  let max: number | null = null;
  if (maximum !== undefined) {
    const bound = address64 ? bounds.maximum64 : bounds.maximum;
    max = Number(toAddress(where, "Property 'maximum'", maximum, address64, bound));
    if (max < min) throw new RangeError(`${where}: Property 'maximum': value ${max} is below the lower bound ${min}`);
  }
  return address64 ? { min, max, address64 } : { min, max };
}

/** Whether a value is an object in the language's sense. */
export const isObject = (v: unknown): v is object => (typeof v === 'object' && v !== null) || typeof v === 'function';

/** Names of value types in descriptors. */
export const TYPE_NAMES: Readonly<Record<string, ValType>> = {
  i32: ValType.I32,
  i64: ValType.I64,
  f32: ValType.F32,
  f64: ValType.F64,
  v128: ValType.V128,
  externref: ValType.EXTERNREF,
  exnref: ValType.EXNREF,
  anyref: ValType.ANYREF,
  eqref: ValType.EQREF,
  i31ref: ValType.I31REF,
  structref: ValType.STRUCTREF,
  arrayref: ValType.ARRAYREF,
  anyfunc: ValType.FUNCREF,
  funcref: ValType.FUNCREF,
};

const lengthOf = (c: { prototype: object }): (() => number) =>
  Object.getOwnPropertyDescriptor(c.prototype, 'byteLength')!.get! as () => number;
const lengthOfBuffer = lengthOf(ArrayBuffer);
const lengthOfShared = lengthOf(SharedArrayBuffer);

/** What `length` says of the value, or -1 if it does not take it: known by its inside, not by prototype, tag or realm. */
function lengthInside(length: () => number, value: unknown): number {
  try {
    return Reflect.apply(length, value, []) as number;
  } catch {
    return -1;
  }
}

/** Bytes of a BufferSource of any realm, without a copy, none of a detached one; null for anything else. */
export function viewBytes(source: unknown): Uint8Array | null {
  const view = bytesOfView(source);
  if (view !== null) return view;
  if (typeof source !== 'object' || source === null) return null;
  const length = Math.max(lengthInside(lengthOfBuffer, source), lengthInside(lengthOfShared, source));
  if (length < 0) return null;
  return length === 0 ? new Uint8Array() : new Uint8Array(source as ArrayBuffer);
}

/**
 * Gives a class the property attributes and the tag of a WebIDL interface. `lengths`: the arguments that must be given
 * to the constructor and to each method that has optional ones.
 */
export function defineInterface(c: Function, name: string, lengths: Readonly<Record<string, number>> = {}): void {
  for (const [key, value] of Object.entries(lengths)) {
    const f = key === 'constructor' ? c : (c.prototype as Record<string, Function>)[key];
    Object.defineProperty(f, 'length', { value, configurable: true });
  }
  const enumerable = (target: object, keys: string[]): void => {
    for (const key of keys) Object.defineProperty(target, key, { enumerable: true });
  };
  enumerable(
    c.prototype,
    Object.getOwnPropertyNames(c.prototype).filter((k) => k !== 'constructor'),
  );
  enumerable(
    c,
    Object.getOwnPropertyNames(c).filter((k) => k !== 'length' && k !== 'name' && k !== 'prototype'),
  );
  Object.defineProperty(c, 'name', { value: name, configurable: true });
  Object.defineProperty(c.prototype, Symbol.toStringTag, { value: `WebAssembly.${name}`, configurable: true });
}
