/**
 * Machines that an artefact may hold code for, by ELF's numbers. The artefact's header has the number, the addon knows
 * its own (`kArchitecture` in native/<machine>/context.h).
 */
export const enum Architecture {
  X86_64 = 62,
  AARCH64 = 183,
}

/** How messages call a machine. */
export function architectureName(architecture: number): string {
  if (architecture === Architecture.X86_64) return 'x86-64';
  if (architecture === Architecture.AARCH64) return 'arm64';
  return `machine ${architecture}`;
}
