/** Names that the printer and the parser of the IR's text form share: of operations and of their immediates. */
import { OP_IMM, opName } from '../wasm/op-tables.js';
import { Imm } from '../wasm/opcodes.js';
import { OP_LIMIT } from './opinfo.js';
import { FIRST_SIMD, Op } from './ops.js';

const PSEUDO: [Op, string][] = [
  [Op.ARG, 'arg'],
  [Op.RESULT, 'result'],
  [Op.BR, 'br'],
  [Op.BR_IF, 'br_if'],
  [Op.BR_TABLE, 'br_table'],
  [Op.RETURN, 'return'],
  [Op.TRAP, 'trap'],
  [Op.LANDING, 'landing'],
  [Op.EXN_FIELD, 'exn_field'],
  [Op.TAG, 'tag'],
  [Op.COUNT, 'count'],
  [Op.INVOKE, 'invoke'],
  [Op.THROW, 'throw'],
  [Op.THROW_REF, 'throw_ref'],
  [Op.TAIL_CALL, 'return_call'],
  [Op.TAIL_CALL_INDIRECT, 'return_call_indirect'],
  [Op.CALL, 'call'],
  [Op.CALL_INDIRECT, 'call_indirect'],
  [Op.MEMORY_BASE, 'memory_base'],
  [Op.I64_MULH_S, 'i64.mulh_s'],
  [Op.I64_MULH_U, 'i64.mulh_u'],
  [Op.CALL_REF, 'call_ref'],
  [Op.TAIL_CALL_REF, 'tail_call_ref'],
  [Op.NULL_CHECK, 'null_check'],
  [Op.RETYPE, 'retype'],
  [Op.HELPER, 'helper'],
  [Op.GC_NEW, 'gc_new'],
  [Op.GC_NEW_ARRAY, 'gc_new_array'],
  [Op.GC_TYPE, 'gc_type'],
  [Op.TYPE_FIELD, 'type_field'],
  [Op.TYPE_ID, 'type_id'],
  [Op.GC_ADDRESS, 'gc_address'],
  [Op.FUNC_TYPE, 'func_type'],
  [Op.GC_LOAD, 'gc_load'],
  [Op.GC_STORE, 'gc_store'],
  [Op.GC_LOAD_AT, 'gc_load_at'],
  [Op.GC_STORE_AT, 'gc_store_at'],
  [Op.ARRAY_LENGTH, 'array_length'],
  [Op.ARRAY_BOUNDS, 'array_bounds'],
  [Op.CANONICAL_F32, 'f32.canonical'],
  [Op.CANONICAL_F64, 'f64.canonical'],
  [Op.CANONICAL_F32X4, 'f32x4.canonical'],
  [Op.CANONICAL_F64X2, 'f64x2.canonical'],
];

/**
 * Names of `imm` and `imm2` where they are printed as key=value. Constants, pools and parameters have forms of their
 * own.
 */
export function immediateNames(op: number): readonly string[] {
  if (op >= Op.I32_LOAD && op <= Op.I64_STORE32) return ['offset'];
  if (op >= FIRST_SIMD) {
    switch (OP_IMM[op - 0x100]) {
      case Imm.MEMARG:
      case Imm.ATOMIC:
        return ['offset'];
      case Imm.MEMARG_LANE:
        return ['offset', 'lane'];
      case Imm.LANE:
        return ['lane'];
      default:
        return [];
    }
  }
  switch (op) {
    case Op.ARG:
    case Op.RESULT:
      return ['index'];
    case Op.TRAP:
    case Op.NULL_CHECK:
      return ['code'];
    case Op.EXN_FIELD:
      return ['field'];
    case Op.GC_NEW:
      return ['type', 'bytes'];
    case Op.GC_NEW_ARRAY:
      return ['type', 'shift'];
    case Op.TYPE_FIELD:
      return ['field'];
    case Op.TYPE_ID:
      return ['type'];
    case Op.GC_ADDRESS:
      return ['shift'];
    case Op.GC_LOAD:
    case Op.GC_STORE:
    case Op.GC_LOAD_AT:
    case Op.GC_STORE_AT:
    case Op.ARRAY_LENGTH:
      return ['field', 'storage'];
    case Op.TAG:
      return ['index'];
    case Op.COUNT:
      return ['at'];
    case Op.LOCAL_GET:
    case Op.LOCAL_SET:
      return ['at'];
    case Op.GLOBAL_GET:
    case Op.GLOBAL_SET:
      return ['global'];
    case Op.REF_FUNC:
      return ['func'];
    case Op.TABLE_GET:
    case Op.TABLE_SET:
    case Op.TABLE_SIZE:
    case Op.TABLE_GROW:
    case Op.TABLE_FILL:
      return ['table'];
    case Op.MEMORY_BASE:
    case Op.MEMORY_SIZE:
    case Op.MEMORY_GROW:
    case Op.MEMORY_FILL:
      return ['memory'];
    case Op.MEMORY_INIT:
      return ['segment', 'memory'];
    case Op.MEMORY_COPY:
      return ['to', 'from'];
    case Op.DATA_DROP:
    case Op.ELEM_DROP:
      return ['segment'];
    case Op.TABLE_INIT:
      return ['segment', 'table'];
    case Op.TABLE_COPY:
      return ['to', 'from'];
    default:
      return [];
  }
}

/** Name of an operation in the text form: wasm's own where it has one. */
export function irName(op: number): string {
  for (const [o, name] of PSEUDO) if (o === op) return name;
  if (op >= 0x300) return opName(op - 0x100);
  return opName(op >= 0x200 ? op - 0x100 : op);
}

/** Operations by their names: the inverse of `irName`. */
export function operatorsByName(): Map<string, number> {
  const byName = new Map<string, number>();
  for (let op = 0; op < OP_LIMIT; op++) if ((op >= 0x1a && op < 0x100) || op >= 0x200) byName.set(irName(op), op);
  byName.set('select', Op.SELECT);
  for (const [op, pseudo] of PSEUDO) byName.set(pseudo, op);
  return byName;
}

export const TYPE_NAMES = new Map<number, string>([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
  [0x69, 'exnref'],
  [0x6e, 'anyref'],
]);
