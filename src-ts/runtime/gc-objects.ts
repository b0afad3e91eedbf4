/**
 * Objects of WebAssembly's heap in JavaScript: each has one opaque object, frozen and without prototype, for as long as
 * JavaScript holds it, and is kept as long as that (`heapPin`). Small integers are i31s on the other side.
 */
import type { NativeBinding } from '../binding.js';

const MAX_I31 = 2 ** 30;

/** Whether a reference is an i31, by its number (abi/gc-layout.ts). */
const isI31 = (reference: number): boolean => (reference & 1) !== 0;

export class GcObjects {
  private readonly objects = new Map<number, WeakRef<object>>();
  private readonly references = new WeakMap<object, number>();
  /** Nothing of the heap has come to JavaScript yet. */
  private empty = true;
  private readonly registry = new FinalizationRegistry<number>((reference) => {
    if (this.objects.get(reference)?.deref() === undefined) this.objects.delete(reference);
    this.native.heapUnpin(reference);
  });

  constructor(private readonly native: NativeBinding) {}

  /** JavaScript's value of a reference to an object or an i31. */
  value(reference: number): unknown {
    if (reference === 0) return null;
    if (isI31(reference)) return reference >> 1;
    reference >>>= 0;
    let object = this.objects.get(reference)?.deref();
    if (object === undefined) {
      object = Object.freeze(Object.create(null) as object);
      this.native.heapPin(reference);
      this.objects.set(reference, new WeakRef(object));
      this.references.set(object, reference);
      this.registry.register(object, reference);
      this.empty = false;
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
