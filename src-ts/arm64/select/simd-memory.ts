/** Vector loads and stores, and lanes: splats, extraction, replacement. */
import { Form } from '../../codegen/mach.js';
import { accessBytes } from '../../ir/memory.js';
import { laneOf, Op } from '../../ir/ops.js';
import { element, extension, from, VLane, VShift } from '../asm/insts-simd.js';
import { MOp } from '../machops.js';
import { storePlain } from '../../codegen/select/calls.js';
import { into, loadLane, storeLane, unary, vector } from './simd-parts.js';
import type { Selector } from './selector.js';

export function lowerVectorAccess(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const lane = laneOf(f.imm2[v]);
  s.setMemory(v, f.imm[v], accessBytes(o));
  if (o >= Op.V128_LOAD8X8_S && o <= Op.V128_LOAD32X2_U) {
    const k = o - Op.V128_LOAD8X8_S;
    unary(s, v, extension((k & 1) !== 0 ? VShift.USHLL : VShift.SSHLL, k >> 1), loadLane(s, vector(s), 3));
  } else if (o >= Op.V128_LOAD8_SPLAT && o <= Op.V128_LOAD64_SPLAT) {
    const size = o - Op.V128_LOAD8_SPLAT;
    unary(s, v, element(VLane.DUP, size, 0), loadLane(s, vector(s), size));
  } else if (o >= Op.V128_LOAD8_LANE && o <= Op.V128_LOAD64_LANE) {
    const size = o - Op.V128_LOAD8_LANE;
    const loaded = loadLane(s, vector(s), size);
    into(s, v, element(VLane.INS, size, lane), f.b[v], loaded);
  } else if (o >= Op.V128_STORE8_LANE && o <= Op.V128_STORE64_LANE) storeLaneOf(s, v, o - Op.V128_STORE8_LANE, lane);
  else if (o === Op.V128_LOAD32_ZERO) loadLane(s, v, 2);
  else if (o === Op.V128_LOAD64_ZERO) loadLane(s, v, 3);
  else if (o === Op.V128_STORE) storePlain(s, f.b[v], 8);
  else {
    s.begin(MOp.XLOAD128, Form.M);
    s.address();
    s.def(v);
  }
}

/** The lane comes down before the store, whose address was set first and may need instructions of its own. */
function storeLaneOf(s: Selector, v: number, size: number, lane: number): void {
  const { f } = s;
  const x = lane === 0 ? f.b[v] : unary(s, vector(s), element(VLane.TAKE, size, lane), f.b[v]);
  storeLane(s, x, size);
}

/** Splats, extraction and replacement of lanes; false if v is none. */
export function lowerLanes(s: Selector, v: number): boolean {
  const { f } = s;
  const o = f.op[v];
  const lane = f.imm[v];
  if (o >= Op.I8X16_SPLAT && o <= Op.I64X2_SPLAT) {
    fromGeneral(s, v, element(VLane.DUP_GENERAL, o - Op.I8X16_SPLAT, 0), o === Op.I64X2_SPLAT);
    return true;
  }
  switch (o) {
    case Op.F32X4_SPLAT:
      unary(s, v, element(VLane.DUP, 2, 0), f.a[v]);
      return true;
    case Op.F64X2_SPLAT:
      unary(s, v, element(VLane.DUP, 3, 0), f.a[v]);
      return true;
    case Op.I8X16_EXTRACT_LANE_S:
      unary(s, v, element(VLane.SMOV, 0, lane), f.a[v]);
      return true;
    case Op.I8X16_EXTRACT_LANE_U:
      unary(s, v, element(VLane.UMOV, 0, lane), f.a[v]);
      return true;
    case Op.I16X8_EXTRACT_LANE_S:
      unary(s, v, element(VLane.SMOV, 1, lane), f.a[v]);
      return true;
    case Op.I16X8_EXTRACT_LANE_U:
      unary(s, v, element(VLane.UMOV, 1, lane), f.a[v]);
      return true;
    case Op.I32X4_EXTRACT_LANE:
      unary(s, v, element(VLane.UMOV, 2, lane), f.a[v]);
      return true;
    case Op.I64X2_EXTRACT_LANE:
      unary(s, v, element(VLane.UMOV, 3, lane), f.a[v]);
      return true;
    case Op.F32X4_EXTRACT_LANE:
      unary(s, v, element(VLane.TAKE, 2, lane), f.a[v]);
      return true;
    case Op.F64X2_EXTRACT_LANE:
      unary(s, v, element(VLane.TAKE, 3, lane), f.a[v]);
      return true;
    case Op.I8X16_REPLACE_LANE:
      insertGeneral(s, v, 0);
      return true;
    case Op.I16X8_REPLACE_LANE:
      insertGeneral(s, v, 1);
      return true;
    case Op.I32X4_REPLACE_LANE:
      insertGeneral(s, v, 2);
      return true;
    case Op.I64X2_REPLACE_LANE:
      insertGeneral(s, v, 3);
      return true;
    case Op.F32X4_REPLACE_LANE:
      into(s, v, element(VLane.INS, 2, lane) | from(2, 0), f.a[v], f.b[v]);
      return true;
    case Op.F64X2_REPLACE_LANE:
      into(s, v, element(VLane.INS, 3, lane) | from(3, 0), f.a[v], f.b[v]);
      return true;
  }
  return false;
}

/** v = op of a general register. */
function fromGeneral(s: Selector, v: number, row: number, wide: boolean): void {
  const x = s.f.a[v];
  unary(s, v, row, wide ? s.alias[x] : s.lowPart(x, 32));
}

function insertGeneral(s: Selector, v: number, size: number): void {
  const { f } = s;
  const x = size === 3 ? s.alias[f.b[v]] : s.lowPart(f.b[v], 32);
  into(s, v, element(VLane.INS_GENERAL, size, f.imm[v]), f.a[v], x);
}
