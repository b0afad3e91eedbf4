/**
 * Objects of WebAssembly's heap in JavaScript: each has one opaque object for as long as JavaScript holds that, and is
 * kept as long. Small integers are i31s on the other side. (JavaScript interface of the specification, "garbage
 * collected objects".)
 *
 * The addon has a weak reference to each opaque object (`heapExpose`); a look at native slots (lifetimes.ts) lets go those
 * that V8 has collected.
 */
import type { NativeBinding } from '../binding.js';
import type { Lifetimes } from './lifetimes.js';

const MAX_I31 = 2 ** 30;
/** After so many new objects it is asked whether a look is worth it. */
const BETWEEN = 1024;

/** Whether a reference is an i31, by its number (abi/gc-layout.ts). */
const isI31 = (reference: number): boolean => (reference & 1) !== 0;

const opaque = (): never => {
  throw new TypeError('WebAssembly objects are opaque');
};

/** What may not be done with such an object; reading finds nothing, since the target of the proxies has nothing. */
const HANDLER: ProxyHandler<object> = {
  set: opaque,
  deleteProperty: opaque,
  defineProperty: opaque,
  setPrototypeOf: opaque,
  preventExtensions: opaque,
};

export class GcObjects {
  private readonly references = new WeakMap<object, number>();
  private readonly target = Object.freeze(Object.create(null) as object);
  /** Nothing of the heap has come to JavaScript yet. */
  private empty = true;
  private made = 0;

  constructor(
    private readonly native: NativeBinding,
    private readonly lifetimes: Lifetimes,
  ) {}

  /** JavaScript's value of a reference to an object or an i31. Never lets go of anything. */
  value(reference: number): unknown {
    if (reference === 0) return null;
    if (isI31(reference)) return reference >> 1;
    reference >>>= 0;
    let object = this.native.heapObject(reference);
    if (object === undefined) {
      object = new Proxy(this.target, HANDLER);
      this.native.heapExpose(reference, object);
      this.references.set(object, reference);
      this.empty = false;
      if (++this.made % BETWEEN === 0) this.lifetimes.considerLater();
    }
    return object;
  }

  /** The reference of a value that is one of the heap's objects or an i31; 0 for others. */
  reference(value: unknown): number {
    if (typeof value === 'number')
      return Number.isInteger(value) && value >= -MAX_I31 && value < MAX_I31 && !Object.is(value, -0)
        ? (value << 1) | 1
        : 0;
    return this.empty || typeof value !== 'object' || value === null ? 0 : (this.references.get(value) ?? 0);
  }
}
