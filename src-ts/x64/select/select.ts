/** Instruction selection for x86-64: which file lowers what `codegen/select/` leaves to the machine. */
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Form } from '../../codegen/mach.js';
import { lowerParameters } from '../../codegen/select/calls.js';
import { lower } from '../../codegen/select/dispatch.js';
import { Reg } from '../abi.js';
import { Cc } from '../asm/insts.js';
import { Flags, MOp, usesDispatch } from '../machops.js';
import { VOp } from '../machops-simd.js';
import { lowerAtomic } from './atomic.js';
import { emitComparison, emitCondition } from './cond.js';
import { Division } from './divide.js';
import { lowerFloat } from './float.js';
import { lowerExtension, lowerIntArithmetic } from './int.js';
import { lowerLoad, lowerStore } from './memory.js';
import {
  addressOfElement,
  addressOfObject,
  lowerElementAddress,
  lowerFuncType,
  lowerTypeField,
  offsetOfElement,
} from './objects.js';
import { lowerSimd } from './simd.js';
import { lowerCanonical } from './simd-float.js';
import { Selector } from './selector.js';
import { Shuffles } from './shuffle.js';
import { lowerHighProduct } from './wide.js';

/** How far a select is moved to another one by the same comparison. */
const TWIN_DISTANCE = 8;

/** Four equal words at a place in the pool. */
const isUniform = (pool: Int32Array, at: number, w: number): boolean =>
  pool[at] === w && pool[at + 1] === w && pool[at + 2] === w && pool[at + 3] === w;

/** Selection for x86-64. */
export class InstructionSelection extends Selector {
  override readonly division = new Division();
  override readonly shuffles = new Shuffles();

  protected override lower(v: number): void {
    lower(this, v);
  }

  /** Zeros and ones are made by an instruction that reads nothing. */
  protected override loadConstant(v: number, x: number, words: number): void {
    const { f } = this;
    const isZero =
      x < 0 ? isUniform(f.pool.a, words, 0) : f.imm[x] === 0 && (f.type[x] === ValType.F32 || f.imm2[x] === 0);
    if (!isZero && (x >= 0 || !isUniform(f.pool.a, words, -1))) {
      super.loadConstant(v, x, words);
      return;
    }
    this.begin(isZero ? VOp.ZERO : VOp.ONES, Form.NONE);
    this.def(v);
  }

  protected override lowerParameters(): void {
    lowerParameters(this);
  }

  override lowerLoad(v: number): void {
    lowerLoad(this, v);
  }

  override lowerStore(v: number): void {
    lowerStore(this, v);
  }

  override lowerComparison(v: number): void {
    emitComparison(this, v);
  }

  override lowerArithmetic(v: number): void {
    lowerIntArithmetic(this, v);
  }

  override lowerExtension(v: number): void {
    lowerExtension(this, v);
  }

  override lowerHighProduct(v: number): void {
    lowerHighProduct(this, v);
  }

  override lowerSelect(v: number): void {
    lowerSelect(this, v);
  }

  override lowerFloat(v: number): void {
    lowerFloat(this, v);
  }

  override lowerSimd(v: number): void {
    lowerSimd(this, v);
  }

  override lowerCanonical(v: number): void {
    lowerCanonical(this, v, this.f.op[v] === Op.CANONICAL_F64X2, this.f.a[v]);
  }

  override lowerAtomic(v: number): void {
    lowerAtomic(this, v);
  }

  override lowerTypeField(v: number): void {
    lowerTypeField(this, v);
  }

  override lowerFuncType(v: number): void {
    lowerFuncType(this, v);
  }

  override lowerElementAddress(v: number): void {
    lowerElementAddress(this, v);
  }

  override condition(family: number, x: number, a: number, b: number, negate: number): void {
    emitCondition(this, family, x, a, b, negate);
  }

  override trapUnlessBelow(x: number, y: number, trap: number): void {
    this.begin(MOp.TRAP_ON + Flags.CMP32, Form.RR);
    this.cond(Cc.AE);
    this.use(x);
    this.use(y);
    this.imm2(trap);
  }

  /** Of bits that an immediate has: 32, or 64 by the sign. */
  override storeConstant(store: number, x: number): boolean {
    const o = this.f.op[x];
    const lo = o === Op.REF_NULL ? 0 : this.f.imm[x];
    const hi = o === Op.I64_CONST || o === Op.F64_CONST ? this.f.imm2[x] : 0;
    const op = store === MOp.XSTORE32 ? MOp.STORE32 : store === MOp.XSTORE64 ? MOp.STORE64 : store;
    if (op === MOp.STORE64 && hi !== lo >> 31) return false;
    this.begin(op, Form.MI);
    this.address();
    this.imm(lo);
    return true;
  }

  override shiftRight(wide: 0 | 1, x: number, count: number, to: number): void {
    this.begin(MOp.SHR32 + wide, Form.RI);
    this.useTemp(x);
    this.imm(count);
    this.tie();
    this.def(to);
  }

  override objectOperands(v: number, length: number): void {
    if (length >= 0) this.useIn(length, Reg.RDX);
    this.temps(2, 0);
    this.def(v, Reg.RAX);
  }

  override addressOfObject(reference: number): number {
    return addressOfObject(this, reference);
  }

  override addressOfElement(base: number, index: number, shift: number): number {
    return addressOfElement(this, base, index, shift);
  }

  override offsetOfElement(array: number, index: number): number {
    return offsetOfElement(this, array, index);
  }

  override callTemporaries(op: number): number {
    return op === MOp.CALL_REF || op === MOp.CALL_CLOSED_LONG || op === MOp.CALL_TABLE_LONG ? 1 : 0;
  }

  override switchTemporaries(n: number): number {
    return usesDispatch(n, this.enabled) ? 0 : 2;
  }

  override checkTemporaries(): number {
    return 1;
  }
}

function lowerSelect(s: Selector, v: number): void {
  const { twins } = s;
  let hasTwins = false;
  for (let k = 0; k < twins.n; k += 2) if (twins.a[k] === v) hasTwins = true;
  const before = hasTwins ? -1 : twinBefore(s, v);
  if (before >= 0) {
    s.need[before] = 1;
    twins.push(before);
    twins.push(v);
    return;
  }
  select(s, v);
  for (let k = 0; k < twins.n; k += 2) if (twins.a[k] === v) select(s, twins.a[k + 1]);
}

function select(s: Selector, v: number): void {
  const { f } = s;
  emitCondition(s, isGeneral(f.type[v]) ? MOp.SELECT_ON : MOp.XSELECT_ON, f.c[v], f.a[v], f.b[v]);
  s.tie(true);
  s.def(v);
}

/**
 * The first of the selects shortly before v that are by the same comparison and behind which v may come; -1 if there is
 * none. Side by side they need one compare (`emitFlags`), and a register more in between: so in loops that have some left.
 */
function twinBefore(s: Selector, v: number): number {
  const { f, alias } = s;
  const condition = alias[f.c[v]];
  const o = f.op[condition];
  if (s.uses[condition] < 2 || o < Op.I32_EQZ || o > Op.I64_GE_U || !isGeneral(f.type[v])) return -1;
  if (!s.leavesRegisters()) return -1;
  const p = alias[f.a[v]];
  const q = alias[f.b[v]];
  let first = -1;
  for (let k = s.curIndex - 1; k >= Math.max(f.blockStart[s.curBlock], s.curIndex - TWIN_DISTANCE); k--) {
    const x = f.order[k];
    const isTwin = f.op[x] === Op.SELECT && alias[f.c[x]] === condition && isGeneral(f.type[x]);
    if (isTwin && alias[x] === x && s.fused[x] === 0) first = x;
    if (x === p || x === q) break;
  }
  return first;
}

const isGeneral = (t: number): boolean => t !== ValType.F32 && t !== ValType.F64 && t !== ValType.V128;
