/** Linear memories: `Memory` of the JavaScript interface, and the state behind it. */
import type { MemoryId, NativeBinding } from '../binding.js';
import { isPlainNode } from '../addon.js';
import { MAX_PAGE_COUNT, MAX_PAGES, MAX_PAGES64, ObjectKind } from '../abi/objects.js';
import { askGuards } from '../util/v8-guards.js';
import { v8WebAssembly } from '../util/v8-wasm.js';
import { type MemoryType, needsChecks, pageShift } from '../wasm/types.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import { MORE_ROOM } from '../errors.js';
import { defineInterface, isObject, type LimitBounds, toAddress, toLimits } from './webidl.js';

const NO_MEMORY = -12;
const TOO_MANY = -11;

/** The part of a genuine `WebAssembly.Memory` that is used. */
interface GenuineMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(delta: number | bigint): number | bigint;
}

interface GenuineInterface {
  Memory: new (descriptor: object) => GenuineMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, Function> };
}

/** V8's own classes, taken before a program replaces `globalThis.WebAssembly`. */
const {
  Memory: Genuine,
  Module: GenuineModule,
  Instance: GenuineInstance,
} = (v8WebAssembly as GenuineInterface | undefined) ?? ({} as Partial<GenuineInterface>);
// Not by name: a program may have given its memory properties of its own, which would run in the middle of a call.
const genuineBuffer = Genuine && Object.getOwnPropertyDescriptor(Genuine.prototype, 'buffer')!.get!;
const genuineGrow = Genuine && Genuine.prototype.grow;

const BOUNDS: LimitBounds = {
  initial: MAX_PAGES,
  maximum: MAX_PAGES,
  initial64: MAX_PAGES64,
  maximum64: MAX_PAGES64,
};

/** The objects that stand for one. */
const memoriesOf = (e: Env): Brand<MemoryState> => e.registry.memories as Brand<MemoryState>;

/** A memory as instances use it. */
export class MemoryState {
  private cached: ArrayBuffer | null = null;
  /** Of a shared memory: its bytes by 32 and 64 bits, over the buffer that was the present one last. */
  private words32: Int32Array<SharedArrayBuffer> | null = null;
  private words64: BigInt64Array<SharedArrayBuffer> | null = null;
  private wrapper: object | null = null;
  /** Imported by an instance that did not define it: dispose leaves it alone. */
  imported = false;

  private constructor(
    private readonly env: Env,
    readonly id: MemoryId,
    /** Addresses of 64 bits; log2 of the bytes of a page. */
    readonly address64: boolean,
    readonly pageShift: number,
    private declaredMax: number | null | undefined,
    /** Set when the contents are in a genuine memory, which this keeps alive. */
    private readonly store: GenuineMemory | null,
    /** Other threads may have it too: its type says so. */
    readonly shared: boolean,
  ) {
    env.lifetimes.born(ObjectKind.MEMORY, id, this);
  }

  /**
   * A memory of our own: fit for guard code where there is address space for that, else for explicit bounds checks. One
   * that stores in a genuine WebAssembly.Memory where buffers of our own cannot be had, or too many memories wait for
   * their finalisers: V8 collects its own in the middle of a synchronous loop.
   */
  static create(e: Env, type: MemoryType, limit = Infinity): MemoryState {
    if (type.shared === true) return MemoryState.createShared(e, type, Memory.prototype, limit);
    const { native } = e;
    const maxPages = mostPages(type, limit);
    if (type.min > maxPages)
      throw new RangeError(`WebAssembly.Memory(): ${type.min} pages are more than the ${maxPages} that there may be`);
    const address64 = type.address64 === true;
    const make = (guard: boolean): number => native.memoryCreate(type.min, maxPages, guard, pageShift(type), address64);
    let id = TOO_MANY;
    if (takesExternalBuffers(e)) {
      id = e.lifetimes.make(() => make(!needsChecks(type)));
      if (id === NO_MEMORY) id = make(false);
    }
    if (id > 0) return new MemoryState(e, id, address64, pageShift(type), type.max, null, false);
    if (id !== TOO_MANY || Genuine === undefined)
      throw new RangeError(`WebAssembly.Memory(): could not allocate memory (error ${-id}): ${MORE_ROOM}`);
    return MemoryState.makeGenuine(e, type, maxPages);
  }

  /**
   * A shared memory. Its buffer has to be V8's, because V8 lets nobody else make a SharedArrayBuffer over their bytes. The
   * object that stands for it is V8's own with another prototype: so it can be posted to other threads, and V8's modules
   * take it.
   */
  static createShared(e: Env, type: MemoryType, prototype: object, limit = Infinity): MemoryState {
    if (Genuine === undefined)
      throw new TypeError('this host has no WebAssembly.Memory, which shared memories are made of');
    const state = MemoryState.makeGenuine(e, type, mostPages(type, limit));
    state.standFor(Object.setPrototypeOf(state.store!, prototype) as object);
    return state;
  }

  /**
   * The module's memory in a genuine WebAssembly.Memory, which then is the exported object (`node:wasi` insists on
   * one).
   */
  static createGenuine(e: Env, type: MemoryType, limit = Infinity): MemoryState {
    if (Genuine === undefined) throw new TypeError('this host has no WebAssembly.Memory');
    const state = MemoryState.makeGenuine(e, type, mostPages(type, limit));
    state.standFor(state.store!);
    return state;
  }

  /**
   * A memory in a genuine one. Newer V8s leave no room below it for the guard that our code wants there, and something may
   * lie in that place: then others are made, elsewhere, while those are still there.
   */
  private static makeGenuine(e: Env, type: MemoryType, maxPages: number): MemoryState {
    const make = (): MemoryState => MemoryState.adopt(e, newGenuine(type, maxPages), type.address64 === true, type.max);
    const crowded: MemoryState[] = [];
    let state = make();
    try {
      while (e.native.memoryIsCrowded(state.id) && crowded.length < OTHER_PLACES) {
        const other = make();
        crowded.push(state);
        state = other;
      }
    } catch {
      // No address space for another one: this one does for code with explicit checks.
    }
    for (let k = 0; k < crowded.length; k++) e.native.memoryFree(crowded[k].id);
    return state;
  }

  /** State of a value that may be a memory (ours or a genuine one that the host hands in), or null. */
  static of(e: Env, value: unknown): MemoryState | null {
    if (!isObject(value)) return null;
    const known = memoriesOf(e).get(value);
    if (known !== undefined) return known;
    if (!isGenuine(value)) return null;
    const state = MemoryState.adopt(e, value, hasAddress64(value), undefined);
    state.standFor(value);
    return state;
  }

  private static adopt(e: Env, store: GenuineMemory, address64: boolean, max: number | null | undefined): MemoryState {
    const shared = isShared(store);
    if (!address64) askPolicy(e, store, shared);
    if (shared) max = genuineMaximum(store, address64);
    const most = max ?? (address64 ? MAX_PAGES64 : MAX_PAGES);
    const [getter, grow] = [genuineBuffer!, genuineGrow!];
    const id = shared
      ? e.native.memoryAdopt(store, getter, grow, most, GUARDS_BELOW, address64, bytesOfShared(store), sharedLength)
      : e.native.memoryAdopt(store, getter, grow, most, GUARDS_BELOW, address64);
    if (id <= 0) throw new RangeError(`WebAssembly.Memory(): could not use the memory (error ${-id})`);
    return new MemoryState(e, id, address64, 16, max, store, shared);
  }

  /** The maximum of its type. */
  get max(): number | null {
    if (this.declaredMax === undefined) this.declaredMax = genuineMaximum(this.store!, this.address64);
    return this.declaredMax;
  }

  /** The object that stands for this memory. */
  get object(): object {
    if (this.wrapper === null) this.standFor(uncloneable(Memory.prototype));
    return this.wrapper!;
  }

  /** Makes `object` the one that stands for this memory. */
  standFor(object: object): void {
    this.wrapper = object;
    memoriesOf(this.env).set(object, this);
  }

  get pages(): number {
    return this.env.native.memoryPages(this.id);
  }

  /**
   * The present buffer. Growing detaches it (length 0), so a remembered one that still has its length is still right.
   */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    if (this.shared) return this.sharedBuffer;
    const { cached } = this;
    if (cached !== null && cached.byteLength !== 0) return cached;
    return (this.cached = this.env.native.memoryBuffer(this.id));
  }

  private get sharedBuffer(): SharedArrayBuffer {
    return genuineBuffer!.call(this.store) as SharedArrayBuffer;
  }

  /** Of a shared memory: its bytes as words, with the one that begins at `address` among them. */
  words(bits: 32, address: number): Int32Array<SharedArrayBuffer>;
  words(bits: 64, address: number): BigInt64Array<SharedArrayBuffer>;
  words(bits: 32 | 64, address: number): Int32Array | BigInt64Array {
    if ((this.words32?.byteLength ?? 0) <= address) {
      // V8 notices growth by other threads when it has nothing else to do; growth by nothing makes it look.
      if (this.sharedBuffer.byteLength <= address) genuineGrow!.call(this.store!, this.address64 ? 0n : 0);
      this.words32 = new Int32Array(this.sharedBuffer);
      this.words64 = new BigInt64Array(this.sharedBuffer);
    }
    return bits === 32 ? this.words32! : this.words64!;
  }

  /** Old size in pages, or -1. */
  grow(delta: number): number {
    return this.env.native.memoryGrow(this.id, delta);
  }
}

/** The most pages that a memory of this type may have here; `limit` in pages of 64 KiB. */
function mostPages(type: MemoryType, limit: number): number {
  const most = Math.min(limit, type.address64 === true ? MAX_PAGES64 : MAX_PAGES) * 2 ** (16 - pageShift(type));
  return Math.min(type.max ?? most, most, MAX_PAGE_COUNT);
}

function newGenuine(type: MemoryType, maxPages: number): GenuineMemory {
  if (pageShift(type) !== 16) throw new RangeError("WebAssembly.Memory(): the host's memories have pages of 64 KiB");
  const shared = type.shared === true;
  try {
    return type.address64 === true
      ? new Genuine!({ address: 'i64', initial: BigInt(type.min), maximum: BigInt(maxPages), shared })
      : new Genuine!({ initial: type.min, maximum: maxPages, shared });
  } catch (e) {
    if (type.address64 === true && e instanceof TypeError)
      throw new RangeError('WebAssembly.Memory(): the host has no memories with 64-bit addresses');
    throw new RangeError(`WebAssembly.Memory(): could not allocate memory: ${MORE_ROOM}`);
  }
}

/** By environment: whether the embedder lets addons make ArrayBuffers over their own memory. Electron does not. */
const external = new WeakMap<Env, boolean>();

function takesExternalBuffers(e: Env): boolean {
  let takes = external.get(e);
  if (takes === undefined) {
    takes = tryExternalBuffer(e.native);
    external.set(e, takes);
  }
  return takes;
}

function tryExternalBuffer(native: NativeBinding): boolean {
  if (!isPlainNode() || !native.pinBuffers()) return false;
  const id = native.memoryCreate(1, 1, false, 16, false);
  if (id <= 0) return true;
  try {
    native.memoryBuffer(id);
    return true;
  } catch (e) {
    if ((e as { code?: unknown }).code !== 'WAMR_NO_EXTERNAL_BUFFERS') throw e;
    return false;
  } finally {
    native.memoryFree(id);
  }
}

function isGenuine(value: object): value is GenuineMemory {
  try {
    return genuineBuffer !== undefined && genuineBuffer.call(value) !== undefined;
  } catch {
    return false;
  }
}

/** How many more memories of V8's are made for one with room below. */
const OTHER_PLACES = 8;
/** V8 up to version 12 (Node 22) reserves 2 GiB below the base of each guarded memory as well; later ones do not. */
const GUARDS_BELOW = isPlainNode() && Number.parseInt(process.versions.v8) <= 12;
const asked = new WeakSet<Env>();
const askedShared = new WeakSet<Env>();

/**
 * Finds out, with the first one of each kind, whether V8's memories have guards that guard code may rely on
 * (native/adopted.cc).
 */
function askPolicy(e: Env, memory: GenuineMemory, shared: boolean): void {
  const known = shared ? askedShared : asked;
  if (known.has(e)) return;
  known.add(e);
  askGuards(e.native, memory, genuineBuffer!.call(memory) as ArrayBuffer, shared);
}

/** Whether a genuine memory has 64-bit addresses. */
const hasAddress64 = (memory: GenuineMemory): boolean =>
  !linksWith(memory, isShared(memory) ? [3, 0, ...leb(MAX_PAGES)] : [0, 0]);

/**
 * What keeps a genuine memory from being the memory of a module that declares one, shared or not, in V8's words; null
 * when nothing does.
 */
export function unfitKind(value: unknown, shared: boolean): string | null {
  if (!isObject(value) || !isGenuine(value)) return null;
  return isShared(value) === shared ? null : sharedMismatch(shared);
}

/** Of a memory that is shared where the declared one is not, or the other way round. */
export const sharedMismatch = (declared: boolean): string =>
  `mismatch in shared state of memory, declared = ${declared ? 1 : 0}, imported = ${declared ? 0 : 1}`;

const bytesOfShared = (memory: GenuineMemory): Uint8Array =>
  new Uint8Array(genuineBuffer!.call(memory) as SharedArrayBuffer);

const sharedLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')!.get!;

function isShared(memory: GenuineMemory): boolean {
  try {
    sharedLength.call(genuineBuffer!.call(memory));
    return true;
  } catch {
    return false;
  }
}

/**
 * The maximum of a genuine memory. V8 has no type reflection by default, so tiny modules that import the memory with
 * some maximum ask it, by halving.
 */
function genuineMaximum(memory: GenuineMemory, address64: boolean): number | null {
  const flags = (isShared(memory) ? 3 : 1) | (address64 ? 4 : 0);
  const fitsMaximum = (max: number): boolean => linksWith(memory, [flags, 0, ...leb(max)]);
  const most = address64 ? MAX_PAGES64 : MAX_PAGES;
  if (!fitsMaximum(most)) return null;
  let below = -1;
  let fits = most;
  while (fits - below > 1) {
    const middle = Math.floor((below + fits) / 2);
    if (fitsMaximum(middle)) fits = middle;
    else below = middle;
  }
  return fits;
}

/** LEB128. */
function leb(n: number): number[] {
  const bytes: number[] = [];
  for (; n >= 0x80; n = Math.floor(n / 0x80)) bytes.push((n % 0x80) | 0x80);
  return [...bytes, n];
}

/** Whether V8 links a genuine memory with an import of these limits, as they are encoded. */
function linksWith(memory: GenuineMemory, limits: number[]): boolean {
  const importSection = [1, 0, 0, 2, ...limits];
  const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, importSection.length, ...importSection);
  try {
    new GenuineInstance!(new GenuineModule!(bytes), { '': { '': memory } });
    return true;
  } catch {
    return false;
  }
}

/** Methods of V8's from Node 26 on; declared because TypeScript's `WebAssembly.Memory` has them, and absent here. */
export interface Memory {
  /** Absent. */
  toFixedLengthBuffer(): ArrayBuffer;
  /** Absent. */
  toResizableBuffer(): ArrayBuffer;
}
/** `WebAssembly.Memory`. */
export class Memory {
  /** Limits are numbers, with `address: 'i64'` BigInts. */
  constructor(descriptor: {
    initial: number | bigint;
    maximum?: number | bigint;
    shared?: boolean;
    address?: 'i32' | 'i64';
  }) {
    const where = 'WebAssembly.Memory()';
    if (!isObject(descriptor)) throw new TypeError(`${where}: Argument 0 must be a memory descriptor`);
    const limits = toLimits(where, descriptor, BOUNDS);
    const e = env();
    if (descriptor.shared) {
      if (limits.max === null) throw new TypeError(`${where}: If shared is true, maximum property should be defined.`);
      const type: MemoryType = { ...limits, shared: true };
      return MemoryState.createShared(e, type, Object.getPrototypeOf(this) as object).object as Memory;
    }
    const state = MemoryState.create(e, limits);
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    state.standFor(object);
    return object;
  }

  /** The contents, of a shared memory a SharedArrayBuffer (typed as TypeScript's is); another object after each growth. */
  get buffer(): ArrayBuffer {
    return stateOf(this, 'WebAssembly.Memory.buffer').buffer as ArrayBuffer;
  }

  /** Adds pages; returns the old number. Both are BigInts if addresses have 64 bits. */
  grow<N extends number | bigint>(delta: N): N extends bigint ? bigint : number;
  grow(delta: number | bigint): number | bigint {
    const where = 'WebAssembly.Memory.grow()';
    const state = stateOf(this, where);
    const old = state.grow(Number(toAddress(where, 'Argument 0', delta, state.address64)));
    if (old < 0) throw new RangeError(`${where}: Maximum memory size exceeded`);
    return state.address64 ? BigInt(old) : old;
  }
}
defineInterface(Memory, 'Memory');

function stateOf(value: unknown, where: string): MemoryState {
  const state = isObject(value) ? memoriesOf(env()).get(value) : undefined;
  if (state === undefined) throw new TypeError(`${where}: Receiver is not a WebAssembly.Memory`);
  return state;
}
