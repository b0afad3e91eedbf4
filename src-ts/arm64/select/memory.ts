/** Selection of loads and stores of linear memory. */
import { Form } from '../../codegen/mach.js';
import { accessBytes } from '../../ir/memory.js';
import { Op } from '../../ir/ops.js';
import { MOp } from '../machops.js';
import { storePlain } from '../../codegen/select/calls.js';
import type { Selector } from './selector.js';

/** Machine load by opcode from I32_LOAD. */
const LOADS = Uint8Array.of(
  MOp.LOAD32,
  MOp.LOAD64,
  MOp.XLOAD32,
  MOp.XLOAD64,
  MOp.LOAD8S32,
  MOp.LOAD8U,
  MOp.LOAD16S32,
  MOp.LOAD16U,
  MOp.LOAD8S64,
  MOp.LOAD8U,
  MOp.LOAD16S64,
  MOp.LOAD16U,
  MOp.LOAD32S64,
  MOp.LOAD32,
);

export function lowerLoad(s: Selector, v: number): void {
  s.setLoad(v);
  s.begin(LOADS[s.f.op[v] - Op.I32_LOAD], Form.M);
  s.address();
  s.def(v);
}

export function lowerStore(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const x = s.alias[f.b[v]];
  const bytes = accessBytes(o);
  s.setMemory(v, f.imm[v], bytes);
  if (o === Op.I64_STORE || o === Op.F32_STORE || o === Op.F64_STORE) {
    storePlain(s, x, 8);
    return;
  }
  const op = bytes === 1 ? MOp.STORE8 : bytes === 2 ? MOp.STORE16 : MOp.STORE32;
  const y = s.lowPart(x, bytes * 8);
  if (s.isInt(y) && s.low(y) << (32 - 8 * bytes) === 0) {
    s.begin(op, Form.MI);
    s.address();
  } else {
    s.begin(op, Form.MR);
    s.use(y);
    s.address();
  }
}
