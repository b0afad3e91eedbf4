/** Frames of x86-64 code, read off its instructions (unwind.ts). */
import { Architecture } from '../abi/architectures.js';
import { FRAME_BITS, frameBytes } from '../abi/artefact.js';
import type { FrameReader, FrameState } from './unwind.js';

/** DWARF's numbers of registers (System V ABI for x86-64, figure 3.36). */
const RBP = 6;
const RSP = 7;
const RETURN_ADDRESS = 16;
/** Of those that functions save, in the order in which prologues do. */
const SAVED_REGISTERS = [3, RBP, 12, 13] as const;

const ENTRY: FrameState = { register: RSP, offset: 8, saved: [], signed: false };
/** With the frame of `push rbp; mov rbp, rsp`. */
const byRbp = (offset: number): FrameState => ({ register: RBP, offset, saved: [RBP], signed: false });
/** Registers are pushed before there is anything else. */
const byRsp = (offset: number, saves: readonly number[]): FrameState => ({
  register: RSP,
  offset,
  saved: saves.slice(0, (offset - 8) / 8),
  signed: false,
});

export const X64_FRAMES: FrameReader = {
  returnAddress: RETURN_ADDRESS,
  stackPointer: RSP,
  firstSaved: 2,
  pushesReturn: true,
  entry: ENTRY,
  stubSaves: [],

  framed(row) {
    const mask = row >>> FRAME_BITS;
    const saves = SAVED_REGISTERS.filter((_, k) => ((mask >> k) & 1) !== 0);
    return byRsp(frameBytes(Architecture.X86_64, row) + 8, saves);
  },

  after(text, state, { saves }) {
    if (text === 'mov rbp, rsp') return byRbp(state.offset);
    if (text === 'leave' || (text === 'pop rbp' && state.register === RBP)) return ENTRY;
    if (state.register === RBP) return state;
    if (text.startsWith('push ')) return byRsp(state.offset + 8, saves);
    if (text.startsWith('pop ')) return byRsp(state.offset - 8, saves);
    const moved =
      /^(sub|add) rsp, (0x[0-9a-f]+|\d+)$/.exec(text) ?? /^(lea) rsp, \[rsp([+-](?:0x[0-9a-f]+|\d+))\]$/.exec(text);
    if (moved === null) return state;
    const n = moved[1] === 'lea' ? -signed(moved[2]) : Number(moved[2]) * (moved[1] === 'sub' ? 1 : -1);
    return byRsp(Math.max(8, state.offset + n), saves);
  },

  branchTarget(text) {
    const branch = /^j\w+ 0x([0-9a-f]+)$/.exec(text);
    return branch === null ? -1 : Number.parseInt(branch[1], 16);
  },

  ends: (text) => /^(jmp|ret|ud2|int3)\b/.test(text),
};

const signed = (text: string): number => (text.startsWith('-') ? -Number(text.slice(1)) : Number(text.slice(1)));
