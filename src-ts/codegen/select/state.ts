/** Selection of state: locals in memory, globals, memories, tables, segments. */
import { Helper, MemoryView, TableView, VmCtx } from '../../abi/vmctx.js';
import { Op } from '../../ir/ops.js';
import { FIRST_LOCAL } from '../instruction-list.js';
import { AddrKind, Form } from '../mach.js';
import { MemoryFlag } from '../module-facts.js';
import { helperCall, plainLoad, storePlain } from './calls.js';
import type { MachineSelection } from './machine-selection.js';
import { Common } from './operations.js';

/** Locals in memory lie behind the outgoing area, whose size is known when everything is selected. */
export function lowerLocalGet(s: MachineSelection, v: number): void {
  s.setPlace(AddrKind.OUTGOING, FIRST_LOCAL + s.f.imm[v]);
  plainLoad(s, v);
}

export function lowerLocalSet(s: MachineSelection, v: number): void {
  s.setPlace(AddrKind.OUTGOING, FIRST_LOCAL + s.f.imm[v]);
  storePlain(s, s.f.a[v], 8);
}

export function lowerGlobalGet(s: MachineSelection, v: number): void {
  setGlobal(s, s.f.imm[v]);
  plainLoad(s, v);
}

export function lowerGlobalSet(s: MachineSelection, v: number): void {
  const { f } = s;
  const g = f.imm[v];
  setGlobal(s, g);
  storePlain(s, f.a[v], s.m.globalBytes[g]);
}

function setGlobal(s: MachineSelection, g: number): void {
  const at = s.m.globals[g];
  if (g >= s.m.importedGlobals) {
    s.setVmctx(at);
    return;
  }
  const address = s.newValue(0);
  s.setVmctx(at);
  s.begin(Common.LOAD64, Form.M);
  s.address();
  s.def(address);
  s.setBase(address, 0);
}

/** Whether the helpers for memory 0 with 32-bit addresses take this one. */
const isUsual = (s: MachineSelection, memory: number): boolean =>
  memory === 0 && (s.m.memoryFlags[0] & MemoryFlag.ADDRESS64) === 0;

/** Operations that the runtime does. */
export function lowerHelper(s: MachineSelection, v: number): void {
  const { op, a, b, c, imm, imm2 } = s.f;
  switch (op[v]) {
    case Op.MEMORY_GROW:
      if (imm[v] === 0) helperCall(s, v, Helper.MEMORY_GROW, a[v]);
      else helperCall(s, v, Helper.MEMORY_GROW_OF, a[v], s.number(imm[v]));
      break;
    case Op.MEMORY_FILL:
      if (isUsual(s, imm[v])) helperCall(s, v, Helper.MEMORY_FILL, a[v], b[v], c[v]);
      else helperCall(s, v, Helper.MEMORY_FILL_OF, a[v], b[v], c[v], s.number(imm[v]));
      break;
    case Op.MEMORY_COPY:
      if (isUsual(s, imm[v]) && isUsual(s, imm2[v])) helperCall(s, v, Helper.MEMORY_COPY, a[v], b[v], c[v]);
      else helperCall(s, v, Helper.MEMORY_COPY_OF, a[v], b[v], c[v], s.number(imm[v]), s.number(imm2[v]));
      break;
    case Op.MEMORY_INIT:
      if (isUsual(s, imm2[v])) helperCall(s, v, Helper.MEMORY_INIT, a[v], b[v], c[v], s.number(imm[v]));
      else helperCall(s, v, Helper.MEMORY_INIT_OF, a[v], b[v], c[v], s.number(imm[v]), s.number(imm2[v]));
      break;
    case Op.DATA_DROP:
      helperCall(s, v, Helper.DATA_DROP, s.number(imm[v]));
      break;
    case Op.TABLE_GET:
      helperCall(s, v, Helper.TABLE_GET, s.number(imm[v]), a[v]);
      break;
    case Op.TABLE_SET:
      helperCall(s, v, Helper.TABLE_SET, s.number(imm[v]), a[v], b[v]);
      break;
    case Op.TABLE_GROW:
      helperCall(s, v, Helper.TABLE_GROW, s.number(imm[v]), a[v], b[v]);
      break;
    case Op.TABLE_FILL:
      helperCall(s, v, Helper.TABLE_FILL, s.number(imm[v]), a[v], b[v], c[v]);
      break;
    case Op.TABLE_COPY:
      helperCall(s, v, Helper.TABLE_COPY, s.number(imm[v]), s.number(imm2[v]), a[v], b[v], c[v]);
      break;
    case Op.TABLE_INIT:
      helperCall(s, v, Helper.TABLE_INIT, s.number(imm2[v]), s.number(imm[v]), a[v], b[v], c[v]);
      break;
    case Op.ELEM_DROP:
      helperCall(s, v, Helper.ELEM_DROP, s.number(imm[v]));
      break;
    case Op.REF_FUNC:
      helperCall(s, v, Helper.REF_FUNC, s.number(imm[v]));
      break;
  }
}

export function lowerMemorySize(s: MachineSelection, v: number): void {
  const memory = s.f.imm[v];
  const { memoryFlags, memoryPageShift, memoryViews } = s.m;
  // What code compares with is not the size of a shared memory. The helper looks, and grows it by nothing.
  if ((memoryFlags[memory] & MemoryFlag.SHARED) !== 0) {
    if (memory === 0) helperCall(s, v, Helper.MEMORY_GROW, s.number(0));
    else helperCall(s, v, Helper.MEMORY_GROW_OF, s.number(0), s.number(memory));
    return;
  }
  const shift = memoryPageShift[memory];
  s.setVmctx(memory === 0 ? VmCtx.MEM_BYTES : memoryViews[memory] + MemoryView.BYTES);
  const bytes = shift === 0 ? v : s.newValue(0);
  s.begin(Common.LOAD64, Form.M);
  s.address();
  s.def(bytes);
  if (shift === 0) return;
  s.shiftRight(1, bytes, shift, v);
}

/** MEMORY_BASE. */
export function lowerMemoryBase(s: MachineSelection, v: number): void {
  s.setVmctx(s.m.memoryViews[s.f.imm[v]] + MemoryView.BASE);
  s.begin(Common.LOAD64, Form.M);
  s.address();
  s.def(v);
}

export function lowerTableSize(s: MachineSelection, v: number): void {
  s.setVmctx(s.m.tables[s.f.imm[v]] + TableView.LENGTH);
  s.begin(Common.LOAD32, Form.M);
  s.address();
  s.def(v);
}
