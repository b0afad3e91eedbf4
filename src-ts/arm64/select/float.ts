/**
 * Selection of float arithmetic and of conversions between integers and floats. Comparisons are in cond.ts, loads and
 * stores with the integer ones. Nearly every operator is one machine operation: a table.
 */
import { Form } from '../../codegen/mach.js';
import { OP_LIMIT } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { FOp } from '../machops-float.js';
import type { Selector } from './selector.js';

/** By operator: the machine operation, 0 where there is none. */
const OPERATIONS = new Uint16Array(OP_LIMIT);
const ARITHMETIC = [
  FOp.ABS32,
  FOp.NEG32,
  FOp.CEIL32,
  FOp.FLOOR32,
  FOp.TRUNCATE32,
  FOp.NEAREST32,
  FOp.SQRT32,
  FOp.ADD32,
  FOp.SUB32,
  FOp.MUL32,
  FOp.DIV32,
  FOp.MIN32,
  FOp.MAX32,
  FOp.COPYSIGN32,
];
for (const [k, op] of ARITHMETIC.entries()) {
  OPERATIONS[Op.F32_ABS + k] = op;
  OPERATIONS[Op.F64_ABS + k] = op + 1;
}
for (let k = 0; k < 8; k++) OPERATIONS[Op.I32_TRUNC_SAT_F32_S + k] = FOp.TRUNC_SAT + k;
for (let k = 0; k < 4; k++) {
  OPERATIONS[Op.I32_TRUNC_F32_S + k] = FOp.TRUNC + k;
  OPERATIONS[Op.I64_TRUNC_F32_S + k] = FOp.TRUNC + 4 + k;
  OPERATIONS[Op.F32_CONVERT_I32_S + k] = FOp.FROM_I32_32 + 2 * k;
  OPERATIONS[Op.F64_CONVERT_I32_S + k] = FOp.FROM_I32_64 + 2 * k;
}
for (const [op, to] of [
  [Op.F32_DEMOTE_F64, FOp.DEMOTE],
  [Op.F64_PROMOTE_F32, FOp.PROMOTE],
  [Op.I32_REINTERPRET_F32, FOp.BITS_OF_FLOAT32],
  [Op.I64_REINTERPRET_F64, FOp.BITS_OF_FLOAT64],
  [Op.F32_REINTERPRET_I32, FOp.BITS_TO_FLOAT32],
  [Op.F64_REINTERPRET_I64, FOp.BITS_TO_FLOAT64],
  [Op.CANONICAL_F32, FOp.CANONICAL32],
  [Op.CANONICAL_F64, FOp.CANONICAL64],
])
  OPERATIONS[op] = to;

/** Operators whose operand is an i32 of which the low half of a register is read. */
const readsLow = (o: number): boolean =>
  o === Op.F32_CONVERT_I32_S ||
  o === Op.F32_CONVERT_I32_U ||
  o === Op.F64_CONVERT_I32_S ||
  o === Op.F64_CONVERT_I32_U ||
  o === Op.F32_REINTERPRET_I32;

const isBinary = (op: number): boolean =>
  (op >= FOp.ADD32 && op <= FOp.MAX64) || op === FOp.COPYSIGN32 || op === FOp.COPYSIGN64;

/** Lowers a float operation, a conversion with a float on either side, a reinterpretation, or CANONICAL. */
export function lowerFloat(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const op = OPERATIONS[o];
  if (op === 0) s.unknown(o);
  s.begin(op, isBinary(op) ? Form.RR : Form.R);
  if (readsLow(o)) s.useLow(f.a[v]);
  else s.use(f.a[v]);
  if (isBinary(op)) s.use(f.b[v]);
  if (op === FOp.COPYSIGN32 || op === FOp.COPYSIGN64) s.tie();
  s.def(v);
}
