/**
 * A realm of our own: built-in classes and functions that no program can have changed. Programs (and libraries, and
 * tests) replace methods of `Array.prototype`, put properties on `Object.prototype`, freeze `Error`; V8's own
 * WebAssembly does not notice, because it is no JavaScript. The build lets the engine's code use what is exported here
 * in place of the globals of the same names, and makes its arrays by `realmList` (scripts/build-ts.mjs). What the engine
 * hands out must be made of the program's own classes (util/hand-out.ts).
 *
 * Errors, buffers, promises and functions are the program's: it sees them.
 */
import vm from 'node:vm';

/** What a realm has of the things that are exported here. */
type Realm = Pick<
  typeof globalThis,
  | 'Object'
  | 'Reflect'
  | 'JSON'
  | 'Math'
  | 'BigInt'
  | 'Number'
  | 'Array'
  | 'Map'
  | 'Set'
  | 'WeakMap'
  | 'WeakSet'
  | 'WeakRef'
  | 'FinalizationRegistry'
  | 'DataView'
  | 'Int32Array'
  | 'Uint8Array'
  | 'Uint32Array'
  | 'Float32Array'
  | 'Float64Array'
  | 'BigInt64Array'
  | 'BigUint64Array'
>;

const realm = vm.runInNewContext(
  `({ Object, Reflect, JSON, errors: { Error, RangeError, TypeError, SyntaxError, ReferenceError }, Math, BigInt, Number, Array, Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry, DataView,
    Int32Array, Uint8Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array,
    list: (...items) => items,
    // Methods by name: those of the realm's own prototypes for primitive values and functions, else the value's own.
    primitive: (() => {
      const of = { string: String.prototype, number: Number.prototype, bigint: BigInt.prototype, function: Function.prototype };
      const { apply } = Reflect;
      const methods = Object.create(null);
      for (const prototype of [of.string, of.number, of.function])
        for (const name of Object.getOwnPropertyNames(prototype))
          methods[name] = (x, ...args) => apply((of[typeof x] ?? x)[name] ?? x[name], x, args);
      return methods;
    })(),
    // The bytes of a typed array or DataView of any realm; null for anything else.
    bytesOfView: (() => {
      const { isView } = ArrayBuffer;
      const { apply, getPrototypeOf } = Reflect;
      const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
      const [ofArray, ofView] = [getPrototypeOf(Uint8Array.prototype), DataView.prototype].map((prototype) =>
        ['buffer', 'byteOffset', 'byteLength'].map((name) => getter(prototype, name)));
      return (x) => {
        if (!isView(x)) return null;
        const get = (k) => {
          try { return apply(ofArray[k], x, []); } catch { return apply(ofView[k], x, []); }
        };
        // None of what is detached, where a DataView throws.
        let length = 0;
        try { length = get(2); } catch {}
        return length === 0 ? new Uint8Array() : new Uint8Array(get(0), get(1), length);
      };
    })(),
    // Here methods of strings are those of this realm.
    strings: {
      charCodeAt: (s, i) => s.charCodeAt(i),
      codePointAt: (s, i) => s.codePointAt(i),
      substring: (s, start, end) => s.substring(start, end),
      fromCharCode: (() => { const { fromCharCode } = String; return (code) => fromCharCode(code); })(),
      fromCodePoint: (() => { const { fromCodePoint } = String; return (code) => fromCodePoint(code); })(),
    },
    // A descriptor is asked for what it does not have itself, too: of Object.prototype, unless it has no prototype.
    bare: (descriptor) => Object.setPrototypeOf(descriptor, null) })`,
) as Realm & {
  errors: Record<'Error' | 'RangeError' | 'TypeError' | 'SyntaxError' | 'ReferenceError', ErrorConstructor>;
  list<T>(...items: T[]): T[];
  primitive: Readonly<Record<string, (value: unknown, ...args: unknown[]) => unknown>>;
  bytesOfView(value: unknown): Uint8Array | null;
  strings: {
    charCodeAt(s: string, index: number): number;
    /** The index is inside. */
    codePointAt(s: string, index: number): number;
    substring(s: string, start: number, end: number): string;
    fromCharCode(code: number): string;
    fromCodePoint(code: number): string;
  };
  bare<T extends object>(descriptor: T): T;
};

export const {
  Reflect,
  JSON,
  Math,
  BigInt,
  Number,
  Array,
  Map,
  Set,
  WeakMap,
  WeakSet,
  WeakRef,
  FinalizationRegistry,
  DataView,
} = realm;
export const { Int32Array, Uint8Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array } = realm;
export const { list: realmList, primitive: realmPrimitive, bytesOfView, strings } = realm;
/** In words of their own: declarations of the package need neither Node's types nor the DOM's. */
interface Decoder {
  decode(bytes?: Uint8Array | ArrayBuffer): string;
}
interface Encoder {
  encode(text?: string): Uint8Array;
}
export const TextDecoder: new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }) => Decoder =
  globalThis.TextDecoder;
export const TextEncoder: new () => Encoder = globalThis.TextEncoder;
export const realmNone = realm.Object.freeze(realm.Object.create(null) as object);
const { bare } = realm;
const { create, defineProperty } = realm.Object;

/** `Object`, with descriptors that inherit nothing. */
export const Object = realm.Object;
realm.Object.defineProperty = <T>(o: T, key: PropertyKey, descriptor: PropertyDescriptor): T =>
  defineProperty(o, key, bare(descriptor));
realm.Object.create = (prototype: object | null, properties?: PropertyDescriptorMap): any => {
  const made = create(prototype) as object;
  if (properties !== undefined)
    for (const key of realm.Reflect.ownKeys(properties)) defineProperty(made, key, bare(properties[key as string]));
  return made;
};
const { defineProperty: define } = realm.Reflect;
realm.Reflect.defineProperty = (o, key, descriptor) => define(o, key, bare(descriptor));

// What these built-ins throw themselves (the stack overflows in one of them) is for the program an error like its own.
for (const name of realm.Object.keys(realm.errors) as (keyof typeof realm.errors)[]) {
  const { prototype } = realm.errors[name];
  for (const key of realm.Reflect.ownKeys(prototype)) realm.Reflect.deleteProperty(prototype, key);
  realm.Reflect.setPrototypeOf(prototype, globalThis[name].prototype as object);
}
