/**
 * What the engine gives to programs, made of the program's own classes and not of the realm of its own that it works in
 * (util/realm.ts).
 */

const { defineProperty } = Reflect;
const { Uint8Array: ProgramsBytes } = globalThis;

/** An array with the same items. */
export function handOut<T>(items: readonly T[]): T[] {
  const out: T[] = [];
  for (let i = 0; i < items.length; i++)
    // Not by assignment, which asks the prototype of the program's arrays.
    defineProperty(out, i, { value: items[i], writable: true, enumerable: true, configurable: true });
  return out;
}

/** The same bytes, in a buffer of the program's. */
export function handOutBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : new ProgramsBytes(bytes);
}
