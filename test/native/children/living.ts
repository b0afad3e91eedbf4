/**
 * What a process lives through, one mode a run: living.test.ts runs it with MODE and DEPTH, in workers too. Prints `ok` at the end;
 * the test looks at output, exit code and signal.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort, threadId, workerData } from 'node:worker_threads';
import type * as Rig from '../rig.js';
import { Trap } from '../../../src-ts/abi/trap-codes.js';
import { Alu, Cc, Sse } from '../../../src-ts/x64/asm/insts.js';
import { trapInV8 } from '../../support/v8-trap.js';
import { endlessLoop, I64, load, NONE, R, recursion, throughImport, UNARY } from '../machine-code.js';

const assert = (x: unknown, what: string): void => {
  if (!x) throw new Error(`${what} (${mode}, thread ${threadId})`);
};
const mode: string = isMainThread ? process.argv[2] : (workerData as { mode: string }).mode;
/** Host calls around the one that does it. */
const wanted = Number(process.argv[3]);
const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms));

/**
 * The addon, loaded when first asked for. Functions: 1 load (traps), 2 host call, 3 endless loop, 4 recursion, 5 load
 * of address 0 that is in no trap table, 6 jump to address 0.
 */
function setUp(host: () => void = () => {}, rig: typeof Rig = createRequire(__filename)('./rig.cjs') as typeof Rig) {
  const { native, i64, build, createMemory, hostFunction, instantiate, loadCode, run } = rig;
  const mod = build({
    types: [UNARY, NONE, { params: [I64], results: [I64] }],
    imports: [1],
    funcs: [
      load(0, 77),
      throughImport(1, 8),
      endlessLoop(1),
      recursion(0, 4),
      {
        type: 1,
        frame: 0,
        emit: (a) => {
          a.zero(R.AX);
          a.mem(R.AX, 0);
          a.mov_rm(0, R.AX);
          a.ret();
        },
      },
      {
        type: 1,
        frame: 0,
        emit: (a) => {
          a.zero(R.AX);
          a.jmp_r(R.AX);
        },
      },
      {
        // n in rdi → 13 n: one each in 10 general registers and 3 vector registers a round, flags live across
        // instructions.
        type: 2,
        frame: 32,
        emit: (a) => {
          const saved = [R.BX, R.BP, R.R12, R.R13];
          const counters = [R.AX, R.CX, R.DX, R.BX, R.BP, R.SI, R.R8, R.R9, R.R12, R.R13];
          for (const r of saved) a.push_r(r);
          for (const r of counters) a.zero(r);
          a.mov_ri32(R.R10, 1);
          a.sse_rr(Sse.MOVQ, 1, R.R10);
          for (const x of [2, 8, 15]) a.sse_rr(Sse.PXOR, x, x);
          const l = a.newLabel();
          a.bind(l);
          for (const x of [2, 8, 15]) a.sse_rr(0x5d4 as Sse /* paddq */, x, 1);
          for (const r of counters) {
            a.alu_ri(Alu.CMP, 1, R.DI, 0);
            a.mov_ri32(R.R11, 0);
            a.setcc_r(Cc.NE, R.R11);
            a.alu_rr(Alu.ADD, 1, r, R.R11);
          }
          a.dec_r(1, R.DI);
          a.jcc(Cc.NE, l);
          for (const r of counters.slice(1)) a.alu_rr(Alu.ADD, 1, R.AX, r);
          for (const x of [2, 8, 15]) {
            a.sse_rr(Sse.MOVQ_STORE, x, R.R10);
            a.alu_rr(Alu.ADD, 1, R.AX, R.R10);
          }
          for (const r of saved.reverse()) a.pop_r(r);
          a.ret();
        },
      },
    ],
  });
  const code = loadCode(mod.file, mod.descriptor);
  const memory = createMemory();
  const { instance, call } = instantiate(mod, { code, memory, functions: [hostFunction(host, code, 1)] });
  const trapOnce = (): void => {
    assert(run(call(1), 1 << 20) && native.takeTrap()!.code === Trap.MEMORY_OUT_OF_BOUNDS, 'a trap was lost');
  };
  return {
    native,
    instance,
    trapOnce,
    host: call(2),
    loop: call(3),
    recurse: () => run(call(4), -1),
    load0: call(5),
    jump0: call(6),
    count: call(7),
    i64,
  };
}

const worker = (m: string, extra: object = {}): Worker => new Worker(__filename, { workerData: { mode: m, ...extra } });
const ended = (w: Worker): Promise<number> =>
  new Promise((resolve, reject) => {
    w.on('error', reject);
    w.on('exit', resolve);
  });

const modes: Record<string, () => Promise<void> | void> = {
  /** 8 workers a round, trapped, half of them terminated; V8 traps all along. */
  async storm() {
    const { trapOnce } = setUp();
    for (let round = 0; round < Number(process.env.WAMR_TEST_ROUNDS); round++) {
      const workers = Array.from({ length: 8 }, (_, i) => worker(i % 2 === 0 ? 'w-traps' : 'w-trap-forever'));
      await Promise.all(
        workers.map(async (w, i) => {
          if (i % 2 === 0) return assert((await ended(w)) === 0, 'worker failed');
          await new Promise((r) => w.once('message', r));
          await w.terminate();
        }),
      );
      trapOnce();
      trapInV8();
    }
  },
  'w-traps'() {
    const { trapOnce, recurse, native } = setUp();
    for (let i = 0; i < 200; i++) trapOnce();
    assert(recurse() && native.takeTrap()!.code === Trap.STACK_OVERFLOW, 'stack overflow in a worker');
    trapInV8();
  },
  'w-trap-forever'() {
    const { trapOnce } = setUp();
    trapOnce();
    parentPort!.postMessage('running');
    for (;;) trapOnce();
  },
  /** The only thread that loaded the addon is gone; V8's traps must work, and a second load. */
  async 'loader-exits-first'() {
    for (let i = 0; i < 3; i++) {
      assert((await ended(worker('w-traps'))) === 0, 'worker failed');
      for (let k = 0; k < 100; k++) trapInV8();
    }
    setUp().trapOnce();
    trapInV8();
  },
  async 'terminate-in-host-call'() {
    for (const m of ['w-host-loop', 'w-host-loop-deep']) {
      const w = worker(m);
      await new Promise((r) => w.once('message', r));
      await w.terminate();
    }
    setUp().trapOnce();
  },
  'w-host-loop'() {
    const { host } = setUp(() => {
      parentPort!.postMessage('running');
      for (;;);
    });
    host();
  },
  'w-host-loop-deep'() {
    let depth = 0;
    const { host } = setUp(() => {
      if (depth++ < 20) return void host();
      parentPort!.postMessage('running');
      for (;;);
    });
    host();
  },
  /** An endless loop in a worker: interrupted from outside, then terminated. */
  async 'interrupt-worker'() {
    const { native, trapOnce } = setUp();
    const w = worker('w-endless');
    const end = ended(w);
    const token = await new Promise<number>((r) => w.once('message', r));
    await pause(20);
    const stopped = new Promise((r) => w.once('message', r));
    // Nothing happens while it is not in wasm yet, which on a busy machine may take longer.
    let start = performance.now();
    const again = setInterval(() => {
      start = performance.now();
      native.interruptThread(token);
    }, 1000);
    assert(native.interruptThread(token), 'thread not found');
    assert((await stopped) === Trap.INTERRUPT, 'not interrupted');
    const took = performance.now() - start;
    clearInterval(again);
    assert(took < 200, `took ${took} ms`);
    assert((await end) === 0, 'worker failed');
    assert(!native.interruptThread(token), 'thread is gone');
    trapOnce();
  },
  async 'w-endless'() {
    const { loop, native } = setUp();
    parentPort!.postMessage(native.threadToken);
    await pause(5);
    assert(loop() === true, 'loop ended');
    parentPort!.postMessage(native.takeTrap()!.code);
  },
  /**
   * Endless loops, also with other registers in use, in a worker that is terminated; the result of a long loop is right
   * though it was stopped to look every 10 ms.
   */
  async 'terminate-endless'() {
    for (const m of ['w-loop', 'w-loop-deep']) {
      const w = worker(m);
      await new Promise((r) => w.once('message', r));
      await pause(30);
      const start = performance.now();
      await w.terminate();
      assert(performance.now() - start < 1000, 'terminate took long');
    }
    const w = worker('w-count');
    const result = new Promise((r) => w.once('message', r));
    assert((await result) === 'right', 'a safepoint changed something');
    setUp().trapOnce();
  },
  /** process.exit while a worker never ends. */
  async 'exit-with-endless-worker'() {
    const w = worker('w-loop');
    await new Promise((r) => w.once('message', r));
    await pause(30);
    console.log('ok');
    process.exit(3);
  },
  'w-loop'() {
    const { loop } = setUp();
    parentPort!.postMessage('running');
    loop();
    parentPort!.postMessage('not reached');
  },
  'w-loop-deep'() {
    let depth = 0;
    const { host, loop } = setUp(() => {
      if (depth++ < 20) return void host();
      parentPort!.postMessage('running');
      loop();
    });
    host();
  },
  'w-count'() {
    const { count, i64 } = setUp();
    i64[0] = 200_000_000n;
    assert(count() === undefined, 'no trap');
    // Every register of both kinds took part.
    parentPort!.postMessage(i64[0] === 13n * 200_000_000n ? 'right' : `wrong: ${i64[0]}`);
  },
  /** Two copies of the addon in one process. */
  'two-copies'() {
    const a = setUp();
    const dir = mkdtempSync(join(tmpdir(), 'wamr-native-'));
    const req = createRequire(__filename);
    const copy = join(dir, 'copy.node');
    copyFileSync(process.env.WAMR_TEST_ADDON!, copy);
    (globalThis as { wamrTestAddon?: unknown }).wamrTestAddon = req(copy);
    delete req.cache[req.resolve('./rig.cjs')];
    const b = setUp(
      () => {
        a.trapOnce();
        trapInV8();
      },
      req('./rig.cjs') as typeof Rig,
    );
    assert(a.native !== b.native, 'two copies');
    for (let i = 0; i < 1000; i++) {
      a.trapOnce();
      b.trapOnce();
      trapInV8();
    }
    assert(b.host() === undefined, 'nested');
    for (const x of [a, b, a]) {
      assert(x.recurse() && x.native.takeTrap()!.code === Trap.STACK_OVERFLOW, 'stack overflow');
      const previous = x.native.deadlineBegin(5);
      assert(x.loop() === true && x.native.takeTrap()!.code === Trap.INTERRUPT, 'deadline');
      x.native.deadlineEnd(previous);
    }
    rmSync(dir, { recursive: true });
  },
  /**
   * Words that are the numbers of another thread's functions mean nothing here: neither while that thread has them nor
   * as its instances go.
   */
  async 'functions-of-other-threads'() {
    const { native, instance, i64 } = setUp();
    const marks = new Uint8Array(64);
    /** Instances that a call under way is said to hold when these are its arguments. */
    const held = (first: number, n: number): number[] => {
      for (let k = 0; k < n; k++) i64[k] = BigInt(first + k);
      const rows = native.scan(marks, false)!;
      for (let at = 1; ;) {
        const instances = at + 3 + rows[at + 2];
        if (rows[at] === 0) return [...rows.subarray(instances + 1)];
        at = instances + 1 + rows[instances];
      }
    };
    const own = native.instanceFunc(instance, 1);
    assert(held(own, 1).includes(instance), 'its own function holds the instance');
    const w = worker('w-many-functions');
    const end = ended(w);
    const [first, n] = await new Promise<[number, number]>((r) => w.once('message', r));
    assert(held(first, n).length === 0, 'numbers of a worker hold instances here');
    w.postMessage('go');
    for (let ending = false; !ending;) {
      for (let i = 0; i < 200; i++) assert(held(first, n).length === 0, 'numbers of a worker hold instances here');
      ending = await Promise.race([end.then(() => true), pause(0).then(() => false)]);
    }
    assert((await end) === 0, 'worker failed');
  },
  async 'w-many-functions'() {
    const rig = createRequire(__filename)('./rig.cjs') as typeof Rig;
    const { native, build, instantiate, loadCode } = rig;
    const nothing = { type: 0, frame: 0, emit: (a: { ret(): void }) => a.ret() };
    const mod = build({ types: [NONE], funcs: Array.from({ length: 20 }, () => nothing) });
    const code = loadCode(mod.file, mod.descriptor);
    const make = (): [number, number] => {
      const { instance } = instantiate(mod, { code });
      const numbers = Array.from({ length: 20 }, (_, k) => native.instanceFunc(instance, k));
      return [instance, Math.min(...numbers)];
    };
    let kept = Array.from({ length: 40 }, make);
    const first = Math.min(...kept.map(([, number]) => number));
    parentPort!.postMessage([first, 1000]);
    await new Promise((r) => parentPort!.once('message', r));
    const until = performance.now() + 1500;
    while (performance.now() < until) {
      for (const [instance] of kept) native.instanceFree(instance);
      kept = Array.from({ length: 40 }, make);
    }
    parentPort!.unref();
  },
  /** An access that is in no trap table, a jump to nowhere, a signal from outside: all of them kill. */
  'real-fault'() {
    const s = setUp();
    s.trapOnce();
    s.load0();
  },
  'real-jump'() {
    setUp().jump0();
  },
  async 'signal-from-outside'() {
    setUp().trapOnce();
    process.kill(process.pid, 'SIGSEGV');
    await pause(1000);
  },
  'exit-in-host-call'() {
    let depth = 0;
    const { host } = setUp(() => {
      if (depth++ < wanted) return void host();
      console.log('ok');
      process.exit(7);
    });
    host();
  },
  'throw-in-host-call'() {
    let depth = 0;
    const { host } = setUp(() => {
      if (depth++ < wanted) return void host();
      console.log('ok');
      throw new Error('from the depth');
    });
    host();
  },
  'signal-handler-replaced'() {
    const { native } = setUp();
    assert(native.signalHandlerActive(), 'active');
    process.on('SIGSEGV', () => {});
    assert(!native.signalHandlerActive(), 'replacement not noticed');
  },
};

void (async () => {
  await modes[mode]();
  if (isMainThread) {
    console.log('ok');
    process.exit(0);
  }
})();
