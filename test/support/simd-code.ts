/** Pieces of code for the SIMD tests. Types are letters: i, I, f, F, v. */
import { SIMD_ROWS as ALL_ROWS } from '../../src-ts/wasm/simd-opcodes.js';
import { leb, sleb } from './wasm-build.js';

/** The operators, but for those of relaxed SIMD, which have a test of their own. */
export const SIMD_ROWS = ALL_ROWS.filter(([op]) => op < 0x300);

export const V128 = 0x7b;
export const TYPE: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c, v: V128 };
/** Where results go. */
export const RESULT = 0x8000;

export const get = (k: number): number[] => [0x20, k];
export const v128Load = (offset = 0): number[] => [0xfd, 0, 0, ...leb(offset)];
export const v128Const = (x: Uint8Array): number[] => [0xfd, 12, ...x];
export const opcode = (op: number): number[] => [0xfd, ...leb(op - 0x200)];
export const store = (letter: string): number[] =>
  ({ v: [0xfd, 11, 0, 0], i: [0x36, 0, 0], I: [0x37, 0, 0], f: [0x38, 0, 0], F: [0x39, 0, 0] })[letter]!;
export const constant = (letter: string, x: number | bigint | Uint8Array): number[] => {
  if (letter === 'v') return v128Const(x as Uint8Array);
  const buffer = Buffer.alloc(8);
  if (letter === 'f') return (buffer.writeFloatLE(x as number), [0x43, ...buffer.subarray(0, 4)]);
  if (letter === 'F') return (buffer.writeDoubleLE(x as number), [0x44, ...buffer]);
  return [letter === 'i' ? 0x41 : 0x42, ...sleb(BigInt.asIntN(64, BigInt(x as number | bigint)))];
};

const OPS = new Map(SIMD_ROWS.map(([op, name]) => [name, op]));
/** An operator by its name, with its immediates. */
export const named = (name: string, ...immediates: number[]): number[] => [...opcode(OPS.get(name)!), ...immediates];
