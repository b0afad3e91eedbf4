/**
 * Selection of loads and stores of linear memory, and of operations done in memory (load, operate, store to the same
 * place).
 */
import { accessBytes } from '../../ir/memory.js';
import { Op } from '../../ir/ops.js';
import { Effect, EFFECTS } from '../../ir/opinfo.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { storePlain } from '../../codegen/select/calls.js';
import type { Selector } from './selector.js';

/** Machine load by opcode from I32_LOAD. */
const LOADS = Uint8Array.of(
  MOp.LOAD32,
  MOp.LOAD64,
  MOp.XLOAD32,
  MOp.XLOAD64,
  MOp.LOAD8S32,
  MOp.LOAD8U,
  MOp.LOAD16S32,
  MOp.LOAD16U,
  MOp.LOAD8S64,
  MOp.LOAD8U,
  MOp.LOAD16S64,
  MOp.LOAD16U,
  MOp.LOAD32S64,
  MOp.LOAD32,
);

export function lowerLoad(s: Selector, v: number): void {
  const o = s.f.op[v];
  if (o === Op.I64_LOAD && s.wordLoads.upper[v] >= 0) {
    lowerWords(s, v, s.wordLoads.upper[v]);
    return;
  }
  s.setLoad(v);
  s.begin(LOADS[o - Op.I32_LOAD], Form.M);
  s.address();
  s.def(v);
}

/** The lower word first: so a trap tells the first byte that is out of bounds. */
function lowerWords(s: Selector, v: number, upper: number): void {
  loadWord(s, v, s.f.imm[v], v);
  loadWord(s, v, s.f.imm[v] + 4, upper);
}

function loadWord(s: Selector, load: number, offset: number, word: number): void {
  s.setMemory(load, offset, 4);
  s.begin(MOp.LOAD32, Form.M);
  s.address();
  s.def(word);
}

export function lowerStore(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  if (s.enabled['memory-operations'] && tryReadModifyWrite(s, v)) return;
  if (s.enabled['joined-words'] && tryJoinedWords(s, v)) return;
  const x = s.alias[f.b[v]];
  const bytes = accessBytes(o);
  s.setMemory(v, f.imm[v], bytes);
  if (o === Op.I64_STORE || o === Op.F32_STORE || o === Op.F64_STORE) {
    storePlain(s, x, 8);
    return;
  }
  const op = bytes === 1 ? MOp.STORE8 : bytes === 2 ? MOp.STORE16 : MOp.STORE32;
  const y = s.lowPart(x, bytes * 8);
  if (s.isConst(y)) {
    s.begin(op, Form.MI);
    s.address();
    s.imm(narrow(s.immOf(y), bytes));
  } else {
    s.begin(op, Form.MR);
    s.use(y);
    s.address();
  }
}

/**
 * The store v of the lower word of a result in memory, right behind that of the upper one: one store of both, because
 * the caller often loads them at once, and would have to wait until two stores have reached the cache (some 20 cycles).
 * It traps where the first of them would, and tells its place.
 */
function tryJoinedWords(s: Selector, v: number): boolean {
  const { f, alias } = s;
  const upper = f.op[v] === Op.I32_STORE ? previousEffect(s) : -1;
  if (upper < 0 || f.op[upper] !== Op.I32_STORE || s.m.results[f.typeIndex] > 0) return false;
  const base = alias[f.a[v]];
  if (f.op[base] !== Op.ARG || alias[f.a[upper]] !== base || f.imm2[upper] !== f.imm2[v] || f.imm2[v] !== 0)
    return false;
  if ((f.imm[v] & 7) !== 0 || f.imm[v] < 0 || f.imm[upper] !== f.imm[v] + 4) return false;
  const low = alias[f.b[v]];
  const high = alias[f.b[upper]];
  if (s.isConst(low) || s.isConst(high)) return false;
  s.fused[upper] = 1;
  s.curPos = f.pos[upper];
  s.setMemory(upper, f.imm[v], 8);
  const shifted = s.newValue(Cls.GPR);
  s.begin(MOp.SHL64, Form.RI);
  s.use(high);
  s.imm(32);
  s.tie();
  s.def(shifted);
  const both = s.newValue(Cls.GPR);
  s.begin(MOp.OR64, Form.RR);
  s.useTemp(shifted);
  s.use(low);
  s.tie(true);
  s.def(both);
  s.begin(MOp.STORE64, Form.MR);
  s.useTemp(both);
  s.address();
  return true;
}

/** The value before the current one with an effect, or -1: what stands between neither reads memory nor traps. */
function previousEffect(s: Selector): number {
  const { f } = s;
  for (let k = s.curIndex - 1; k >= f.blockStart[s.curBlock]; k--) {
    const x = f.order[k];
    if ((EFFECTS[f.op[x]] & Effect.WRITE) !== 0) return x;
    if (EFFECTS[f.op[x]] !== 0) return -1;
  }
  return -1;
}

/** An immediate as the narrow instruction holds it. */
export function narrow(imm: number, bytes: number): number {
  return bytes === 1 ? (imm << 24) >> 24 : bytes === 2 ? (imm << 16) >> 16 : imm;
}

/** The in-memory form of an operation, or 0. */
function memoryOp(op: number, bytes: number): number {
  let base: MOp;
  switch (op) {
    case Op.I32_ADD:
    case Op.I64_ADD:
      base = MOp.ADD32;
      break;
    case Op.I32_SUB:
    case Op.I64_SUB:
      base = MOp.SUB32;
      break;
    case Op.I32_AND:
    case Op.I64_AND:
      base = MOp.AND32;
      break;
    case Op.I32_OR:
    case Op.I64_OR:
      base = MOp.OR32;
      break;
    case Op.I32_XOR:
    case Op.I64_XOR:
      base = MOp.XOR32;
      break;
    default:
      return 0;
  }
  return bytes === 8
    ? base + 1
    : bytes === 4
      ? base
      : bytes === 2
        ? base + (MOp.ADD16 - MOp.ADD32)
        : base + (MOp.ADD8 - MOp.ADD32);
}

/** Whether x is a load of `bytes` bytes (extended or not) from where the store v writes, with nothing in between. */
function isSamePlace(s: Selector, x: number, v: number, bytes: number): boolean {
  const { f } = s;
  if (x < 0) return false;
  const o = f.op[x];
  return (
    o >= Op.I32_LOAD &&
    o <= Op.I64_LOAD32_U &&
    o !== Op.F32_LOAD &&
    o !== Op.F64_LOAD &&
    accessBytes(o) === bytes &&
    s.alias[f.a[x]] === s.alias[f.a[v]] &&
    f.imm[x] === f.imm[v] &&
    f.imm2[x] === f.imm2[v] &&
    s.side[x] === s.curSide &&
    s.isOwn(x)
  );
}

function tryReadModifyWrite(s: Selector, v: number): boolean {
  const { f } = s;
  const bytes = accessBytes(f.op[v]);
  // The bits of the result that are stored depend on nothing above them.
  const r = s.ownLowPart(f.b[v], bytes * 8);
  if (r < 0) return false;
  const op = memoryOp(f.op[r], bytes);
  if (op === 0 || !s.isOwn(r)) return false;
  const p = s.ownLowPart(f.a[r], bytes * 8);
  const q = s.ownLowPart(f.b[r], bytes * 8);
  const commutes = f.op[r] !== Op.I32_SUB && f.op[r] !== Op.I64_SUB;
  let load = p;
  let y = f.b[r];
  if (!isSamePlace(s, p, v, bytes)) {
    if (!commutes || !isSamePlace(s, q, v, bytes)) return false;
    load = q;
    y = f.a[r];
  }
  y = s.lowPart(y, bytes * 8);
  if (load === y) return false;
  s.fused[r] = 1;
  s.fused[load] = 1;
  s.setMemory(v, f.imm[v], bytes);
  memoryWith(s, op, y, bytes);
  return true;
}

/** An operation on the memory operand that `setMemory` described, with a constant if it fits, else with a register. */
export function memoryWith(s: Selector, op: number, y: number, bytes: number): void {
  if (s.isConst(y) && (bytes < 8 || s.fitsImm(y))) {
    s.begin(op, Form.MI);
    s.address();
    s.imm(narrow(s.immOf(y), bytes));
  } else {
    s.begin(op, Form.MR);
    s.use(y);
    s.address();
  }
}
