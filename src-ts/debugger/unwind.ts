/**
 * Unwind information for debuggers (`.debug_frame`, DWARF 3 section 6.4): at each instruction of x86-64 code how far the
 * return address is from the stack pointer, and which registers are saved below it. Prologues stand where a path needs a
 * frame, so the depth of the stack is read off the instructions and followed along branches; where an indirect jump
 * leads, the function has its frame.
 */
import type { DisasmLine } from '../aot/disassembly.js';
import { ByteWriter } from './bytes.js';

/** A piece of code with a frame of its own. */
export interface FramedCode {
  address: number;
  bytes: number;
  /** From the stack pointer after the prologue to the return address. */
  frameBytes: number;
  /** Saved registers by their DWARF numbers: the first right below the return address. */
  saved: readonly number[];
  /** Its instructions; null: not known, the frame is there from the beginning. */
  lines: readonly DisasmLine[] | null;
}

/** DWARF's numbers of registers (System V ABI for x86-64, figure 3.36). */
const RBP = 6;
const RSP = 7;
const RETURN_ADDRESS = 16;
/** Of those that functions save, in the order in which prologues do. */
export const SAVED_REGISTERS = [3, RBP, 12, 13] as const;

const enum Cfa {
  ADVANCE_4 = 0x04,
  DEF_CFA = 0x0c,
  OFFSET = 0x80,
  RESTORE = 0xc0,
}

/** Where the return address is: at the CFA - 8, the CFA being `register + offset`. */
interface State {
  register: number;
  offset: number;
}

/** The section. O(instructions). */
export function frameSection(code: readonly FramedCode[]): Buffer {
  const w = new ByteWriter();
  const begin = w.n;
  w.u32(0).u32(0xffffffff).u8(1).text('').uleb(1).sleb(-8).u8(RETURN_ADDRESS);
  w.u8(Cfa.DEF_CFA)
    .uleb(RSP)
    .uleb(8)
    .u8(Cfa.OFFSET | RETURN_ADDRESS)
    .uleb(1);
  close(w, begin);
  for (const piece of code) {
    const at = w.n;
    w.u32(0).u32(begin).u64(piece.address).u64(piece.bytes);
    writeStates(w, piece);
    close(w, at);
  }
  return w.take();
}

/** Fills the length at `at` in. */
function close(w: ByteWriter, at: number): void {
  w.align(8);
  w.patch32(at, w.n - at - 4);
}

function writeStates(w: ByteWriter, piece: FramedCode): void {
  let saved = 0;
  let last: State = { register: RSP, offset: 8 };
  let from = 0;
  for (const [offset, state] of statesOf(piece)) {
    const count = state.register === RBP ? 1 : Math.min(piece.saved.length, Math.max(0, (state.offset - 8) / 8));
    if (state.register === last.register && state.offset === last.offset && count === saved) continue;
    if (offset > from) w.u8(Cfa.ADVANCE_4).u32(offset - from);
    from = offset;
    w.u8(Cfa.DEF_CFA).uleb(state.register).uleb(state.offset);
    const registers = state.register === RBP ? [RBP] : piece.saved;
    for (; saved < count; saved++) w.u8(Cfa.OFFSET | registers[saved]).uleb(saved + 2);
    while (saved > count) w.u8(Cfa.RESTORE | (registers[--saved] ?? RBP));
    last = state;
  }
}

/** States by the offset where they begin, in the order of the code. */
function* statesOf({ frameBytes, lines }: FramedCode): Generator<[offset: number, state: State]> {
  const framed: State = { register: RSP, offset: frameBytes + 8 };
  if (lines === null) {
    yield [0, framed];
    return;
  }
  /** States at the targets of branches. */
  const known = new Map<number, State>();
  let state: State | null = { register: RSP, offset: 8 };
  for (const { offset, text } of lines) {
    state = known.get(offset) ?? state ?? framed;
    yield [offset, state];
    state = after(text, state);
    const branch = /^(j\w+) 0x([0-9a-f]+)$/.exec(text);
    if (branch !== null) {
      const target = Number.parseInt(branch[2], 16);
      if (!known.has(target)) known.set(target, state);
    }
    if (/^(jmp|ret|ud2|int3)\b/.test(text)) state = null;
  }
}

/** The state behind an instruction. */
function after(text: string, state: State): State {
  if (text === 'mov rbp, rsp') return { register: RBP, offset: state.offset };
  if (text === 'leave' || (text === 'pop rbp' && state.register === RBP)) return { register: RSP, offset: 8 };
  if (state.register === RBP) return state;
  if (text.startsWith('push ')) return { ...state, offset: state.offset + 8 };
  if (text.startsWith('pop ')) return { ...state, offset: state.offset - 8 };
  const moved =
    /^(sub|add) rsp, (0x[0-9a-f]+|\d+)$/.exec(text) ?? /^(lea) rsp, \[rsp([+-](?:0x[0-9a-f]+|\d+))\]$/.exec(text);
  if (moved === null) return state;
  const n = moved[1] === 'lea' ? -signed(moved[2]) : Number(moved[2]) * (moved[1] === 'sub' ? 1 : -1);
  return { ...state, offset: Math.max(8, state.offset + n) };
}

const signed = (text: string): number => (text.startsWith('-') ? -Number(text.slice(1)) : Number(text.slice(1)));
