/**
 * The disassembler of each architecture, for dumps, `objdump` and counts of instructions. Apart from `machines.ts`, so
 * that listing an artefact does not load the compiler.
 */
import { Architecture, architectureName } from '../abi/architectures.js';
import * as arm64 from '../arm64/asm/disasm.js';
import * as x64 from '../x64/asm/disasm.js';

/** What reads the code of a machine. All of its functions throw an Error where the disassembler is not installed. */
export type Disassembler = Pick<typeof x64, 'disassembleLines' | 'countInstructions'>;

/** An instruction of a listing, or data behind the code. */
export type DisasmLine = ReturnType<Disassembler['disassembleLines']>[number];

/** The disassembler of a target's `architecture`. Throws RangeError if there is none. */
export function disassemblerFor(architecture: number): Disassembler {
  if (architecture === Architecture.X86_64) return x64;
  if (architecture === Architecture.AARCH64) return arm64;
  throw new RangeError(`there is no disassembler for ${architectureName(architecture)}`);
}
