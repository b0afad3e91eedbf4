/**
 * Exceptions on both sides: `Exception` of the JavaScript interface, and how exceptions change sides. Inside wasm an
 * exception is a record of the addon's, outside of it an object of this class with a copy of the contents, or any other
 * value that JavaScript threw, which wasm sees as an exception with the tag `WebAssembly.JSTag`. A record knows the
 * object that it came from or became, so an exception is the same object whenever it leaves wasm.
 */
import { ARGUMENT_SLOTS } from '../abi/calls.js';
import { contentsLayout } from '../abi/vmctx.js';
import { ObjectKind } from '../abi/objects.js';
import { v8WebAssembly } from '../util/v8-wasm.js';
import { isRef, topOf } from '../wasm/ref-types.js';
import { ValType } from '../wasm/types.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import { readSlot, writeSlot } from './signature.js';
import { TagState, jsTag } from './tag.js';
import { defineInterface, isObject, toIndex } from './webidl.js';

/** Whether JavaScript may have the values of a type, which are references. */
const isReference = (e: Env, t: ValType): boolean => isRef(t) && topOf(e.types, t) !== ValType.EXNREF;

/** The objects that stand for one. */
export const exceptionsOf = (e: Env): Brand<ExceptionState> => e.registry.exceptions as Brand<ExceptionState>;

/** The contents of an exception outside of wasm. */
export class ExceptionState {
  private readonly offsets: number[];

  private constructor(
    private readonly env: Env,
    readonly tag: TagState,
    /** The record's contents: the bits of what is no reference. */
    private readonly bits: BigUint64Array,
    /** References as values. */
    private readonly references: unknown[],
  ) {
    this.offsets = contentsLayout(tag.type.params).offsets;
  }

  /** @throws TypeError when a value does not fit its type, or there are too few or too many. */
  static fromValues(e: Env, tag: TagState, values: unknown[]): ExceptionState {
    const { params } = tag.type;
    if (values.length !== params.length)
      throw new TypeError('WebAssembly.Exception(): Number of exception values does not match signature length');
    const state = new ExceptionState(e, tag, new BigUint64Array(contentsLayout(params).bytes / 8), []);
    params.forEach((t, k) => {
      if (isReference(e, t)) {
        e.checkReference(t, values[k]);
        state.references[k] = values[k];
      } else {
        writeSlot(e, t, values[k], 0);
        state.bits[state.offsets[k] / 8] = e.u64[0];
      }
    });
    return state;
  }

  /** From the contents of a record, and its references as values. */
  static fromRecord(e: Env, tag: TagState, contents: ArrayBuffer, references: unknown[]): ExceptionState {
    return new ExceptionState(e, tag, new BigUint64Array(contents), references);
  }

  /** A value as JavaScript sees it; TypeError for a type that it cannot see. */
  value(k: number): unknown {
    const t = this.tag.type.params[k];
    if (isReference(this.env, t)) return this.references[k];
    this.env.u64[0] = this.bits[this.offsets[k] / 8];
    return readSlot(this.env, t, 0);
  }

  /** Makes a record with these contents, which leaves wasm as `object`. */
  record(object: object): number {
    const { env: e, bits } = this;
    const handle = e.lifetimes.makeRoomFor(() => {
      this.toBuffer(0);
      return e.native.exceptionCreate(this.tag.id, e.toExtern(object) >>> 0);
    });
    for (let from = ARGUMENT_SLOTS; from < bits.length && handle !== 0; from += ARGUMENT_SLOTS) {
      this.toBuffer(from);
      e.native.exceptionFill(handle, from);
    }
    return handle;
  }

  /**
   * Slots of the contents from `from` on, as many as there is room for. References go one by one: in the buffer they
   * are seen, should taking the next one sweep.
   */
  private toBuffer(from: number): void {
    const { env: e, tag, offsets } = this;
    e.u64.set(this.bits.subarray(from, from + ARGUMENT_SLOTS));
    tag.type.params.forEach((t, k) => {
      const slot = offsets[k] / 8 - from;
      if (!isReference(e, t) || slot < 0 || slot >= ARGUMENT_SLOTS) return;
      e.u64[slot] = BigInt(e.toReference(t, this.references[k]) >>> 0);
    });
  }
}

/** A record for what JavaScript threw; 0 without memory. */
export function recordOf(e: Env, thrown: unknown): number {
  const state = isObject(thrown) ? exceptionsOf(e).get(thrown) : undefined;
  if (state !== undefined) return state.record(thrown as object);
  return e.lifetimes.makeRoomFor(() => {
    e.u64[0] = BigInt(e.toExtern(thrown) >>> 0);
    return e.native.exceptionCreate(jsTag(e).id, 0);
  });
}

/** The references in the contents of a record as values, by parameter. */
function referencesIn(e: Env, params: ValType[], contents: ArrayBuffer): unknown[] {
  const { offsets } = contentsLayout(params);
  const words = new Uint32Array(contents);
  return params.map((t, k) => {
    return isReference(e, t) ? e.fromReference(t, words[offsets[k] / 4]) : undefined;
  });
}

/** What is thrown in JavaScript for the exception that left wasm. */
export function takeThrown(e: Env): unknown {
  const { native, registry } = e;
  const taken = native.exceptionTake();
  if (taken === null) throw new Error('internal error: a call threw without an exception');
  const { handle, object, serial, params, contents } = taken;
  if (object !== 0) return e.fromExtern(object);
  if (serial === registry.jsTag?.serial) return e.fromExtern(new Uint32Array(contents)[0]);
  const number = Number(params);
  // Before anything is made, which may sweep: nothing but this holds them any more.
  const references = referencesIn(e, e.types.types[number].params, contents);
  const id = native.exceptionTag(handle);
  const tag = (native.state(ObjectKind.TAG, id) as TagState | undefined) ?? new TagState(e, id, number);
  const made = uncloneable(Exception.prototype);
  exceptionsOf(e).set(made, ExceptionState.fromRecord(e, tag, contents, references));
  native.exceptionObject(handle, e.toExtern(made) >>> 0);
  return made;
}

/** `WebAssembly.Exception`. */
export class Exception {
  /** The JavaScript stack where it was made, with the option `traceStack`. */
  declare readonly stack: string | undefined;

  constructor(tag: object, payload: Iterable<unknown>, options?: { traceStack?: boolean }) {
    const where = 'WebAssembly.Exception()';
    const e = env();
    const state = TagState.of(e, tag);
    if (state === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly tag`);
    if (state === e.registry.jsTag) throw new TypeError(`${where}: Argument 0 cannot be WebAssembly.JSTag`);
    if (!isObject(payload) || !(Symbol.iterator in payload))
      throw new TypeError(`${where}: Exception values must be an iterable object`);
    if (options !== undefined && options !== null && !isObject(options))
      throw new TypeError(`${where}: Argument 2 is not an object`);
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    exceptionsOf(e).set(object, ExceptionState.fromValues(e, state, [...payload]));
    if (!options?.traceStack) return object;
    Object.defineProperty(object, 'stack', { value: stackHere(), writable: true, configurable: true });
    return object;
  }

  /** Whether the exception has this tag. */
  is(tag: object): boolean {
    const where = 'WebAssembly.Exception.is()';
    const state = stateOf(this, where);
    const wanted = TagState.of(env(), tag);
    if (wanted === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Tag`);
    return wanted.serial === state.tag.serial;
  }

  /** A value that it carries. */
  getArg(tag: object, index: number): unknown {
    const where = 'WebAssembly.Exception.getArg()';
    const state = stateOf(this, where);
    const wanted = TagState.of(env(), tag);
    if (wanted === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Tag`);
    const k = toIndex(where, 'Index', index);
    if (wanted.serial !== state.tag.serial)
      throw new TypeError(`${where}: First argument does not match the exception tag`);
    if (k >= state.tag.type.params.length) throw new RangeError(`${where}: Index out of range`);
    return state.value(k);
  }
}
const theirs = (v8WebAssembly as { Exception?: Function } | undefined)?.Exception;
// V8 since Node 24. Exceptions with a stack have it as a property of their own.
if (theirs !== undefined && 'stack' in theirs.prototype) {
  const { get } = Object.getOwnPropertyDescriptor(
    {
      get stack(): unknown {
        stateOf(this, 'WebAssembly.Exception.stack()');
        return Object.getOwnPropertyDescriptor(this, 'stack')?.value;
      },
    },
    'stack',
  )!;
  Object.defineProperty(Exception.prototype, 'stack', { get, configurable: true });
}
// The specification has 2, V8 since Node 24.
const { length } = theirs ?? { length: 2 };
defineInterface(Exception, 'Exception', { constructor: length });

/** The stack below the constructor. (Not in the class: one that refers to itself is renamed by the bundler.) */
function stackHere(): string {
  const trace = { stack: '' };
  Error.captureStackTrace(trace, Exception);
  return trace.stack;
}

function stateOf(value: unknown, where: string): ExceptionState {
  const state = isObject(value) ? exceptionsOf(env()).get(value) : undefined;
  if (state === undefined) throw new TypeError(`${where}: Receiver is not a WebAssembly.Exception`);
  return state;
}
