/**
 * Shared memories among threads: this engine's, V8's and JavaScript's `Atomics` on one memory. Counters, locks, litmus
 * tests of the memory model, growth, waiting and its ends.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

type EngineName = 'wamr' | 'v8' | 'js';

const BYTES = wat(`(module
  (memory (import "" "m") 1 64 shared)
  (func (export "count") (param $n i32) (result i32) (local $seen i32) (local $was i32)
    (loop $l
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (drop (i64.add (i64.atomic.rmw.add (i32.const 8) (i64.const 1)) (i64.const 1)))
      (local.set $seen (i32.atomic.rmw.xor (i32.const 16) (i32.const 1)))
      (local.set $seen (i32.atomic.load (i32.const 20)))
      (block $done (loop $again
        (local.set $was (i32.atomic.rmw.cmpxchg (i32.const 20) (local.get $seen) (i32.add (local.get $seen) (i32.const 1))))
        (br_if $done (i32.eq (local.get $was) (local.get $seen)))
        (local.set $seen (local.get $was))
        (br $again)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))
  ;; A mutex with three states (free, taken, taken and waited for), and a counter that is not atomic.
  (func $lock
    (if (i32.atomic.rmw.cmpxchg (i32.const 64) (i32.const 0) (i32.const 1)) (then
      (block $taken (loop $again
        (br_if $taken (i32.eqz (i32.atomic.rmw.xchg (i32.const 64) (i32.const 2))))
        (drop (memory.atomic.wait32 (i32.const 64) (i32.const 2) (i64.const -1)))
        (br $again))))))
  (func (export "locked") (param $n i32) (result i32)
    (loop $l
      (call $lock)
      (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1)))
      (if (i32.eq (i32.atomic.rmw.xchg (i32.const 64) (i32.const 0)) (i32.const 2))
        (then (drop (memory.atomic.notify (i32.const 64) (i32.const 1)))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))
  ;; Store buffering: cell i of mine is set, cell i of the other's is read. Cells from 65536 and 131072 on, what was read
  ;; from 196608 and 262144 on.
  (func (export "storeBuffering") (param $mine i32) (param $other i32) (param $result i32) (param $n i32) (result i32) (local $i i32)
    (drop (i32.atomic.rmw.add (i32.const 128) (i32.const 1)))
    (loop $start (br_if $start (i32.ne (i32.atomic.load (i32.const 128)) (i32.const 2))))
    (loop $l
      (i32.atomic.store (i32.add (local.get $mine) (local.get $i)) (i32.const 1))
      (i32.store8 (i32.add (local.get $result) (i32.shr_u (local.get $i) (i32.const 2)))
        (i32.atomic.load (i32.add (local.get $other) (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $n))))
    (i32.const 0))
  ;; Message passing: what was written before the flag is there when the flag is.
  (func (export "send") (param $n i32) (result i32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store offset=65536 (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 2)) (i32.mul (local.get $i) (i32.const 7)))
      (i32.atomic.store (i32.const 192) (local.get $i))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.const 0))
  (func (export "receive") (param $n i32) (result i32) (local $i i32) (local $bad i32) (local $at i32) (local $before i32)
    (loop $l
      (local.set $at (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 2)))
      (local.set $before (i32.load offset=65536 (local.get $at)))
      (local.set $i (i32.atomic.load (i32.const 192)))
      ;; The place is written again 1,024 messages later: its contents are those of this message or of a later one.
      (local.set $at (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 2)))
      (if (i32.lt_u (i32.load offset=65536 (local.get $at)) (i32.mul (local.get $i) (i32.const 7)))
        (then (local.set $bad (i32.add (local.get $bad) (i32.const 1)))))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $bad))
  (func (export "wait32") (param i32 i32) (result i32) (memory.atomic.wait32 (local.get 0) (local.get 1) (i64.const -1)))
  (func (export "wait64") (param i32 i32) (result i32)
    (memory.atomic.wait64 (local.get 0) (i64.extend_i32_s (local.get 1)) (i64.const -1)))
  (func (export "waitFor") (param i32 i32) (result i32)
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 1000000))))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 5) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  ;; Spins until the memory has so many pages, and reads at its end; says which size it had seen.
  (func (export "seeGrowth") (param $pages i32) (result i32)
    (loop $l (br_if $l (i32.lt_u (memory.size) (local.get $pages))))
    (i32.store (i32.sub (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 4)) (i32.const 77))
    (memory.fill (i32.sub (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 600)) (i32.const 9) (i32.const 500))
    (memory.size)))`);
const DIST = path.resolve('dist/index.js');
const CHILD = path.resolve('test/runtime/children/threads.cjs');
const OPTIONS = { guard: {}, explicit: { bounds: 'explicit' } } as const;
type Bounds = keyof typeof OPTIONS;

interface Answer {
  value?: number;
  error?: string;
  kind?: string;
}

interface Thread {
  worker: Worker;
  ready: Promise<void>;
  token: Promise<number>;
  answer: Promise<Answer>;
}

interface Extra {
  bounds?: Bounds;
  timeoutMs?: number;
  token?: boolean;
}

function start(
  engine: EngineName,
  memory: object,
  name: string,
  args: number[],
  { bounds = 'guard', ...extra }: Extra = {},
): Thread {
  const worker = new Worker(CHILD, {
    workerData: { dist: DIST, engine, bytes: BYTES, options: OPTIONS[bounds], memory, name, args, ...extra },
  });
  const first = <T>(of: (m: Record<string, unknown>) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      worker.on('message', (m: Record<string, unknown>) => {
        const value = of(m);
        if (value !== undefined) resolve(value);
      });
      worker.once('error', reject);
    });
  const answer = first((m) => ('value' in m || 'error' in m ? (m as Answer) : undefined));
  return {
    worker,
    ready: first((m) => (m.ready === true ? null : undefined)).then(() => {}),
    token: first((m) => m.token as number | undefined),
    answer,
  };
}

const memoryOf = (pages = 1, maximum = 64): InstanceType<typeof wamr.Memory> =>
  new wamr.Memory({ initial: pages, maximum, shared: true });
const wordsOf = (memory: { buffer: unknown }): Int32Array => new Int32Array(memory.buffer as SharedArrayBuffer);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Who takes part: this engine alone, and with V8 and JavaScript. */
const TEAMS: EngineName[][] = [
  ['wamr', 'wamr', 'wamr', 'wamr'],
  ['wamr', 'v8', 'js', 'wamr'],
];

describe.each(['guard', 'explicit'] as const)('contention, %s bounds', (bounds) => {
  it.each(TEAMS)('counters of %s, %s, %s, %s', async (...team) => {
    const memory = memoryOf();
    const n = 20_000;
    const answers = await Promise.all(team.map((engine) => start(engine, memory, 'count', [n], { bounds }).answer));
    expect(answers).toEqual(team.map(() => ({ value: 0 })));
    const words = wordsOf(memory);
    expect([words[0], words[2], words[4], words[5]]).toEqual([4 * n, 4 * n, 0, 4 * n]);
  });

  it.each(TEAMS)('a lock of %s, %s, %s, %s', async (...team) => {
    const memory = memoryOf();
    const n = 5_000;
    const answers = await Promise.all(team.map((engine) => start(engine, memory, 'locked', [n], { bounds }).answer));
    expect(answers).toEqual(team.map(() => ({ value: 0 })));
    expect(wordsOf(memory)[17]).toBe(4 * n);
  });
});

describe('memory model', () => {
  it.each([
    ['wamr', 'wamr'],
    ['wamr', 'v8'],
  ] as const)('store buffering, %s and %s: one of both sees the other', async (a, b) => {
    const memory = memoryOf(8);
    const n = 60_000;
    await Promise.all([
      start(a, memory, 'storeBuffering', [65536, 131072, 196608, n]).answer,
      start(b, memory, 'storeBuffering', [131072, 65536, 262144, n]).answer,
    ]);
    const bytes = new Uint8Array(memory.buffer as SharedArrayBuffer);
    let neither = 0;
    for (let i = 0; i < n / 4; i++) if (bytes[196608 + i] === 0 && bytes[262144 + i] === 0) neither++;
    expect(neither).toBe(0);
  });

  it.each([
    ['wamr', 'wamr'],
    ['v8', 'wamr'],
    ['wamr', 'v8'],
  ] as const)('message passing, %s to %s', async (a, b) => {
    const memory = memoryOf(8);
    const n = 300_000;
    const receiver = start(b, memory, 'receive', [n]);
    await receiver.ready;
    expect(await Promise.all([start(a, memory, 'send', [n]).answer, receiver.answer])).toEqual([
      { value: 0 },
      { value: 0 },
    ]);
  });
});

describe.each(['guard', 'explicit'] as const)('growth is seen by all, %s bounds', (bounds) => {
  it.each(['wamr', 'v8', 'js'] as const)('by %s', async (engine) => {
    const memory = memoryOf(1, 10);
    const watcher = start('wamr', memory, 'seeGrowth', [3], { bounds });
    await watcher.ready;
    expect(await start(engine, memory, 'grow', [2]).answer).toEqual({ value: 1 });
    expect(await watcher.answer).toEqual({ value: 3 });
    const module = new wamr.Module(wamr.compileSync(BYTES, OPTIONS[bounds]));
    const { exports } = new wamr.Instance(module, { '': { m: memory } });
    expect(exports.load(3 * 65536 - 4)).toBe(77);
    expect(exports.size()).toBe(3);
    exports.fill(0, 3 * 65536);
    expect(() => exports.load(3 * 65536)).toThrow('memory access out of bounds');
    expect(() => exports.fill(1, 3 * 65536)).toThrow('memory access out of bounds');
    expect((memory.buffer as SharedArrayBuffer).byteLength).toBe(3 * 65536);
    expect(exports.grow(8)).toBe(-1);
    expect(exports.grow(7)).toBe(3);
    expect(exports.size()).toBe(10);
  });
});

describe('waiting', () => {
  it.each([
    ['wamr', 'js'],
    ['js', 'wamr'],
    ['v8', 'wamr'],
    ['wamr', 'v8'],
    ['wamr', 'wamr'],
  ] as const)('%s is woken by %s', async (a, b) => {
    const memory = memoryOf();
    const waiting = start(a, memory, 'wait32', [32, 0]);
    await waiting.ready;
    let woken = 0;
    while (woken === 0) {
      woken = (await start(b, memory, 'notify', [32, 5]).answer).value!;
      if (woken === 0) await pause(20);
    }
    expect(woken).toBe(1);
    expect(await waiting.answer).toEqual({ value: 0 });
  });

  it('by 64 bits, by a value that is another, by time', async () => {
    const memory = memoryOf();
    wordsOf(memory)[8] = 1;
    expect(await start('wamr', memory, 'wait32', [32, 0]).answer).toEqual({ value: 1 });
    expect(await start('wamr', memory, 'wait64', [32, 0]).answer).toEqual({ value: 1 });
    expect(await start('wamr', memory, 'waitFor', [64, 30]).answer).toEqual({ value: 2 });
    const waiting = start('wamr', memory, 'wait64', [32, 1]);
    await waiting.ready;
    while (Atomics.notify(wordsOf(memory), 8, 1) === 0) await pause(20);
    expect(await waiting.answer).toEqual({ value: 0 });
  });

  it('on this thread', () => {
    const { exports } = new wamr.Instance(new wamr.Module(BYTES), { '': { m: memoryOf() } });
    expect(exports.waitFor(0, 5)).toBe(2);
    expect(exports.wait32(0, 7)).toBe(1);
    expect(exports.notify(0, 1)).toBe(0);
  });

  it('ends with the thread', async () => {
    const waiting = start('wamr', memoryOf(), 'wait32', [0, 0]);
    await waiting.ready;
    await pause(50);
    expect(await waiting.worker.terminate()).toBe(1);
  });

  it('ends with the time of the call', async () => {
    const memory = memoryOf();
    const answer = await start('wamr', memory, 'wait32', [0, 0], { timeoutMs: 60 }).answer;
    expect(answer.kind).toBe('interrupt');
    expect(Atomics.notify(wordsOf(memory), 0, 1)).toBe(0);
  });

  it('ends when another thread interrupts', async () => {
    const waiting = start('wamr', memoryOf(), 'wait32', [0, 0], { token: true });
    await waiting.ready;
    const token = await waiting.token;
    await pause(60);
    expect(wamr.interrupt(token)).toBe(true);
    expect((await waiting.answer).kind).toBe('interrupt');
  });

  it('goes on while another thread may interrupt', async () => {
    const memory = memoryOf();
    const waiting = start('wamr', memory, 'wait32', [0, 0], { token: true });
    await waiting.ready;
    await pause(120);
    while (Atomics.notify(wordsOf(memory), 0, 1) === 0) await pause(5);
    expect(await waiting.answer).toEqual({ value: 0 });
  });
});
