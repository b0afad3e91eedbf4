/**
 * Text form of machine functions, for dumps and file tests. One line an instruction: `def = op
 * operands, imm; constraints`.
 */
import { Op } from '../ir/ops.js';
import {
  ADDR_INDEX,
  ADDR_KIND_MASK,
  ADDR_SCALE_SHIFT,
  AddrKind,
  type Allocation,
  Form,
  HEAP_BASE,
  type MachFunc,
  Rec,
} from './mach.js';
import { Clobber, OpFlag } from './machine.js';

function constantText(mf: MachFunc, c: number): string {
  if (c === HEAP_BASE) return 'heap';
  const { op, imm, imm2 } = mf.func;
  const hex = (x: number): string => (x >>> 0).toString(16);
  switch (op[c]) {
    case Op.I32_CONST:
      return `${imm[c]}`;
    case Op.I64_CONST:
      return `${(BigInt(imm2[c]) << 32n) | BigInt(imm[c] >>> 0)}L`;
    case Op.F32_CONST:
      return `f32:${hex(imm[c])}`;
    case Op.F64_CONST:
      return `f64:${hex(imm2[c])}_${hex(imm[c]).padStart(8, '0')}`;
    case Op.REF_NULL:
      return 'null';
    default:
      return wordsText(mf, imm[c]);
  }
}

/** Four words of the pool as a vector. */
const wordsText = (mf: MachFunc, at: number): string =>
  `v128:${[3, 2, 1, 0].map((k) => (mf.func.pool.a[at + k] >>> 0).toString(16).padStart(8, '0')).join('_')}`;

function valueText(mf: MachFunc, v: number): string {
  const c = v < mf.func.nv ? -1 : mf.constOf[v];
  return c >= 0 ? `#${constantText(mf, c)}` : `v${v}`;
}

function addressText(mf: MachFunc, i: number, base: string, index: string): string {
  const addr = mf.addr.a[i];
  const disp = mf.disp.a[i];
  const kind: AddrKind = addr & ADDR_KIND_MASK;
  if (kind === AddrKind.WORDS) return `[${wordsText(mf, disp)}]`;
  if (kind === AddrKind.CONST) return `[${constantText(mf, disp)}]`;
  const places = ['', 'mem', 'vmctx', 'out', 'in', base];
  const scale = 1 << ((addr >> ADDR_SCALE_SHIFT) & 3);
  const scaled = (addr & ADDR_INDEX) !== 0 ? ` + ${index}${scale > 1 ? `*${scale}` : ''}` : '';
  return `[${places[kind]}${scaled}${disp !== 0 ? ` ${disp < 0 ? '-' : '+'} ${Math.abs(disp)}` : ''}]`;
}

/** The condition of a fused operation, or ''. */
function conditionText(mf: MachFunc, i: number): string {
  const op = mf.op.a[i];
  const cc = mf.cond.a[i];
  if (mf.machine.operations.has(op, OpFlag.CONDITION)) return ` ${mf.machine.text.condition(op, cc)}`;
  return cc !== 0 ? ` cond=${cc}` : '';
}

/** Targets of a terminator. */
function targetsText(mf: MachFunc, b: number, i: number): string {
  const op = mf.op.a[i];
  if (!mf.machine.operations.has(op, OpFlag.BRANCH)) return '';
  const { succAt, succEdge, edgeTo, argAt, args } = mf.func;
  const targets: string[] = [];
  for (let k = succAt[b]; k < succAt[b + 1]; k++) {
    const e = succEdge[k];
    const list = Array.from(args.subarray(argAt[e], argAt[e + 1]), (x) =>
      isConstant(mf, x) ? `#${constantText(mf, x)}` : `v${x}`,
    );
    targets.push(`b${edgeTo[e]}${list.length > 0 ? `(${list.join(', ')})` : ''}`);
  }
  return ` -> ${targets.join(' ')}`;
}

function isConstant(mf: MachFunc, x: number): boolean {
  const o = mf.func.op[x];
  return (o >= Op.I32_CONST && o <= Op.F64_CONST) || o === Op.REF_NULL || o === Op.V128_CONST;
}

function hasImmediate(mf: MachFunc, op: number, form: Form): boolean {
  return (
    form === Form.RI ||
    form === Form.MI ||
    form === Form.I ||
    form === Form.RRI ||
    mf.machine.operations.has(op, OpFlag.IMMEDIATE)
  );
}

/** One instruction; with an allocation its registers instead of constraints. */
function instructionText(mf: MachFunc, b: number, i: number, allocation: Allocation | null): string {
  const { text } = mf.machine;
  const op = mf.op.a[i];
  const addr = mf.addr.a[i];
  const operands: string[] = [];
  for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++) {
    const fixed = mf.useFixed.a[u];
    const reg =
      allocation !== null ? `:${text.register(allocation.useReg[u])}` : fixed >= 0 ? `:${text.register(fixed)}` : '';
    operands.push(valueText(mf, mf.useValue.a[u]) + reg);
  }
  const index = (addr & ADDR_INDEX) !== 0 ? operands.pop()! : '';
  const base = (addr & ADDR_KIND_MASK) === AddrKind.VALUE ? operands.pop()! : '';
  if ((addr & ADDR_KIND_MASK) !== 0) {
    const text = addressText(mf, i, base, index);
    const first = mf.form.a[i] === Form.MR || mf.form.a[i] === Form.MI;
    if (first) operands.unshift(text);
    else operands.push(text);
  }
  if (hasImmediate(mf, op, mf.form.a[i])) operands.push(`${mf.imm.a[i]}`);
  if (text.hasByte(op)) operands.push(`${mf.imm2.a[i]}`);
  if (
    mf.machine.operations.has(op, OpFlag.PLACE) ||
    (mf.machine.operations.has(op, OpFlag.BOUNDS) && mf.disp.a[i] !== 0)
  )
    operands.push(`at ${mf.disp.a[i]}`);
  const d = mf.def.a[i];
  const dReg = allocation !== null ? allocation.defReg[i] : mf.defFixed.a[i];
  const head = d >= 0 ? `${valueText(mf, d)}${dReg >= 0 ? `:${text.register(dReg)}` : ''} = ` : '';
  const notes: string[] = [];
  if (allocation === null) {
    if (mf.tied.a[i] !== 0) notes.push(mf.commutes.a[i] !== 0 ? 'tied either' : 'tied');
    if (mf.tempGpr.a[i] + mf.tempVector.a[i] > 0) notes.push(`temps ${mf.tempGpr.a[i]}+${mf.tempVector.a[i]}`);
  } else if (mf.tempGpr.a[i] + mf.tempVector.a[i] > 0) {
    const at = allocation.tempAt[i];
    notes.push(
      `temps ${Array.from(allocation.temps.subarray(at, at + mf.tempGpr.a[i] + mf.tempVector.a[i]), text.register).join(' ')}`,
    );
  }
  const c = mf.clobbers.a[i];
  if (c !== 0) {
    const names = ['call', ...text.clobbers].filter((_, k) => (c & (Clobber.CALL << k)) !== 0);
    notes.push(`clobbers ${names.join(' ')}`);
  }
  return `${head}${text.operation(op, mf.imm.a[i])}${conditionText(mf, i)}${operands.length > 0 ? ` ${operands.join(', ')}` : ''}${targetsText(mf, b, i)}${notes.length > 0 ? `  ; ${notes.join(', ')}` : ''}`;
}

function blockHead(mf: MachFunc, b: number): string {
  const { paramAt, params } = mf.func;
  const list = Array.from(params.subarray(paramAt[b], paramAt[b + 1]), (v) => `v${v}`);
  return `b${b}${list.length > 0 ? `(${list.join(', ')})` : ''}:`;
}

/** What else to say of blocks (a line each, below the head) and instructions (behind the text). */
export interface Notes {
  block?(b: number): string[];
  instruction?(i: number): string[];
}

/** The machine function before register allocation. */
export function printMach(mf: MachFunc, notes: Notes = {}): string {
  const lines: string[] = [];
  for (let b = 0; b < mf.func.nb; b++) {
    lines.push(blockHead(mf, b), ...(notes.block?.(b) ?? []).map((text) => `  ; ${text}`));
    for (let i = mf.instAt[b]; i < mf.instAt[b + 1]; i++) {
      const more = notes.instruction?.(i) ?? [];
      lines.push(`  ${instructionText(mf, b, i, null)}${more.length > 0 ? `  ; ${more.join('; ')}` : ''}`);
    }
  }
  return lines.join('\n');
}

function recordText(mf: MachFunc, allocation: Allocation, b: number, kind: Rec, x: number, y: number): string {
  const { text } = mf.machine;
  const slot = (v: number): string => `slot${allocation.slotOf[v]}(v${v})`;
  switch (kind) {
    case Rec.INST:
      return instructionText(mf, b, x, allocation);
    case Rec.MOVE:
      return `  ${text.register(x)} <- ${text.register(y)}`;
    case Rec.XCHG:
      return `  ${text.register(x)} <-> ${text.register(y)}`;
    case Rec.LOAD:
      return `  ${text.register(y)} <- ${slot(x)}`;
    case Rec.STORE:
      return `  ${slot(x)} <- ${text.register(y)}`;
    case Rec.REMAT:
      return `  ${text.register(y)} <- #${constantText(mf, x)}`;
    case Rec.STORE_CONST:
      return `  ${slot(x)} <- #${constantText(mf, y)}`;
    case Rec.COPY_SLOT:
      return `  ${slot(x)} <- ${slot(y)}`;
    case Rec.SAVE_VECTOR:
      return `  ${text.scratch} <- ${text.register(y)}`;
    case Rec.RESTORE_VECTOR:
      return `  ${text.register(x)} <- ${text.scratch}`;
  }
}

/** The machine function with its registers, moves, loads and stores, and the code of edges. */
export function printAllocated(mf: MachFunc, allocation: Allocation): string {
  const lines: string[] = [];
  const records = (b: number, code: Int32Array, from: number, to: number): void => {
    for (let k = from; k < to; k += 3)
      lines.push(`  ${recordText(mf, allocation, b, code[k], code[k + 1], code[k + 2])}`);
  };
  for (let b = 0; b < mf.func.nb; b++) {
    lines.push(blockHead(mf, b));
    records(b, allocation.code, allocation.codeAt[b], allocation.codeAt[b + 1]);
  }
  const { edgeFrom, edgeTo, ne } = mf.func;
  for (let e = 0; e < ne; e++) {
    if (allocation.edgeAt[e] === allocation.edgeAt[e + 1]) continue;
    lines.push(`edge b${edgeFrom[e]} -> b${edgeTo[e]}:`);
    records(-1, allocation.edgeCode, allocation.edgeAt[e], allocation.edgeAt[e + 1]);
  }
  lines.push(`; spill ${allocation.spillBytes} bytes, saves ${allocation.savedRegs.toString(2)}`);
  return lines.join('\n');
}
