/**
 * Instruction selection: SSA to machine functions (`codegen/mach.ts`). One backward walk over the function, linear; see
 * `selector.ts` for how it works. The only thing it changes in the SSA function are edge arguments that are mere
 * extensions, which it replaces by their operands.
 */
import { VmCtx, type VmLayout } from '../../abi/vmctx.js';
import type { Func } from '../../ir/func.js';
import { Effect, EFFECTS, isConst, isLoad, isRoot } from '../../ir/opinfo.js';
import { FIRST_SIMD, Op } from '../../ir/ops.js';
import type { Cfg } from '../../opt/cfg.js';
import type { Enabled } from '../../util/switches.js';
import { ValType, type WasmModule } from '../../wasm/types.js';
import { Form, type MachFunc } from '../../codegen/mach.js';
import { Reg } from '../abi.js';
import { MOp } from '../machops.js';
import { lowerExceptionField, lowerTag, lowerThrow, lowerThrowReference } from './exception.js';
import {
  lowerBrTable,
  lowerCall,
  lowerGlobalGet,
  lowerGlobalSet,
  lowerHelper,
  lowerLocalGet,
  lowerLocalSet,
  lowerMemorySize,
  lowerParameters,
  lowerResult,
  lowerReturn,
  lowerTailCall,
  lowerTableSize,
} from './call.js';
import { emitComparison, emitCondition } from './cond.js';
import { lowerFloat } from './float.js';
import { lowerExtension, lowerIntArithmetic } from './int.js';
import { lowerLoad, lowerStore } from './memory.js';
import { lowerSimd } from './simd.js';
import { Selector } from './selector.js';
import { X64 } from '../machine.js';

/** What selection needs to know of the target. */
export interface SelectOptions {
  /** `Feature` bits. */
  features: number;
  bounds: 'guard' | 'explicit';
}

/** The selection of one compilation; its arrays are reused from function to function. */
export class InstructionSelection {
  private readonly selector: Selector;

  constructor(enabled: Enabled) {
    this.selector = new Selector(enabled);
  }

  /** Selects instructions for `f` into `out`. Expects an SSA function with every block reachable. */
  run(f: Func, cfg: Cfg, m: WasmModule, vm: VmLayout, options: SelectOptions, out: MachFunc): void {
    const { selector: s } = this;
    out.machine = X64;
    out.func = f;
    out.cfg = cfg;
    s.features = options.features;
    s.explicitBounds = options.bounds === 'explicit';
    s.start(f, m, vm, out);
    for (let b = f.nb - 1; b >= 0; b--) selectBlock(s, b);
    s.finish();
  }
}

function selectBlock(s: Selector, b: number): void {
  const { f, need, fused, alias, side } = s;
  const { op, order } = f;
  const from = f.blockStart[b];
  const to = f.blockStart[b + 1];
  s.startBlock(b);
  let effects = 0;
  for (let k = from; k < to; k++) {
    const v = order[k];
    side[v] = effects;
    // A load may not pass anything that writes or traps otherwise.
    if ((EFFECTS[op[v]] & (Effect.WRITE | Effect.TRAP)) !== 0 && !isLoad(op[v])) effects++;
  }
  for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
    const e = f.succEdge[k];
    for (let q = f.argAt[e]; q < f.argAt[e + 1]; q++) {
      const x = f.args[q];
      if (!isConst(op[x])) need[x] = 1;
    }
  }
  for (let k = to - 1; k >= from; k--) {
    const v = order[k];
    if (alias[v] !== v || fused[v] !== 0) continue;
    if (need[v] === 0 && !isRoot(op[v])) continue;
    if (isConst(op[v]) || op[v] === Op.PARAM || op[v] === Op.ARG) continue;
    s.curSide = side[v];
    s.curPos = f.pos[v];
    s.startChunk();
    lower(s, v);
  }
  if (b === 0) {
    s.startChunk();
    lowerParameters(s);
  }
}

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
      lowerCall(s, v);
      break;
    case Op.TAIL_CALL:
    case Op.TAIL_CALL_INDIRECT:
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
      lowerMemorySize(s, v, VmCtx.MEM_BYTES);
      break;
    case Op.TABLE_SIZE:
      lowerTableSize(s, v);
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
      if (o >= FIRST_SIMD) lowerSimd(s, v);
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
