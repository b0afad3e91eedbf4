/**
 * Static counters of one function's machine code, the same rules for every compiler. Decoded with iced-x86, linear in
 * the code.
 *
 * Data in the code is stepped over: constants (the lowest address that an instruction reads relative to rip ends the
 * code) and jump tables (they start where a `lea` relative to rip points; entries are int32 distances, and the first
 * target behind the table ends it).
 *
 * Loop weight: an instruction in d natural loops has weight 8^min(d, 4).
 */
import { VmCtx } from '../../../src-ts/abi/vmctx.js';
import type { CodeFunction, CodeImage } from './code.js';
import { type Flow, loopDepths } from './loops.js';

export const COUNTERS = [
  'instructions',
  'bytes',
  'stack loads',
  'stack stores',
  'register moves',
  'zero-extensions',
  'short branches',
  'long branches',
  'calls',
  'callee-saved saves',
  'callee-saved restores',
  'weighted stack traffic',
  'weighted moves',
  'weighted instructions',
] as const;
export type Counter = (typeof COUNTERS)[number];
export type Counters = Record<Counter, number>;

export const noCounters = (): Counters => Object.fromEntries(COUNTERS.map((c) => [c, 0])) as Counters;

export type Dialect = 'own' | 'cranelift';

type Iced = typeof import('iced-x86');
// Not bundled: it brings a wasm file of its own.
const iced = require('iced-x86') as Iced;
const { Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register, FlowControl } = iced;

const MOVES = new Set([
  Mnemonic.Mov,
  Mnemonic.Movaps,
  Mnemonic.Movapd,
  Mnemonic.Movdqa,
  Mnemonic.Movups,
  Mnemonic.Movdqu,
  Mnemonic.Vmovaps,
  Mnemonic.Vmovapd,
  Mnemonic.Vmovdqa,
  Mnemonic.Vmovups,
  Mnemonic.Vmovdqu,
]);
/** Read their first operand only. */
const READERS = new Set([
  Mnemonic.Cmp,
  Mnemonic.Test,
  Mnemonic.Bt,
  Mnemonic.Ucomiss,
  Mnemonic.Ucomisd,
  Mnemonic.Vucomiss,
  Mnemonic.Vucomisd,
  Mnemonic.Call,
  Mnemonic.Jmp,
  Mnemonic.Div,
  Mnemonic.Idiv,
  Mnemonic.Mul,
  Mnemonic.Push,
]);
const ENDS = new Set([
  FlowControl.UnconditionalBranch,
  FlowControl.IndirectBranch,
  FlowControl.Return,
  FlowControl.Exception,
]);
const CALLEE_SAVED = new Set([Register.RBX, Register.R12, Register.R13, Register.R14, Register.R15]);

const enum Kind {
  OTHER = 0,
  LOAD = 1,
  STORE = 2,
  MOVE = 3,
  ZERO_EXTEND = 4,
  SHORT = 5,
  LONG = 6,
  CALL = 7,
  SAVE = 8,
  RESTORE = 9,
}

/** Counters of a function. */
export function countFunction(image: CodeImage, f: CodeFunction, dialect: Dialect): Counters {
  const c = noCounters();
  const code = scan(image.text.subarray(f.start, f.start + f.bytes), dialect, (disp) =>
    dispatchTargets(image, f, disp),
  );
  c.bytes = f.bytes;
  c.instructions = code.starts.length;
  const depth = loopDepths(code);
  code.kinds.forEach((kind, i) => {
    const weight = 8 ** Math.min(depth[i], 4);
    c['weighted instructions'] += weight;
    switch (kind) {
      case Kind.LOAD:
        c['stack loads']++;
        c['weighted stack traffic'] += weight;
        break;
      case Kind.STORE:
        c['stack stores']++;
        c['weighted stack traffic'] += weight;
        break;
      case Kind.MOVE:
        c['register moves']++;
        c['weighted moves'] += weight;
        break;
      case Kind.ZERO_EXTEND:
        c['zero-extensions']++;
        break;
      case Kind.SHORT:
        c['short branches']++;
        break;
      case Kind.LONG:
        c['long branches']++;
        break;
      case Kind.CALL:
        c.calls++;
        break;
      case Kind.SAVE:
        c['callee-saved saves']++;
        break;
      case Kind.RESTORE:
        c['callee-saved restores']++;
        break;
    }
  });
  return c;
}

interface Scan extends Flow {
  kinds: Kind[];
}

/**
 * Targets of a jump through our vmctx: from the given place on, as long as they are in this function. (The switch's
 * size is not known: a following one of the same function may be taken for a part of it.)
 */
function dispatchTargets({ dispatch }: CodeImage, f: CodeFunction, disp: number): number[] {
  const out: number[] = [];
  if (dispatch === null) return out;
  for (let k = (disp - dispatch.at) / 8; k >= 0 && k < dispatch.targets.length; k++) {
    const target = dispatch.targets[k] - f.start;
    if (target < 0 || target >= f.bytes) break;
    out.push(target);
  }
  return out;
}

/** Walks over the instructions of a function. */
function scan(code: Uint8Array, dialect: Dialect, throughVmctx: (disp: number) => number[]): Scan {
  const out: Scan = { starts: [], kinds: [], ends: [], targets: [] };
  const dv = new DataView(code.buffer, code.byteOffset, code.length);
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const x = new Instruction();
  const frame = new FrameRules(dialect);
  /** Jump table → instruction that jumps through it, once that is known. */
  const tables = new Map<number, number>();
  const pendingTables: number[] = [];
  const targetsSeen: number[] = [];
  let end = code.length;
  try {
    for (let at = 0; at < end;) {
      if (tables.has(at)) {
        const list = readTable(dv, at, Math.min(end, nextAbove(targetsSeen, at)));
        targetsSeen.push(...list);
        out.targets[tables.get(at) as number] = list;
        at += 4 * list.length;
        if (list.length > 0) continue;
      }
      decoder.position = at;
      decoder.ip = BigInt(at);
      decoder.decodeOut(x);
      const m = x.mnemonic;
      // Padding before our constants.
      if (x.isInvalid || (m === Mnemonic.Int3 && dialect === 'own')) {
        end = at;
        break;
      }
      const i = out.starts.length;
      let targets: number[] | null = null;
      const flow = x.flowControl;
      if (flow === FlowControl.UnconditionalBranch || flow === FlowControl.ConditionalBranch) {
        targets = [Number(x.nearBranchTarget)];
        targetsSeen.push(targets[0]);
      } else if (flow === FlowControl.IndirectBranch) {
        if (x.op0Kind === OpKind.Memory) targets = throughVmctx(Number(x.memoryDisplacement));
        for (const table of pendingTables.splice(0)) tables.set(table, i);
      }
      const ripTarget = x.isIpRelMemoryOperand ? Number(x.ipRelMemoryAddress) : -1;
      if (ripTarget > at && ripTarget < code.length) {
        if (m === Mnemonic.Lea) pendingTables.push(ripTarget);
        else end = Math.min(end, ripTarget);
      }
      out.starts.push(at);
      out.kinds.push(kindOf(x, frame));
      out.ends.push(ENDS.has(flow) || (flow === FlowControl.IndirectCall && frame.isTrapCall(x)));
      out.targets.push(targets);
      at += x.length;
    }
  } finally {
    x.free();
    decoder.free();
  }
  // Ours are behind the code.
  const behind = [...tables.keys()].filter((t) => t >= end || t > (out.starts.at(-1) ?? 0)).sort((a, b) => a - b);
  behind.forEach((t, k) => (out.targets[tables.get(t) as number] ??= readTable(dv, t, behind[k + 1] ?? code.length)));
  return out;
}

/** Lowest value above `at`. */
function nextAbove(values: number[], at: number): number {
  let next = Infinity;
  for (const t of values) if (t > at && t < next) next = t;
  return next;
}

/** Targets of a jump table that ends at `limit` or before the first of its own targets that lies behind it. */
function readTable(dv: DataView, table: number, limit: number): number[] {
  const targets: number[] = [];
  for (let at = table; at + 4 <= limit; at += 4) {
    const target = table + dv.getInt32(at, true);
    if (target < 0 || target >= dv.byteLength) break;
    targets.push(target);
    if (target > table && target < limit) limit = target;
  }
  return targets;
}

/**
 * What the compilers' frames look like. Cranelift saves by stores that follow the allocation of the frame directly;
 * ours pushes, and has no frame pointer: rbp is a register like others.
 */
class FrameRules {
  private savedIn = new Map<number, number>();
  private inPrologue = false;
  private done: boolean;

  constructor(private readonly dialect: Dialect) {
    this.done = dialect === 'own';
  }

  onStack(base: number): boolean {
    return base === Register.RSP || (this.dialect === 'cranelift' && base === Register.RBP);
  }

  isFramePointer(reg: number): boolean {
    return this.dialect === 'cranelift' && reg === Register.RBP;
  }

  /** Our call of the routine that raises traps. */
  isTrapCall(x: import('iced-x86').Instruction): boolean {
    return (
      this.dialect === 'own' &&
      x.op0Kind === OpKind.Memory &&
      x.memoryBase === Register.R14 &&
      x.memoryIndex === Register.None &&
      Number(x.memoryDisplacement) === VmCtx.TRAP
    );
  }

  /** A move between a register and a slot: whether it saves or restores a callee-saved register. */
  slotMove(kind: Kind, reg: number, slot: number): Kind {
    if (kind === Kind.LOAD) return this.savedIn.get(reg) === slot ? Kind.RESTORE : kind;
    if (!this.inPrologue || !CALLEE_SAVED.has(reg)) return kind;
    this.savedIn.set(reg, slot);
    return Kind.SAVE;
  }

  /** After each instruction. */
  step(kind: Kind, allocatesFrame: boolean): void {
    if (this.done) return;
    if (this.inPrologue && kind !== Kind.SAVE) this.done = true;
    this.inPrologue = !this.done && (this.inPrologue || allocatesFrame);
  }
}

function kindOf(x: import('iced-x86').Instruction, frame: FrameRules): Kind {
  const m = x.mnemonic;
  const ops = x.opCount;
  const k0 = ops > 0 ? x.op0Kind : -1;
  const k1 = ops > 1 ? x.op1Kind : -1;
  const kind = plainKind(x, m, ops, k0, k1, frame);
  frame.step(kind, m === Mnemonic.Sub && k0 === OpKind.Register && x.op0Register === Register.RSP);
  return kind;
}

function plainKind(
  x: import('iced-x86').Instruction,
  m: number,
  ops: number,
  k0: number,
  k1: number,
  frame: FrameRules,
): Kind {
  switch (x.flowControl) {
    case FlowControl.UnconditionalBranch:
    case FlowControl.ConditionalBranch:
      return x.length === 2 ? Kind.SHORT : Kind.LONG;
    case FlowControl.Call:
    case FlowControl.IndirectCall:
      return frame.isTrapCall(x) ? Kind.OTHER : Kind.CALL;
  }
  if (m === Mnemonic.Push) return frame.isFramePointer(x.op0Register) ? Kind.OTHER : Kind.SAVE;
  if (m === Mnemonic.Pop) return frame.isFramePointer(x.op0Register) ? Kind.OTHER : Kind.RESTORE;
  const memory = k0 === OpKind.Memory || k1 === OpKind.Memory || (ops > 2 && x.op2Kind === OpKind.Memory);
  if (memory) {
    if (m === Mnemonic.Lea || !frame.onStack(x.memoryBase)) return Kind.OTHER;
    const kind = k0 === OpKind.Memory && !READERS.has(m) ? Kind.STORE : Kind.LOAD;
    if (m !== Mnemonic.Mov) return kind;
    return frame.slotMove(
      kind,
      kind === Kind.STORE ? (k1 === OpKind.Register ? x.op1Register : -1) : x.op0Register,
      Number(x.memoryDisplacement),
    );
  }
  if (ops !== 2 || k0 !== OpKind.Register || k1 !== OpKind.Register || !MOVES.has(m)) return Kind.OTHER;
  const a = x.op0Register;
  const b = x.op1Register;
  if (a === Register.RSP || b === Register.RSP) return Kind.OTHER;
  return a === b ? Kind.ZERO_EXTEND : Kind.MOVE;
}
