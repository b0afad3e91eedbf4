/**
 * Operators that don't branch, in reachable code: operands from the builder's stack, results onto it. One case per
 * operator or range of operators.
 */
import { Trap } from '../abi/trap-codes.js';
import { WasmOp } from '../wasm/opcodes.js';
import { ValType } from '../wasm/types.js';
import type { CallFlow } from './call-flow.js';
import { lowerAccess, lowerBulk, lowerMemoryGrow, lowerMemorySize, orMinusOne, tableOperand } from './access.js';
import { canonical, numberOf } from './deterministic.js';
import { binary, select, unary } from './fold.js';
import { lowerAtomic } from './lower-atomic.js';
import { lowerGc, lowerRefEq } from './lower-gc.js';
import { lowerSimd } from './lower-simd.js';
import { Op, WIDE } from './ops.js';
import { ARITY, RESULT_TYPE } from './opinfo.js';

export function lowerOperator(b: CallFlow, op: number): void {
  if (op >= 0x45 && op <= 0xc4) {
    if (ARITY[op] === 1) {
      const x = b.pop();
      b.push(b.deterministic ? canonical(b, op, unary(b, op, numberOf(b, op, x))) : unary(b, op, x));
    } else {
      const y = b.pop();
      const x = b.pop();
      b.push(
        b.deterministic ? canonical(b, op, binary(b, op, numberOf(b, op, x), numberOf(b, op, y))) : binary(b, op, x, y),
      );
    }
    return;
  }
  switch (op) {
    case 0x20: // local.get
      if (b.localsInMemory) b.push(b.localFromMemory(b.u32()));
      else b.push(b.locals.value[b.firstLocal + b.u32()]);
      return;
    case 0x21: // local.set
      if (b.localsInMemory) b.localToMemory(b.u32(), b.pop());
      else b.locals.set(b.firstLocal + b.u32(), b.pop());
      return;
    case 0x22: // local.tee
      if (b.localsInMemory) b.localToMemory(b.u32(), b.stack[b.sp - 1]);
      else b.locals.set(b.firstLocal + b.u32(), b.stack[b.sp - 1]);
      return;
    case Op.I32_CONST:
      b.push(b.i32(b.s32()));
      return;
    case Op.I64_CONST: {
      const low = b.s64();
      b.push(b.i64(low, b.high));
      return;
    }
    case Op.F32_CONST:
      b.push(b.constant(Op.F32_CONST, ValType.F32, b.word(), 0));
      return;
    case Op.F64_CONST: {
      const lo = b.word();
      b.push(b.constant(Op.F64_CONST, ValType.F64, lo, b.word()));
      return;
    }
    case 0x10:
      lowerCall(b, b.u32());
      return;
    case 0x11:
      lowerCallIndirect(b);
      return;
    case 0x1a: // drop
      b.sp--;
      return;
    case 0x1b:
    case 0x1c: {
      // select, without and with types
      if (op === 0x1c) for (let n = b.u32(); n > 0; n--) b.valType();
      const c = b.pop();
      const y = b.pop();
      b.push(select(b, b.pop(), y, c));
      return;
    }
    case Op.GLOBAL_GET:
      lowerGlobalGet(b, b.u32());
      return;
    case Op.GLOBAL_SET: {
      const global = b.u32();
      const value = b.pop();
      b.emit(op, 0, value, -1, -1, global, 0);
      b.facts.setGlobal(global, value);
      return;
    }
    case Op.TABLE_GET: {
      const table = b.u32();
      b.push(b.emit(op, b.classOf(b.m.tables[table].type), tableOperand(b, table), -1, -1, table, 0));
      return;
    }
    case Op.TABLE_SET: {
      const table = b.u32();
      const value = b.pop();
      b.emit(op, 0, tableOperand(b, table), value, -1, table, 0);
      return;
    }
    case Op.MEMORY_SIZE:
      lowerMemorySize(b, b.u32());
      return;
    case Op.MEMORY_GROW:
      lowerMemoryGrow(b, b.u32());
      return;
    case Op.REF_NULL:
      b.push(b.zero(b.classOf(b.heapType())));
      return;
    case 0xd1: // ref.is_null: references are 32-bit handles and null is 0
      b.push(b.pure(Op.I32_EQZ, ValType.I32, b.pop(), -1, -1, 0, 0));
      return;
    case WasmOp.REF_AS_NON_NULL:
      b.nullCheck(b.stack[b.sp - 1], Trap.NULL_REFERENCE);
      return;
    case WasmOp.CALL_REF:
      lowerCallRef(b, b.u32());
      return;
    case Op.REF_FUNC:
      b.push(b.pure(Op.REF_FUNC, ValType.FUNCREF, -1, -1, -1, b.u32(), 0));
      return;
    case WasmOp.REF_EQ:
      lowerRefEq(b);
      return;
    case WasmOp.PREFIX_FB:
      lowerGc(b);
      return;
    case 0xfc:
      lowerPrefixed(b, b.u32());
      return;
    case 0xfd:
      lowerSimd(b, b.u32());
      return;
    case 0xfe:
      lowerAtomic(b, b.u32());
      return;
    default:
      lowerAccess(b, op, false);
  }
}

function lowerGlobalGet(b: CallFlow, index: number): void {
  const { mutable } = b.m.globals[index];
  const type = b.classOf(b.m.globals[index].type);
  if (!mutable) {
    b.push(b.pure(Op.GLOBAL_GET, type, -1, -1, -1, index, 0));
    return;
  }
  let value = b.facts.global(index);
  if (value < 0) {
    value = b.emit(Op.GLOBAL_GET, type, -1, -1, -1, index, 0);
    b.facts.setGlobal(index, value);
  }
  b.push(value);
}

/** call_ref: the callee, of the type at `typeIndex`, is on top of its arguments. */
function lowerCallRef(b: CallFlow, typeIndex: number): void {
  const callee = b.pop();
  if (b.op[callee] === Op.REF_FUNC) lowerCall(b, b.imm[callee]);
  else b.emitCallRef(typeIndex, callee);
}

function lowerCall(b: CallFlow, callee: number): void {
  if (!b.inlineCall(callee)) b.emitCall(callee);
}

function lowerCallIndirect(b: CallFlow): void {
  const typeIndex = b.u32();
  const table = b.u32();
  const index = tableOperand(b, table);
  const element = b.likelyElement(typeIndex, table);
  if (element < 0) {
    b.emitCallIndirect(typeIndex, table, index);
    return;
  }
  b.beginGuardedCall(index, element, b.m.types[typeIndex]);
  lowerCall(b, b.functionAt(table, element));
  b.otherwiseGuardedCall();
  b.emitCallIndirect(typeIndex, table, index);
  b.endGuardedCall();
}

/** Operators with prefix 0xFC: saturating conversions, bulk memory and table operators, wide arithmetic. */
function lowerPrefixed(b: CallFlow, sub: number): void {
  const op = 0x200 + sub;
  if (sub < 8) {
    b.push(b.pure(op, RESULT_TYPE[op], b.pop(), -1, -1, 0, 0));
    return;
  }
  if (sub >= 19) {
    lowerWide(b, 0x100 + sub);
    return;
  }
  const first = b.u32();
  const second = sub === 8 || sub === 10 || sub === 12 || sub === 14 ? b.u32() : 0;
  switch (op) {
    case Op.DATA_DROP:
    case Op.ELEM_DROP:
      b.emit(op, 0, -1, -1, -1, first, 0);
      return;
    case Op.MEMORY_INIT:
    case Op.MEMORY_COPY:
    case Op.MEMORY_FILL:
      lowerBulk(b, op, first, second);
      return;
    case Op.TABLE_SIZE: {
      const size = b.emit(op, ValType.I32, -1, -1, -1, first, 0);
      b.push(isWide(b, first) ? unary(b, Op.I64_EXTEND_I32_U, size) : size);
      return;
    }
    case Op.TABLE_GROW: {
      const delta = tableOperand(b, first);
      const old = b.emit(op, ValType.I32, b.pop(), delta, -1, first, 0);
      b.push(isWide(b, first) ? orMinusOne(b, old) : old);
      return;
    }
    case Op.TABLE_FILL: {
      const n = tableOperand(b, first);
      const value = b.pop();
      b.emit(op, 0, tableOperand(b, first), value, n, first, 0);
      return;
    }
    case Op.TABLE_INIT: {
      const n = b.pop();
      const from = b.pop();
      b.emit(op, 0, tableOperand(b, second), from, n, first, second);
      return;
    }
    case Op.TABLE_COPY: {
      // The length is of the smaller type.
      const n = tableOperand(b, isWide(b, first) ? second : first);
      const from = tableOperand(b, second);
      b.emit(op, 0, tableOperand(b, first), from, n, first, second);
      return;
    }
  }
}

const isWide = (b: CallFlow, table: number): boolean => b.m.tables[table].address64 === true;

/** Wide arithmetic: two results of 64 bits, low and high, by operations on the halves. Carries become flags again. */
function lowerWide(b: CallFlow, op: number): void {
  if (op >= WasmOp.I64_MUL_WIDE_S) {
    const y = b.pop();
    const x = b.pop();
    b.push(binary(b, Op.I64_MUL, x, y));
    b.push(b.pure(op === WasmOp.I64_MUL_WIDE_S ? Op.I64_MULH_S : Op.I64_MULH_U, ValType.I64, x, y, -1, 0, 0));
    return;
  }
  const yHigh = b.pop();
  const yLow = b.pop();
  const xHigh = b.pop();
  const xLow = b.pop();
  const add = op === WasmOp.I64_ADD128;
  const low = binary(b, add ? Op.I64_ADD : Op.I64_SUB, xLow, yLow);
  if (b.op[low] === Op.I64_ADD || b.op[low] === Op.I64_SUB) b.imm[low] = WIDE;
  const carry = add ? binary(b, Op.I64_LT_U, low, xLow) : binary(b, Op.I64_LT_U, xLow, yLow);
  const high = binary(b, add ? Op.I64_ADD : Op.I64_SUB, xHigh, yHigh);
  b.push(low);
  b.push(binary(b, add ? Op.I64_ADD : Op.I64_SUB, high, unary(b, Op.I64_EXTEND_I32_U, carry)));
}
