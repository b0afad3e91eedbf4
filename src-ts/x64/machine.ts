/** x86-64 as a whole: the back end of codegen/back-end.ts. */
import type { Machine } from '../codegen/back-end.js';
import { X64_BRANCHES } from './asm/branches.js';
import { disassembleLines } from './asm/disasm.js';
import { FunctionEmitter } from './emit/emit.js';
import { StubEmitter } from './emit/stubs.js';
import { X64 } from './facts.js';
import { InstructionSelection } from './select/select.js';

export const X64_MACHINE: Machine = {
  ...X64,
  selection: (enabled) => new InstructionSelection(enabled),
  emitter: (enabled, options) => new FunctionEmitter(enabled, options),
  translated: 'ahead-x64.wasm',
  stubs: () => new StubEmitter(),
  disassembleLines,
  callReach: 0x7fffffff,
  veneer: null,
  filler: X64_BRANCHES.filler,
  // A rel32 counts from its end; a disp32 is the offset itself.
  linkCall: (code, field, target) => code.setInt32(field, target - (field + 4), true),
  linkVmctx: (code, field, offset) => code.setInt32(field, offset, true),
};
