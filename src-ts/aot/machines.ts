/**
 * The back end of each architecture. Apart from `targets.ts`, because an artefact is inspected and loaded without the
 * compiler.
 */
import { Architecture, architectureName } from '../abi/architectures.js';
import type { Machine } from '../codegen/back-end.js';
import { ARM64_MACHINE } from '../arm64/machine.js';
import { X64_MACHINE } from '../x64/machine.js';

/** The machine of a target's `architecture`. Throws RangeError if there is no back end for it. */
export function machineFor(architecture: number): Machine {
  if (architecture === Architecture.X86_64) return X64_MACHINE;
  if (architecture === Architecture.AARCH64) return ARM64_MACHINE;
  throw new RangeError(`no code can be generated for ${architectureName(architecture)}`);
}
