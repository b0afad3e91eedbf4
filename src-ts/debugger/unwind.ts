/**
 * Unwind information for debuggers (`.debug_frame`, DWARF 3 section 6.4): at each instruction how far the return address
 * is from the stack pointer, and where saved registers are. Prologues stand where a path needs a frame, so the stack is
 * read off the instructions (a `FrameReader` of the machine's) and followed along branches; where an indirect jump leads,
 * the function has its frame.
 */
import type { DisasmLine } from '../aot/disassembly.js';
import { ByteWriter } from './bytes.js';

/** How the frame is found at an instruction. The CFA (the caller's stack pointer behind the call) is `register + offset`. */
export interface FrameState {
  register: number;
  offset: number;
  /** Registers, one below the other from the reader's `firstSaved` on, by their DWARF numbers. */
  saved: readonly number[];
  /** The return address is signed. */
  signed: boolean;
}

/** What unwinding is on a machine. */
export interface FrameReader {
  /** DWARF numbers of the return address's column and of the stack pointer. */
  returnAddress: number;
  stackPointer: number;
  /** The place of the first saved register, in words below the CFA. */
  firstSaved: number;
  /** The return address is right below the CFA from the beginning; else it is in its register. */
  pushesReturn: boolean;
  /** At the first instruction. */
  entry: FrameState;
  /** The state of a function's frame, by its row in the artefact. `features`: names of the target's. */
  framed(row: number, features: readonly string[]): FrameState;
  /** Registers that stubs save, in order. */
  stubSaves: readonly number[];
  /** The state behind an instruction of this piece. */
  after(text: string, state: FrameState, piece: FramedCode): FrameState;
  /** Offset of an instruction that a branch may lead to; -1: it is none. */
  branchTarget(text: string): number;
  /** Whether nothing goes on behind the instruction. */
  ends(text: string): boolean;
}

/** A piece of code. */
export interface FramedCode {
  address: number;
  bytes: number;
  /** Behind the prologue. */
  frame: FrameState;
  /** Registers that it may save, in order. */
  saves: readonly number[];
  /** Its instructions; null: not known, the frame is there from the beginning. */
  lines: readonly DisasmLine[] | null;
}

const enum Cfa {
  ADVANCE_4 = 0x04,
  DEF_CFA = 0x0c,
  /** DWARF for the Arm 64-bit Architecture, "Call frame instructions". */
  NEGATE_RA_STATE = 0x2d,
  OFFSET = 0x80,
  RESTORE = 0xc0,
}

/** The section. O(instructions). */
export function frameSection(reader: FrameReader, code: readonly FramedCode[]): Buffer {
  const w = new ByteWriter();
  const begin = w.n;
  w.u32(0).u32(0xffffffff).u8(1).text('').uleb(1).sleb(-8).u8(reader.returnAddress);
  w.u8(Cfa.DEF_CFA).uleb(reader.stackPointer).uleb(reader.entry.offset);
  if (reader.pushesReturn) w.u8(Cfa.OFFSET | reader.returnAddress).uleb(1);
  close(w, begin);
  for (const piece of code) {
    const at = w.n;
    w.u32(0).u32(begin).u64(piece.address).u64(piece.bytes);
    writeStates(w, reader, piece);
    close(w, at);
  }
  return w.take();
}

/** Fills the length at `at` in. */
function close(w: ByteWriter, at: number): void {
  w.align(8);
  w.patch32(at, w.n - at - 4);
}

function writeStates(w: ByteWriter, reader: FrameReader, piece: FramedCode): void {
  let last = reader.entry;
  let from = 0;
  for (const [offset, state] of statesOf(reader, piece)) {
    const kept = commonLength(last.saved, state.saved);
    const isSame =
      state.register === last.register &&
      state.offset === last.offset &&
      state.signed === last.signed &&
      kept === Math.max(last.saved.length, state.saved.length);
    if (isSame) continue;
    if (offset > from) w.u8(Cfa.ADVANCE_4).u32(offset - from);
    from = offset;
    w.u8(Cfa.DEF_CFA).uleb(state.register).uleb(state.offset);
    for (const register of last.saved.slice(kept)) w.u8(Cfa.RESTORE | register);
    for (let k = kept; k < state.saved.length; k++) w.u8(Cfa.OFFSET | state.saved[k]).uleb(reader.firstSaved + k);
    if (state.signed !== last.signed) w.u8(Cfa.NEGATE_RA_STATE);
    last = state;
  }
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

/** States by the offset where they begin, in the order of the code. */
function* statesOf(reader: FrameReader, piece: FramedCode): Generator<[offset: number, state: FrameState]> {
  const { frame, lines } = piece;
  if (lines === null) {
    yield [0, frame];
    return;
  }
  /** States at the targets of branches. */
  const known = new Map<number, FrameState>();
  let state: FrameState | null = reader.entry;
  for (const { offset, text } of lines) {
    state = known.get(offset) ?? state ?? frame;
    yield [offset, state];
    state = reader.after(text, state, piece);
    const target = reader.branchTarget(text);
    if (target >= 0 && !known.has(target)) known.set(target, state);
    if (reader.ends(text)) state = null;
  }
}
