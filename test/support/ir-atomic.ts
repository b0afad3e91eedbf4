/** Atomic operations for the IR's interpreter: one thread, so each is what it is without others. Tests only. */
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { FIRST_ATOMIC, Op } from '../../src-ts/ir/ops.js';
import { InterpTrap } from './ir-eval.js';

export const isAtomic = (op: number): boolean => op >= FIRST_ATOMIC && op < FIRST_ATOMIC + 0x4f;

/** Bytes by the operator's place in its group: i32, i64, i32 of 8 and 16 bits, i64 of 8, 16 and 32. */
const SIZES = [4, 8, 1, 2, 1, 2, 4];
/** First operator of each group, from 0xFE on (wasm/atomic-opcodes.ts). */
const LOAD = 0x10;
const STORE = 0x17;
const UPDATES: readonly ((old: bigint, x: bigint, y: bigint) => bigint)[] = [
  (old, x) => old + x,
  (old, x) => old - x,
  (old, x) => old & x,
  (old, x) => old | x,
  (old, x) => old ^ x,
  (_, x) => x,
  (old, x, y) => (old === x ? y : old),
];
const FIRST_UPDATE = 0x1e;

/** The result's bits of `op` at byte `at`, with its other operands x and y; 0 where it has none. */
export function atomic(op: number, bytes: DataView, shared: boolean, at: number, x: bigint, y: bigint): bigint {
  if (op === Op.ATOMIC_FENCE) return 0n;
  const sub = op - FIRST_ATOMIC;
  const isWait = sub === 1 || sub === 2;
  const size = sub < 3 ? (sub === 2 ? 8 : 4) : SIZES[(sub < STORE ? sub - LOAD : sub - STORE) % 7];
  if (at % size !== 0) throw new InterpTrap(Trap.UNALIGNED_ATOMIC);
  if (at + size > bytes.byteLength) throw new InterpTrap(Trap.MEMORY_OUT_OF_BOUNDS);
  if (sub === 0) return 0n; // nobody waits
  if (isWait && !shared) throw new InterpTrap(Trap.WAIT_ON_UNSHARED);
  let old = 0n;
  for (let i = size - 1; i >= 0; i--) old = (old << 8n) | BigInt(bytes.getUint8(at + i));
  // Not equal; or the time is up, since nobody notifies.
  if (isWait) return old === x ? 2n : 1n;
  if (sub < STORE) return old;
  const update = sub < FIRST_UPDATE ? UPDATES[5] : UPDATES[Math.floor((sub - FIRST_UPDATE) / 7)];
  const mask = (1n << BigInt(8 * size)) - 1n;
  // The expected value of a narrow cmpxchg is compared whole.
  const next = update(old, sub >= 0x48 ? x : x & mask, y) & mask;
  for (let i = 0; i < size; i++) bytes.setUint8(at + i, Number((next >> BigInt(8 * i)) & 255n));
  return sub < FIRST_UPDATE ? 0n : old;
}
