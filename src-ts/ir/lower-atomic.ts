/**
 * Operators with prefix 0xFE. Other threads may see what was stored before one of them, and this one what they stored:
 * nothing that is known of memory is known behind it.
 */
import { addressOf, readPlace } from './access.js';
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
  readPlace(b);
  const z = ARITY[op] > 2 ? b.pop() : -1;
  const y = ARITY[op] > 1 ? b.pop() : -1;
  const address = addressOf(b, b.pop());
  const v = b.emit(op, RESULT_TYPE[op], address, y, z, b.offset, b.memory << 4);
  if (RESULT_TYPE[op] !== 0) b.push(v);
}
