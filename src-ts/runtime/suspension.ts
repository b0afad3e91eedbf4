/**
 * `WebAssembly.Suspending` and `WebAssembly.promising`: wasm that waits for a promise, and the calls that give one for
 * it. (JavaScript Promise Integration, the proposal's JavaScript interface.)
 *
 * What a suspending import returns is always awaited, as if by `await`. For as long as that takes, the call's frames are
 * put aside by the addon (native/promising.cc), and its *state* here holds what they hold (`lifetimes.ts`). The state is
 * held by the reactions of the promise, so a call that can never go on is collected.
 */
import { setImmediate } from 'node:timers';
import { ControlWord } from '../abi/calls.js';
import { ObjectKind } from '../abi/objects.js';
import { isRef, valueClass } from '../wasm/ref-types.js';
import { ValType } from '../wasm/types.js';
import { uncloneable } from './cloning.js';
import { type Env, env } from './env.js';
import type { Owner } from './lifetimes.js';
import type { FuncState } from './registry.js';
import { incompatible, readSlot, toList, writeSlot } from './signature.js';
import type { SuspendableCall, Suspension } from './suspending-import.js';
import { defineInterface } from './webidl.js';

/** A promising call under way. */
export class PromisingCall implements Owner, SuspendableCall {
  holds: unknown = null;
  readonly id: number;
  suspension: Suspension | null = null;

  constructor(e: Env) {
    this.id = e.native.promisingCreate();
    e.lifetimes.born(ObjectKind.PROMISING_CALL, this.id, this);
  }
}

/** Of those references that are written last (signature.ts). */
const isExtern = (e: Env, t: ValType): boolean => valueClass(e.types, t) === ValType.EXTERNREF;
const cannotCross = (e: Env, t: ValType): boolean => t === ValType.V128 || valueClass(e.types, t) === ValType.EXNREF;

/**
 * Converts values for slots and writes none yet: a conversion may run anything (signature.ts). References stay values
 * until they are written.
 */
function convertValues(e: Env, types: readonly ValType[], values: readonly unknown[]): BigUint64Array {
  const bits = new BigUint64Array(types.length);
  types.forEach((t, k) => {
    if (isExtern(e, t)) return;
    writeSlot(e, t, values[k], 0);
    bits[k] = e.u64[0];
  });
  return bits;
}

/** Writes converted values; externrefs last, as signature.ts has it. */
function writeValues(e: Env, types: readonly ValType[], values: readonly unknown[], bits: BigUint64Array): void {
  types.forEach((t, k) => {
    if (!isRef(t)) e.u64[k] = bits[k];
    else if (!isExtern(e, t)) writeSlot(e, t, values[k], k);
  });
  types.forEach((t, k) => {
    if (isExtern(e, t)) writeSlot(e, t, values[k], k);
  });
}

function readValues(e: Env, types: readonly ValType[]): unknown {
  const values = types.map((t, k) => readSlot(e, t, k));
  return values.length > 1 ? values : values[0];
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Calls a wasm function to its end, however often it is suspended. */
async function runPromising(
  wrapper: Function,
  { ref, type, owner }: FuncState,
  args: unknown[],
  bits: BigUint64Array,
): Promise<unknown> {
  const e = env();
  const { native, i32 } = e;
  const { params, results } = e.types.types[type];
  const call = new PromisingCall(e);
  try {
    writeValues(e, params, args, bits);
    e.hold(owner);
    i32[ControlWord.CALLEE] = ref;
    native.promisingEnter(call.id);
    let done = e.settlePromising(wrapper, owner, call);
    while (!done) {
      const { awaited, types } = call.suspension!;
      call.suspension = null;
      let value: unknown;
      let threw = false;
      try {
        value = await awaited;
      } catch (reason) {
        value = reason;
        threw = true;
      }
      let level: number;
      // Only while an event loop of a host function's own runs: other wasm is where the frames belong.
      while ((level = native.promisingRestore(call.id)) === 0) await nextTurn();
      if (!threw) {
        try {
          const values = types.length === 1 ? [value] : types.length === 0 ? [] : toList(value, types.length);
          writeValues(e, types, values, convertValues(e, types, values));
        } catch (error) {
          value = error;
          threw = true;
        }
      }
      i32[ControlWord.LEVEL] = level;
      if (threw) e.throwIntoWasm(owner, value);
      else e.resumeWasm();
      done = e.settlePromising(wrapper, owner, call);
    }
    return readValues(e, results);
  } finally {
    native.promisingEnd(call.id);
  }
}

/** A function of JavaScript that waits for what a promise would give: an import that may suspend the wasm that calls it. */
export class Suspending {
  constructor(fn: Function) {
    if (typeof fn !== 'function') throw new TypeError('WebAssembly.Suspending(): Argument 0 must be a function');
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    env().registry.suspending.set(object, fn);
    return object;
  }
}
defineInterface(Suspending, 'Suspending', { constructor: 1 });

/** `WebAssembly.promising`: an exported function that gives a promise, and whose wasm may be suspended. */
export function promising(fn: Function): Function {
  const where = 'WebAssembly.promising()';
  if (typeof fn !== 'function') throw new TypeError(`${where}: Argument 0 must be a function`);
  const e = env();
  const { registry } = e;
  const func = registry.funcs.get(fn);
  if (func === undefined) throw new TypeError(`${where}: Argument 0 must be a WebAssembly exported function`);
  const host = func.owner.hostOf(func.ref);
  const { params, results } = e.types.types[func.type];
  const crosses = ![...params, ...results].some((t) => cannotCross(e, t));
  const wrapper = (...args: unknown[]): Promise<unknown> => {
    if (host !== undefined) return runHost(host, fn, args);
    if (!crosses) throw incompatible();
    return runPromising(wrapper, func, args, convertValues(e, params, args));
  };
  Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: params.length, configurable: true });
  registry.funcs.set(wrapper, func);
  return wrapper;
}

/** An import that is exported again: no wasm runs in between. */
async function runHost(host: { fn: Function; suspending?: boolean }, fn: Function, args: unknown[]): Promise<unknown> {
  return host.suspending === true
    ? (Reflect.apply(host.fn, undefined, args) as unknown)
    : Reflect.apply(fn, undefined, args);
}
