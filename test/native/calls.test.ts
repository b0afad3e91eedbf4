/**
 * The addon by itself: calls in both directions, traps, backtraces, stacks, interruption. Machine code by hand
 * (rig.ts).
 */
import { describe, expect, test } from 'vitest';
import { Helper } from '../../src-ts/abi/vmctx.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { ControlWord, Outcome } from '../../src-ts/abi/calls.js';
import { Alu } from '../../src-ts/x64/asm/insts.js';
import { trapInV8 } from '../support/v8-trap.js';
import {
  I32,
  I64,
  NONE,
  R,
  type RigFunction,
  UNARY,
  callImport,
  endlessLoop,
  enter,
  helper,
  leave,
  load,
  raise,
  recursion,
  throughImport,
} from './machine-code.js';
import { build, createMemory, hostFunction, i32, i64, instantiate, loadCode, native } from './rig.js';

const T = {
  binary: { params: [I32, I32], results: [I32] },
  wide: { params: [I64], results: [I64, I64, I32] },
};
const frames = (r: { frames: Uint32Array }): number[][] =>
  Array.from({ length: r.frames.length / 4 }, (_, i) => Array.from(r.frames.subarray(4 * i + 1, 4 * i + 4)));

const basics = build({
  types: [T.binary, UNARY, NONE],
  imports: [1],
  funcs: [
    {
      type: 0,
      frame: 0,
      emit: (a) => {
        a.memIndex(R.DI, R.SI, 0, 0);
        a.lea(0, R.AX);
        a.ret();
      },
    },
    load(1, 77),
    {
      type: 2,
      frame: 24,
      emit: (a) => {
        enter(a, 24);
        a.callFunc(4);
        a.trapAfter(0, 31);
        leave(a, 24);
      },
    },
    raise(2, Trap.UNREACHABLE, 40),
    throughImport(1, 40, (a) => {
      a.trapAfter(0, 50);
      a.alu_ri(Alu.ADD, 0, R.AX, 1);
    }),
    endlessLoop(2),
    recursion(1, 7),
  ],
});
/** Its functions; `deep` calls `leaf`, which is unreachable. */
const F = { add: 1, load: 2, deep: 3, leaf: 4, host: 5, loop: 6, recurse: 7 };

function fresh(host: () => void = () => {}): {
  call: (f: number) => () => undefined | true;
  memory: number;
  instance: number;
} {
  const code = loadCode(basics.file, basics.descriptor);
  const memory = createMemory(1, 10);
  const { call, instance } = instantiate(basics, { code, memory, functions: [hostFunction(host, code, 1)] });
  return { call, memory, instance };
}

describe('calls', () => {
  test('arguments and results', () => {
    const add = fresh().call(F.add);
    i32[0] = 40;
    i32[2] = 2;
    expect(add()).toBe(undefined);
    expect(i32[0]).toBe(42);
  });

  test('host call: argument, result, and frames below it', () => {
    let seen: number[][] = [];
    let got = 0;
    const { call } = fresh(() => {
      got = i32[0];
      seen = frames({ frames: native.captureStack() });
      i32[0] = 10 * got;
    });
    i32[0] = 7;
    expect(call(F.host)()).toBe(undefined);
    expect([got, i32[0]]).toEqual([7, 71]);
    expect(seen).toEqual([[F.host, 50, 0]]);
    expect(native.captureStack().length).toBe(0);
  });

  test.each([42, 'text', null, undefined, Symbol('s'), { a: 1 }, new Error('e')])(
    'a host function throws %s',
    (value) => {
      const { call } = fresh(() => {
        throw value;
      });
      const run = call(F.host);
      for (let i = 0; i < 3; i++) {
        let caught: unknown = 'nothing';
        try {
          run();
        } catch (e) {
          caught = e;
        }
        expect(caught).toBe(value);
        expect(native.takeTrap()).toBe(null);
      }
      i32[0] = 1;
      i32[2] = 2;
      expect(fresh().call(F.add)()).toBe(undefined);
      expect(i32[0]).toBe(3);
    },
  );

  test('re-entrance: 200 levels, a trap in the innermost caught half-way', () => {
    let level = 0;
    let trapped: number[][] = [];
    const { call } = fresh(() => {
      if (level === 200) {
        expect(call(F.leaf)()).toBe(true);
        const t = native.takeTrap()!;
        expect(t.depth).toBe(202);
        trapped = frames(t);
        i32[0] = 0;
        return;
      }
      level++;
      i32[0] = level;
      expect(run()).toBe(undefined);
    });
    const run = call(F.host);
    expect(run()).toBe(undefined);
    expect(i32[0]).toBe(201);
    expect(trapped[0]).toEqual([F.leaf, 40, 0]);
    expect(trapped[1]).toEqual([F.host, 50, 1]);
    expect(trapped[200]).toEqual([F.host, 50, 200]);
  });

  test('JavaScript ↔ wasm recursion ends in RangeError', () => {
    const { call } = fresh(() => {
      run();
    });
    const run = call(F.host);
    for (let i = 0; i < 3; i++) expect(() => run()).toThrow(RangeError);
    trapInV8();
  });

  test('a disposed instance refuses calls, a freed one is not there any more', () => {
    const { call, instance } = fresh();
    const add = call(F.add);
    native.instanceDispose(instance);
    expect(fresh().call(F.add)).not.toThrow();
    expect(add).toThrow(`outcome ${Outcome.DISPOSED}`);
    native.instanceFree(instance);
    expect(() => native.instanceFunc(instance, 0)).toThrow(TypeError);
    expect(() => native.instanceDispose(instance)).toThrow(TypeError);
  });
});

describe('traps', () => {
  test('memory fault: address, size, offset; the last valid address works', () => {
    const { call } = fresh();
    const load = call(F.load);
    for (const address of [65533, 65536, 0x7fffffff, -1]) {
      i32[0] = address;
      expect(load()).toBe(true);
      const t = native.takeTrap()!;
      expect(t.code).toBe(Trap.MEMORY_OUT_OF_BOUNDS);
      // A load across the end faults at the first inaccessible byte.
      expect(t.address).toBe(address === 65533 ? 65536 : address >>> 0);
      expect(t.memoryBytes).toBe(65536);
      expect(frames(t)).toEqual([[F.load, 77, 0]]);
      trapInV8();
    }
    i32[0] = 65532;
    expect(load()).toBe(undefined);
  });

  test('explicit trap with callers', () => {
    const { call } = fresh();
    expect(call(F.deep)()).toBe(true);
    const t = native.takeTrap()!;
    expect(t.code).toBe(Trap.UNREACHABLE);
    expect(frames(t)).toEqual([
      [F.leaf, 40, 0],
      [F.deep, 31, 0],
    ]);
    expect(native.takeTrap()).toBe(null);
  });

  test('20,000 in a row, V8 traps in between', () => {
    const { call } = fresh();
    const load = call(F.load);
    for (let i = 0; i < 20_000; i++) {
      i32[0] = 65536 + i;
      if (load() !== true) throw new Error(`lost trap ${i}`);
      if (i % 1000 === 0) trapInV8();
    }
  });

  test('the handler is installed', () => expect(native.signalHandlerActive()).toBe(true));
});

describe('stack', () => {
  test('infinite recursion traps, again and again; 100,000 calls deep is fine', () => {
    const { call } = fresh();
    const recurse = call(F.recurse);
    for (let i = 0; i < 3; i++) {
      i32[0] = -1;
      expect(recurse()).toBe(true);
      const t = native.takeTrap()!;
      expect(t.code).toBe(Trap.STACK_OVERFLOW);
      expect(t.depth).toBeGreaterThan(1_000_000);
      const f = frames(t);
      expect(f.length).toBe(256);
      expect(f[0]).toEqual([F.recurse, 61, 0]);
      expect(f[255]).toEqual([F.recurse, 60, 0]);
    }
    i32[0] = 100_000;
    expect(recurse()).toBe(undefined);
    expect(i32[0]).toBe(5);
  });

  test('the size is an option; not while wasm runs', () => {
    const { call } = fresh(() => {
      i32[0] = native.stackSize(1 << 20) ? 1 : 0;
    });
    expect(native.stackSize(1 << 20)).toBe(true);
    const recurse = call(F.recurse);
    i32[0] = 100_000;
    expect(recurse()).toBe(true);
    const { depth } = native.takeTrap()!;
    expect(depth).toBeGreaterThan(20_000);
    expect(depth).toBeLessThan(40_000);
    expect(call(F.host)()).toBe(undefined);
    expect(i32[0]).toBe(1);
    expect(native.stackSize(64 << 20)).toBe(true);
  });
});

describe('interruption', () => {
  test('a deadline stops an endless loop', () => {
    const { call } = fresh();
    const loop = call(F.loop);
    for (const ms of [0, 5, 30]) {
      const start = performance.now();
      const previous = native.deadlineBegin(ms);
      expect(loop()).toBe(true);
      native.deadlineEnd(previous);
      expect(native.takeTrap()).toMatchObject({ code: Trap.INTERRUPT, depth: 1 });
      expect(performance.now() - start).toBeGreaterThanOrEqual(ms);
      expect(performance.now() - start).toBeLessThan(ms + 100);
    }
    i32[0] = 1;
    i32[2] = 1;
    expect(call(F.add)()).toBe(undefined);
  });

  test('an expired deadline does not fire in JavaScript, and stops wasm when the host call returns', () => {
    let after = 0;
    const { call } = fresh(() => {
      const end = performance.now() + 20;
      while (performance.now() < end);
      after++;
    });
    const previous = native.deadlineBegin(5);
    expect(call(F.host)()).toBe(true);
    native.deadlineEnd(previous);
    expect(native.takeTrap()!.code).toBe(Trap.INTERRUPT);
    expect(after).toBe(1);
    expect(call(F.host)()).toBe(undefined);
  });

  test('an inner deadline does not touch the outer call', () => {
    let inner: unknown;
    const { call } = fresh(() => {
      const previous = native.deadlineBegin(5);
      inner = loop();
      native.deadlineEnd(previous);
      i32[0] = native.takeTrap()!.code;
    });
    const loop = call(F.loop);
    expect(call(F.host)()).toBe(undefined);
    expect([inner, i32[0]]).toEqual([true, Trap.INTERRUPT + 1]);
  });

  test('nothing to interrupt', () => {
    const { call } = fresh();
    expect(native.interruptThread(native.threadToken)).toBe(true);
    const end = performance.now() + 10;
    while (performance.now() < end);
    i32[0] = 1;
    i32[2] = 1;
    expect(call(F.add)()).toBe(undefined);
    expect(native.interruptThread(123456)).toBe(false);
  });
});

describe('between instances', () => {
  test('an imported function of another instance: results in the outgoing area, memories, backtrace', () => {
    // wide: (i64) → (i64, i64, i32): doubles, stores the argument to its own memory.
    const callee = build({
      types: [T.wide, NONE],
      funcs: [
        {
          type: 0,
          frame: 0,
          emit: (a) => {
            a.mem(R.MEM, 0);
            a.trapHere(Trap.MEMORY_OUT_OF_BOUNDS, 5);
            a.mov_mr(1, R.DI);
            a.memIndex(R.DI, R.DI, 0, 0);
            a.lea(1, R.AX);
            a.mem(R.SP, 8);
            a.mov_mr(1, R.AX);
            a.mem(R.SP, 16);
            a.mov_mi(1, 9);
            a.ret();
          },
        },
        raise(1, Trap.UNREACHABLE, 6),
      ],
    });
    const through =
      (offset: number, out: number): RigFunction['emit'] =>
      (a, l) => {
        enter(a, 24 + out);
        callImport(a, l, offset);
        a.trapAfter(0, 70 + offset);
        if (out > 0) {
          // results 1 and 2 → our own outgoing area
          a.mem(R.SP, 0);
          a.mov_rm(1, R.CX);
          a.mem(R.SP, 24 + out + 8);
          a.mov_mr(1, R.CX);
          a.mem(R.SP, 8);
          a.mov_rm(1, R.CX);
          a.mem(R.SP, 24 + out + 16);
          a.mov_mr(1, R.CX);
        }
        leave(a, 24 + out);
      };
    const caller = build({
      types: [T.wide, NONE],
      imports: [0, 1],
      funcs: [
        { type: 0, frame: 40, emit: through(0, 16) },
        { type: 1, frame: 24, emit: through(1, 0) },
      ],
    });
    const memory = createMemory();
    const a = instantiate(callee, { memory });
    const b = instantiate(caller, {
      functions: [native.instanceFunc(a.instance, 0), native.instanceFunc(a.instance, 1)],
    });
    i64[0] = 0x1_0000_0001n;
    expect(b.call(2)()).toBe(undefined);
    expect([i64[0], i64[1], i64[2]]).toEqual([0x2_0000_0002n, 0x2_0000_0002n, 9n]);
    expect(new BigInt64Array(native.memoryBuffer(memory))[0]).toBe(0x1_0000_0001n);
    expect(b.call(3)()).toBe(true);
    const t = native.takeTrap()!;
    expect(Array.from(t.frames)).toEqual([a.instance, 1, 6, 0, b.instance, 3, 71, 0]);
  });

  test('helpers: memory.grow seen by the other instance, memory.fill bounds', () => {
    const m = build({
      types: [UNARY, { params: [I32, I32, I32], results: [] }],
      funcs: [helper(0, Helper.MEMORY_GROW), helper(1, Helper.MEMORY_FILL, 12)],
    });
    const memory = createMemory(1, 4);
    const a = instantiate(m, { memory });
    const b = instantiate(m, { memory, code: a.code });
    const old = native.memoryBuffer(memory);
    i32[0] = 2;
    a.call(0)();
    expect(i32[0]).toBe(1);
    expect(old.byteLength).toBe(0);
    i32.set([3 * 65536 - 4, 0, 0xab, 0, 4], 0);
    expect(b.call(1)()).toBe(undefined);
    expect(new Uint32Array(native.memoryBuffer(memory)).at(-1)).toBe(0xabababab);
    i32.set([3 * 65536 - 4, 0, 0xab, 0, 5], 0);
    expect(b.call(1)()).toBe(true);
    expect(native.takeTrap()).toMatchObject({ code: Trap.MEMORY_OUT_OF_BOUNDS, memoryBytes: 3 * 65536 });
    i32[0] = 2;
    a.call(0)();
    expect(i32[0]).toBe(-1);
  });

  test('memory.grow goes on although JavaScript left a call above it', () => {
    const m = build({
      types: [UNARY],
      funcs: [helper(0, Helper.MEMORY_GROW)],
    });
    const begin = (memory: number, pages: number): number => {
      const { instance } = instantiate(m, { memory });
      native.memoryBuffer(memory);
      i32[0] = pages;
      i32[ControlWord.CALLEE] = native.instanceFunc(instance, 0);
      native.invoke();
      expect(i32[ControlWord.OUTCOME]).toBe(Outcome.GROW);
      return i32[ControlWord.LEVEL];
    };
    const memory = createMemory(1, 4);
    const other = createMemory(1, 4);
    const level = begin(memory, 2);
    // Far enough below not to be taken for another entry after that one was left.
    const below = (frames: number): number => (frames === 0 ? begin(other, 1) : below(frames - 1));
    expect(below(50)).toBe(level + 1);
    i32[ControlWord.LEVEL] = level;
    native.growWaiting();
    native.resume();
    expect([i32[ControlWord.OUTCOME], i32[0]]).toEqual([Outcome.DONE, 1]);
    expect([native.memoryPages(memory), native.memoryPages(other)]).toEqual([3, 1]);
    expect(() => native.growWaiting()).toThrow('no memory waits');
  });
});
