/** Which function lowers which operation. `codegen/selection.ts` says how selection works. */
import { FIRST_ATOMIC, FIRST_SIMD, Op } from '../../ir/ops.js';
import { Form } from '../mach.js';
import { lowerBrTable, lowerCall, lowerNullCheck, lowerResult, lowerReturn, lowerTailCall } from './calls.js';
import { lowerExceptionField, lowerTag, lowerThrow, lowerThrowReference } from './exceptions.js';
import type { MachineSelection } from './machine-selection.js';
import {
  lowerArrayBounds,
  lowerFieldLoad,
  lowerFieldStore,
  lowerHelperOperation,
  lowerObjectNew,
  lowerRetype,
  lowerTypeId,
  lowerTypeOf,
} from './objects.js';
import { Common } from './operations.js';
import {
  lowerGlobalGet,
  lowerGlobalSet,
  lowerHelper,
  lowerLocalGet,
  lowerLocalSet,
  lowerMemoryBase,
  lowerMemorySize,
  lowerTableSize,
} from './state.js';

/** Makes the instructions of value v. */
export function lower(s: MachineSelection, v: number): void {
  const { f } = s;
  const o = f.op[v];
  if (o >= Op.I32_LOAD && o <= Op.I64_LOAD32_U) {
    s.lowerLoad(v);
    return;
  }
  if (o >= Op.I32_STORE && o <= Op.I64_STORE32) {
    s.lowerStore(v);
    return;
  }
  if (o >= Op.I32_EQZ && o <= Op.F64_GE) {
    s.lowerComparison(v);
    return;
  }
  if (o >= Op.I32_CLZ && o <= Op.I64_ROTR) {
    s.lowerArithmetic(v);
    return;
  }
  switch (o) {
    case Op.BR:
      s.begin(Common.BR, Form.NONE);
      break;
    case Op.BR_IF:
      s.condition(Common.BR_ON, f.a[v], -1, -1, 0);
      break;
    case Op.BR_TABLE:
      lowerBrTable(s, v);
      break;
    case Op.RETURN:
      lowerReturn(s, v);
      break;
    case Op.TRAP:
      s.begin(Common.TRAP, Form.NONE);
      s.imm(f.imm[v]);
      break;
    case Op.COUNT:
      s.begin(Common.COUNT, Form.NONE);
      s.imm(f.imm[v]);
      break;
    case Op.INVOKE:
      s.begin(Common.INVOKE, Form.NONE);
      break;
    case Op.THROW:
      lowerThrow(s, v);
      break;
    case Op.THROW_REF:
      lowerThrowReference(s, v);
      break;
    case Op.LANDING:
      s.beginLandingPad(v);
      break;
    case Op.EXN_FIELD:
      lowerExceptionField(s, v);
      break;
    case Op.TAG:
      lowerTag(s, v);
      break;
    case Op.CALL:
    case Op.CALL_INDIRECT:
    case Op.CALL_REF:
      lowerCall(s, v);
      break;
    case Op.RETYPE:
      lowerRetype(s, v);
      break;
    case Op.HELPER:
      lowerHelperOperation(s, v);
      break;
    case Op.GC_NEW:
    case Op.GC_NEW_ARRAY:
      lowerObjectNew(s, v);
      break;
    case Op.GC_TYPE:
      lowerTypeOf(s, v);
      break;
    case Op.TYPE_FIELD:
      s.lowerTypeField(v);
      break;
    case Op.TYPE_ID:
      lowerTypeId(s, v);
      break;
    case Op.FUNC_TYPE:
      s.lowerFuncType(v);
      break;
    case Op.GC_ADDRESS:
      s.lowerElementAddress(v);
      break;
    case Op.GC_LOAD:
    case Op.GC_LOAD_AT:
    case Op.ARRAY_LENGTH:
      lowerFieldLoad(s, v);
      break;
    case Op.GC_STORE:
    case Op.GC_STORE_AT:
      lowerFieldStore(s, v);
      break;
    case Op.ARRAY_BOUNDS:
      lowerArrayBounds(s, v);
      break;
    case Op.NULL_CHECK:
      lowerNullCheck(s, v);
      break;
    case Op.TAIL_CALL:
    case Op.TAIL_CALL_INDIRECT:
    case Op.TAIL_CALL_REF:
      lowerTailCall(s, v);
      break;
    case Op.RESULT:
      lowerResult(s, v);
      break;
    case Op.LOCAL_GET:
      lowerLocalGet(s, v);
      break;
    case Op.LOCAL_SET:
      lowerLocalSet(s, v);
      break;
    case Op.GLOBAL_GET:
      lowerGlobalGet(s, v);
      break;
    case Op.GLOBAL_SET:
      lowerGlobalSet(s, v);
      break;
    case Op.MEMORY_SIZE:
      lowerMemorySize(s, v);
      break;
    case Op.MEMORY_BASE:
      lowerMemoryBase(s, v);
      break;
    case Op.TABLE_SIZE:
      lowerTableSize(s, v);
      break;
    case Op.I64_MULH_S:
    case Op.I64_MULH_U:
      s.lowerHighProduct(v);
      break;
    case Op.SELECT:
      s.lowerSelect(v);
      break;
    case Op.MEMORY_GROW:
    case Op.MEMORY_INIT:
    case Op.DATA_DROP:
    case Op.MEMORY_COPY:
    case Op.MEMORY_FILL:
    case Op.TABLE_INIT:
    case Op.ELEM_DROP:
    case Op.TABLE_COPY:
    case Op.TABLE_GROW:
    case Op.TABLE_FILL:
    case Op.TABLE_GET:
    case Op.TABLE_SET:
    case Op.REF_FUNC:
      lowerHelper(s, v);
      break;
    case Op.CANONICAL_F32X4:
    case Op.CANONICAL_F64X2:
      s.lowerCanonical(v);
      break;
    case Op.I32_WRAP_I64:
    case Op.I64_EXTEND_I32_S:
    case Op.I64_EXTEND_I32_U:
    case Op.I32_EXTEND8_S:
    case Op.I32_EXTEND16_S:
    case Op.I64_EXTEND8_S:
    case Op.I64_EXTEND16_S:
    case Op.I64_EXTEND32_S:
      s.lowerExtension(v);
      break;
    default:
      if (o >= FIRST_ATOMIC) s.lowerAtomic(v);
      else if (o >= FIRST_SIMD) s.lowerSimd(v);
      else s.lowerFloat(v);
  }
}
