/**
 * `WAMR_DUMP=ssa,opt,isel,regalloc,asm WAMR_FUNC=index|name`: prints phases of chosen functions to stderr (all
 * functions without WAMR_FUNC).
 */
import type { Func } from '../ir/func.js';
import { printFunc } from '../ir/print.js';
import { ENV } from '../options.js';
import { readNames } from '../wasm/names.js';
import type { WasmModule } from '../wasm/types.js';
import { disassemble } from '../x64/asm/disasm.js';
import type { Allocation, MachFunc } from '../codegen/mach.js';
import { printAllocated, printMach } from '../x64/print.js';

const NONE = { ssa: false, opt: false, isel: false, regalloc: false, asm: false };
const ASKED = Object.fromEntries(Object.keys(NONE).map((phase) => [phase, ENV.dump.includes(phase)])) as typeof NONE;

/** Which phases of this function to dump. */
export function dumps(m: WasmModule, index: number): typeof NONE {
  if (ENV.dump.length === 0) return NONE;
  if (ENV.func === '' || ENV.func === String(index)) return ASKED;
  return /^\d+$/.test(ENV.func) || readNames(m).functions.get(index) !== ENV.func ? NONE : ASKED;
}

const write = (phase: string, text: string): void => void process.stderr.write(`;; ${phase}\n${text}\n`);

export const dumpSsa = (phase: string, f: Func): void => write(phase, printFunc(f));
export const dumpMach = (mf: MachFunc): void => write('isel', printMach(mf));
export const dumpAllocated = (mf: MachFunc, allocation: Allocation): void =>
  write('regalloc', printAllocated(mf, allocation));
export const dumpAsm = (code: Uint8Array): void => write('asm', disassemble(code));
