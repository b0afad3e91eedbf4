/** Building blocks of vector selection: the instructions that its files open most. */
import { AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { VOp } from '../machops-simd.js';
import type { Selector } from './selector.js';

/** A vector value beyond the SSA ones. */
export const vector = (s: Selector): number => s.newValue(Cls.VECTOR, 16);
export const general = (s: Selector): number => s.newValue(Cls.GPR);

/** A register operand: an SSA value, or a machine value made before. */
export function operand(s: Selector, x: number): void {
  if (x < s.f.nv) s.use(x);
  else s.useTemp(x);
}

/** to = op x. */
export function unary(s: Selector, to: number, row: number, x: number): number {
  s.begin(VOp.RR, Form.R);
  operand(s, x);
  s.imm(row);
  s.def(to);
  return to;
}

/** to = x op y. */
export function binary(s: Selector, to: number, row: number, x: number, y: number): number {
  s.begin(VOp.RRR, Form.RR);
  operand(s, x);
  operand(s, y);
  s.imm(row);
  s.def(to);
  return to;
}

/** to = op(d, x), in d's register. */
export function into(s: Selector, to: number, row: number, d: number, x: number): number {
  s.begin(VOp.RR_TIED, Form.RR);
  operand(s, d);
  operand(s, x);
  s.imm(row);
  s.tie();
  s.def(to);
  return to;
}

/** to = op(d, x, y), in d's register. */
export function accumulate(s: Selector, to: number, row: number, d: number, x: number, y: number): number {
  s.begin(VOp.RRR_TIED, Form.RR);
  operand(s, d);
  operand(s, x);
  operand(s, y);
  s.imm(row);
  s.tie();
  s.def(to);
  return to;
}

/** A constant vector of four words. */
export function words(s: Selector, w0: number, w1: number, w2: number, w3: number): number {
  const { pool } = s.f;
  const at = pool.push(w0);
  pool.push(w1);
  pool.push(w2);
  pool.push(w3);
  const v = vector(s);
  s.setPlace(AddrKind.WORDS, at);
  s.begin(MOp.XLOAD128, Form.M);
  s.address();
  s.def(v);
  return v;
}

/** Lanes of the memory operand: opens a load or a store of 1 << size bytes. */
const LOADS = [VOp.LOAD8, VOp.LOAD16, MOp.XLOAD32, MOp.XLOAD64];
const STORES = [VOp.STORE8, VOp.STORE16, MOp.XSTORE32, MOp.XSTORE64];

/** to = the lowest lane from the place that was set, zeros above. */
export function loadLane(s: Selector, to: number, size: number): number {
  s.begin(LOADS[size], Form.M);
  s.address();
  s.def(to);
  return to;
}

export function storeLane(s: Selector, x: number, size: number): void {
  s.begin(STORES[size], Form.MR);
  operand(s, x);
  s.address();
}
