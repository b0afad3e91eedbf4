/** Selection of calls, parameters, returns and switches. */
import { type Helper, signatureId } from '../../abi/vmctx.js';
import { isInvoked } from '../../ir/func.js';
import { hasType, isConst } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { AddrKind, Form } from '../mach.js';
import { type CallLayout, Clobber } from '../machine.js';
import type { MachineSelection } from './machine-selection.js';
import { Common, tailAreas } from './operations.js';

/** Full-width load of a value of this type (of an i32 the low half: the upper is zero by contract). */
export function loadOp(t: number): number {
  switch (t) {
    case ValType.F32:
      return Common.XLOAD32;
    case ValType.F64:
      return Common.XLOAD64;
    case ValType.V128:
      return Common.XLOAD128;
    case ValType.I64:
      return Common.LOAD64;
    default:
      return Common.LOAD32;
  }
}

function storeOp(t: number, narrow: boolean): number {
  switch (t) {
    case ValType.F32:
      return Common.XSTORE32;
    case ValType.F64:
      return Common.XSTORE64;
    case ValType.V128:
      return Common.XSTORE128;
    default:
      return narrow ? Common.STORE32 : Common.STORE64;
  }
}

/** Stores x to the place set before, `bytes` wide if it is an integer. */
export function storePlain(s: MachineSelection, x: number, bytes: 4 | 8): void {
  const { f } = s;
  x = s.alias[x];
  const t = f.type[x];
  const store = storeOp(t, bytes === 4 && t === ValType.I32);
  // The bits of a float constant are as good.
  if (isConst(f.op[x]) && t !== ValType.V128 && s.storeConstant(store, x)) return;
  s.begin(store, Form.MR);
  s.use(x);
  s.address();
}

/** CALL, CALL_INDIRECT and CALL_REF: stack arguments, then the call with its register arguments. */
export function lowerCall(s: MachineSelection, v: number): void {
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
export function lowerTailCall(s: MachineSelection, v: number): void {
  const layout = s.layoutOf(calleeType(s, v));
  const own = s.layoutOf(s.f.typeIndex).outBytes;
  const fits = layout.outBytes <= own;
  storeArguments(s, v, layout, fits ? AddrKind.INCOMING : AddrKind.OUTGOING);
  beginCall(s, v, Common.TAIL_CALL - Common.CALL);
  passArguments(s, v, layout);
  if (fits) return;
  s.cond(tailAreas(layout.outBytes, own));
  s.needFrame();
}

const calleeType = ({ f, m }: MachineSelection, v: number): number =>
  hasType(f.op[v]) ? f.imm2[v] : m.funcTypes[f.imm2[v]];

function storeArguments(s: MachineSelection, v: number, layout: CallLayout, area: AddrKind): void {
  const { f } = s;
  if (area === AddrKind.OUTGOING) s.reserveOutgoing(layout.outBytes);
  layout.args.forEach(({ reg, stack }, i) => {
    if (reg >= 0) return;
    s.setPlace(area, stack);
    storePlain(s, f.pool.a[f.imm[v] + 1 + i], 8);
  });
}

/** Register arguments, and the index or reference of an indirect call in one of its own. */
function passArguments(s: MachineSelection, v: number, layout: CallLayout): void {
  const { f } = s;
  layout.args.forEach(({ reg }, i) => {
    if (reg >= 0) s.useIn(f.pool.a[f.imm[v] + 1 + i], reg);
  });
  if (hasType(f.op[v])) s.useIn(f.a[v], s.convention.indirect);
}

/** Begins the machine operation of a call; `more` is added to its number. */
function beginCall(s: MachineSelection, v: number, more: number): void {
  const { f, m, vm } = s;
  if (!hasType(f.op[v])) {
    const callee = f.imm2[v];
    if (callee < m.importedFuncs) {
      s.begin(Common.CALL_IMPORT + more, Form.NONE);
      s.disp(vm.imports[callee]);
    } else {
      s.begin(Common.CALL + more, Form.NONE);
      s.imm(callee);
    }
    return;
  }
  const typeIndex = f.imm2[v];
  if (f.op[v] === Op.CALL_REF || f.op[v] === Op.TAIL_CALL_REF) {
    s.begin(Common.CALL_REF + more, Form.NONE);
    s.temps(s.callTemporaries(Common.CALL_REF), 0);
    return;
  }
  const table = f.b[v];
  const id = signatureId(m.types[typeIndex]);
  let op: number;
  if (vm.closedTables[table] >= 0) {
    op = id !== 0 ? Common.CALL_CLOSED : Common.CALL_CLOSED_LONG;
    s.begin(op + more, Form.NONE);
    s.disp(vm.closedTables[table]);
    s.imm2(m.tables[table].min);
  } else {
    op = id !== 0 ? Common.CALL_TABLE : Common.CALL_TABLE_LONG;
    s.begin(op + more, Form.NONE);
    s.disp(vm.tables[table]);
  }
  s.imm(id !== 0 ? id : vm.longTypes[typeIndex]);
  s.temps(s.callTemporaries(op), 0);
}

/** Result 1, 2, … of the call right before. */
export function lowerResult(s: MachineSelection, v: number): void {
  const { f } = s;
  const call = f.a[v];
  s.setPlace(AddrKind.OUTGOING, s.layoutOf(calleeType(s, call)).results[f.imm[v]].stack);
  plainLoad(s, v);
}

export function plainLoad(s: MachineSelection, v: number): void {
  s.begin(loadOp(s.f.type[v]), Form.M);
  s.address();
  s.def(v);
}

/** RETURN: results in memory first, then result 0 in its register. */
export function lowerReturn(s: MachineSelection, v: number): void {
  const { f } = s;
  const layout = s.layoutOf(f.typeIndex);
  const p = f.pool.a;
  for (let i = 1; i < layout.results.length; i++) {
    s.setPlace(AddrKind.INCOMING, layout.results[i].stack);
    storePlain(s, p[f.imm[v] + i], 8);
  }
  s.begin(Common.RET, Form.NONE);
  if (layout.results.length > 0) s.useIn(p[f.imm[v]], layout.results[0].reg);
}

/** The function's parameters that have uses: register ones first (mach.ts), then loads of those on the stack. */
export function lowerParameters(s: MachineSelection): void {
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
        s.begin(Common.ARG, Form.NONE);
        s.def(v, place.reg);
      } else {
        s.setPlace(AddrKind.INCOMING, place.stack);
        plainLoad(s, v);
      }
    }
  }
}

/**
 * A call of a runtime helper. `numbers` before `values`: plain numbers (tables, segments) and SSA values in the order
 * of the helper's parameters, as `order` says.
 */
export function helperCall(
  s: MachineSelection,
  v: number,
  helper: Helper,
  numbers: readonly number[],
  values: readonly number[],
  numbersFirst: boolean,
): void {
  const made = numbers.map((n) => s.number(n));
  s.begin(Common.CALL_HELPER, Form.NONE);
  s.imm(helper);
  const { general, generalResult } = s.convention;
  let k = 0;
  if (numbersFirst) for (const n of made) s.useTemp(n, general[k++]);
  for (const x of values) s.useIn(x, general[k++]);
  if (!numbersFirst) for (const n of made) s.useTemp(n, general[k++]);
  s.clobber(Clobber.CALL);
  if (s.f.type[v] !== 0 && s.need[v] !== 0) s.def(v, generalResult);
}

/** NULL_CHECK of a reference or of a condition. */
export function lowerNullCheck(s: MachineSelection, v: number): void {
  s.condition(Common.TRAP_ON, s.f.a[v], -1, -1, 1);
  s.imm2(s.f.imm[v]);
}

export function lowerBrTable(s: MachineSelection, v: number): void {
  const { f } = s;
  const index = s.alias[f.a[v]];
  s.begin(Common.BR_TABLE, Form.R);
  s.use(index);
  s.imm(f.imm[v]);
  s.imm2(f.imm2[v]);
  s.cond(s.maxOf(index) < f.imm2[v] - 1 ? 1 : 0);
  s.temps(s.switchTemporaries(f.imm2[v] - 1), 0);
}
