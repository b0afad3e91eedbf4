/** Frames of AArch64 code, read off its instructions (unwind.ts). */
import { Architecture } from '../abi/architectures.js';
import { ARM64_FRAME_BITS, frameBytes } from '../abi/artefact.js';
import type { FrameReader, FrameState } from './unwind.js';

// DWARF's numbers of registers (DWARF for the Arm 64-bit Architecture, section 4.1).
const FRAME_POINTER = 29;
const LINK = 30;
const SP = 31;
/** Of those that functions save beside the return address, in the order in which prologues do. */
const SAVED_REGISTERS = [19, 20, 21, 22, 23, 24, 25, 26, FRAME_POINTER] as const;

const ENTRY: FrameState = { register: SP, offset: 0, saved: [], signed: false };

export const ARM64_FRAMES: FrameReader = {
  returnAddress: LINK,
  stackPointer: SP,
  firstSaved: 1,
  pushesReturn: false,
  entry: ENTRY,
  stubSaves: [LINK, FRAME_POINTER],

  framed(row, features) {
    const bytes = frameBytes(Architecture.AARCH64, row);
    if (bytes === 0) return ENTRY;
    const mask = row >>> ARM64_FRAME_BITS;
    const saved = [LINK, ...SAVED_REGISTERS.filter((_, k) => ((mask >> k) & 1) !== 0)];
    return { register: SP, offset: bytes + 8, saved, signed: features.includes('pac') };
  },

  after(text, state, { saves, frame }) {
    if (text === 'paciasp' || text === 'autiasp') return { ...state, signed: text === 'paciasp' };
    if (text === 'mov x29, sp') return { ...state, register: FRAME_POINTER };
    if (text === 'mov sp, x29') return { ...state, register: SP };
    const moved = /^(add|sub) sp, sp, (?:#(0x[0-9a-f]+|\d+)(, lsl #12)?|x\d+)$/.exec(text);
    if (moved !== null) {
      const grows = moved[1] === 'sub';
      // By a register: all that is below the saved ones.
      if (moved[2] === undefined) return at(grows ? frame.offset : (8 * state.saved.length + 15) & -16, state);
      const bytes = Number(moved[2]) * (moved[3] === undefined ? 1 : 4096);
      return at(state.offset + (grows ? bytes : -bytes), state);
    }
    const access =
      /^(st|ld)(p|r) (?:(\w+), )?(\w+), \[sp(?:, #(-?)(0x[0-9a-f]+|\d+))?\](!)?(?:, #(-?)(0x[0-9a-f]+|\d+))?$/.exec(
        text,
      );
    if (access === null) return state;
    const [, way, , first, second, minus, digits = '0', before, minusBehind, behind] = access;
    const distance = minus === '' || minus === undefined ? Number(digits) : -Number(digits);
    if (behind !== undefined) {
      // The end of a stub whose frame x29 led to.
      if (state.register === FRAME_POINTER) return { ...ENTRY, signed: state.signed };
      return at(state.offset + (minusBehind === '-' ? 1 : -1) * Number(behind), state);
    }
    const offset = before === '!' ? state.offset - distance : state.offset;
    if (way === 'ld') return at(offset, state);
    // What a store puts at the place of the next register that is saved.
    const place = before === '!' ? 0 : distance;
    const saved = [...state.saved];
    const take = (name: string | undefined, below: number): void => {
      const register = saves[saved.length];
      if (register !== undefined && name === `x${register}` && below === 8 * (saved.length + 1)) saved.push(register);
    };
    if (first !== undefined) {
      take(second, offset - place - 8);
      take(first, offset - place);
    } else take(second, offset - place);
    return { ...at(offset, state), saved };
  },

  branchTarget(text) {
    const branch = /^(?:b|b\.\w+|cbn?z \w+,|tbn?z \w+, #\w+,) #0x([0-9a-f]+)$/.exec(text);
    return branch === null ? -1 : Number.parseInt(branch[1], 16);
  },

  ends: (text) => /^(b #|br |ret|brk|udf)/.test(text),
};

/** With another stack pointer: what is no longer above it is not saved any more. */
function at(offset: number, state: FrameState): FrameState {
  if (state.register === FRAME_POINTER) return state;
  return { ...state, offset, saved: state.saved.slice(0, Math.max(0, offset / 8)) };
}
