/**
 * Passes that were translated to WebAssembly when the package was built (scripts/ahead), for V8's engine: they are fast
 * at their first call, where JavaScript is interpreted until V8 has seen that it is worth optimising. Their objects and
 * arrays live in a memory of their own; what they read is copied there, what they answer is copied out.
 */
type Exports = Record<string, (...args: number[]) => number> & { memory: { buffer: ArrayBuffer } };
/** V8's `WebAssembly`. */
export interface Engine {
  Module: {
    new (bytes: Uint8Array): object;
    customSections(module: object, name: string): ArrayBuffer[];
  };
  Instance: new (module: object, imports: object) => { exports: Exports };
}

/** Size of the objects of a class and its fields: offset, kind, of lists the kind of the elements. */
type Layouts = Record<
  string,
  { size: number; fields: Record<string, [offset: number, kind: string, elements?: string]> }
>;

/** Arrays of so many elements are copied as they are. */
const SMALL = 2048;
/** Custom section of the layouts (scripts/ahead). */
const LAYOUTS = 'layouts';

/** Kinds of arrays: logarithm of an element's bytes. */
export const SHIFTS: Readonly<Record<string, number>> = {
  Uint8Array: 0,
  Uint16Array: 1,
  Int32Array: 2,
  Uint32Array: 2,
  Float64Array: 3,
};
export type Numbers = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** A module of translated passes. V8 compiles its functions when they are called first, and the busy ones again. */
export class AheadModule {
  readonly layouts: Layouts;
  private readonly module: object;

  /** Throws where `bytes` are not what scripts/ahead makes. */
  constructor(
    private readonly engine: Engine,
    bytes: Uint8Array,
  ) {
    this.module = new engine.Module(bytes);
    const [layouts] = engine.Module.customSections(this.module, LAYOUTS);
    this.layouts = JSON.parse(new TextDecoder().decode(layouts)) as Layouts;
  }

  instantiate(): Exports {
    return new this.engine.Instance(this.module, { math: Math }).exports;
  }
}

/** An instance: its exports, and its memory as arrays. */
export class Ahead {
  readonly exports: Exports;
  private readonly layouts: Layouts;
  private u8!: Uint8Array;
  private u16!: Uint16Array;
  private i32!: Int32Array;
  private f64!: Float64Array;

  constructor(module: AheadModule) {
    this.layouts = module.layouts;
    this.exports = module.instantiate();
    this.renew();
  }

  /** After a call: the memory may have grown, and then its arrays are others. */
  renew(): void {
    const { buffer } = this.exports.memory;
    if ((this.i32 as Int32Array | undefined)?.buffer === buffer) return;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Address of a new object whose fields are zero. */
  make(name: string): number {
    const at = this.exports.make(this.layouts[name].size);
    this.renew();
    return at;
  }

  /** Address of a new array. */
  makeArray(length: number, shift: number): number {
    const at = this.exports.makeArray(length, shift);
    this.renew();
    return at;
  }

  /** Address of a field of an object. */
  field(object: number, name: string, field: string): number {
    const entry = this.layouts[name].fields[field] as [number, string] | undefined;
    if (entry === undefined) throw new TypeError(`translated passes know no ${name}.${field}`);
    return object + entry[0];
  }

  kind(name: string, field: string): string {
    return this.layouts[name].fields[field][1];
  }
  /** Kind of the elements of a field that is a list. */
  elements(name: string, field: string): string {
    return this.layouts[name].fields[field][2] ?? '';
  }
  /** Fields of a class that translated code reads or writes. */
  fields(name: string): string[] {
    return Object.keys(this.layouts[name].fields);
  }

  int(at: number): number {
    return this.i32[at >> 2];
  }
  setInt(at: number, x: number): void {
    this.i32[at >> 2] = x;
  }
  setFloat(at: number, x: number): void {
    this.f64[at >> 3] = x;
  }
  float(at: number): number {
    return this.f64[at >> 3];
  }

  /** Puts the first n numbers of an array into the one whose address is in `place`, or into a larger one in its place. */
  put(place: number, shift: number, from: Numbers, n: number): void {
    const { length } = from;
    // All of it costs less than a view of a part.
    if (length > n && length <= SMALL) n = length;
    let at = this.i32[place >> 2];
    if (at === 0 || this.i32[(at - 8) >> 2] < n) {
      at = this.makeArray(n + (n >> 1) + 16, shift);
      this.i32[place >> 2] = at;
    }
    this.write(at, shift, from, n);
  }

  /** Copies n numbers to an address; what `from` does not have is 0. */
  write(at: number, shift: number, from: Numbers, n: number): void {
    if (from.length < n) this.u8.fill(0, at + (from.length << shift), at + (n << shift));
    const part = from.length <= n ? from : from.subarray(0, n);
    if (shift === 2) this.i32.set(part, at >> 2);
    else if (shift === 0) this.u8.set(part, at);
    else if (shift === 3) this.f64.set(part, at >> 3);
    else this.u16.set(part, at >> 1);
  }

  /** The first n elements, of 1 << shift bytes, of the array whose address is in `place`: valid until the next call. */
  view(place: number, shift: number, n: number): Numbers {
    const at = this.i32[place >> 2] >> shift;
    if (shift === 2) return this.i32.subarray(at, at + n);
    if (shift === 0) return this.u8.subarray(at, at + n);
    return shift === 3 ? this.f64.subarray(at, at + n) : this.u16.subarray(at, at + n);
  }

  /** The first n integers of the array that a field holds. */
  ints(field: number, n: number): Int32Array<ArrayBuffer> {
    const at = this.i32[field >> 2] >> 2;
    return this.i32.slice(at, at + n) as Int32Array<ArrayBuffer>;
  }
  /** The contents of the vector that a field holds, where they are. */
  vec(field: number): Int32Array {
    const vec = this.i32[field >> 2];
    const at = this.i32[this.field(vec, 'IntVec', 'a') >> 2] >> 2;
    return this.i32.subarray(at, at + this.i32[this.field(vec, 'IntVec', 'n') >> 2]);
  }
  /** The first n bytes of the array that a field holds, where they are. */
  byteView(field: number, n: number): Uint8Array {
    const at = this.i32[field >> 2];
    return this.u8.subarray(at, at + n);
  }
  bytes(field: number, n: number): Int8Array<ArrayBuffer> {
    const at = this.i32[field >> 2];
    return new Int8Array(this.u8.slice(at, at + n).buffer as ArrayBuffer);
  }
}
