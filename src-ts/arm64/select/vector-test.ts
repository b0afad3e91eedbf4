/** Conditions on vectors. */
import type { Selector } from './selector.js';

export const isVectorTest = (_o: number): boolean => false;

export function vectorTest(s: Selector, _x: number, _negate: number): void {
  s.unsupported('a test of a vector');
}
