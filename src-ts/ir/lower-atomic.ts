/**
 * Operators with prefix 0xFE. Other threads may see what was stored before one of them, and this one what they stored:
 * nothing that is known of memory is known behind it.
 */
import type { FuncBuilder } from './builder.js';
import { FIRST_ATOMIC, Op } from './ops.js';
import { ARITY, RESULT_TYPE } from './opinfo.js';

export function lowerAtomic(b: FuncBuilder, sub: number): void {
  const op = FIRST_ATOMIC + sub;
  b.facts.clearMemory();
  if (op === Op.ATOMIC_FENCE) {
    b.p++;
    b.emit(op, 0, -1, -1, -1, 0, 0);
    return;
  }
  b.u32(); // alignment: the natural one
  const offset = b.u32() | 0;
  const z = ARITY[op] > 2 ? b.pop() : -1;
  const y = ARITY[op] > 1 ? b.pop() : -1;
  const v = b.emit(op, RESULT_TYPE[op], b.pop(), y, z, offset, 0);
  if (RESULT_TYPE[op] !== 0) b.push(v);
}
