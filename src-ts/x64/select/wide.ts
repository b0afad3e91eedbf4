/**
 * Arithmetic with results of two registers: products of 128 bits, and sums and differences, whose upper halves take the
 * carry. One machine instruction has one result; the lower half, in rax, is the result of an operation without code
 * behind it.
 */
import { isConst } from '../../ir/opinfo.js';
import { Op, WIDE } from '../../ir/ops.js';
import { Form } from '../../codegen/mach.js';
import { Reg, X64Clobber } from '../abi.js';
import { MOp } from '../machops.js';
import type { Selector } from './selector.js';

/** The lower half of what the instruction before has computed. */
function takeLow(s: Selector, low: number): void {
  s.fused[low] = 1;
  s.begin(MOp.LOW_HALF, Form.NONE);
  s.def(low, Reg.RAX);
}

/** I64_MULH_S and I64_MULH_U, with the lower half of the same product if that stands before it. */
export function lowerHighProduct(s: Selector, v: number): void {
  const { f } = s;
  const low = lowProduct(s, v);
  s.begin(f.op[v] === Op.I64_MULH_S ? MOp.MULH_S64 : MOp.MULH_U64, Form.RR);
  s.useIn(f.a[v], Reg.RAX);
  s.use(f.b[v]);
  s.clobber(X64Clobber.RAX | X64Clobber.RDX);
  s.def(v, Reg.RDX);
  if (low >= 0) takeLow(s, low);
}

/**
 * The product whose upper half is v, if it stands before v with nothing but constants in between, so that it may as well
 * be computed there; else -1.
 */
function lowProduct(s: Selector, v: number): number {
  const { f, alias } = s;
  const low = valueBefore(s, -1, -1);
  if (low < 0 || f.op[low] !== Op.I64_MUL) return -1;
  const x = alias[f.a[low]];
  const y = alias[f.b[low]];
  const a = alias[f.a[v]];
  const b = alias[f.b[v]];
  return (x === a && y === b) || (x === b && y === a) ? low : -1;
}

/**
 * The value before the current one in its block that is computed by itself, needed, and still to be selected: without
 * constants, extensions that change nothing, `p` and `q`. -1 if there is none.
 */
function valueBefore({ f, alias, curIndex, curBlock, need, fused }: Selector, p: number, q: number): number {
  const start = f.blockStart[curBlock];
  let k = curIndex - 1;
  for (; k >= start; k--) {
    const x = f.order[k];
    if (!isConst(f.op[x]) && alias[x] === x && x !== p && x !== q) break;
  }
  if (k < start) return -1;
  const x = f.order[k];
  return need[x] !== 0 && fused[x] === 0 ? x : -1;
}

/**
 * v = base + carry, or base - carry, where the carry is that of a sum or difference from wide arithmetic that stands
 * before it: both by `add, adc` or `sub, sbb`. `both`: base is the sum or difference of the upper halves, v's own.
 */
export function tryWide(s: Selector, v: number, family: MOp, base: number, carry: number, both: boolean): boolean {
  const { f, alias } = s;
  const add = family === MOp.ADC_ON;
  const low = valueBefore(s, carry, both ? base : -1);
  if (low < 0 || f.op[low] !== (add ? Op.I64_ADD : Op.I64_SUB) || f.imm[low] !== WIDE) return false;
  let x = alias[f.a[low]];
  let y = alias[f.b[low]];
  const left = alias[f.a[carry]];
  const right = alias[f.b[carry]];
  if (f.op[carry] !== Op.I64_LT_U) return false;
  if (add ? left !== low || (right !== x && right !== y) : left !== x || right !== y) return false;
  // The lower half is there after the upper one only.
  if (both ? alias[f.a[base]] === low || alias[f.b[base]] === low : base === low) return false;
  // The half of a product is in rax already.
  if (add && (s.isConst(x) || f.op[y] === Op.I64_MUL)) {
    x = y;
    y = alias[f.a[low]];
  }
  if (both) s.fused[base] = 1;
  const immediate = s.fitsImm(y);
  s.begin(add ? MOp.ADD_WIDE : MOp.SUB_WIDE, immediate ? Form.RI : Form.RR);
  if (both) {
    const second = add && f.op[alias[f.b[base]]] === Op.I64_MULH_U;
    s.use(second ? f.b[base] : f.a[base]);
    s.use(second ? f.a[base] : f.b[base]);
  } else {
    s.use(base);
    s.imm2(1);
  }
  s.useIn(x, Reg.RAX);
  if (immediate) s.imm(s.immOf(y));
  else s.use(y);
  s.clobber(X64Clobber.RAX);
  s.tie();
  s.def(v);
  takeLow(s, low);
  return true;
}
