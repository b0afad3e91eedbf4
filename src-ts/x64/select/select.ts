/** Instruction selection for x86-64: which file lowers which operation. `codegen/selection.ts` says how selection works. */
import { FIRST_ATOMIC, FIRST_SIMD, Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { AddrKind, Form } from '../../codegen/mach.js';
import { Reg } from '../abi.js';
import { MOp } from '../machops.js';
import { VOp } from '../machops-simd.js';
import { lowerExceptionField, lowerTag, lowerThrow, lowerThrowReference } from './exception.js';
import {
  lowerBrTable,
  lowerCall,
  lowerGlobalGet,
  lowerGlobalSet,
  lowerHelper,
  lowerLocalGet,
  lowerLocalSet,
  lowerMemoryBase,
  lowerMemorySize,
  lowerNullCheck,
  lowerParameters,
  lowerResult,
  lowerReturn,
  lowerTailCall,
  lowerTableSize,
} from './call.js';
import { lowerAtomic } from './atomic.js';
import { emitComparison, emitCondition } from './cond.js';
import { lowerFloat } from './float.js';
import {
  lowerArrayBounds,
  lowerFieldLoad,
  lowerElementAddress,
  lowerFieldStore,
  lowerFuncType,
  lowerHelperOperation,
  lowerObjectNew,
  lowerRetype,
  lowerTypeField,
  lowerTypeId,
  lowerTypeOf,
} from './gc.js';
import { lowerExtension, lowerIntArithmetic } from './int.js';
import { lowerLoad, lowerStore } from './memory.js';
import { lowerSimd } from './simd.js';
import { lowerCanonical } from './simd-float.js';
import { Selector } from './selector.js';
import { lowerHighProduct } from './wide.js';
import { Shuffles } from './shuffle.js';

/** Selection for x86-64. */
export class InstructionSelection extends Selector {
  override readonly shuffles = new Shuffles();

  protected override lower(v: number): void {
    lower(this, v);
  }

  protected override loadConstant(v: number, x: number, words: number): void {
    const { f } = this;
    const isZero =
      x < 0 ? isUniform(f.pool.a, words, 0) : f.imm[x] === 0 && (f.type[x] === ValType.F32 || f.imm2[x] === 0);
    // Made by an instruction that reads nothing.
    if (isZero || (x < 0 && isUniform(f.pool.a, words, -1))) {
      this.begin(isZero ? VOp.ZERO : VOp.ONES, Form.NONE);
      this.def(v);
      return;
    }
    this.setPlace(x < 0 ? AddrKind.WORDS : AddrKind.CONST, x < 0 ? words : x);
    this.begin(x < 0 ? MOp.XLOAD128 : this.f.type[x] === ValType.F64 ? MOp.XLOAD64 : MOp.XLOAD32, Form.M);
    this.address();
    this.def(v);
  }

  protected override lowerParameters(): void {
    lowerParameters(this);
  }
}

/** Four equal words at a place in the pool. */
const isUniform = (pool: Int32Array, at: number, w: number): boolean =>
  pool[at] === w && pool[at + 1] === w && pool[at + 2] === w && pool[at + 3] === w;

function lower(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  if (o >= Op.I32_LOAD && o <= Op.I64_LOAD32_U) {
    lowerLoad(s, v);
    return;
  }
  if (o >= Op.I32_STORE && o <= Op.I64_STORE32) {
    lowerStore(s, v);
    return;
  }
  if (o >= Op.I32_EQZ && o <= Op.F64_GE) {
    emitComparison(s, v);
    return;
  }
  if (o >= Op.I32_CLZ && o <= Op.I64_ROTR) {
    lowerIntArithmetic(s, v);
    return;
  }
  switch (o) {
    case Op.BR:
      s.begin(MOp.BR, Form.NONE);
      break;
    case Op.BR_IF:
      emitCondition(s, MOp.BR_ON, f.a[v]);
      break;
    case Op.BR_TABLE:
      lowerBrTable(s, v);
      break;
    case Op.RETURN:
      lowerReturn(s, v);
      break;
    case Op.TRAP:
      s.begin(MOp.TRAP, Form.NONE);
      s.imm(f.imm[v]);
      break;
    case Op.COUNT:
      s.begin(MOp.COUNT, Form.NONE);
      s.imm(f.imm[v]);
      break;
    case Op.INVOKE:
      s.begin(MOp.INVOKE, Form.NONE);
      break;
    case Op.THROW:
      lowerThrow(s, v);
      break;
    case Op.THROW_REF:
      lowerThrowReference(s, v);
      break;
    case Op.LANDING:
      s.beginLandingPad(v, Reg.RAX);
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
      lowerTypeField(s, v);
      break;
    case Op.TYPE_ID:
      lowerTypeId(s, v);
      break;
    case Op.FUNC_TYPE:
      lowerFuncType(s, v);
      break;
    case Op.GC_ADDRESS:
      lowerElementAddress(s, v);
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
      lowerHighProduct(s, v);
      break;
    case Op.SELECT:
      lowerSelect(s, v);
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
      lowerCanonical(s, v, o === Op.CANONICAL_F64X2, f.a[v]);
      break;
    case Op.I32_WRAP_I64:
    case Op.I64_EXTEND_I32_S:
    case Op.I64_EXTEND_I32_U:
    case Op.I32_EXTEND8_S:
    case Op.I32_EXTEND16_S:
    case Op.I64_EXTEND8_S:
    case Op.I64_EXTEND16_S:
    case Op.I64_EXTEND32_S:
      lowerExtension(s, v);
      break;
    default:
      if (o >= FIRST_ATOMIC) lowerAtomic(s, v);
      else if (o >= FIRST_SIMD) lowerSimd(s, v);
      else lowerFloat(s, v);
  }
}

function lowerSelect(s: Selector, v: number): void {
  const { f } = s;
  const t = f.type[v];
  const xmm = t === ValType.F32 || t === ValType.F64 || t === ValType.V128;
  emitCondition(s, xmm ? MOp.XSELECT_ON : MOp.SELECT_ON, f.c[v], f.a[v], f.b[v]);
  s.tie(true);
  s.def(v);
}
