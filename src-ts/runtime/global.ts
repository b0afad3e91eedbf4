/** Globals: `Global` of the JavaScript interface, and the state behind it. */
import { GlobalKind } from '../abi/calls.js';
import { type GlobalId, ObjectKind } from '../binding.js';
import { isRef, topOf } from '../wasm/ref-types.js';
import { type GlobalType, ValType } from '../wasm/types.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import type { Owner } from './lifetimes.js';
import { readSlot, writeSlot } from './signature.js';
import { TYPE_NAMES, defineInterface, isObject, toDOMString } from './webidl.js';

/** How the addon must see a global's contents. */
export function globalKind(e: Env, t: ValType): GlobalKind {
  if (!isRef(t)) return GlobalKind.PLAIN;
  return topOf(e.types, t) === ValType.FUNCREF ? GlobalKind.FUNCREF : GlobalKind.EXTERNREF;
}

/** A global as instances use it. */
export class GlobalState implements Owner {
  holds: unknown = null;
  private wrapper: object | null = null;

  constructor(
    readonly env: Env,
    readonly id: GlobalId,
    readonly type: GlobalType,
    /** The instance that the cell is in, which then holds what is in it. */
    readonly home: object | null = null,
  ) {
    env.lifetimes.born(ObjectKind.GLOBAL, id, this);
  }

  /** A cell of its own, zero. */
  static create(e: Env, type: GlobalType): GlobalState {
    return new GlobalState(e, e.native.globalCreate(globalKind(e, type.type)), type);
  }

  /** State of a value that may be a global, or null. */
  static of(e: Env, value: unknown): GlobalState | null {
    if (!isObject(value)) return null;
    return e.registry.globals.get(value) ?? e.registry.adopter?.global(value) ?? null;
  }

  get object(): object {
    if (this.wrapper === null) this.standFor(uncloneable(Global.prototype));
    return this.wrapper!;
  }

  standFor(object: object): void {
    this.wrapper = object;
    this.env.registry.globals.set(object, this);
  }

  get value(): unknown {
    this.env.native.globalRead(this.id);
    return readSlot(this.env, this.type.type, 0);
  }

  set value(v: unknown) {
    writeSlot(this.env, this.type.type, v, 0);
    this.env.native.globalWrite(this.id);
  }

  /** Raw bits (see constexpr.ts). */
  get bits(): bigint {
    this.env.native.globalRead(this.id);
    return readBits(this.env, this.type.type);
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

  get value(): T {
    return stateOf(this, 'get WebAssembly.Global.value').value as T;
  }

  set value(v: T) {
    const where = 'set WebAssembly.Global.value';
    const state = stateOf(this, where);
    if (!state.type.mutable) throw new TypeError(`${where}: Can't set the value of an immutable global.`);
    state.value = v;
  }

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
