/**
 * Modules of extreme shapes, each a function of its size n, about as many bytes as n times a small constant: for tests
 * that time and memory of the compiler grow with the input and not with its square. Valid, but not meant to be run.
 */
import type { Shapes } from './shapes/code.js';
import { CONTROL } from './shapes/control.js';
import { LIVES } from './shapes/lives.js';
import { VALUES } from './shapes/values.js';

export const SHAPES: Shapes = { ...LIVES, ...CONTROL, ...VALUES };

/** The smallest module of a shape that has about so many bytes, found by halving; or the largest that there is. */
export function moduleOfBytes(shape: (n: number) => Uint8Array, bytes: number): Uint8Array {
  let low = 1;
  let high = 64;
  for (let size = shape(high).length, before = 0; size < bytes && size > before; size = shape(high).length) {
    before = size;
    high *= 2;
  }
  for (let k = 0; k < 8; k++) {
    const middle = (low + high) >> 1;
    if (shape(middle).length < bytes) low = middle;
    else high = middle;
  }
  return shape(high);
}
