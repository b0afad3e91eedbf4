/** What calls throw, and where. */

/** What `f` throws; an error of its own when it does not. */
export function thrownBy(f: () => unknown): any {
  try {
    f();
  } catch (e) {
    return e;
  }
  throw new Error('nothing was thrown');
}

/** Functions and wasm offsets of V8's stack, innermost first. */
export const placesInV8 = (stack: string): string[] =>
  [...stack.matchAll(/wasm-function\[(\d+)\]:(0x[0-9a-f]+)/g)].map(([, func, offset]) => `${func}:${offset}`);
