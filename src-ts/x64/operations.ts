/**
 * All facts about the operations of machops.ts, machops-float.ts and machops-simd.ts: one row for each, which the
 * allocator, the frame plan, bounds merging, the emitter, debug information and the printer read.
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
  SELECT_XMM,
  CARRY,
  TRAP_ON,
  OBJECT_NEW,
}

/** Which part expands its cold continuation. */
export const enum Cold {
  NONE,
  FLOAT,
  WRONG_TYPE,
  BOUNDS,
  DIVISION,
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
row(MOp.STORE8, 'store8', 'value', { flags: OpFlag.STORE });
row(MOp.STORE16, 'store16', 'value', { flags: OpFlag.STORE });
pair(MOp.STORE32, 'store', 'value', { flags: OpFlag.STORE });
for (const [op, name] of [
  [MOp.ADD32, 'add'],
  [MOp.SUB32, 'sub'],
  [MOp.AND32, 'and'],
  [MOp.OR32, 'or'],
  [MOp.XOR32, 'xor'],
] as [MOp, string][]) {
  pair(op, name, 'x y', { flags: OpFlag.READS_FIRST });
  row(op + (MOp.ADD8 - MOp.ADD32), `${name}8`, 'y');
  row(op + (MOp.ADD16 - MOp.ADD32), `${name}16`, 'y');
}
pair(MOp.IMUL32, 'imul', 'x y');
pair(MOp.LEA32, 'lea', 'x y', { flags: OpFlag.IMMEDIATE });
pair(MOp.NEG32, 'neg', 'x');
pair(MOp.NOT32, 'not', 'x');
pair(MOp.SHL32, 'shl', 'x count');
pair(MOp.SHR32, 'shr', 'x count');
pair(MOp.SAR32, 'sar', 'x count');
pair(MOp.ROL32, 'rol', 'x count');
pair(MOp.ROR32, 'ror', 'x count');
pair(MOp.SHLX32, 'shlx', 'x count');
pair(MOp.SHRX32, 'shrx', 'x count');
pair(MOp.SARX32, 'sarx', 'x count');
pair(MOp.RORX32, 'rorx', 'x');
row(MOp.MOVZX8, 'movzx8', 'x');
row(MOp.MOVZX16, 'movzx16', 'x');
pair(MOp.MOVSX8_32, 'movsx8_', 'x');
pair(MOp.MOVSX16_32, 'movsx16_', 'x');
row(MOp.MOVSXD, 'movsxd', 'x');
pair(MOp.CLZ32, 'clz', 'x');
pair(MOp.CTZ32, 'ctz', 'x');
pair(MOp.POPCNT32, 'popcnt', 'x');
pair(MOp.DIV_S32, 'div_s', 'dividend divisor', { cold: Cold.DIVISION });
pair(MOp.DIV_U32, 'div_u', 'dividend divisor', { cold: Cold.DIVISION });
pair(MOp.REM_S32, 'rem_s', 'dividend divisor', { cold: Cold.DIVISION });
pair(MOp.REM_U32, 'rem_u', 'dividend divisor', { cold: Cold.DIVISION });
row(MOp.MULH_U64, 'mulh_u64', 'x y');
row(MOp.MULH_S64, 'mulh_s64', 'x y');
row(MOp.ADD_WIDE, 'add_wide', 'a b x y', { flags: OpFlag.IMMEDIATE });
row(MOp.SUB_WIDE, 'sub_wide', 'a b x y', { flags: OpFlag.IMMEDIATE });
row(MOp.LOW_HALF, 'low_half', '', { flags: OpFlag.SECOND });
pair(MOp.ANDN32, 'andn', 'x y');
pair(MOp.BSWAP32, 'bswap', 'x');
row(MOp.BOUNDS, 'bounds', 'index', {
  kind: CodeKind.BOUNDS,
  flags: OpFlag.BOUNDS | OpFlag.IMMEDIATE,
  cold: Cold.BOUNDS,
});
row(MOp.BOUNDS_EA, 'bounds_ea', 'index', { kind: CodeKind.BOUNDS, flags: OpFlag.IMMEDIATE });
const CALL = { flags: OpFlag.CALL | OpFlag.IMMEDIATE, expand: Expand.CALL };
const CALL_PLACE = { flags: CALL.flags | OpFlag.PLACE, expand: Expand.CALL };
const CALL_INDIRECT = { ...CALL_PLACE, kind: CodeKind.CALL_INDIRECT, cold: Cold.WRONG_TYPE };
row(MOp.CALL, 'call', 'arguments', { ...CALL, kind: CodeKind.CALL });
row(MOp.CALL_IMPORT, 'call_import', 'arguments', { ...CALL_PLACE, kind: CodeKind.CALL_IMPORT });
row(MOp.CALL_CLOSED, 'call_closed', 'arguments index', CALL_INDIRECT);
row(MOp.CALL_TABLE, 'call_table', 'arguments index', CALL_INDIRECT);
row(MOp.CALL_CLOSED_LONG, 'call_closed_long', 'arguments index', CALL_INDIRECT);
row(MOp.CALL_TABLE_LONG, 'call_table_long', 'arguments index', CALL_INDIRECT);
row(MOp.CALL_HELPER, 'call_helper', 'arguments', { ...CALL, kind: CodeKind.CALL_HELPER });
row(MOp.CALL_REF, 'call_ref', 'arguments function', { ...CALL, kind: CodeKind.CALL_INDIRECT });
row(MOp.BR, 'br', '', { kind: CodeKind.BRANCH, flags: OpFlag.BRANCH, expand: Expand.BR });
row(MOp.BR_TABLE, 'br_table', 'index', { kind: CodeKind.BR_TABLE, flags: OpFlag.BRANCH, expand: Expand.BR_TABLE });
const TAIL = { flags: OpFlag.RETURN | OpFlag.TAIL | OpFlag.IMMEDIATE, expand: Expand.TAIL_CALL };
const TAIL_PLACE = { flags: TAIL.flags | OpFlag.PLACE, expand: Expand.TAIL_CALL };
const TAIL_INDIRECT = { ...TAIL_PLACE, kind: CodeKind.CALL_INDIRECT, cold: Cold.WRONG_TYPE };
row(MOp.TAIL_CALL, 'tail_call', 'arguments', { ...TAIL, kind: CodeKind.CALL });
row(MOp.TAIL_CALL_IMPORT, 'tail_call_import', 'arguments', { ...TAIL_PLACE, kind: CodeKind.CALL_IMPORT });
row(MOp.TAIL_CALL_CLOSED, 'tail_call_closed', 'arguments index', TAIL_INDIRECT);
row(MOp.TAIL_CALL_TABLE, 'tail_call_table', 'arguments index', TAIL_INDIRECT);
row(MOp.TAIL_CALL_CLOSED_LONG, 'tail_call_closed_long', 'arguments index', TAIL_INDIRECT);
row(MOp.TAIL_CALL_TABLE_LONG, 'tail_call_table_long', 'arguments index', TAIL_INDIRECT);
row(MOp.TAIL_CALL_REF, 'tail_call_ref', 'arguments function', { ...TAIL, kind: CodeKind.CALL_INDIRECT });
row(MOp.RET, 'ret', 'result', { kind: CodeKind.EPILOGUE, flags: OpFlag.RETURN, expand: Expand.RET });
row(MOp.TRAP, 'trap', '', { kind: CodeKind.TRAP, flags: OpFlag.IMMEDIATE, expand: Expand.TRAP });
row(MOp.INVOKE, 'invoke', '', { kind: CodeKind.BRANCH, flags: OpFlag.BRANCH, expand: Expand.INVOKE });
row(MOp.LANDING, 'landing', '', { kind: CodeKind.BRANCH, flags: OpFlag.FRAMED, expand: Expand.LANDING });
row(MOp.OBJECT_NEW, 'object_new', 'length', {
  kind: CodeKind.CALL_HELPER,
  flags: OpFlag.FRAMED | OpFlag.IMMEDIATE | OpFlag.PLACE,
  expand: Expand.OBJECT_NEW,
  cold: Cold.OBJECT_NEW,
});
row(MOp.COUNT, 'count', '', { kind: CodeKind.COUNTER, flags: OpFlag.IMMEDIATE, expand: Expand.COUNT });
row(MOp.NO_RETURN, 'no_return', '', { kind: CodeKind.TRAP, expand: Expand.NO_RETURN });
row(MOp.XLOAD32, 'xload32', '');
row(MOp.XLOAD64, 'xload64', '');
row(MOp.XLOAD128, 'xload128', '', { kind: CodeKind.CONSTANT });
row(MOp.XSTORE32, 'xstore32', 'value', { flags: OpFlag.STORE });
row(MOp.XSTORE64, 'xstore64', 'value', { flags: OpFlag.STORE });
row(MOp.XSTORE128, 'xstore128', 'value', { flags: OpFlag.STORE });
const PRODUCERS = [
  'cmp32',
  'cmp64',
  'test32',
  'test64',
  'cmp8',
  'cmp16',
  'test8',
  '',
  'bt32',
  'bt64',
  'ucomiss',
  'ucomisd',
  'ptest',
];
for (const [k, p] of PRODUCERS.entries()) {
  if (p === '') continue;
  row(MOp.BR_ON + k, `br_${p}`, 'x y', {
    kind: CodeKind.BRANCH,
    flags: OpFlag.BRANCH | OpFlag.CONDITION,
    expand: Expand.BR_ON,
  });
  row(MOp.TRAP_ON + k, `trap_${p}`, 'x y', {
    kind: CodeKind.BOUNDS,
    flags: OpFlag.CONDITION,
    expand: Expand.TRAP_ON,
  });
  row(MOp.SET_ON + k, `set_${p}`, 'x y', { flags: OpFlag.CONDITION, expand: Expand.SET });
  row(MOp.SELECT_ON + k, `select_${p}`, 'a b x y', {
    flags: OpFlag.CONDITION | OpFlag.READS_FIRST,
    expand: Expand.SELECT,
  });
  row(MOp.XSELECT_ON + k, `xselect_${p}`, 'a b x y', {
    kind: CodeKind.FLOAT,
    flags: OpFlag.CONDITION,
    expand: Expand.SELECT_XMM,
  });
}

for (const [family, name] of [
  [MOp.ADC_ON, 'adc'],
  [MOp.SBB_ON, 'sbb'],
] as [MOp, string][])
  for (const [k, p] of PRODUCERS.slice(0, 2).entries())
    row(family + k, `${name}_${p}`, 'a b x y', {
      flags: OpFlag.CONDITION | OpFlag.READS_FIRST,
      expand: Expand.CARRY,
    });
const ATOMIC: Facts = { expand: Expand.ATOMIC };
/** Operations of 32, 64, 16 and 8 bits. */
function sizes(op: number, name: string, operands: string): void {
  ['32', '64', '16', '8'].forEach((bits, k) => row(op + k, `${name}${bits}`, operands, ATOMIC));
}
sizes(MOp.XCHG, 'xchg', 'value');
sizes(MOp.XADD, 'xadd', 'value');
sizes(MOp.CMPXCHG, 'cmpxchg', 'expected value');
sizes(MOp.LOCKED_ADD, 'locked_add', 'value');
sizes(MOp.LOCKED_SUB, 'locked_sub', 'value');
sizes(MOp.LOCKED_AND, 'locked_and', 'value');
sizes(MOp.LOCKED_OR, 'locked_or', 'value');
sizes(MOp.LOCKED_XOR, 'locked_xor', 'value');
sizes(MOp.FETCH_AND, 'fetch_and', 'value');
sizes(MOp.FETCH_OR, 'fetch_or', 'value');
sizes(MOp.FETCH_XOR, 'fetch_xor', 'value');
row(MOp.ALIGNED, 'aligned', 'index', {
  ...ATOMIC,
  kind: CodeKind.BOUNDS,
  flags: OpFlag.IMMEDIATE,
});
row(MOp.FENCE, 'fence', '', ATOMIC);

const FLOAT: Facts = { kind: CodeKind.FLOAT, expand: Expand.FLOAT, cold: Cold.FLOAT };
const TRUNCATIONS = [
  'i32_f32_s',
  'i32_f32_u',
  'i32_f64_s',
  'i32_f64_u',
  'i64_f32_s',
  'i64_f32_u',
  'i64_f64_s',
  'i64_f64_u',
];

pair(FOp.ADD32, 'fadd', 'x y', FLOAT);
pair(FOp.SUB32, 'fsub', 'x y', FLOAT);
pair(FOp.MUL32, 'fmul', 'x y', FLOAT);
pair(FOp.DIV32, 'fdiv', 'x y', FLOAT);
pair(FOp.MIN32, 'fmin', 'x y', FLOAT);
pair(FOp.MAX32, 'fmax', 'x y', FLOAT);
pair(FOp.SQRT32, 'fsqrt', 'x', FLOAT);
pair(FOp.ROUND32, 'fround', 'x', FLOAT);
pair(FOp.ABS32, 'fabs', 'x', FLOAT);
pair(FOp.NEG32, 'fneg', 'x', FLOAT);
pair(FOp.SIGN32, 'fsign', 'x', FLOAT);
row(FOp.OR, 'for', 'x y', FLOAT);
pair(FOp.FROM_I32_32, 'from_i32_', 'x', FLOAT);
pair(FOp.FROM_I64_32, 'from_i64_', 'x', FLOAT);
pair(FOp.FROM_U64_32, 'from_u64_', 'x', FLOAT);
row(FOp.DEMOTE, 'demote', 'x', FLOAT);
row(FOp.PROMOTE, 'promote', 'x', FLOAT);
for (const [k, t] of TRUNCATIONS.entries()) row(FOp.TRUNC + k, `trunc_${t}`, 'x', FLOAT);
for (const [k, t] of TRUNCATIONS.entries()) row(FOp.TRUNC_SAT + k, `trunc_sat_${t}`, 'x', FLOAT);
pair(FOp.BITS_TO_FLOAT32, 'bits_to_float', 'x', FLOAT);
pair(FOp.BITS_OF_FLOAT32, 'bits_of_float', 'x', FLOAT);
pair(FOp.CANONICAL32, 'canonical', 'x', FLOAT);

const SIMD: Facts = { kind: CodeKind.VECTOR, expand: Expand.SIMD };
row(VOp.ZERO, 'vzero', '', { ...SIMD, kind: CodeKind.CONSTANT });
row(VOp.ONES, 'vones', '', { ...SIMD, kind: CodeKind.CONSTANT });
row(VOp.SAME, 'vsame', 'x', SIMD);
row(VOp.UNARY, 'vunary', 'x', SIMD);
row(VOp.UNARY_I, 'vunary_i', 'x', SIMD);
row(VOp.BINARY, 'vbinary', 'x y', SIMD);
row(VOp.BINARY_I, 'vbinary_i', 'x y', SIMD);
row(VOp.SHIFT_I, 'vshift_i', 'x', SIMD);
row(VOp.EXTRACT, 'vextract', 'x', SIMD);
row(VOp.STORE_LANE, 'vstore_lane', 'value', { ...SIMD, flags: OpFlag.STORE });
row(VOp.FUSED, 'vfused', 'x y z', SIMD);
row(VOp.BLEND, 'vblend', 'x y mask', SIMD);
row(VOp.STORE_HIGH, 'vstore_high', 'value', { ...SIMD, flags: OpFlag.STORE });

export const X64_OPERATIONS = new Operations(rows);
