/** Vector loads and stores, and lanes: splats, extraction, replacement. */
import { accessBytes } from '../../ir/memory.js';
import { laneOf, Op } from '../../ir/ops.js';
import { Sse } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { FOp } from '../machops-float.js';
import { VOp } from '../machops-simd.js';
import { storePlain } from '../../codegen/select/calls.js';
import {
  extract,
  fresh,
  hasAvx,
  hasAvx2,
  isLowSplat,
  isUniform,
  needsLow,
  needsOthers,
  operand,
  registers,
  same,
  storePart,
  unary,
  unaryMemory,
  uniform,
  withMemory,
} from './simd-parts.js';
import type { Selector } from './selector.js';

/** Rows of the loads that extend, from V128_LOAD8X8_S. */
const EXTENDING = Int32Array.of(Sse.PMOVSXBW, Sse.PMOVZXBW, Sse.PMOVSXWD, Sse.PMOVZXWD, Sse.PMOVSXDQ, Sse.PMOVZXDQ);
/** Of insertions and extractions by log2 of the lane's bytes. */
const INSERT = Int32Array.of(Sse.PINSRB, Sse.PINSRW, Sse.PINSRD, Sse.PINSRQ);
const EXTRACT = Int32Array.of(Sse.PEXTRB, Sse.PEXTRW, Sse.PEXTRD, Sse.PEXTRQ);
/** Low bits of a pshufd that repeats its lowest doubleword, or its lowest quadword. */
const LOWEST = 0x00;
const LOW_HALF = 0x44;
const HIGH_HALF = 0xee;

export function lowerVectorAccess(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  if ((o === Op.V128_STORE32_LANE || o === Op.V128_STORE64_LANE) && laneOf(f.imm2[v]) === 0)
    needsLow(s, f.b[v], accessBytes(o));
  const lane = laneOf(f.imm2[v]);
  s.setMemory(v, f.imm[v], accessBytes(o));
  if (o >= Op.V128_LOAD8X8_S && o <= Op.V128_LOAD32X2_U) {
    unaryMemory(s, v, EXTENDING[o - Op.V128_LOAD8X8_S]);
    return;
  }
  switch (o) {
    case Op.V128_LOAD:
      load(s, v, MOp.XLOAD128);
      break;
    case Op.V128_LOAD32_ZERO:
      load(s, v, MOp.XLOAD32);
      break;
    case Op.V128_LOAD64_ZERO:
      load(s, v, MOp.XLOAD64);
      break;
    case Op.V128_STORE:
      storePlain(s, f.b[v], 8);
      break;
    case Op.V128_LOAD8_SPLAT:
    case Op.V128_LOAD16_SPLAT:
    case Op.V128_LOAD32_SPLAT:
    case Op.V128_LOAD64_SPLAT:
      splatMemory(s, v, o - Op.V128_LOAD8_SPLAT);
      break;
    case Op.V128_LOAD8_LANE:
    case Op.V128_LOAD16_LANE:
    case Op.V128_LOAD32_LANE:
      insertMemory(s, v, o - Op.V128_LOAD8_LANE, f.b[v], lane);
      break;
    case Op.V128_LOAD64_LANE:
      withMemory(s, v, lane === 0 ? Sse.MOVLPS : Sse.MOVHPS, f.b[v]);
      break;
    case Op.V128_STORE8_LANE:
    case Op.V128_STORE16_LANE:
      storePart(s, VOp.STORE_LANE, EXTRACT[o - Op.V128_STORE8_LANE], f.b[v], lane);
      break;
    case Op.V128_STORE32_LANE:
      if (lane === 0) storeLow(s, MOp.XSTORE32, f.b[v]);
      else storePart(s, VOp.STORE_LANE, Sse.PEXTRD, f.b[v], lane);
      break;
    case Op.V128_STORE64_LANE:
      if (lane === 0) storeLow(s, MOp.XSTORE64, f.b[v]);
      else storePart(s, VOp.STORE_HIGH, Sse.MOVHPS_STORE, f.b[v], 0);
      break;
  }
}

function load(s: Selector, to: number, op: MOp): number {
  s.begin(op, Form.M);
  s.address();
  s.def(to);
  return to;
}

function storeLow(s: Selector, op: MOp, x: number): void {
  s.begin(op, Form.MR);
  s.use(x);
  s.address();
}

/** to = x with [the address set before] in a lane of 2^size bytes. */
function insertMemory(s: Selector, to: number, size: number, x: number, lane: number): number {
  return withMemory(s, to, INSERT[size], x, lane);
}

/** to = [the address set before] in every lane of 2^size bytes. */
function splatMemory(s: Selector, to: number, size: number): void {
  switch (size) {
    case 0:
      if (hasAvx2(s)) unaryMemory(s, to, Sse.VPBROADCASTB);
      else spreadByte(s, to, insertIntoZero(s, 0));
      break;
    case 1:
      if (hasAvx2(s)) unaryMemory(s, to, Sse.VPBROADCASTW);
      else spreadWord(s, to, insertIntoZero(s, 1));
      break;
    case 2:
      if (hasAvx(s)) unaryMemory(s, to, Sse.VBROADCASTSS);
      else {
        const low = load(s, fresh(s), MOp.XLOAD32);
        registers(s, to, Sse.SHUFPS, low, low, true, LOWEST);
      }
      break;
    default:
      unaryMemory(s, to, Sse.MOVDDUP);
  }
}

/** A vector of zeros but for [the address set before] in its lowest lane: no dependency on what the register held. */
function insertIntoZero(s: Selector, size: number): number {
  return insertMemory(s, fresh(s), size, uniform(s, VOp.ZERO), 0);
}

function spreadByte(s: Selector, to: number, x: number): void {
  registers(s, to, Sse.PSHUFB, x, uniform(s, VOp.ZERO));
}

function spreadWord(s: Selector, to: number, x: number): void {
  unary(s, to, Sse.PSHUFD, unary(s, fresh(s), Sse.PSHUFLW, x, 0), LOWEST);
}

/** A load of `size` bytes or more of the integer x, as memory operand. */
function tryLane(s: Selector, x: number, size: number): boolean {
  switch (size) {
    case 0:
      return s.tryLoad(x, Op.I32_LOAD8_U) || s.tryLoad(x, Op.I32_LOAD8_S);
    case 1:
      return s.tryLoad(x, Op.I32_LOAD16_U) || s.tryLoad(x, Op.I32_LOAD16_S);
    case 2:
      return s.tryLoad(x, Op.I32_LOAD);
    default:
      return s.tryLoad(x, Op.I64_LOAD);
  }
}

export function lowerSplat(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const x = f.a[v];
  if (s.lowSplats.n > 0 && isLowSplat(s, v)) {
    lowerLowSplat(s, v, o, x);
    return;
  }
  if (o >= Op.F32X4_SPLAT) {
    const wide = o === Op.F64X2_SPLAT;
    if (s.tryLoad(x, wide ? Op.F64_LOAD : Op.F32_LOAD)) splatMemory(s, v, wide ? 3 : 2);
    else if (wide) unary(s, v, Sse.MOVDDUP, x);
    else unary(s, v, Sse.PSHUFD, x, LOWEST);
    return;
  }
  const size = o - Op.I8X16_SPLAT;
  if (tryLane(s, x, size)) {
    splatMemory(s, v, size);
    return;
  }
  const low = fresh(s);
  integerToLow(s, low, size, x);
  if (size === 0) {
    if (hasAvx2(s)) unary(s, v, Sse.VPBROADCASTB, low);
    else spreadByte(s, v, low);
  } else if (size === 1) {
    if (hasAvx2(s)) unary(s, v, Sse.VPBROADCASTW, low);
    else spreadWord(s, v, low);
  } else unary(s, v, Sse.PSHUFD, low, size === 2 ? LOWEST : LOW_HALF);
}

/** to = the integer x, of which 2^size bytes matter, in the lowest lane. */
function integerToLow(s: Selector, to: number, size: number, x: number): void {
  s.begin(size === 3 ? FOp.BITS_TO_FLOAT64 : FOp.BITS_TO_FLOAT32, Form.R);
  s.use(s.lowPart(x, 8 << size));
  s.def(to);
}

/** A splat of which only the lowest lane is needed. */
function lowerLowSplat(s: Selector, v: number, o: Op, x: number): void {
  if (o >= Op.F32X4_SPLAT) same(s, v, x);
  else if (o === Op.I32X4_SPLAT && s.tryLoad(x, Op.I32_LOAD)) load(s, v, MOp.XLOAD32);
  else if (o === Op.I64X2_SPLAT && s.tryLoad(x, Op.I64_LOAD)) load(s, v, MOp.XLOAD64);
  else integerToLow(s, v, o - Op.I8X16_SPLAT, x);
}

export function lowerExtract(s: Selector, v: number): void {
  const { f } = s;
  const x = f.a[v];
  const lane = f.imm[v];
  switch (f.op[v]) {
    case Op.I8X16_EXTRACT_LANE_U:
      extract(s, v, Sse.PEXTRB, x, lane);
      break;
    case Op.I16X8_EXTRACT_LANE_U:
      extract(s, v, Sse.PEXTRW, x, lane);
      break;
    case Op.I8X16_EXTRACT_LANE_S:
      extractSigned(s, v, Sse.PEXTRB, MOp.MOVSX8_32, x, lane);
      break;
    case Op.I16X8_EXTRACT_LANE_S:
      extractSigned(s, v, Sse.PEXTRW, MOp.MOVSX16_32, x, lane);
      break;
    case Op.I32X4_EXTRACT_LANE:
      if (lane === 0) lowToInteger(s, v, FOp.BITS_OF_FLOAT32, x);
      else extract(s, v, Sse.PEXTRD, x, lane);
      break;
    case Op.I64X2_EXTRACT_LANE:
      if (lane === 0) lowToInteger(s, v, FOp.BITS_OF_FLOAT64, x);
      else extract(s, v, Sse.PEXTRQ, x, lane);
      break;
    // A float is the lowest lane of its register.
    case Op.F32X4_EXTRACT_LANE:
      if (lane === 0) same(s, v, x);
      else unary(s, v, Sse.PSHUFD, x, lane);
      break;
    case Op.F64X2_EXTRACT_LANE:
      if (lane === 0) same(s, v, x);
      else unary(s, v, Sse.PSHUFD, x, HIGH_HALF);
      break;
  }
}

function lowToInteger(s: Selector, to: number, op: FOp, x: number): void {
  s.begin(op, Form.R);
  s.use(x);
  s.def(to);
}

function extractSigned(s: Selector, to: number, row: Sse, extend: MOp, x: number, lane: number): void {
  const bits = s.newValue(Cls.GPR);
  extract(s, bits, row, x, lane);
  s.begin(extend, Form.R);
  s.useTemp(bits);
  s.def(to);
}

export function lowerReplace(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const x = f.a[v];
  const y = f.b[v];
  const lane = f.imm[v];
  needsOthers(s, v);
  if (o === Op.F32X4_REPLACE_LANE) {
    // insertps takes the lowest doubleword; from memory it reads four bytes.
    if (s.tryLoad(y, Op.F32_LOAD)) withMemory(s, v, Sse.INSERTPS, x, lane << 4);
    else if (lane === 0) registers(s, v, Sse.MOVSS, x, y);
    else registers(s, v, Sse.INSERTPS, x, y, false, lane << 4);
    return;
  }
  if (o === Op.F64X2_REPLACE_LANE) {
    if (s.tryLoad(y, Op.F64_LOAD)) withMemory(s, v, lane === 0 ? Sse.MOVLPS : Sse.MOVHPS, x);
    else registers(s, v, lane === 0 ? Sse.MOVSD : Sse.MOVLHPS, x, y);
    return;
  }
  const size = o === Op.I8X16_REPLACE_LANE ? 0 : o === Op.I16X8_REPLACE_LANE ? 1 : o === Op.I32X4_REPLACE_LANE ? 2 : 3;
  if (tryLane(s, y, size)) {
    insertMemory(s, v, size, x, lane);
    return;
  }
  if (lane === 0 && size >= 2 && isUniform(s, x, 0)) {
    // Moves from general registers clear the rest.
    integerToLow(s, v, size, y);
    return;
  }
  s.begin(VOp.BINARY_I, Form.RR);
  s.imm(INSERT[size]);
  s.imm2(lane);
  operand(s, x);
  s.use(s.lowPart(y, 8 << size));
  if (!hasAvx(s)) s.tie();
  s.def(v);
}
