/**
 * Where the operands of a value are: up to three in the columns a, b and c, any number in the pool (arguments of calls
 * and throws, results of returns). Everything that walks operands does it with these functions, so an operation with a
 * new kind of operands is told here. (The verifier knows it a second time, on purpose.)
 */
import type { IntVec } from '../util/vec.js';
import type { Func } from './func.js';
import { hasArguments, hasTable } from './opinfo.js';
import { Op } from './ops.js';

/** The operands of v in the pool are those from here … */
export const poolStart = (f: Func, v: number): number => (hasArguments(f.op[v]) ? f.imm[v] + 1 : f.imm[v]);

/** … to here, exclusive. */
export function poolEnd(f: Func, v: number): number {
  const o = f.op[v];
  if (hasArguments(o)) return f.imm[v] + 1 + f.pool.a[f.imm[v]];
  return o === Op.RETURN ? f.imm[v] + f.imm2[v] : f.imm[v];
}

/**
 * Puts the operands of v into `out`, whose former contents are lost: those in a, b, c, then those in the pool. A list
 * and not a callback, which would be the slowest part of the passes that use it.
 */
export function listOperands(f: Func, v: number, out: IntVec): void {
  const { a, b, c, op, imm, imm2 } = f;
  const o = op[v];
  out.n = 0;
  if (a[v] >= 0) {
    out.push(a[v]);
    if (b[v] >= 0 && !hasTable(o)) out.push(b[v]);
    // Loads have a base there, and no b.
    if (c[v] >= 0) out.push(c[v]);
  }
  let at = imm[v];
  let end = at;
  if (hasArguments(o)) end = ++at + f.pool.a[at - 1];
  else if (o === Op.RETURN) end = at + imm2[v];
  for (; at < end; at++) out.push(f.pool.a[at]);
}
