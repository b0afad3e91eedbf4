/**
 * Selection of float arithmetic and of conversions between integers and floats. Comparisons are in cond.ts,
 * loads and stores with the integer ones.
 *
 * Loads and constants fold as memory operands where the instruction writes its whole result anyway. Square roots,
 * roundings and truncations never fold: a folded load would save nothing there (the false dependency on the old
 * destination has to be broken, or the slow path needs the operand in a register).
 */
import { Op } from '../../ir/ops.js';
import { Feature } from '../features.js';
import { Round } from '../asm/insts.js';
import { AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { FOp } from '../machops-float.js';
import type { Selector } from './selector.js';

/**
 * Lowers a float operation (F32_ABS … F64_COPYSIGN), a conversion with a float on either side, a reinterpretation, or
 * CANONICAL.
 */
export function lowerFloat(s: Selector, v: number): void {
  const o = s.f.op[v];
  if (o === Op.CANONICAL_F32 || o === Op.CANONICAL_F64) {
    s.begin(FOp.CANONICAL32 + (o - Op.CANONICAL_F32), Form.R);
    s.use(s.f.a[v]);
    s.tie();
    s.def(v);
    return;
  }
  if (o <= Op.F64_COPYSIGN) lowerArithmetic(s, v, o);
  else if (o >= Op.I32_TRUNC_SAT_F32_S) unary(s, v, FOp.TRUNC_SAT + (o - Op.I32_TRUNC_SAT_F32_S));
  else lowerConversion(s, v, o);
}

function lowerArithmetic(s: Selector, v: number, o: number): void {
  const wide = o >= Op.F64_ABS ? 1 : 0;
  const k = wide !== 0 ? o - (Op.F64_ABS - Op.F32_ABS) : o;
  switch (k) {
    case Op.F32_ABS:
      bitwise(s, v, FOp.ABS32 + wide);
      break;
    case Op.F32_NEG:
      bitwise(s, v, FOp.NEG32 + wide);
      break;
    case Op.F32_CEIL:
      round(s, v, wide, Round.CEIL);
      break;
    case Op.F32_FLOOR:
      round(s, v, wide, Round.FLOOR);
      break;
    case Op.F32_TRUNC:
      round(s, v, wide, Round.TRUNC);
      break;
    case Op.F32_NEAREST:
      round(s, v, wide, Round.NEAREST);
      break;
    case Op.F32_SQRT:
      unary(s, v, FOp.SQRT32 + wide);
      break;
    case Op.F32_ADD:
      binary(s, v, FOp.ADD32 + wide, wide, true);
      break;
    case Op.F32_SUB:
      binary(s, v, FOp.SUB32 + wide, wide, false);
      break;
    case Op.F32_MUL:
      binary(s, v, FOp.MUL32 + wide, wide, true);
      break;
    case Op.F32_DIV:
      binary(s, v, FOp.DIV32 + wide, wide, false);
      break;
    case Op.F32_MIN:
      minMax(s, v, FOp.MIN32 + wide);
      break;
    case Op.F32_MAX:
      minMax(s, v, FOp.MAX32 + wide);
      break;
    case Op.F32_COPYSIGN:
      copysign(s, v, wide);
      break;
  }
}

function lowerConversion(s: Selector, v: number, o: number): void {
  switch (o) {
    case Op.I32_TRUNC_F32_S:
    case Op.I32_TRUNC_F32_U:
    case Op.I32_TRUNC_F64_S:
    case Op.I32_TRUNC_F64_U:
      unary(s, v, FOp.TRUNC + (o - Op.I32_TRUNC_F32_S));
      break;
    case Op.I64_TRUNC_F32_S:
    case Op.I64_TRUNC_F32_U:
    case Op.I64_TRUNC_F64_S:
    case Op.I64_TRUNC_F64_U:
      unary(s, v, FOp.TRUNC + 4 + (o - Op.I64_TRUNC_F32_S));
      break;
    case Op.F32_CONVERT_I32_S:
      fromInt32(s, v, FOp.FROM_I32_32);
      break;
    case Op.F64_CONVERT_I32_S:
      fromInt32(s, v, FOp.FROM_I32_64);
      break;
    // An i32 is zero-extended, so its unsigned value is that of the whole register.
    case Op.F32_CONVERT_I32_U:
      unary(s, v, FOp.FROM_I64_32);
      break;
    case Op.F64_CONVERT_I32_U:
      unary(s, v, FOp.FROM_I64_64);
      break;
    case Op.F32_CONVERT_I64_S:
      unaryOrLoad(s, v, FOp.FROM_I64_32, Op.I64_LOAD);
      break;
    case Op.F64_CONVERT_I64_S:
      unaryOrLoad(s, v, FOp.FROM_I64_64, Op.I64_LOAD);
      break;
    case Op.F32_CONVERT_I64_U:
      fromUnsigned64(s, v, FOp.FROM_U64_32);
      break;
    case Op.F64_CONVERT_I64_U:
      fromUnsigned64(s, v, FOp.FROM_U64_64);
      break;
    case Op.F32_DEMOTE_F64:
      unaryOrLoad(s, v, FOp.DEMOTE, Op.F64_LOAD);
      break;
    case Op.F64_PROMOTE_F32:
      unaryOrLoad(s, v, FOp.PROMOTE, Op.F32_LOAD);
      break;
    case Op.I32_REINTERPRET_F32:
      reinterpret(s, v, FOp.BITS_OF_FLOAT32, Op.F32_LOAD, MOp.LOAD32);
      break;
    case Op.I64_REINTERPRET_F64:
      reinterpret(s, v, FOp.BITS_OF_FLOAT64, Op.F64_LOAD, MOp.LOAD64);
      break;
    case Op.F32_REINTERPRET_I32:
      reinterpret(s, v, FOp.BITS_TO_FLOAT32, Op.I32_LOAD, MOp.XLOAD32);
      break;
    case Op.F64_REINTERPRET_I64:
      reinterpret(s, v, FOp.BITS_TO_FLOAT64, Op.I64_LOAD, MOp.XLOAD64);
      break;
  }
}

/** Ties the result to operand 0 unless the instruction has three operands. */
export function tie(s: Selector, commutes: boolean): void {
  if ((s.features & Feature.AVX) === 0) s.tie(commutes);
}

/** Whether x can be the memory operand of the current instruction; sets the address then. */
function tryMemory(s: Selector, x: number, load: Op): boolean {
  if (s.isConst(x)) {
    if (s.kept(s.alias[x]) >= 0) return false;
    s.setPlace(AddrKind.CONST, s.alias[x]);
    return true;
  }
  return s.tryLoad(x, load);
}

function binary(s: Selector, v: number, op: number, wide: number, commutes: boolean): void {
  const { f, alias } = s;
  const load = wide !== 0 ? Op.F64_LOAD : Op.F32_LOAD;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  // Neither operand: what it is combined with then waits in the queue as well.
  const apart = s.isStrided(x) || s.isStrided(y);
  if (!apart && tryMemory(s, y, load)) withMemory(s, op, x);
  else if (!apart && commutes && tryMemory(s, x, load)) withMemory(s, op, y);
  else {
    s.begin(op, Form.RR);
    s.use(x);
    s.use(y);
    tie(s, commutes);
  }
  s.def(v);
}

function withMemory(s: Selector, op: number, x: number): void {
  s.begin(op, Form.RM);
  s.use(x);
  s.address();
  tie(s, false);
}

function minMax(s: Selector, v: number, op: number): void {
  s.begin(op, Form.RR);
  s.use(s.f.a[v]);
  s.use(s.f.b[v]);
  tie(s, true);
  s.def(v);
}

function bitwise(s: Selector, v: number, op: number): void {
  bitwiseTo(s, v, op, s.f.a[v]);
}

function bitwiseTo(s: Selector, to: number, op: number, x: number): void {
  s.begin(op, Form.R);
  s.use(x);
  tie(s, false);
  s.def(to);
}

/** Magnitude of a, sign of b. */
function copysign(s: Selector, v: number, wide: number): void {
  const magnitude = s.newValue(Cls.VECTOR);
  const sign = s.newValue(Cls.VECTOR);
  bitwiseTo(s, magnitude, FOp.ABS32 + wide, s.f.a[v]);
  bitwiseTo(s, sign, FOp.SIGN32 + wide, s.f.b[v]);
  s.begin(FOp.OR, Form.RR);
  s.useTemp(magnitude);
  s.useTemp(sign);
  tie(s, true);
  s.def(v);
}

function unary(s: Selector, v: number, op: number): void {
  s.begin(op, Form.R);
  s.use(s.f.a[v]);
  s.def(v);
}

function round(s: Selector, v: number, wide: number, mode: Round): void {
  s.begin(FOp.ROUND32 + wide, Form.R);
  s.use(s.f.a[v]);
  s.cond(mode);
  s.def(v);
}

function unaryOrLoad(s: Selector, v: number, op: number, load: Op): void {
  if (s.tryLoad(s.f.a[v], load)) {
    s.begin(op, Form.M);
    s.address();
    s.def(v);
  } else unary(s, v, op);
}

function fromInt32(s: Selector, v: number, op: number): void {
  const x = s.f.a[v];
  if (s.tryLoad(x, Op.I32_LOAD)) {
    s.begin(op, Form.M);
    s.address();
  } else {
    s.begin(op, Form.R);
    s.useLow(x);
  }
  s.def(v);
}

function fromUnsigned64(s: Selector, v: number, op: number): void {
  s.begin(op, Form.R);
  s.use(s.f.a[v]);
  s.temps(1, 0);
  s.def(v);
}

/** A reinterpreted load is a load of the other class. */
/**
 * x, whose bits are wanted as another type, is a load that others need too, with nothing in between: they are loaded once
 * more, which costs less than the way from one kind of register to the other. It cannot trap, because the load has been
 * there.
 */
function loadAgain(s: Selector, x: number, load: Op): boolean {
  const { f } = s;
  x = s.alias[x];
  if (f.op[x] !== load || f.block[x] !== s.curBlock || s.side[x] !== s.curSide || s.uses[x] < 2) return false;
  if (s.isChecked(x) || !s.enabled['load-folding']) return false;
  s.setLoad(x);
  return true;
}

function reinterpret(s: Selector, v: number, op: number, load: Op, asLoad: number): void {
  if (s.tryLoad(s.f.a[v], load) || loadAgain(s, s.f.a[v], load)) {
    s.begin(asLoad, Form.M);
    s.address();
  } else {
    s.begin(op, Form.R);
    s.use(s.f.a[v]);
  }
  s.def(v);
}
