/** AArch64 as a whole. */
import type { Machine } from '../codegen/back-end.js';
import { FILLER, linkCall, linkVmctx, VENEER } from './asm/branches.js';
import { disassembleLines } from './asm/disasm.js';
import { FunctionEmitter } from './emit/emit.js';
import { StubEmitter } from './emit/stubs.js';
import { ARM64 } from './facts.js';
import { InstructionSelection } from './select/select.js';

export const ARM64_MACHINE: Machine = {
  ...ARM64,
  selection: (enabled) => new InstructionSelection(enabled),
  emitter: (enabled, options) => new FunctionEmitter(enabled, options),
  translated: 'ahead-arm64.wasm',
  stubs: (features) => new StubEmitter(features),
  disassembleLines,
  callReach: 1 << 27,
  veneer: VENEER,
  filler: FILLER,
  linkCall,
  linkVmctx,
};
