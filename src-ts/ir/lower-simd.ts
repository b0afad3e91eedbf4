/**
 * Operators with prefix 0xFD: v128. Typing and immediates come from the operator rows; folded are only splats of
 * constants.
 */
import { Imm } from '../wasm/opcodes.js';
import { OP_IMM } from '../wasm/op-tables.js';
import { lowerAccess } from './access.js';
import type { FuncBuilder } from './builder.js';
import { vectorOperation } from './deterministic.js';
import type { SsaEmitter } from './emitter.js';
import { FIRST_SIMD, Op } from './ops.js';
import { ARITY, RESULT_TYPE } from './opinfo.js';

export function lowerSimd(b: FuncBuilder, sub: number): void {
  const op = FIRST_SIMD + sub;
  switch (OP_IMM[op - 0x100] as Imm) {
    case Imm.MEMARG:
    case Imm.MEMARG_LANE:
      lowerAccess(b, op, OP_IMM[op - 0x100] === Imm.MEMARG_LANE);
      return;
    case Imm.V128:
      b.push(constant(b));
      return;
    case Imm.SHUFFLE: {
      const lanes = constant(b);
      const y = b.pop();
      b.push(b.pure(op, RESULT_TYPE[op], b.pop(), y, lanes, 0, 0));
      return;
    }
    case Imm.LANE: {
      const lane = b.bytes[b.p++];
      const y = ARITY[op] === 2 ? b.pop() : -1;
      b.push(b.pure(op, RESULT_TYPE[op], b.pop(), y, -1, lane, 0));
      return;
    }
    default:
      lowerPlain(b, op);
  }
}

/** 16 bytes as a constant: of v128.const, or the lanes of a shuffle. */
function constant(b: FuncBuilder): number {
  const w0 = b.word();
  const w1 = b.word();
  const w2 = b.word();
  return b.v128(w0, w1, w2, b.word());
}

function lowerPlain(b: FuncBuilder, op: number): void {
  if (op >= Op.I8X16_SPLAT && op <= Op.F64X2_SPLAT) {
    const x = b.pop();
    const v = constantSplat(b, op, b.op[x], b.imm[x], b.imm2[x]);
    b.push(v >= 0 ? v : b.pure(op, RESULT_TYPE[op], x, -1, -1, 0, 0));
    return;
  }
  const z = ARITY[op] > 2 ? b.pop() : -1;
  const y = ARITY[op] > 1 ? b.pop() : -1;
  const x = b.pop();
  b.push(b.deterministic ? vectorOperation(b, op, x, y, z) : b.pure(op, RESULT_TYPE[op], x, y, z, 0, 0));
}

/** A splat of the constant with opcode `from`, or -1 if it is none. */
function constantSplat(e: SsaEmitter, op: number, from: number, lo: number, hi: number): number {
  if (from < Op.I32_CONST || from > Op.F64_CONST) return -1;
  switch (op) {
    case Op.I8X16_SPLAT:
      lo = Math.imul(lo & 0xff, 0x01010101);
      break;
    case Op.I16X8_SPLAT:
      lo = (lo & 0xffff) | (lo << 16);
      break;
    case Op.I64X2_SPLAT:
    case Op.F64X2_SPLAT:
      return e.v128(lo, hi, lo, hi);
  }
  return e.v128(lo, lo, lo, lo);
}
