/**
 * Facts about operations, one table each, indexed by `Op` (all below `OP_LIMIT`): arity, result type, effects.
 * Everything else about an operation is derived from these.
 */
import { OP_COUNT, OP_IMM, OP_PUSH, OP_POPS } from '../wasm/op-tables.js';
import { Imm } from '../wasm/opcodes.js';
import { ValType } from '../wasm/types.js';
import { FIRST_ATOMIC, FIRST_SIMD, Op } from './ops.js';

export const OP_LIMIT = 0x100 + OP_COUNT;

/**
 * Value operands in a, b, c (an indirect call has one: its b is a table index; the base of an access is none). Pool
 * operands not counted.
 */
export const ARITY = new Uint8Array(OP_LIMIT);
/**
 * Result type of operations that always have the same one; 0 = none or it depends (SELECT, PARAM, calls, GLOBAL_GET,
 * TABLE_GET, REF_NULL, …).
 */
export const RESULT_TYPE = new Uint8Array(OP_LIMIT);
/** 1 where a and b may be exchanged. */
export const COMMUTES = new Uint8Array(OP_LIMIT);
/** Effects of an operation, or-ed from `Effect`. */
export const EFFECTS = new Uint8Array(OP_LIMIT);

export const enum Effect {
  /** Its result depends on operands and immediates only, and it can't trap: may be shared, removed and moved. */
  NONE = 0,
  /** May trap: must stay, in its place, even if unused. An equal one that dominates it may stand for it. */
  TRAP = 1,
  /** Reads state that other operations change (memory, a mutable global, a table, a size). */
  READ = 2,
  /** Changes state, or leaves the block: must stay. */
  WRITE = 4,
  /** Defined by its place (parameters, arguments, results of calls): removable when unused, never shared. */
  PLACE = 8,
  /** Accesses linear memory at address a + imm; c is the base if that is not memory 0's. */
  ACCESS = 16,
}

const each = (from: number, to: number, arity: number, type: number): void => {
  for (let op = from; op <= to; op++) {
    ARITY[op] = arity;
    RESULT_TYPE[op] = type;
  }
};
const { I32, I64, F32, F64, V128 } = {
  I32: ValType.I32,
  I64: ValType.I64,
  F32: ValType.F32,
  F64: ValType.F64,
  V128: ValType.V128,
};

/** Arity and result type. */
function describe(): void {
  // Loads and stores.
  for (const op of [Op.I32_LOAD, Op.I32_LOAD8_S, Op.I32_LOAD8_U, Op.I32_LOAD16_S, Op.I32_LOAD16_U])
    each(op, op, 1, I32);
  each(Op.I64_LOAD, Op.I64_LOAD, 1, I64);
  each(Op.F32_LOAD, Op.F32_LOAD, 1, F32);
  each(Op.F64_LOAD, Op.F64_LOAD, 1, F64);
  each(Op.I64_LOAD8_S, Op.I64_LOAD32_U, 1, I64);
  each(Op.I32_STORE, Op.I64_STORE32, 2, 0);
  // Constants.
  each(Op.I32_CONST, Op.I32_CONST, 0, I32);
  each(Op.I64_CONST, Op.I64_CONST, 0, I64);
  each(Op.F32_CONST, Op.F32_CONST, 0, F32);
  each(Op.F64_CONST, Op.F64_CONST, 0, F64);
  each(Op.V128_CONST, Op.V128_CONST, 0, V128);
  each(Op.REF_FUNC, Op.REF_FUNC, 0, ValType.FUNCREF);
  // Numeric operators, in the order of the specification.
  each(Op.I32_EQZ, Op.I32_EQZ, 1, I32);
  each(Op.I32_EQ, Op.I32_GE_U, 2, I32);
  each(Op.I64_EQZ, Op.I64_EQZ, 1, I32);
  each(Op.I64_EQ, Op.F64_GE, 2, I32);
  each(Op.I32_CLZ, Op.I32_POPCNT, 1, I32);
  each(Op.I32_ADD, Op.I32_ROTR, 2, I32);
  each(Op.I64_CLZ, Op.I64_POPCNT, 1, I64);
  each(Op.I64_ADD, Op.I64_ROTR, 2, I64);
  each(Op.I64_MULH_S, Op.I64_MULH_U, 2, I64);
  each(Op.F32_ABS, Op.F32_SQRT, 1, F32);
  each(Op.F32_ADD, Op.F32_COPYSIGN, 2, F32);
  each(Op.F64_ABS, Op.F64_SQRT, 1, F64);
  each(Op.F64_ADD, Op.F64_COPYSIGN, 2, F64);
  each(Op.I32_WRAP_I64, Op.I32_TRUNC_F64_U, 1, I32);
  each(Op.I64_EXTEND_I32_S, Op.I64_TRUNC_F64_U, 1, I64);
  each(Op.F32_CONVERT_I32_S, Op.F32_DEMOTE_F64, 1, F32);
  each(Op.F64_CONVERT_I32_S, Op.F64_PROMOTE_F32, 1, F64);
  each(Op.I32_REINTERPRET_F32, Op.I32_REINTERPRET_F32, 1, I32);
  each(Op.I64_REINTERPRET_F64, Op.I64_REINTERPRET_F64, 1, I64);
  each(Op.F32_REINTERPRET_I32, Op.F32_REINTERPRET_I32, 1, F32);
  each(Op.F64_REINTERPRET_I64, Op.F64_REINTERPRET_I64, 1, F64);
  each(Op.I32_EXTEND8_S, Op.I32_EXTEND16_S, 1, I32);
  each(Op.I64_EXTEND8_S, Op.I64_EXTEND32_S, 1, I64);
  each(Op.I32_TRUNC_SAT_F32_S, Op.I32_TRUNC_SAT_F64_U, 1, I32);
  each(Op.I64_TRUNC_SAT_F32_S, Op.I64_TRUNC_SAT_F64_U, 1, I64);
  // State.
  each(Op.LOCAL_SET, Op.LOCAL_SET, 1, 0);
  each(Op.GLOBAL_SET, Op.GLOBAL_SET, 1, 0);
  each(Op.MEMORY_BASE, Op.MEMORY_BASE, 0, I64);
  each(Op.MEMORY_SIZE, Op.MEMORY_SIZE, 0, I32);
  each(Op.MEMORY_GROW, Op.MEMORY_GROW, 1, I32);
  for (const op of [Op.MEMORY_INIT, Op.MEMORY_COPY, Op.MEMORY_FILL, Op.TABLE_INIT, Op.TABLE_COPY, Op.TABLE_FILL])
    each(op, op, 3, 0);
  each(Op.TABLE_GROW, Op.TABLE_GROW, 2, I32);
  each(Op.TABLE_SIZE, Op.TABLE_SIZE, 0, I32);
  each(Op.TABLE_GET, Op.TABLE_GET, 1, 0);
  each(Op.TABLE_SET, Op.TABLE_SET, 2, 0);
  each(Op.SELECT, Op.SELECT, 3, 0);
  // Control and calls.
  each(Op.BR_IF, Op.BR_TABLE, 1, 0);
  each(Op.CALL_INDIRECT, Op.CALL_REF, 1, 0);
  each(Op.TAIL_CALL_INDIRECT, Op.TAIL_CALL_REF, 1, 0);
  each(Op.NULL_CHECK, Op.RETYPE, 1, 0);
  each(Op.GC_NEW, Op.GC_NEW, 0, ValType.ANYREF);
  each(Op.GC_NEW_ARRAY, Op.GC_NEW_ARRAY, 1, ValType.ANYREF);
  each(Op.GC_TYPE, Op.TYPE_FIELD, 1, I32);
  each(Op.TYPE_ID, Op.TYPE_ID, 0, I32);
  each(Op.GC_ADDRESS, Op.GC_ADDRESS, 2, I64);
  each(Op.FUNC_TYPE, Op.FUNC_TYPE, 1, I32);
  each(Op.GC_LOAD, Op.GC_LOAD, 1, 0);
  each(Op.GC_STORE, Op.GC_LOAD_AT, 2, 0);
  each(Op.GC_STORE_AT, Op.GC_STORE_AT, 3, 0);
  each(Op.ARRAY_LENGTH, Op.ARRAY_LENGTH, 1, I32);
  each(Op.ARRAY_BOUNDS, Op.ARRAY_BOUNDS, 2, 0);
  each(Op.RESULT, Op.RESULT, 1, 0);
  each(Op.CANONICAL_F32, Op.CANONICAL_F32, 1, F32);
  each(Op.CANONICAL_F64, Op.CANONICAL_F64, 1, F64);
  each(Op.CANONICAL_F32X4, Op.CANONICAL_F64X2, 1, V128);
  each(Op.LANDING, Op.LANDING, 0, I64);
  each(Op.EXN_FIELD, Op.EXN_FIELD, 1, 0);
  each(Op.TAG, Op.TAG, 0, I64);
  each(Op.THROW_REF, Op.THROW_REF, 1, 0);
}

function commute(): void {
  for (const op of [
    Op.I32_EQ,
    Op.I32_NE,
    Op.I64_EQ,
    Op.I64_NE,
    Op.F32_EQ,
    Op.F32_NE,
    Op.F64_EQ,
    Op.F64_NE,
    Op.I32_ADD,
    Op.I32_MUL,
    Op.I32_AND,
    Op.I32_OR,
    Op.I32_XOR,
    Op.I64_ADD,
    Op.I64_MUL,
    Op.I64_MULH_S,
    Op.I64_MULH_U,
    Op.I64_AND,
    Op.I64_OR,
    Op.I64_XOR,
    // Not the float ones: which operand's NaN bits a sum has is not specified, but it should not change with the
    // optimiser's mood.
  ])
    COMMUTES[op] = 1;
}

function haveEffects(): void {
  const effect = (flags: number, ...ops: Op[]): void => {
    for (const op of ops) EFFECTS[op] = flags;
  };
  effect(Effect.PLACE, Op.PARAM, Op.ARG, Op.RESULT);
  effect(
    Effect.WRITE,
    Op.BR,
    Op.BR_IF,
    Op.BR_TABLE,
    Op.RETURN,
    Op.TRAP,
    Op.INVOKE,
    Op.THROW,
    Op.THROW_REF,
    Op.TAIL_CALL,
    Op.TAIL_CALL_INDIRECT,
    Op.TAIL_CALL_REF,
    Op.LANDING,
    Op.COUNT,
    Op.CALL,
    Op.CALL_INDIRECT,
    Op.CALL_REF,
    Op.HELPER,
    Op.GC_NEW,
    Op.GC_NEW_ARRAY,
    Op.GC_STORE,
    Op.GC_STORE_AT,
    Op.LOCAL_SET,
    Op.GLOBAL_SET,
    Op.MEMORY_GROW,
    Op.MEMORY_INIT,
    Op.DATA_DROP,
    Op.MEMORY_COPY,
    Op.MEMORY_FILL,
    Op.TABLE_INIT,
    Op.ELEM_DROP,
    Op.TABLE_COPY,
    Op.TABLE_GROW,
    Op.TABLE_FILL,
    Op.TABLE_SET,
  );
  effect(
    Effect.READ,
    Op.GC_LOAD,
    Op.GC_LOAD_AT,
    Op.LOCAL_GET,
    Op.GLOBAL_GET,
    Op.MEMORY_BASE,
    Op.MEMORY_SIZE,
    Op.TABLE_SIZE,
  );
  effect(Effect.READ | Effect.TRAP, Op.TABLE_GET);
  for (let op: number = Op.I32_LOAD; op <= Op.I64_LOAD32_U; op++)
    EFFECTS[op] = Effect.READ | Effect.TRAP | Effect.ACCESS;
  for (let op: number = Op.I32_STORE; op <= Op.I64_STORE32; op++)
    EFFECTS[op] = Effect.WRITE | Effect.TRAP | Effect.ACCESS;
  effect(
    Effect.TRAP,
    Op.NULL_CHECK,
    Op.ARRAY_BOUNDS,
    Op.I32_DIV_S,
    Op.I32_DIV_U,
    Op.I32_REM_S,
    Op.I32_REM_U,
    Op.I64_DIV_S,
    Op.I64_DIV_U,
    Op.I64_REM_S,
    Op.I64_REM_U,
    Op.I32_TRUNC_F32_S,
    Op.I32_TRUNC_F32_U,
    Op.I32_TRUNC_F64_S,
    Op.I32_TRUNC_F64_U,
    Op.I64_TRUNC_F32_S,
    Op.I64_TRUNC_F32_U,
    Op.I64_TRUNC_F64_S,
    Op.I64_TRUNC_F64_U,
  );

  // SIMD and atomics: operators and signatures are wasm's own.
  for (let op = FIRST_SIMD; op < OP_LIMIT; op++) {
    const wasm = op - 0x100;
    const imm = OP_IMM[wasm];
    if (imm === Imm.ILLEGAL) continue;
    each(op, op, OP_POPS[wasm], OP_PUSH[wasm]);
    if (imm === Imm.MEMARG || imm === Imm.MEMARG_LANE)
      EFFECTS[op] = (OP_PUSH[wasm] !== 0 ? Effect.READ : Effect.WRITE) | Effect.TRAP | Effect.ACCESS;
    // No access may move across an atomic one, in either direction.
    if (imm === Imm.ATOMIC || imm === Imm.FENCE) EFFECTS[op] = Effect.WRITE | Effect.TRAP;
  }
  ARITY[Op.I8X16_SHUFFLE] = 3;
}

// Functions, because what stands outside of one makes the bundle's outermost one longer.
describe();
commute();
haveEffects();

/**
 * Constants: in block 0, rematerialised where used. REF_FUNC is none of them: making a funcref is a call of the
 * runtime.
 */
export const isConst = (op: number): boolean =>
  (op >= Op.I32_CONST && op <= Op.F64_CONST) || op === Op.REF_NULL || op === Op.V128_CONST;
export const isTerminator = (op: number): boolean => op >= Op.BR && op <= Op.TAIL_CALL_REF;
export const isCall = (op: number): boolean => op >= Op.CALL && op <= Op.CALL_REF;
export const isTailCall = (op: number): boolean => op >= Op.TAIL_CALL && op <= Op.TAIL_CALL_REF;
/** Has arguments in the pool: pool[imm] of them. */
export const hasArguments = (op: number): boolean =>
  isCall(op) || isTailCall(op) || op === Op.THROW || op === Op.HELPER;
/** Its imm2 is a type index, not that of a function. */
export const hasType = (op: number): boolean => hasTable(op) || op === Op.CALL_REF || op === Op.TAIL_CALL_REF;
/** Its b is a table index, not a value. */
export const hasTable = (op: number): boolean => op === Op.CALL_INDIRECT || op === Op.TAIL_CALL_INDIRECT;
/** Accesses a memory at address a + imm, atomically or not: its memory is in imm2. */
export const isAccess = (op: number): boolean =>
  (EFFECTS[op] & Effect.ACCESS) !== 0 || (op >= FIRST_ATOMIC && OP_IMM[op - 0x100] === Imm.ATOMIC);
export const isLoad = (op: number): boolean =>
  (EFFECTS[op] & (Effect.ACCESS | Effect.READ)) === (Effect.ACCESS | Effect.READ);
export const isStore = (op: number): boolean =>
  (EFFECTS[op] & (Effect.ACCESS | Effect.WRITE)) === (Effect.ACCESS | Effect.WRITE);
/** Must stay even if its result has no uses. */
export const isRoot = (op: number): boolean => (EFFECTS[op] & (Effect.TRAP | Effect.WRITE)) !== 0;
