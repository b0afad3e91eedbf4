/** Globals: `Global` of the JavaScript interface, and the state behind it. */
import type { GlobalId } from '../binding.js';
import { GlobalKind, ObjectKind } from '../abi/objects.js';
import { isRef, topOf } from '../wasm/ref-types.js';
import { type GlobalType, ValType } from '../wasm/types.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { Cells, type Views } from './cells.js';
import { type Env, env } from './env.js';
import type { Owner } from './lifetimes.js';
import { incompatible, readSlot, writeSlot } from './signature.js';
import { TYPE_NAMES, defineInterface, isObject, toDOMString } from './webidl.js';

/** How the addon must see a global's contents. */
export function globalKind(e: Env, t: ValType): GlobalKind {
  if (!isRef(t)) return GlobalKind.PLAIN;
  return topOf(e.types, t) === ValType.FUNCREF ? GlobalKind.FUNCREF : GlobalKind.EXTERNREF;
}

/** Where the value of a global of an instance is. */
export interface Home {
  /** The instance's memory for such values; null when JavaScript cannot have it. */
  readonly views: Views | null;
}

/** Making views costs as much as so many accesses without. */
const WORTH_OF_VIEWS = 16;

/** The objects that stand for one. */
const globalsOf = (e: Env): Brand<GlobalState> => e.registry.globals as Brand<GlobalState>;

/** A global as instances use it. */
export class GlobalState implements Owner {
  holds: unknown = null;
  private wrapper: object | null = null;
  private views: Views | null = null;
  private accesses = 0;

  private constructor(
    readonly env: Env,
    readonly id: GlobalId,
    readonly type: GlobalType,
    /** The instance that the cell is in, which then holds what is in it. */
    private readonly home: Home | null,
    /** Bytes from the start of the views. */
    private readonly at: number,
  ) {
    env.lifetimes.born(ObjectKind.GLOBAL, id, this);
  }

  /** A cell of its own, zero. */
  static create(e: Env, type: GlobalType): GlobalState {
    const id = e.native.globalCreate(globalKind(e, type.type));
    const cell = e.u32[0];
    const state = new GlobalState(e, id, type, null, Cells.offset(cell));
    state.views = e.cells.block(cell);
    return state;
  }

  /** The global of an instance, `at` bytes from the start of what is the instance's. */
  static inside(e: Env, id: GlobalId, type: GlobalType, home: Home, at: number): GlobalState {
    return new GlobalState(e, id, type, home, at);
  }

  /** State of a value that may be a global, or null. */
  static of(e: Env, value: unknown): GlobalState | null {
    if (!isObject(value)) return null;
    return globalsOf(e).get(value) ?? (e.registry.adopter?.global(value) as GlobalState | null | undefined) ?? null;
  }

  get object(): object {
    if (this.wrapper === null) this.standFor(uncloneable(Global.prototype));
    return this.wrapper!;
  }

  standFor(object: object): void {
    this.wrapper = object;
    globalsOf(this.env).set(object, this);
  }

  get value(): unknown {
    const views = this.views ?? this.findViews();
    if (views === null) {
      this.env.native.globalRead(this.id);
      return readSlot(this.env, this.type.type, 0);
    }
    return readCell(this.env, views, this.type.type, this.at);
  }

  set value(v: unknown) {
    const views = this.views ?? this.findViews();
    if (views === null) {
      writeSlot(this.env, this.type.type, v, 0);
      this.env.native.globalWrite(this.id);
    } else {
      writeCell(this.env, views, this.type.type, this.at, v);
    }
  }

  private findViews(): Views | null {
    if (++this.accesses < WORTH_OF_VIEWS) return null;
    return (this.views = this.home!.views);
  }

  /** Raw bits (see constexpr.ts). */
  get bits(): bigint {
    this.env.native.globalRead(this.id);
    return readBits(this.env, this.type.type);
  }
}

/** The value in a cell. */
function readCell(e: Env, views: Views, type: ValType, at: number): unknown {
  switch (type) {
    case ValType.I32:
      return views.i32[at >> 2];
    case ValType.I64:
      return views.i64[at >> 3];
    case ValType.F32:
      return views.f32[at >> 2];
    case ValType.F64:
      return views.f64[at >> 3];
    default:
      checkCrossing(e, type);
      return e.fromReference(type, views.i32[at >> 2]);
  }
}

/** Values of some types JavaScript never has. */
function checkCrossing(e: Env, type: ValType): void {
  if (!isRef(type) || topOf(e.types, type) === ValType.EXNREF) throw incompatible();
}

/** Converts a value and puts it into a cell. The upper half of a short one stays zero. */
function writeCell(e: Env, views: Views, type: ValType, at: number, v: unknown): void {
  switch (type) {
    case ValType.I32:
      views.i32[at >> 2] = v as number;
      return;
    case ValType.I64:
      views.i64[at >> 3] = BigInt.asIntN(64, v as bigint);
      return;
    case ValType.F32:
      views.f32[at >> 2] = v as number;
      return;
    case ValType.F64:
      views.f64[at >> 3] = v as number;
      return;
    default:
      checkCrossing(e, type);
      views.i32[at >> 2] = e.toReference(type, v);
  }
}

/** Slots 0 (and 1) as the raw bits of a value of this type. */
export function readBits(e: Env, t: ValType): bigint {
  switch (t) {
    case ValType.I64:
    case ValType.F64:
      return e.u64[0];
    case ValType.V128:
      return (e.u64[1] << 64n) | e.u64[0];
    default:
      return BigInt(e.u32[0]);
  }
}

/** Writes raw bits to slots 0 and 1. */
export function writeBits(e: Env, bits: bigint): void {
  e.u64[0] = bits;
  e.u64[1] = bits >> 64n;
}

/** `WebAssembly.Global`. `T`: what its values are. */
export class Global<T = any> {
  constructor(descriptor: { value: string; mutable?: boolean }, init?: unknown) {
    const where = 'WebAssembly.Global()';
    if (!isObject(descriptor)) throw new TypeError(`${where}: Argument 0 must be a global descriptor`);
    const { mutable, value: name } = descriptor as { mutable?: unknown; value?: unknown };
    const type = TYPE_NAMES[toDOMString(name)];
    if (type === undefined || type === ValType.V128)
      throw new TypeError(`${where}: Descriptor property 'value' must be a WebAssembly type`);
    const state = GlobalState.create(env(), { type, mutable: Boolean(mutable) });
    if (arguments.length > 1 && (init !== undefined || type === ValType.EXTERNREF || type === ValType.FUNCREF)) {
      try {
        state.value = init;
      } catch (e) {
        throw type === ValType.FUNCREF
          ? new TypeError(`${where}: function-typed object must be null (if nullable) or a Wasm function object`)
          : e;
      }
    } else if (type === ValType.EXTERNREF) {
      state.value = undefined;
    }
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    state.standFor(object);
    return object;
  }

  /** The value. */
  get value(): T {
    return stateOf(this, 'get WebAssembly.Global.value').value as T;
  }

  /** @throws TypeError for an immutable global, or a value that does not fit */
  set value(v: T) {
    const where = 'set WebAssembly.Global.value';
    const state = stateOf(this, where);
    if (!state.type.mutable) throw new TypeError(`${where}: Can't set the value of an immutable global.`);
    state.value = v;
  }

  /** The value. */
  valueOf(): T {
    return stateOf(this, 'WebAssembly.Global.valueOf()').value as T;
  }
}
defineInterface(Global, 'Global', { constructor: 1 });

function stateOf(value: unknown, where: string): GlobalState {
  const state = GlobalState.of(env(), value);
  if (state === null) throw new TypeError(`${where}: Receiver is not a WebAssembly.Global`);
  return state;
}
