/** Lookup tables over opcodes, made of the operator rows, for the loops that walk function bodies. */
import { ATOMIC_ROWS } from './atomic-opcodes.js';
import { GC_FIRST, GC_NAMES } from './gc-opcodes.js';
import { CORE_ROWS, Imm } from './opcodes.js';
import { SIMD_ROWS } from './simd-opcodes.js';
import { ValType } from './types.js';

/** Size of the lookup tables: the highest atomic operator is 0xFE 0x4E. */
export const OP_COUNT = 0x450;

/** `Imm` of each opcode. */
export const OP_IMM = new Uint8Array(OP_COUNT).fill(Imm.ILLEGAL);
/** Number of operands of a fixed signature. */
export const OP_POPS = new Uint8Array(OP_COUNT);
/** Operand types, `OP_POP[4 * opcode + i]`, deepest first. */
export const OP_POP = new Uint8Array(4 * OP_COUNT);
/** Result type of a fixed signature, or 0. */
export const OP_PUSH = new Uint8Array(OP_COUNT);
/** Exponent of the natural alignment, or number of lanes where the immediate is `LANE`. */
export const OP_N = new Uint8Array(OP_COUNT);

const NAMES: (string | undefined)[] = [];
const LETTER: Record<string, ValType> = {
  i: ValType.I32,
  I: ValType.I64,
  f: ValType.F32,
  F: ValType.F64,
  v: ValType.V128,
};

for (const [op, name, signature, imm = Imm.NONE, n = 0] of [...CORE_ROWS, ...SIMD_ROWS, ...ATOMIC_ROWS]) {
  OP_IMM[op] = imm;
  OP_N[op] = n;
  NAMES[op] = name;
  const [params, result] = signature.split(':');
  OP_POPS[op] = params.length;
  for (let i = 0; i < params.length; i++) OP_POP[4 * op + i] = LETTER[params[i]];
  OP_PUSH[op] = result ? LETTER[result] : 0;
}

/** Text-format name of an opcode (numbered as in opcodes.ts). */
export function opName(op: number): string {
  if (op >= GC_FIRST) return GC_NAMES[op - GC_FIRST];
  return NAMES[op] ?? `0x${op.toString(16)}`;
}
