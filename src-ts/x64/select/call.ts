/** Selection of calls, returns, state (globals, memory, tables) and switches. */
import { Helper, MemoryView, TableView, VmCtx, signatureId } from '../../abi/vmctx.js';
import { isInvoked } from '../../ir/func.js';
import { hasType, isConst } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { pageShift, ValType } from '../../wasm/types.js';
import { INT_ARGS, Reg } from '../abi.js';
import { AddrKind, Form } from '../../codegen/mach.js';
import { type CallLayout, Clobber } from '../../codegen/machine.js';
import { MOp, tailAreas, usesDispatch } from '../machops.js';
import { emitCondition } from './cond.js';
import type { Selector } from './selector.js';
import { FIRST_LOCAL } from '../../codegen/instruction-list.js';

/** Full-width load of a value of this type (of an i32 the low half: the upper is zero by contract). */
export function loadOp(t: number): number {
  switch (t) {
    case ValType.F32:
      return MOp.XLOAD32;
    case ValType.F64:
      return MOp.XLOAD64;
    case ValType.V128:
      return MOp.XLOAD128;
    case ValType.I64:
      return MOp.LOAD64;
    default:
      return MOp.LOAD32;
  }
}

/** Stores x to the place set before, `bytes` wide if it is an integer. */
export function storePlain(s: Selector, x: number, bytes: 4 | 8): void {
  const { f } = s;
  x = s.alias[x];
  const t = f.type[x];
  const o = f.op[x];
  // Integer immediates; the bits of a float constant are as good. A 64-bit store sign-extends its immediate.
  const narrow = t === ValType.F32 || (bytes === 4 && t === ValType.I32);
  if (isConst(o) && t !== ValType.V128) {
    const lo = o === Op.REF_NULL ? 0 : f.imm[x];
    const hi = o === Op.I64_CONST || o === Op.F64_CONST ? f.imm2[x] : 0;
    if (narrow || hi === lo >> 31) {
      s.begin(narrow ? MOp.STORE32 : MOp.STORE64, Form.MI);
      s.address();
      s.imm(lo);
      return;
    }
  }
  s.begin(
    t === ValType.F32
      ? MOp.XSTORE32
      : t === ValType.F64
        ? MOp.XSTORE64
        : t === ValType.V128
          ? MOp.XSTORE128
          : narrow
            ? MOp.STORE32
            : MOp.STORE64,
    Form.MR,
  );
  s.use(x);
  s.address();
}

/** CALL, CALL_INDIRECT and CALL_REF: stack arguments, then the call with its register arguments. */
export function lowerCall(s: Selector, v: number): void {
  const layout = s.layoutOf(calleeType(s, v));
  storeArguments(s, v, layout, AddrKind.OUTGOING);
  beginCall(s, v, 0);
  passArguments(s, v, layout);
  s.clobber(Clobber.CALL);
  if (isInvoked(s.f, v)) s.cond(1);
  else if (!hasType(s.f.op[v])) s.preservedBy(s.f.imm2[v]);
  if (s.need[v] !== 0) s.def(v, layout.results[0].reg);
}

/** TAIL_CALL, TAIL_CALL_INDIRECT and TAIL_CALL_REF: the stack arguments replace the function's own where there is room for them. */
export function lowerTailCall(s: Selector, v: number): void {
  const layout = s.layoutOf(calleeType(s, v));
  const own = s.layoutOf(s.f.typeIndex).outBytes;
  const fits = layout.outBytes <= own;
  storeArguments(s, v, layout, fits ? AddrKind.INCOMING : AddrKind.OUTGOING);
  beginCall(s, v, MOp.TAIL_CALL - MOp.CALL);
  passArguments(s, v, layout);
  if (fits) return;
  s.cond(tailAreas(layout.outBytes, own));
  s.needFrame();
}

const calleeType = ({ f, m }: Selector, v: number): number => (hasType(f.op[v]) ? f.imm2[v] : m.funcTypes[f.imm2[v]]);

function storeArguments(s: Selector, v: number, layout: CallLayout, area: AddrKind): void {
  const { f } = s;
  if (area === AddrKind.OUTGOING) s.reserveOutgoing(layout.outBytes);
  layout.args.forEach(({ reg, stack }, i) => {
    if (reg >= 0) return;
    s.setPlace(area, stack);
    storePlain(s, f.pool.a[f.imm[v] + 1 + i], 8);
  });
}

/** Register arguments, and the index or reference of an indirect call in rax. */
function passArguments(s: Selector, v: number, layout: CallLayout): void {
  const { f } = s;
  layout.args.forEach(({ reg }, i) => {
    if (reg >= 0) s.useIn(f.pool.a[f.imm[v] + 1 + i], reg);
  });
  if (hasType(f.op[v])) s.useIn(f.a[v], Reg.RAX);
}

/** Begins the machine operation of a call; `more` is added to its number. */
function beginCall(s: Selector, v: number, more: number): void {
  const { f, m, vm } = s;
  if (!hasType(f.op[v])) {
    const callee = f.imm2[v];
    if (callee < m.importedFuncs) {
      s.begin(MOp.CALL_IMPORT + more, Form.NONE);
      s.disp(vm.imports[callee]);
    } else {
      s.begin(MOp.CALL + more, Form.NONE);
      s.imm(callee);
    }
    return;
  }
  const typeIndex = f.imm2[v];
  if (f.op[v] === Op.CALL_REF || f.op[v] === Op.TAIL_CALL_REF) {
    s.begin(MOp.CALL_REF + more, Form.NONE);
    s.temps(1, 0);
    return;
  }
  const table = f.b[v];
  const id = signatureId(m.types[typeIndex]);
  if (vm.closedTables[table] >= 0) {
    s.begin((id !== 0 ? MOp.CALL_CLOSED : MOp.CALL_CLOSED_LONG) + more, Form.NONE);
    s.disp(vm.closedTables[table]);
    s.imm2(m.tables[table].min);
  } else {
    s.begin((id !== 0 ? MOp.CALL_TABLE : MOp.CALL_TABLE_LONG) + more, Form.NONE);
    s.disp(vm.tables[table]);
  }
  s.imm(id !== 0 ? id : vm.longTypes[typeIndex]);
  if (id === 0) s.temps(1, 0);
}

/** Result 1, 2, … of the call right before. */
export function lowerResult(s: Selector, v: number): void {
  const { f } = s;
  const call = f.a[v];
  s.setPlace(AddrKind.OUTGOING, s.layoutOf(calleeType(s, call)).results[f.imm[v]].stack);
  plainLoad(s, v);
}

export function plainLoad(s: Selector, v: number): void {
  s.begin(loadOp(s.f.type[v]), Form.M);
  s.address();
  s.def(v);
}

/** RETURN: results in memory first, then result 0 in its register. */
export function lowerReturn(s: Selector, v: number): void {
  const { f } = s;
  const layout = s.layoutOf(f.typeIndex);
  const p = f.pool.a;
  for (let i = 1; i < layout.results.length; i++) {
    s.setPlace(AddrKind.INCOMING, layout.results[i].stack);
    storePlain(s, p[f.imm[v] + i], 8);
  }
  s.begin(MOp.RET, Form.NONE);
  if (layout.results.length > 0) s.useIn(p[f.imm[v]], layout.results[0].reg);
}

/** The function's parameters that have uses: register ones first (mach.ts), then loads of those on the stack. */
export function lowerParameters(s: Selector): void {
  const { f } = s;
  const layout = s.layoutOf(f.typeIndex);
  for (let pass = 0; pass < 2; pass++) {
    for (let k = f.blockStart[0]; k < f.blockStart[1]; k++) {
      const v = f.order[k];
      if (f.op[v] !== Op.ARG || s.need[v] === 0) continue;
      const place = layout.args[f.imm[v]];
      if (place.reg >= 0 !== (pass === 0)) continue;
      s.curPos = f.pos[v];
      if (place.reg >= 0) {
        s.begin(MOp.ARG, Form.NONE);
        s.def(v, place.reg);
      } else {
        s.setPlace(AddrKind.INCOMING, place.stack);
        plainLoad(s, v);
      }
    }
  }
}

/** Locals in memory lie behind the outgoing area, whose size is known when everything is selected. */
export function lowerLocalGet(s: Selector, v: number): void {
  s.setPlace(AddrKind.OUTGOING, FIRST_LOCAL + s.f.imm[v]);
  plainLoad(s, v);
}

export function lowerLocalSet(s: Selector, v: number): void {
  s.setPlace(AddrKind.OUTGOING, FIRST_LOCAL + s.f.imm[v]);
  storePlain(s, s.f.a[v], 8);
}

export function lowerGlobalGet(s: Selector, v: number): void {
  setGlobal(s, s.f.imm[v]);
  plainLoad(s, v);
}

export function lowerGlobalSet(s: Selector, v: number): void {
  const { f } = s;
  const g = f.imm[v];
  setGlobal(s, g);
  storePlain(s, f.a[v], s.m.globals[g].type === ValType.I64 ? 8 : 4);
}

function setGlobal(s: Selector, g: number): void {
  const at = s.vm.globals[g];
  if (g >= s.m.importedGlobals) {
    s.setVmctx(at);
    return;
  }
  const address = s.newValue(0);
  s.setVmctx(at);
  s.begin(MOp.LOAD64, Form.M);
  s.address();
  s.def(address);
  s.setBase(address, 0);
}

/**
 * A call of a runtime helper. `numbers` before `values`: plain numbers (tables, segments) and SSA values in the order
 * of the helper's parameters, as `order` says.
 */
export function helperCall(
  s: Selector,
  v: number,
  helper: Helper,
  numbers: readonly number[],
  values: readonly number[],
  numbersFirst: boolean,
): void {
  const made = numbers.map((n) => s.number(n));
  s.begin(MOp.CALL_HELPER, Form.NONE);
  s.imm(helper);
  let k = 0;
  if (numbersFirst) for (const n of made) s.useTemp(n, INT_ARGS[k++]);
  for (const x of values) s.useIn(x, INT_ARGS[k++]);
  if (!numbersFirst) for (const n of made) s.useTemp(n, INT_ARGS[k++]);
  s.clobber(Clobber.CALL);
  if (s.f.type[v] !== 0 && s.need[v] !== 0) s.def(v, Reg.RAX);
}

/** Whether the helpers for memory 0 with 32-bit addresses take this one. */
const isUsual = (s: Selector, memory: number): boolean => memory === 0 && s.m.memories[0].address64 !== true;

/** Operations that the runtime does. */
export function lowerHelper(s: Selector, v: number): void {
  const { op, a, b, c, imm, imm2 } = s.f;
  switch (op[v]) {
    case Op.MEMORY_GROW:
      if (imm[v] === 0) helperCall(s, v, Helper.MEMORY_GROW, [], [a[v]], true);
      else helperCall(s, v, Helper.MEMORY_GROW_OF, [imm[v]], [a[v]], false);
      break;
    case Op.MEMORY_FILL:
      if (isUsual(s, imm[v])) helperCall(s, v, Helper.MEMORY_FILL, [], [a[v], b[v], c[v]], true);
      else helperCall(s, v, Helper.MEMORY_FILL_OF, [imm[v]], [a[v], b[v], c[v]], false);
      break;
    case Op.MEMORY_COPY:
      if (isUsual(s, imm[v]) && isUsual(s, imm2[v])) helperCall(s, v, Helper.MEMORY_COPY, [], [a[v], b[v], c[v]], true);
      else helperCall(s, v, Helper.MEMORY_COPY_OF, [imm[v], imm2[v]], [a[v], b[v], c[v]], false);
      break;
    case Op.MEMORY_INIT:
      if (isUsual(s, imm2[v])) helperCall(s, v, Helper.MEMORY_INIT, [imm[v]], [a[v], b[v], c[v]], false);
      else helperCall(s, v, Helper.MEMORY_INIT_OF, [imm[v], imm2[v]], [a[v], b[v], c[v]], false);
      break;
    case Op.DATA_DROP:
      helperCall(s, v, Helper.DATA_DROP, [imm[v]], [], true);
      break;
    case Op.TABLE_GET:
      helperCall(s, v, Helper.TABLE_GET, [imm[v]], [a[v]], true);
      break;
    case Op.TABLE_SET:
      helperCall(s, v, Helper.TABLE_SET, [imm[v]], [a[v], b[v]], true);
      break;
    case Op.TABLE_GROW:
      helperCall(s, v, Helper.TABLE_GROW, [imm[v]], [a[v], b[v]], true);
      break;
    case Op.TABLE_FILL:
      helperCall(s, v, Helper.TABLE_FILL, [imm[v]], [a[v], b[v], c[v]], true);
      break;
    case Op.TABLE_COPY:
      helperCall(s, v, Helper.TABLE_COPY, [imm[v], imm2[v]], [a[v], b[v], c[v]], true);
      break;
    case Op.TABLE_INIT:
      helperCall(s, v, Helper.TABLE_INIT, [imm2[v], imm[v]], [a[v], b[v], c[v]], true);
      break;
    case Op.ELEM_DROP:
      helperCall(s, v, Helper.ELEM_DROP, [imm[v]], [], true);
      break;
    case Op.REF_FUNC:
      helperCall(s, v, Helper.REF_FUNC, [imm[v]], [], true);
      break;
  }
}

/** NULL_CHECK of a reference or of a condition. */
export function lowerNullCheck(s: Selector, v: number): void {
  emitCondition(s, MOp.TRAP_ON, s.f.a[v], -1, -1, 1);
  s.imm2(s.f.imm[v]);
}

export function lowerMemorySize(s: Selector, v: number): void {
  const memory = s.f.imm[v];
  const type = s.m.memories[memory];
  // What code compares with is not the size of a shared memory. The helper looks, and grows it by nothing.
  if (type.shared === true) {
    if (memory === 0) helperCall(s, v, Helper.MEMORY_GROW, [0], [], true);
    else helperCall(s, v, Helper.MEMORY_GROW_OF, [0, memory], [], true);
    return;
  }
  const shift = pageShift(type);
  s.setVmctx(memory === 0 ? VmCtx.MEM_BYTES : s.vm.memories[memory] + MemoryView.BYTES);
  const bytes = shift === 0 ? v : s.newValue(0);
  s.begin(MOp.LOAD64, Form.M);
  s.address();
  s.def(bytes);
  if (shift === 0) return;
  s.begin(MOp.SHR64, Form.RI);
  s.useTemp(bytes);
  s.imm(shift);
  s.tie();
  s.def(v);
}

/** MEMORY_BASE. */
export function lowerMemoryBase(s: Selector, v: number): void {
  s.setVmctx(s.vm.memories[s.f.imm[v]] + MemoryView.BASE);
  s.begin(MOp.LOAD64, Form.M);
  s.address();
  s.def(v);
}

export function lowerTableSize(s: Selector, v: number): void {
  s.setVmctx(s.vm.tables[s.f.imm[v]] + TableView.LENGTH);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(v);
}

export function lowerBrTable(s: Selector, v: number): void {
  const { f } = s;
  const index = s.alias[f.a[v]];
  s.begin(MOp.BR_TABLE, Form.R);
  s.use(index);
  s.imm(f.imm[v]);
  s.imm2(f.imm2[v]);
  s.cond(s.maxOf(index) < f.imm2[v] - 1 ? 1 : 0);
  if (!usesDispatch(f.imm2[v] - 1, s.enabled)) s.temps(2, 0);
}
