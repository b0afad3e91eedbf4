/** What lives how long: collected when V8 would collect it, alive as long as anything may use it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binding } from '../../src-ts/addon.js';
import { collectGarbage, wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

const bundle = join(__dirname, '../../dist/index.js');

/** How many of the things that `make` gives are collected, of `n`. */
async function collected(n: number, make: () => object): Promise<number> {
  let dead = 0;
  const registry = new FinalizationRegistry(() => dead++);
  for (let i = 0; i < n; i++) registry.register(make(), undefined);
  for (let i = 0; i < 3; i++) await collectGarbage();
  return dead;
}

describe('cycles through wasm are collected', () => {
  const module = new wamr.Module(
    wat(`(module (table $e (export "t") 1 externref) (global $g (export "g") (mut externref) (ref.null extern))
      (table $f (export "ft") 2 funcref) (global $fg (export "fg") (mut funcref) (ref.null func))
      (elem (table $f) (i32.const 0) func $same)
      (func (export "keep") (param externref) (table.set $e (i32.const 0) (local.get 0)))
      (func (export "keepG") (param externref) (global.set $g (local.get 0)))
      (func (export "keepF") (param funcref) (table.set $f (i32.const 1) (local.get 0)) (global.set $fg (local.get 0)))
      (func $same (export "same") (param externref) (result externref) (local.get 0)))`),
  );
  const make = (): any => new wamr.Instance(module).exports;
  const cases: Record<string, () => object> = {
    'externref table, by wasm': () => {
      const x = make();
      x.keep({ x });
      return x;
    },
    'externref table, by set': () => {
      const x = make();
      x.t.set(0, { x });
      return x;
    },
    'externref global, by wasm': () => {
      const x = make();
      x.keepG({ x });
      return x;
    },
    'externref global, by value': () => {
      const x = make();
      x.g.value = { x };
      return x;
    },
    'a table of its own': () => {
      const t = new wamr.Table({ element: 'externref', initial: 1 });
      t.set(0, { t });
      return t;
    },
    'a global of its own': () => {
      const g = new wamr.Global({ value: 'externref', mutable: true });
      g.value = [g];
      return g;
    },
    'functions of two instances, in a ring': () => {
      const x = make();
      const y = make();
      x.keepF(y.same);
      y.keepF(x.same);
      return x;
    },
    'a value that only passed': () => {
      const value = {};
      make().same(value);
      return value;
    },
  };
  it.each(Object.entries(cases))('%s', async (_, make) => {
    expect(await collected(50, make)).toBeGreaterThanOrEqual(49);
  });

  it('and values in use are not', async () => {
    const x = make();
    const weak = ((): WeakRef<object> => {
      const value = { here: 1 };
      x.keep(value);
      x.keepG(value);
      return new WeakRef(value);
    })();
    for (let i = 0; i < 3; i++) await collectGarbage();
    expect(weak.deref()).toEqual({ here: 1 });
    expect(x.t.get(0)).toBe(weak.deref());
    x.keep(null);
    for (let i = 0; i < 3; i++) await collectGarbage();
    expect(x.g.value).toBe(weak.deref());
  });

  it('and an object that crosses again has no reference that was let go meanwhile', async () => {
    const x = make();
    const crossings: ((value: object) => void)[] = [
      (value) => expect(x.same(value)).toBe(value),
      (value) => {
        x.keep(value);
        x.keep(null);
      },
      (value) => {
        x.keep(value);
        expect(x.t.get(0)).toBe(value);
        x.keep(null);
      },
    ];
    for (const cross of crossings) {
      const value = {};
      cross(value);
      for (let i = 0; i < 3; i++) await collectGarbage();
      x.keep(value);
      for (let i = 0; i < 3; i++) expect(x.same([i])).toEqual([i]);
      expect(x.t.get(0)).toBe(value);
    }
  });
});

it('a long-lived table lets go of the instances whose functions it had', async () => {
  const module = new wamr.Module(
    wat(`(module (import "m" "t" (table $t 1 funcref)) (memory 1) (elem (i32.const 0) func $f)
      (func $f (export "f") (result i32) (i32.load (i32.const 0))))`),
  );
  const t = new wamr.Table({ element: 'anyfunc', initial: 1 });
  expect(await collected(50, () => new wamr.Instance(module, { m: { t } }))).toBeGreaterThanOrEqual(49);
  expect((t.get(0) as () => number)()).toBe(0);
});

describe('memory follows V8, synchronously too', () => {
  /**
   * Peak in MiB of a process that runs `body`, with `WA` one of the two engines and `x` exports of the module. Ours is
   * compiled before: compiling leaves garbage, V8 begins to mark, and every buffer made while it marks lives until it
   * marks again, whichever engine it is made for. V8 collects in this thread alone: how far its helpers come decides
   * otherwise, and that is the machine's load.
   */
  function peak(engine: 'v8' | 'wamr', body: string): number {
    const bytes = wat(`(module (import "h" "n" (func $n (param externref) (result externref)))
      (table $t (export "t") 4 externref) (global $g (export "g") (mut externref) (ref.null extern))
      (func (export "f") (param externref))
      (func (export "keep") (param externref) (table.set $t (i32.const 1) (local.get 0)) (global.set $g (local.get 0)))
      (func (export "long") (param $i i32) (loop $l
        (table.set $t (i32.const 0) (call $n (table.get $t (i32.const 0))))
        (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))))`);
    const script = `
      const WA = ${engine === 'v8' ? 'WebAssembly' : `require(${JSON.stringify(bundle)}).WebAssembly`};
      const big = () => new Uint8Array(1 << 20).fill(1);
      const bytes = Buffer.from('${Buffer.from(engine === 'v8' ? bytes : wamr.compileSync(bytes)).toString('base64')}', 'base64');
      const module = new WA.Module(bytes);
      let peak = 0, n = 0;
      const look = () => { if (n++ % 20 === 0) peak = Math.max(peak, process.memoryUsage.rss()); };
      const x = new WA.Instance(module, { h: { n: () => (look(), big()) } }).exports;
      ${body}
      console.log(peak / 2 ** 20);`;
    const r = spawnSync(process.execPath, ['--single-threaded-gc', '-e', script], { encoding: 'utf8' });
    expect(r.stderr).toBe('');
    return Number(r.stdout);
  }
  const n = amount(1000, 400);
  it.each<[string, string, number?]>([
    ['arguments', `for (let i = 0; i < ${n}; i++) { x.f(big()); look(); }`],
    ['a table and a global that are overwritten', `for (let i = 0; i < ${n}; i++) { x.keep(big()); look(); }`],
    ['Table.set', `for (let i = 0; i < ${n}; i++) { x.t.set(2, big()); look(); }`],
    ['results of a host function in one call', `x.long(${n});`],
    [
      'cycles',
      `for (let i = 0; i < ${n}; i++) { const y = new WA.Instance(module, { h: { n() {} } }).exports; y.keep({ y, b: big() }); look(); }`,
    ],
    // An argument is held until the next one comes: a scavenge makes two of them old, where V8 makes one. From Node 24
    // on V8 collects old ones later.
    ["arrays in V8's heap", `for (let i = 0; i < ${n}; i++) { x.f(new Array(1 << 17).fill(1.5)); look(); }`, 1.75],
  ])('%s', (_, body, ratio = 1.5) => {
    expect(peak('wamr', body)).toBeLessThan(ratio * peak('v8', body));
  });

  it('instances and modules in a loop without turns', () => {
    const n = amount(16_000, 3000);
    const bytes = wat(`(module (memory (export "m") 2) (table (export "t") 4 funcref) (table $e 1 externref)
      (func $touch (export "touch") (i32.store (i32.const 70000) (i32.const 1))) (elem (i32.const 1) $touch)
      (func (export "keep") (param externref) (table.set $e (i32.const 0) (local.get 0))))`);
    const script = `
      const { WebAssembly: WA, load, compileSync } = require(${JSON.stringify(bundle)});
      const artefact = compileSync(Buffer.from(${JSON.stringify(Buffer.from(bytes).toString('base64'))}, 'base64'));
      let peak = 0;
      for (let i = 0; i < ${n}; i++) {
        const x = new WA.Instance(load(artefact)).exports;
        x.touch();
        x.keep({ x });
        if (i % 100 === 0) peak = Math.max(peak, process.memoryUsage.rss());
      }
      console.log(peak / 2 ** 20);`;
    const r = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(r.stderr).toBe('');
    expect(Number(r.stdout)).toBeLessThan(250);
  });
});

describe('dispose', () => {
  const GIVER = wat(`(module (memory 1) (table (export "t") 4 funcref) (elem (i32.const 0) $f $g)
    (type $many (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
    (func $f (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.load (i32.const 0))))
    (func $g (export "g") (type $many) (local.get 7)))`);
  const TAKER = wat(`(module (import "a" "t" (table $t 4 funcref)) (import "a" "f" (func $f (param i32) (result i32)))
    (type $ii (func (param i32) (result i32)))
    (type $many (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
    (table $p 4 funcref) (global $g (mut funcref) (ref.null func))
    (func (export "take") (table.copy $p $t (i32.const 0) (i32.const 0) (i32.const 2)) (global.set $g (table.get $t (i32.const 0))))
    (func (export "get") (result funcref) (global.get $g))
    (func (export "own") (result i32) (call_indirect $p (type $ii) (i32.const 1) (i32.const 0)))
    (func (export "shared") (result i32) (call_indirect $t (type $ii) (i32.const 1) (i32.const 0)))
    (func (export "many") (result i64) (call_indirect $p (type $many) ${'(i64.const 3) '.repeat(8)}(i32.const 1)))
    (func (export "direct") (result i32) (call $f (i32.const 1))))`);
  /** Makes many functions, which take the place of whatever was freed. */
  const others = (): object[] =>
    Array.from({ length: 20 }, () =>
      wamr.instantiate(wat('(module (func (export "h") (param i64) (result i64) (i64.const -1)) (func (export "i")))')),
    );

  it('every way to a function of a disposed instance traps, for ever', async () => {
    const a = wamr.instantiate(GIVER);
    const b: any = wamr.instantiate(TAKER, { a: a.exports }).exports;
    b.take();
    const f = a.exports.f as (x: number) => number;
    expect([b.own(), b.shared(), b.many(), b.direct(), f(1)]).toEqual([1, 1, 3n, 1, 1]);
    a.dispose();
    const kept: object[] = [];
    for (let round = 0; round < 3; round++) {
      for (const call of [b.own, b.shared, b.many, b.direct, () => f(1), () => b.get()(1), () => a.exports.t.get(0)(1)])
        expect(call).toThrow(
          expect.objectContaining({ kind: 'disposed-function', message: 'function of a disposed instance' }),
        );
      expect(b.get()).toBe(f);
      kept.push(...others());
      await collectGarbage();
    }
  });

  it('the trap has the frames of who called', () => {
    const a = wamr.instantiate(GIVER);
    const b: any = wamr.instantiate(TAKER, { a: a.exports }).exports;
    b.take();
    a.dispose();
    for (const name of ['own', 'shared', 'many', 'direct']) {
      let frames: any;
      try {
        b[name]();
      } catch (e: any) {
        frames = e.frames;
      }
      expect(frames, name).toHaveLength(1);
    }
  });

  it('in its own call: what is under way goes on', () => {
    const text = `(module (import "h" "f" (func $f)) (table 1 funcref) (elem (i32.const 0) $g) (type $v (func (result i32)))
      (func $g (type $v) (i32.const 1)) (func (export "go") (result i32) (call $f) (i32.const 7))
      (func (export "again") (result i32) (call $f) (call_indirect (type $v) (i32.const 0))))`;
    for (const name of ['go', 'again']) {
      const instance = wamr.instantiate(wat(text), { h: { f: () => instance.dispose() } });
      if (name === 'go') expect(instance.exports.go()).toBe(7);
      else expect(instance.exports.again).toThrow('disposed');
      expect(instance.exports.go).toThrow('disposed');
    }
  });

  it('leaves host functions of others alone', () => {
    const a = wamr.instantiate(wat('(module (import "h" "f" (func $f (result i32))) (export "f" (func $f)))'), {
      h: { f: () => 5 },
    });
    const b = wamr.instantiate(
      wat('(module (import "a" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))'),
      { a: a.exports },
    );
    a.dispose();
    expect([b.exports.g(), a.exports.f()]).toEqual([5, 5]);
  });
});

describe('a failed instantiation', () => {
  it('leaves functions in a table of another: they work, and so do their imports', async () => {
    const t = new wamr.Table({ element: 'anyfunc', initial: 4 });
    const failing = new wamr.Module(
      wat(`(module (import "m" "t" (table 4 funcref)) (import "m" "h" (func $h (result i32))) (memory 1)
        (func $f (result i32) (i32.add (call $h) (i32.load (i32.const 0))))
        (elem (i32.const 0) $f $h) (data (i32.const 0) "\\05") (data (i32.const 65536) "x"))`),
    );
    for (let i = 0; i < 4; i++)
      expect(() => new wamr.Instance(failing, { m: { t, h: () => 10 * i } })).toThrow('out of bounds');
    for (let i = 0; i < 3; i++) {
      await collectGarbage();
      expect([0, 1].map((k) => (t.get(k) as Function)())).toEqual([35, 30]);
    }
  });

  it.skipIf(process.platform !== 'linux')('for want of address space leaves nothing', () => {
    const a = wat(
      '(module (import "h" "a" (func (param i32) (result i32))) (import "h" "b" (func (param i32) (result i32))) (memory 1))',
    );
    const b = wat(
      '(module (func (export "g") (param i32) (result i32) (i32.const 42)) (func (export "k") (param i32) (result i32) (i32.const 43)))',
    );
    const text = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString('base64'));
    const script = `
      const w = require(${JSON.stringify(bundle)});
      const guarded = w.load(w.compileSync(Buffer.from(${text(a)}, 'base64')));
      let code;
      try { w.instantiate(guarded, { h: { a: () => 1000, b: () => 2000 } }); } catch (e) { code = e.code; }
      const { g, k } = w.instantiate(Buffer.from(${text(b)}, 'base64')).exports;
      console.log(code, g(1), k(1));`;
    const r = spawnSync('bash', ['-c', `ulimit -v 4000000; exec "${process.execPath}" -e "$0"`, script], {
      encoding: 'utf8',
    });
    expect(r.stdout).toBe('ERR_WAMR_NO_GUARD 42 43\n');
  });
});

describe('modules of the same bytes', () => {
  const text = (n: number): string => `(module (func (export "f") (result i32) (i32.const ${n})))`;
  const codes = (): number => binding().stats().codes;

  it('are compiled once while one of them, or an instance, is in use, and are modules of their own', async () => {
    const bytes = wat(text(1));
    const before = codes();
    const [a, b] = [new wamr.Module(bytes), new wamr.Module(Uint8Array.from(bytes))];
    expect([a === b, codes() - before]).toEqual([false, 1]);
    const f = new wamr.Instance(structuredClone(b) as typeof b).exports.f as () => number;
    expect([f(), new wamr.Module(wat(text(2))) instanceof wamr.Module]).toEqual([1, true]);
    class Mine extends wamr.Module {}
    expect(new Mine(bytes)).toBeInstanceOf(Mine);
    expect((new wamr.Instance(new Mine(bytes)).exports.f as () => number)()).toBe(1);
  });

  it('do not pile up: a few dozens at most are kept for the next one of the same bytes', async () => {
    await collectGarbage();
    const before = codes();
    for (let n = 0; n < 300; n++) new wamr.Instance(new wamr.Module(wat(text(1000 + n))));
    await collectGarbage();
    await collectGarbage();
    expect(codes() - before).toBeLessThan(100);
  });
});
