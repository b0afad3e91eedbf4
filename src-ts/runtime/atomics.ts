/**
 * `memory.atomic.wait` and `notify` of wasm. Threads wait in V8's lists, so that JavaScript's `Atomics` and modules that
 * V8 runs wake wasm, and are woken by it. The addon has checked the address, and that the word is what is expected.
 */
import { AtomicsSlot as Slot } from '../abi/calls.js';
import { ObjectKind } from '../abi/objects.js';
import type { NativeBinding } from '../binding.js';

const { wait, notify } = Atomics;

/** What `memory.atomic.wait` gives. */
const enum Woken {
  OK = 0,
  NOT_EQUAL = 1,
  TIMED_OUT = 2,
}

/**
 * Where another thread may interrupt this one (`threadToken`), it waits so many milliseconds at a time, and looks in
 * between. A word that has changed meanwhile counts as a wake-up then.
 */
const SLICE = 20;

/** What is needed of the environment. */
interface WaitEnv {
  readonly native: NativeBinding;
  readonly u32: Uint32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly interruptible: boolean;
}

/** And of the state of an instance: its memories in words around an address. */
interface WaitInstance {
  readonly memories: {
    words(bits: 32, address: number): Int32Array<SharedArrayBuffer>;
    words(bits: 64, address: number): BigInt64Array<SharedArrayBuffer>;
  }[];
}

/** Does what the slots of the argument buffer say (`AtomicsSlot`); the operator's result. */
export function waitOrNotify(e: WaitEnv): number {
  const { native, u32, i64, u64 } = e;
  const { memories } = native.state(ObjectKind.INSTANCE, u32[2 * Slot.INSTANCE]) as WaitInstance;
  const memory = memories[u32[2 * Slot.MEMORY]];
  const bits = u32[2 * Slot.BITS];
  const address = Number(u64[Slot.ADDRESS]);
  if (bits === 0) return notify(memory.words(32, address), address / 4, u32[2 * Slot.COUNT]);
  const expected = i64[Slot.EXPECTED];
  const nanoseconds = i64[Slot.TIMEOUT];
  const timeout = nanoseconds < 0n ? Infinity : Number(nanoseconds) / 1e6;
  let left = timeout;
  for (;;) {
    const limit = Math.min(native.timeLeft(), e.interruptible ? SLICE : Infinity);
    const slice = Math.min(left, limit);
    const how =
      bits === 32
        ? wait(memory.words(32, address), address / 4, Number(expected), slice)
        : wait(memory.words(64, address), address / 8, expected, slice);
    if (how === 'ok') return Woken.OK;
    if (how === 'not-equal') return left === timeout ? Woken.NOT_EQUAL : Woken.OK;
    left -= slice;
    // Where the time is up for all wasm, `resume` ends it.
    if (left <= 0 || native.timeLeft() === 0) return Woken.TIMED_OUT;
  }
}
