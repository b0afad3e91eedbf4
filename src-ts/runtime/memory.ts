/** Linear memories: `Memory` of the JavaScript interface, and the state behind it. */
import { type MemoryId, type NativeBinding, ObjectKind, isPlainNode } from '../binding.js';
import { v8WebAssembly } from '../util/v8-wasm.js';
import type { MemoryType } from '../wasm/types.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import { MORE_ROOM } from '../errors.js';
import { defineInterface, isObject, toIndex, toLimits } from './webidl.js';

export const MAX_PAGES = 65536;
const NO_MEMORY = -12;
const TOO_MANY = -11;

/** The part of a genuine `WebAssembly.Memory` that is used. */
interface GenuineMemory {
  readonly buffer: ArrayBuffer;
  grow(delta: number): number;
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

/** A memory as instances use it. */
export class MemoryState {
  private cached: ArrayBuffer | null = null;
  private wrapper: object | null = null;
  /** Imported by an instance that did not define it: dispose leaves it alone. */
  shared = false;

  private constructor(
    private readonly env: Env,
    readonly id: MemoryId,
    private declaredMax: number | null | undefined,
    /** Set when the contents are in a genuine memory, which this keeps alive. */
    private readonly store: GenuineMemory | null,
  ) {
    env.lifetimes.born(ObjectKind.MEMORY, id, this);
  }

  /**
   * A memory of our own: fit for guard code where there is address space for that, else for explicit bounds checks. One
   * that stores in a genuine WebAssembly.Memory where buffers of our own cannot be had, or too many memories wait for
   * their finalisers: V8 collects its own in the middle of a synchronous loop.
   */
  static create(e: Env, type: MemoryType, limit = MAX_PAGES): MemoryState {
    const maxPages = Math.min(type.max ?? MAX_PAGES, limit, MAX_PAGES);
    const { native } = e;
    let id = TOO_MANY;
    if (takesExternalBuffers(e)) {
      id = e.lifetimes.make(() => native.memoryCreate(type.min, maxPages, true));
      if (id === NO_MEMORY) id = native.memoryCreate(type.min, maxPages, false);
    }
    if (id > 0) return new MemoryState(e, id, type.max, null);
    if (id !== TOO_MANY || Genuine === undefined)
      throw new RangeError(`WebAssembly.Memory(): could not allocate memory (error ${-id}): ${MORE_ROOM}`);
    let store: GenuineMemory;
    try {
      store = new Genuine({ initial: type.min, maximum: maxPages });
    } catch {
      throw new RangeError(`WebAssembly.Memory(): could not allocate memory: ${MORE_ROOM}`);
    }
    return MemoryState.adopt(e, store, type.max);
  }

  /**
   * The module's memory in a genuine WebAssembly.Memory, which then is the exported object (`node:wasi` insists on
   * one).
   */
  static createGenuine(e: Env, type: MemoryType, limit = MAX_PAGES): MemoryState {
    if (Genuine === undefined) throw new TypeError('this host has no WebAssembly.Memory');
    const store = new Genuine({ initial: type.min, maximum: Math.min(type.max ?? MAX_PAGES, limit, MAX_PAGES) });
    const state = MemoryState.adopt(e, store, type.max);
    state.standFor(store);
    return state;
  }

  /** State of a value that may be a memory (ours or a genuine one that the host hands in), or null. */
  static of(e: Env, value: unknown): MemoryState | null {
    if (!isObject(value)) return null;
    const known = e.registry.memories.get(value);
    if (known !== undefined) return known;
    if (!isGenuine(value)) return null;
    const state = MemoryState.adopt(e, value, undefined);
    state.standFor(value);
    return state;
  }

  private static adopt(e: Env, store: GenuineMemory, max: number | null | undefined): MemoryState {
    askPolicy(e, store);
    const id = e.native.memoryAdopt(store, genuineBuffer!, genuineGrow!, max ?? MAX_PAGES, GUARDS_BELOW);
    if (id <= 0) throw new RangeError(`WebAssembly.Memory(): could not use the memory (error ${-id})`);
    return new MemoryState(e, id, max, store);
  }

  /** The maximum of its type. */
  get max(): number | null {
    if (this.declaredMax === undefined) this.declaredMax = genuineMaximum(this.store!);
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
    this.env.registry.memories.set(object, this);
  }

  get pages(): number {
    return this.env.native.memoryPages(this.id);
  }

  /**
   * The present buffer. Growing detaches it (length 0), so a remembered one that still has its length is still right.
   */
  get buffer(): ArrayBuffer {
    const { cached } = this;
    if (cached !== null && cached.byteLength !== 0) return cached;
    return (this.cached = this.env.native.memoryBuffer(this.id));
  }

  /** Old size in pages, or -1. */
  grow(delta: number): number {
    return this.env.native.memoryGrow(this.id, delta);
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
  const id = native.memoryCreate(1, 1, false);
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

/**
 * (module (import "" "" (memory 0)) (func (export "") (result i32) (i32.load offset=0xc0000000 (i32.const -16)))):
 * loads from 7 GiB behind the base.
 */
const FAR_LOAD = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 2, 6, 1, 0, 0, 2, 0, 0, 3, 2, 1, 0, 7, 4, 1, 0, 0, 0],
  ...[10, 13, 1, 11, 0, 0x41, 0x70, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 12, 11],
]);
/** V8 up to version 12 (Node 22) reserves 2 GiB below the base of each guarded memory as well; later ones do not. */
const GUARDS_BELOW = isPlainNode() && Number.parseInt(process.versions.v8) <= 12;
const asked = new WeakSet<Env>();

/** Finds out, with the first one, whether V8's memories have guards that guard code may rely on (native/adopted.cc). */
function askPolicy(e: Env, memory: GenuineMemory): void {
  if (asked.has(e)) return;
  asked.add(e);
  try {
    const { exports } = new GenuineInstance!(new GenuineModule!(FAR_LOAD), { '': { '': memory } });
    e.native.v8Guards(genuineBuffer!.call(memory) as ArrayBuffer, exports['']);
  } catch {
    // Not known, so they count as without.
  }
}

/**
 * What keeps a genuine memory from being the memory of a module that declares a 32-bit one of its own thread, in V8's
 * words; null when nothing does.
 */
export function unfitKind(value: unknown): string | null {
  if (!isObject(value) || !isGenuine(value)) return null;
  if (isShared(value)) return 'mismatch in shared state of memory, declared = 0, imported = 1';
  return linksWith(value, [0, 0]) ? null : 'cannot import i64 memory as i32';
}

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
function genuineMaximum(memory: GenuineMemory): number | null {
  const fitsMaximum = (max: number): boolean =>
    linksWith(memory, [1, 0, (max & 0x7f) | 0x80, ((max >> 7) & 0x7f) | 0x80, max >> 14]);
  if (!fitsMaximum(MAX_PAGES)) return null;
  let below = -1;
  let fits = MAX_PAGES;
  while (fits - below > 1) {
    const middle = (below + fits) >> 1;
    if (fitsMaximum(middle)) fits = middle;
    else below = middle;
  }
  return fits;
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

/** Methods of hosts newer than Node 24; declared because TypeScript's `WebAssembly.Memory` has them, and absent as there. */
export interface Memory {
  toFixedLengthBuffer(): ArrayBuffer;
  toResizableBuffer(): ArrayBuffer;
}
/** `WebAssembly.Memory`. */
export class Memory {
  constructor(descriptor: { initial: number; maximum?: number; shared?: boolean }) {
    const where = 'WebAssembly.Memory()';
    if (!isObject(descriptor)) throw new TypeError(`${where}: Argument 0 must be a memory descriptor`);
    const limits = toLimits(where, descriptor, MAX_PAGES, MAX_PAGES);
    if (descriptor.shared) throw new TypeError(`${where}: shared memories are not supported`);
    const e = env();
    const state = MemoryState.create(e, limits);
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    state.standFor(object);
    return object;
  }

  /** The contents; another object after each growth. */
  get buffer(): ArrayBuffer {
    return stateOf(this, 'WebAssembly.Memory.buffer').buffer;
  }

  /** Adds pages of 64 KiB; returns the old number. */
  grow(delta: number): number {
    const where = 'WebAssembly.Memory.grow()';
    const state = stateOf(this, where);
    const old = state.grow(toIndex(where, 'Argument 0', delta));
    if (old < 0) throw new RangeError(`${where}: Maximum memory size exceeded`);
    return old;
  }
}
defineInterface(Memory, 'Memory');

function stateOf(value: unknown, where: string): MemoryState {
  const state = isObject(value) ? env().registry.memories.get(value) : undefined;
  if (state === undefined) throw new TypeError(`${where}: Receiver is not a WebAssembly.Memory`);
  return state;
}
