/**
 * All facts about the operations of machops.ts and machops-float.ts: one row for each, which the allocator, the frame
 * plan, bounds merging, the emitter, debug information and the printer read.
 */
import { CodeKind } from '../codegen/kinds.js';
import { OPERATIONS, OpFlag, Operations, type OpRow } from '../codegen/machine.js';
import { MOp } from './machops.js';
import { FOp } from './machops-float.js';
import { VOp } from './machops-simd.js';

/** Which part of the emitter expands an operation. */
export const enum Expand {
  INT,
  ATOMIC,
  FLOAT,
  SIMD,
  CALL,
  BR,
  BR_ON,
  BR_TABLE,
  RET,
  TAIL_CALL,
  TRAP,
  COUNT,
  INVOKE,
  LANDING,
  NO_RETURN,
  SET,
  SELECT,
  SELECT_VECTOR,
  TRAP_ON,
  OBJECT_NEW,
}

/** Which part expands its cold continuation. */
export const enum Cold {
  NONE,
  WRONG_TYPE,
  BOUNDS,
  TRUNCATION,
  OBJECT_NEW,
}

/** By operation. */
export const EXPAND = new Uint8Array(OPERATIONS);
export const COLD = new Uint8Array(OPERATIONS);

interface Facts {
  kind?: CodeKind;
  flags?: number;
  expand?: Expand;
  cold?: Cold;
}

const rows: OpRow[] = [];
function row(op: number, name: string, operands: string, facts: Facts = {}): void {
  rows.push({ op, name, operands, kind: facts.kind ?? CodeKind.ARITHMETIC, flags: facts.flags ?? OpFlag.NONE });
  EXPAND[op] = facts.expand ?? Expand.INT;
  COLD[op] = facts.cold ?? Cold.NONE;
}
/** An operation of 32 bits and, behind it, the same of 64. */
function pair(op: number, name: string, operands: string, facts: Facts = {}): void {
  row(op, `${name}32`, operands, facts);
  row(op + 1, `${name}64`, operands, facts);
}

const STORE: Facts = { flags: OpFlag.STORE };
const IMMEDIATE: Facts = { flags: OpFlag.IMMEDIATE };

row(MOp.ARG, 'arg', '');
row(MOp.MOV32, 'mov32', 'x', { kind: CodeKind.ZERO_EXTEND });
row(MOp.MOV64, 'mov64', 'x', { kind: CodeKind.MOVE });
pair(MOp.IMM32, 'imm', '', { kind: CodeKind.CONSTANT });
pair(MOp.LOAD32, 'load', '');
row(MOp.LOAD8U, 'load8u', '');
row(MOp.LOAD16U, 'load16u', '');
pair(MOp.LOAD8S32, 'load8s_', '');
pair(MOp.LOAD16S32, 'load16s_', '');
row(MOp.LOAD32S64, 'load32s_64', '');
row(MOp.STORE8, 'store8', 'value', STORE);
row(MOp.STORE16, 'store16', 'value', STORE);
pair(MOp.STORE32, 'store', 'value', STORE);
for (const [op, name] of [
  [MOp.ADD32, 'add'],
  [MOp.SUB32, 'sub'],
  [MOp.AND32, 'and'],
  [MOp.OR32, 'or'],
  [MOp.XOR32, 'xor'],
  [MOp.BIC32, 'bic'],
  [MOp.ORN32, 'orn'],
  [MOp.EON32, 'eon'],
] as [MOp, string][])
  pair(op, name, 'x y', IMMEDIATE);
pair(MOp.MUL32, 'mul', 'x y');
pair(MOp.MADD32, 'madd', 'x y a');
pair(MOp.MSUB32, 'msub', 'x y a');
pair(MOp.NEG32, 'neg', 'y', IMMEDIATE);
pair(MOp.NOT32, 'not', 'y', IMMEDIATE);
pair(MOp.LSL32, 'lsl', 'x count');
pair(MOp.LSR32, 'lsr', 'x count');
pair(MOp.ASR32, 'asr', 'x count');
pair(MOp.ROR32, 'ror', 'x count');
pair(MOp.ROL32, 'rol', 'x count');
pair(MOp.UBFX32, 'ubfx', 'x', IMMEDIATE);
pair(MOp.SBFX32, 'sbfx', 'x', IMMEDIATE);
pair(MOp.UBFIZ32, 'ubfiz', 'x', IMMEDIATE);
pair(MOp.SBFIZ32, 'sbfiz', 'x', IMMEDIATE);
pair(MOp.CLZ32, 'clz', 'x');
pair(MOp.CTZ32, 'ctz', 'x');
pair(MOp.POPCNT32, 'popcnt', 'x');
pair(MOp.DIV_S32, 'div_s', 'dividend divisor');
pair(MOp.DIV_U32, 'div_u', 'dividend divisor');
pair(MOp.REM_S32, 'rem_s', 'dividend divisor');
pair(MOp.REM_U32, 'rem_u', 'dividend divisor');
row(MOp.MULH_U64, 'mulh_u64', 'x y');
row(MOp.MULH_S64, 'mulh_s64', 'x y');
row(MOp.SMULL64, 'smull64', 'x y');
row(MOp.UMULL64, 'umull64', 'x y');
pair(MOp.REV32, 'rev', 'x');
pair(MOp.ADC32, 'adc_cmp', 'a b x y');
pair(MOp.SBC32, 'sbc_cmp', 'a b x y');
row(MOp.BOUNDS, 'bounds', 'index', {
  kind: CodeKind.BOUNDS,
  flags: OpFlag.BOUNDS | OpFlag.IMMEDIATE,
  cold: Cold.BOUNDS,
});
row(MOp.BOUNDS_EA, 'bounds_ea', 'index', { kind: CodeKind.BOUNDS, flags: OpFlag.IMMEDIATE });

const CALL = { flags: OpFlag.CALL | OpFlag.IMMEDIATE, expand: Expand.CALL };
const TAIL = { flags: OpFlag.RETURN | OpFlag.TAIL | OpFlag.IMMEDIATE, expand: Expand.TAIL_CALL };
for (const [name, first, facts] of [
  ['call', MOp.CALL, CALL],
  ['tail_call', MOp.TAIL_CALL, TAIL],
] as [string, number, typeof CALL][]) {
  const place = { ...facts, flags: facts.flags | OpFlag.PLACE };
  const indirect = { ...place, kind: CodeKind.CALL_INDIRECT, cold: Cold.WRONG_TYPE };
  const at = first - MOp.CALL;
  row(at + MOp.CALL, name, 'arguments', { ...facts, kind: CodeKind.CALL });
  row(at + MOp.CALL_IMPORT, `${name}_import`, 'arguments', { ...place, kind: CodeKind.CALL_IMPORT });
  row(at + MOp.CALL_CLOSED, `${name}_closed`, 'arguments index', indirect);
  row(at + MOp.CALL_TABLE, `${name}_table`, 'arguments index', indirect);
  row(at + MOp.CALL_CLOSED_LONG, `${name}_closed_long`, 'arguments index', indirect);
  row(at + MOp.CALL_TABLE_LONG, `${name}_table_long`, 'arguments index', indirect);
  row(at + MOp.CALL_REF, `${name}_ref`, 'arguments function', { ...facts, kind: CodeKind.CALL_INDIRECT });
}
row(MOp.CALL_HELPER, 'call_helper', 'arguments', { ...CALL, kind: CodeKind.CALL_HELPER });
row(MOp.BR, 'br', '', { kind: CodeKind.BRANCH, flags: OpFlag.BRANCH, expand: Expand.BR });
row(MOp.BR_TABLE, 'br_table', 'index', { kind: CodeKind.BR_TABLE, flags: OpFlag.BRANCH, expand: Expand.BR_TABLE });
row(MOp.RET, 'ret', 'result', { kind: CodeKind.EPILOGUE, flags: OpFlag.RETURN, expand: Expand.RET });
row(MOp.TRAP, 'trap', '', { kind: CodeKind.TRAP, flags: OpFlag.IMMEDIATE, expand: Expand.TRAP });
row(MOp.INVOKE, 'invoke', '', { kind: CodeKind.BRANCH, flags: OpFlag.BRANCH, expand: Expand.INVOKE });
row(MOp.LANDING, 'landing', '', { kind: CodeKind.BRANCH, flags: OpFlag.FRAMED, expand: Expand.LANDING });
row(MOp.OBJECT_NEW, 'object_new', 'heap length', {
  kind: CodeKind.CALL_HELPER,
  flags: OpFlag.FRAMED | OpFlag.IMMEDIATE | OpFlag.PLACE,
  expand: Expand.OBJECT_NEW,
  cold: Cold.OBJECT_NEW,
});
row(MOp.COUNT, 'count', '', { kind: CodeKind.COUNTER, flags: OpFlag.IMMEDIATE, expand: Expand.COUNT });
row(MOp.NO_RETURN, 'no_return', '', { kind: CodeKind.TRAP, expand: Expand.NO_RETURN });

const PRODUCERS = ['cmp32', 'cmp64', 'tst32', 'tst64', 'zero32', 'zero64', 'bit', '', 'fcmp32', 'fcmp64'];
PRODUCERS.push('chain32', 'chain64');
for (const [k, p] of PRODUCERS.entries()) {
  if (p === '') continue;
  row(MOp.BR_ON + k, `br_${p}`, 'x y', {
    kind: CodeKind.BRANCH,
    flags: OpFlag.BRANCH | OpFlag.CONDITION | OpFlag.IMMEDIATE,
    expand: Expand.BR_ON,
  });
  row(MOp.TRAP_ON + k, `trap_${p}`, 'x y', {
    kind: CodeKind.BOUNDS,
    flags: OpFlag.CONDITION | OpFlag.IMMEDIATE,
    expand: Expand.TRAP_ON,
  });
  row(MOp.SET_ON + k, `set_${p}`, 'x y', { flags: OpFlag.CONDITION | OpFlag.IMMEDIATE, expand: Expand.SET });
  row(MOp.SELECT_ON + k, `select_${p}`, 'a b x y', {
    flags: OpFlag.CONDITION | OpFlag.IMMEDIATE,
    expand: Expand.SELECT,
  });
  row(MOp.XSELECT_ON + k, `xselect_${p}`, 'a b x y', {
    kind: CodeKind.FLOAT,
    flags: OpFlag.CONDITION | OpFlag.IMMEDIATE,
    expand: Expand.SELECT_VECTOR,
  });
}

row(MOp.XLOAD32, 'xload32', '');
row(MOp.XLOAD64, 'xload64', '');
row(MOp.XLOAD128, 'xload128', '');
row(MOp.XSTORE32, 'xstore32', 'value', STORE);
row(MOp.XSTORE64, 'xstore64', 'value', STORE);
row(MOp.XSTORE128, 'xstore128', 'value', STORE);

const ATOMIC: Facts = { expand: Expand.ATOMIC };
/** Operations of 8, 16, 32 and 64 bits. */
function sizes(op: number, name: string, operands: string): void {
  ['8', '16', '32', '64'].forEach((bits, k) => row(op + k, `${name}${bits}`, operands, ATOMIC));
}
sizes(MOp.ATOMIC_LOAD, 'atomic_load', 'address');
sizes(MOp.ATOMIC_STORE, 'atomic_store', 'value address');
sizes(MOp.FETCH_ADD, 'fetch_add', 'value address');
sizes(MOp.FETCH_SUB, 'fetch_sub', 'value address');
sizes(MOp.FETCH_AND, 'fetch_and', 'value address');
sizes(MOp.FETCH_OR, 'fetch_or', 'value address');
sizes(MOp.FETCH_XOR, 'fetch_xor', 'value address');
sizes(MOp.EXCHANGE, 'exchange', 'value address');
sizes(MOp.COMPARE_EXCHANGE, 'compare_exchange', 'expected value address');
row(MOp.ALIGNED, 'aligned', 'index', { ...ATOMIC, kind: CodeKind.BOUNDS, flags: OpFlag.IMMEDIATE });
row(MOp.FENCE, 'fence', '', ATOMIC);
row(MOp.ADDRESS, 'address', '', ATOMIC);

const FLOAT: Facts = { kind: CodeKind.FLOAT, expand: Expand.FLOAT };
pair(FOp.ADD32, 'fadd', 'x y', FLOAT);
pair(FOp.SUB32, 'fsub', 'x y', FLOAT);
pair(FOp.MUL32, 'fmul', 'x y', FLOAT);
pair(FOp.DIV32, 'fdiv', 'x y', FLOAT);
pair(FOp.MIN32, 'fmin', 'x y', FLOAT);
pair(FOp.MAX32, 'fmax', 'x y', FLOAT);
pair(FOp.SQRT32, 'fsqrt', 'x', FLOAT);
pair(FOp.NEAREST32, 'fnearest', 'x', FLOAT);
pair(FOp.CEIL32, 'fceil', 'x', FLOAT);
pair(FOp.FLOOR32, 'ffloor', 'x', FLOAT);
pair(FOp.TRUNCATE32, 'ftrunc', 'x', FLOAT);
pair(FOp.ABS32, 'fabs', 'x', FLOAT);
pair(FOp.NEG32, 'fneg', 'x', FLOAT);
pair(FOp.COPYSIGN32, 'fcopysign', 'x y', FLOAT);
pair(FOp.FROM_I32_32, 'from_i32_', 'x', FLOAT);
pair(FOp.FROM_U32_32, 'from_u32_', 'x', FLOAT);
pair(FOp.FROM_I64_32, 'from_i64_', 'x', FLOAT);
pair(FOp.FROM_U64_32, 'from_u64_', 'x', FLOAT);
row(FOp.DEMOTE, 'demote', 'x', FLOAT);
row(FOp.PROMOTE, 'promote', 'x', FLOAT);
const TRUNCATIONS = ['i32_f32', 'i32_f64', 'i64_f32', 'i64_f64'].flatMap((t) => [`${t}_s`, `${t}_u`]);
for (const [k, t] of TRUNCATIONS.entries()) {
  row(FOp.TRUNC + k, `trunc_${t}`, 'x', { ...FLOAT, cold: Cold.TRUNCATION });
  row(FOp.TRUNC_SAT + k, `trunc_sat_${t}`, 'x', FLOAT);
}
pair(FOp.BITS_TO_FLOAT32, 'bits_to_float', 'x', FLOAT);
pair(FOp.BITS_OF_FLOAT32, 'bits_of_float', 'x', FLOAT);
pair(FOp.CANONICAL32, 'canonical', 'x', FLOAT);

const SIMD: Facts = { kind: CodeKind.VECTOR, expand: Expand.SIMD };
row(VOp.RR, 'v_rr', 'x', SIMD);
row(VOp.RRR, 'v_rrr', 'x y', SIMD);
row(VOp.RR_TIED, 'v_rr_tied', 'd x', SIMD);
row(VOp.RRR_TIED, 'v_rrr_tied', 'd x y', SIMD);
row(VOp.LOAD8, 'v_load8', '', SIMD);
row(VOp.LOAD16, 'v_load16', '', SIMD);
row(VOp.STORE8, 'v_store8', 'value', { ...SIMD, flags: OpFlag.STORE });
row(VOp.STORE16, 'v_store16', 'value', { ...SIMD, flags: OpFlag.STORE });

export const ARM64_OPERATIONS = new Operations(rows);
