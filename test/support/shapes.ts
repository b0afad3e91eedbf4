/**
 * Modules of extreme shapes, each a function of its size n, about as many bytes as n times a small constant: for tests
 * that time and memory of the compiler grow with the input and not with its square. Valid, but not meant to be run.
 */
import type { Shapes } from './shapes/code.js';
import { CONTROL } from './shapes/control.js';
import { LIVES } from './shapes/lives.js';
import { MODULES } from './shapes/modules.js';
import { VALUES } from './shapes/values.js';

export const SHAPES: Shapes = { ...LIVES, ...CONTROL, ...VALUES, ...MODULES };

/** The smallest module of a shape that has about so many bytes, found by halving; or the largest that there is. */
export function moduleOfBytes(shape: (n: number) => Uint8Array, bytes: number): Uint8Array {
  let low = 1;
  let high = 64;
  let made = shape(high);
  for (let before = 0; made.length < bytes && made.length > before; made = shape(high)) {
    before = made.length;
    high *= 2;
  }
  for (let k = 0; k < 8 && made.length > 1.02 * bytes; k++) {
    const middle = (low + high) >> 1;
    const less = shape(middle);
    if (less.length < bytes) low = middle;
    else [high, made] = [middle, less];
  }
  return made;
}
