/**
 * Selection of atomic accesses. Their addresses must be multiples of their sizes, which is checked where it is not known;
 * the instructions take an address in a register.
 */
import { Helper } from '../../abi/vmctx.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { Feature } from '../features.js';
import { MOp } from '../machops.js';
import { helperCall } from '../../codegen/select/calls.js';
import type { Selector } from './selector.js';

/** Operators come in groups of the same seven accesses: log2 of their bytes. */
const GROUP = 7;
const SIZE = Uint8Array.of(2, 3, 0, 1, 0, 1, 2);

/** Machine operation by group: load, store, add, sub, and, or, xor, xchg, cmpxchg. */
const OPERATIONS = Uint8Array.of(
  MOp.ATOMIC_LOAD,
  MOp.ATOMIC_STORE,
  MOp.FETCH_ADD,
  MOp.FETCH_SUB,
  MOp.FETCH_AND,
  MOp.FETCH_OR,
  MOp.FETCH_XOR,
  MOp.EXCHANGE,
  MOp.COMPARE_EXCHANGE,
);

export function lowerAtomic(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  switch (o) {
    case Op.ATOMIC_FENCE:
      s.begin(MOp.FENCE, Form.NONE);
      return;
    case Op.MEMORY_ATOMIC_NOTIFY:
      helperCall(s, v, Helper.ATOMIC_NOTIFY, f.a[v], f.b[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
    case Op.MEMORY_ATOMIC_WAIT32:
      helperCall(s, v, Helper.ATOMIC_WAIT32, f.a[v], f.b[v], f.c[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
    case Op.MEMORY_ATOMIC_WAIT64:
      helperCall(s, v, Helper.ATOMIC_WAIT64, f.a[v], f.b[v], f.c[v], s.number(f.imm[v]), s.number(memoryOf(f.imm2[v])));
      return;
  }
  const kind = (o - Op.I32_ATOMIC_LOAD) % GROUP;
  const op = OPERATIONS[((o - Op.I32_ATOMIC_LOAD) / GROUP) | 0];
  const size = SIZE[kind];
  const bits = 8 << size;
  s.setMemory(v, f.imm[v], 1 << size, true);
  const address = s.newValue(Cls.GPR);
  s.begin(MOp.ADDRESS, Form.M);
  s.address();
  s.def(address);
  s.begin(op + size, Form.R);
  if (op !== MOp.ATOMIC_LOAD) s.use(s.lowPart(f.b[v], bits));
  if (op === MOp.COMPARE_EXCHANGE) s.use(s.lowPart(f.c[v], bits));
  s.useTemp(address);
  // The status of an exclusive store.
  const loops = op >= MOp.FETCH_ADD && op < MOp.EXCHANGE && (s.features & Feature.LSE) === 0;
  if (loops) s.temps(1, 0);
  if (op === MOp.ATOMIC_LOAD || (op !== MOp.ATOMIC_STORE && s.need[v] !== 0)) s.def(v);
}
