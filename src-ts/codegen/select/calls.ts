/** Selection of calls, parameters, returns and switches. */
import type { Helper } from '../../abi/vmctx.js';
import { isInvoked } from '../../ir/func.js';
import { hasType, isConst } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { AddrKind, Form } from '../mach.js';
import { Clobber } from '../machine.js';
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
export function storePlain(s: MachineSelection, x: number, bytes: number): void {
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
  const { m } = s;
  const type = calleeType(s, v);
  storeArguments(s, v, type, AddrKind.OUTGOING);
  beginCall(s, v, 0);
  passArguments(s, v, type);
  s.clobber(Clobber.CALL);
  if (isInvoked(s.f, v)) s.cond(1);
  else if (!hasType(s.f.op[v])) s.preservedBy(s.f.imm2[v]);
  if (s.need[v] !== 0) s.def(v, m.register[m.placeAt[type]]);
}

/** TAIL_CALL, TAIL_CALL_INDIRECT and TAIL_CALL_REF: the stack arguments replace the function's own where there is room for them. */
export function lowerTailCall(s: MachineSelection, v: number): void {
  const { outBytes } = s.m;
  const type = calleeType(s, v);
  const own = outBytes[s.f.typeIndex];
  const fits = outBytes[type] <= own;
  storeArguments(s, v, type, fits ? AddrKind.INCOMING : AddrKind.OUTGOING);
  beginCall(s, v, Common.TAIL_CALL - Common.CALL);
  passArguments(s, v, type);
  if (fits) return;
  s.cond(tailAreas(outBytes[type], own));
  s.needFrame();
}

const calleeType = ({ f, m }: MachineSelection, v: number): number =>
  hasType(f.op[v]) ? f.imm2[v] : m.funcTypes[f.imm2[v]];

function storeArguments(s: MachineSelection, v: number, type: number, area: AddrKind): void {
  const { f, m } = s;
  if (area === AddrKind.OUTGOING) s.reserveOutgoing(m.outBytes[type]);
  let at = f.imm[v] + 1;
  for (let k = m.placeAt[type] + m.results[type]; k < m.placeAt[type + 1]; k++, at++) {
    if (m.register[k] >= 0) continue;
    s.setPlace(area, m.stack[k]);
    storePlain(s, f.pool.a[at], 8);
  }
}

/** Register arguments, and the index or reference of an indirect call in one of its own. */
function passArguments(s: MachineSelection, v: number, type: number): void {
  const { f, m } = s;
  let at = f.imm[v] + 1;
  for (let k = m.placeAt[type] + m.results[type]; k < m.placeAt[type + 1]; k++, at++)
    if (m.register[k] >= 0) s.useIn(f.pool.a[at], m.register[k]);
  if (hasType(f.op[v])) s.useIn(f.a[v], s.convention.indirect);
}

/** Begins the machine operation of a call; `more` is added to its number. */
function beginCall(s: MachineSelection, v: number, more: number): void {
  const { f, m } = s;
  if (!hasType(f.op[v])) {
    const callee = f.imm2[v];
    if (callee < m.importedFuncs) {
      s.begin(Common.CALL_IMPORT + more, Form.NONE);
      s.disp(m.imports[callee]);
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
  const id = m.signature[typeIndex];
  let op: number;
  if (m.closedTables[table] >= 0) {
    op = id !== 0 ? Common.CALL_CLOSED : Common.CALL_CLOSED_LONG;
    s.begin(op + more, Form.NONE);
    s.disp(m.closedTables[table]);
    s.imm2(m.tableLeast[table]);
  } else {
    op = id !== 0 ? Common.CALL_TABLE : Common.CALL_TABLE_LONG;
    s.begin(op + more, Form.NONE);
    s.disp(m.tables[table]);
  }
  s.imm(id !== 0 ? id : m.typeId[typeIndex]);
  s.temps(s.callTemporaries(op), 0);
}

/** Result 1, 2, … of the call right before. */
export function lowerResult(s: MachineSelection, v: number): void {
  const { f, m } = s;
  const first = m.placeAt[calleeType(s, f.a[v])];
  s.setPlace(AddrKind.OUTGOING, m.stack[first + f.imm[v]]);
  plainLoad(s, v);
}

export function plainLoad(s: MachineSelection, v: number): void {
  s.begin(loadOp(s.f.type[v]), Form.M);
  s.address();
  s.def(v);
}

/** RETURN: results in memory first, then result 0 in its register. */
export function lowerReturn(s: MachineSelection, v: number): void {
  const { f, m } = s;
  const first = m.placeAt[f.typeIndex];
  const n = m.results[f.typeIndex];
  for (let i = 1; i < n; i++) {
    s.setPlace(AddrKind.INCOMING, m.stack[first + i]);
    storePlain(s, f.pool.a[f.imm[v] + i], 8);
  }
  s.begin(Common.RET, Form.NONE);
  if (n > 0) s.useIn(f.pool.a[f.imm[v]], m.register[first]);
}

/** The function's parameters that have uses: register ones first (mach.ts), then loads of those on the stack. */
export function lowerParameters(s: MachineSelection): void {
  const { f, m } = s;
  const first = m.placeAt[f.typeIndex] + m.results[f.typeIndex];
  for (let pass = 0; pass < 2; pass++) {
    for (let q = f.blockStart[0]; q < f.blockStart[1]; q++) {
      const v = f.order[q];
      if (f.op[v] !== Op.ARG || s.need[v] === 0) continue;
      const k = first + f.imm[v];
      const register = m.register[k];
      if (register >= 0 !== (pass === 0)) continue;
      s.curPos = f.pos[v];
      if (register >= 0) {
        s.begin(Common.ARG, Form.NONE);
        s.def(v, register);
      } else {
        s.setPlace(AddrKind.INCOMING, m.stack[k]);
        plainLoad(s, v);
      }
    }
  }
}

/**
 * A call of a runtime helper with up to five arguments in the order of its parameters: SSA values or machine values
 * (`MachineSelection.number`); -1: no more.
 */
export function helperCall(
  s: MachineSelection,
  v: number,
  helper: Helper,
  a0 = -1,
  a1 = -1,
  a2 = -1,
  a3 = -1,
  a4 = -1,
): void {
  beginHelperCall(s, helper);
  helperArgument(s, a0, 0);
  helperArgument(s, a1, 1);
  helperArgument(s, a2, 2);
  helperArgument(s, a3, 3);
  helperArgument(s, a4, 4);
  endHelperCall(s, v);
}

export function beginHelperCall(s: MachineSelection, helper: Helper): void {
  s.begin(Common.CALL_HELPER, Form.NONE);
  s.imm(helper);
}

/** Argument k; x -1: there is none. */
export function helperArgument(s: MachineSelection, x: number, k: number): void {
  if (x < 0) return;
  const register = s.convention.general[k];
  if (x < s.f.nv) s.useIn(x, register);
  else s.useTemp(x, register);
}

export function endHelperCall(s: MachineSelection, v: number): void {
  s.clobber(Clobber.CALL);
  if (s.f.type[v] !== 0 && s.need[v] !== 0) s.def(v, s.convention.generalResult);
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
