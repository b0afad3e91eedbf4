/**
 * What happens while calls are suspended: thousands of random acts (other calls, exceptions, disposal, growth,
 * collections, calls within calls) with every answer known beforehand; what runs between a promise's end and the call
 * that goes on; more frames than there is memory for.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectGarbage, wamr } from '../support/built.js';
import { newWat } from '../support/new-wat.js';
import { ON_TARGET } from '../support/target.js';

const W = wamr.WebAssembly;
const moduleOf = (wasm: Uint8Array, bounds?: 'guard' | 'explicit') =>
  wamr.load(wamr.compileSync(wasm, { ...ON_TARGET, bounds, verify: true } as object));
type Call = (...args: unknown[]) => Promise<any>;
const promising = (f: unknown): Call => W.promising(f as Function) as Call;
const told = (p: Promise<unknown>): Promise<unknown> => p.catch((e: any) => e.kind ?? `${e.name}: ${e.message}`);

/**
 * `f(d, x)`: d calls in one another, every other one in the instance behind table 0, each with something in registers
 * and slots, and in the innermost `h(x)`; where that throws it is -1.
 */
const CHAIN = newWat(`(module
  (import "m" "h" (func $h (param i32) (result i32)))
  (type $f (func (param i32 i32) (result i32)))
  (table (export "t") 1 funcref)
  (func $f (export "f") (type $f) (local $i i64) (local $y f64)
    (if (i32.eqz (local.get 0)) (then
      (block $caught (try_table (catch_all $caught) (return (call $h (local.get 1)))))
      (return (i32.const -1))))
    (local.set $i (i64.mul (i64.extend_i32_u (local.get 0)) (i64.const 3)))
    (local.set $y (f64.convert_i32_s (local.get 1)))
    (i32.add
      (if (result i32) (i32.and (local.get 0) (i32.const 1))
        (then (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 0)))
        (else (call $f (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))
      (i32.add (i32.wrap_i64 (local.get $i)) (i32.trunc_f64_s (local.get $y))))))`);
/** What `f` gives where `h` gave `innermost`. */
const sum = (d: number, x: number, innermost: number): number => innermost + (3 * d * (d + 1)) / 2 + d * x;

/** An instance of CHAIN, and whose `f` is in its table. */
interface Link {
  exports: Record<string, any>;
  dispose(): void;
  disposed: boolean;
  next: Link;
}
interface Waiting {
  d: number;
  x: number;
  result: Promise<unknown>;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** Random acts on a few instances and many suspended calls. */
class Acts {
  private readonly links: Link[] = [];
  private readonly waiting = new Map<number, Waiting>();
  private readonly settled: Promise<void>[] = [];
  private calls = 0;
  private depth = 0;
  private seed: number;

  constructor(
    private readonly module: object,
    seed: number,
  ) {
    this.seed = seed;
    for (let k = 0; k < 5; k++) this.links.push(this.link());
  }

  private random(n: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * n);
  }

  private link(): Link {
    const h = new W.Suspending((x: number) => {
      const call = this.waiting.get(x);
      if (call === undefined) return 0;
      if (this.random(4) === 0) this.within();
      return new Promise((resolve, reject) => Object.assign(call, { resolve, reject }));
    });
    const instance = new W.Instance(this.module, { m: { h } }) as unknown as { exports: any; dispose(): void };
    const made: Link = { exports: instance.exports, dispose: () => instance.dispose(), disposed: false, next: null! };
    made.next = this.links.length > 0 ? this.links[this.random(this.links.length)] : made;
    made.exports.t.set(0, made.next.exports.f);
    return made;
  }

  /** Whether a call comes to one of a disposed instance. */
  private meetsDisposed(link: Link, d: number): boolean {
    for (let at = link; ; d--) {
      if (at.disposed) return true;
      if (d === 0) return false;
      if (d % 2 === 1) at = at.next;
    }
  }

  private begin(): void {
    const link = this.links[this.random(this.links.length)];
    const [d, x] = [this.random(40), ++this.calls];
    const trapped = this.meetsDisposed(link, d);
    if (this.random(3) === 0) {
      // No promising call: `h` throws a SuspendError, which `f` catches.
      const outcome = ((): unknown => {
        try {
          return link.exports.f(d, x);
        } catch (e) {
          return (e as { kind: string }).kind;
        }
      })();
      expect(outcome).toBe(trapped ? 'disposed-function' : sum(d, x, -1));
      return;
    }
    const call = { d, x } as Waiting;
    if (!trapped) this.waiting.set(x, call);
    call.result = told(promising(link.exports.f)(d, x));
    if (trapped) this.settled.push(call.result.then((r) => expect(r).toBe('disposed-function')));
  }

  private end(): void {
    const all = [...this.waiting.values()].filter((w) => w.resolve !== undefined);
    if (all.length === 0) return;
    const { x, d, result, resolve, reject } = all[this.random(all.length)];
    this.waiting.delete(x);
    let innermost = this.random(1000);
    const how = this.random(5);
    if (how === 0) reject(new Error('rejected'));
    else if (how === 1)
      resolve({
        valueOf: () => {
          this.within();
          if (innermost % 2 === 0) throw new Error('conversion');
          return innermost;
        },
      });
    else resolve(innermost);
    if (how === 0 || (how === 1 && innermost % 2 === 0)) innermost = -1;
    this.settled.push(result.then((r) => expect(r).toBe(sum(d, x, innermost))));
  }

  /** Acts in the middle of another. */
  private within(): void {
    if (this.depth > 3) return;
    this.depth++;
    for (let n = this.random(3); n > 0; n--) this.act();
    this.depth--;
  }

  act(): void {
    const what = this.random(12);
    if (what < 5) this.begin();
    else if (what < 10) this.end();
    else if (what === 10) {
      const k = this.random(this.links.length);
      this.links[k].dispose();
      this.links[k].disposed = true;
      if (this.random(2) === 0) this.links[k] = this.link();
    } else this.links[this.random(this.links.length)] = this.link();
  }

  /** Whether every call that has been told its end gave what it had to. */
  async check(): Promise<void> {
    await Promise.all(this.settled.splice(0));
  }

  async finish(): Promise<void> {
    while (this.waiting.size > 0) {
      this.end();
      await this.check();
    }
  }
}

describe('random acts while calls are suspended', () => {
  it.each(['guard', 'explicit'] as const)('%s', async (bounds) => {
    const module = moduleOf(CHAIN, bounds);
    for (let seed = 1; seed <= 6; seed++) {
      const acts = new Acts(module, seed);
      for (let step = 0; step < 600; step++) {
        acts.act();
        if (step % 10 === 9) await acts.check();
        if (step % 150 === 149) await collectGarbage();
      }
      await acts.finish();
    }
  });
});

it('a conversion that disposes, grows and calls is seen by the call that goes on', async () => {
  const module = moduleOf(
    newWat(`(module (import "m" "h" (func $h (result i32)))
      (memory (export "a") 2 100) (memory $b (export "b") 1 100)
      (func (export "g") (result i32) (i32.load (i32.const 70000)))
      (func (export "f") (result i32) (local $x i32)
        (i32.store (i32.const 70000) (i32.const 1)) (i32.store $b (i32.const 8) (i32.const 2))
        (local.set $x (call $h))
        (i32.add (local.get $x) (i32.add (i32.load (i32.const 70000)) (i32.load $b (i32.const 8))))))`),
  );
  const run = async (convert: (i: any) => void): Promise<unknown> => {
    const h = new W.Suspending(async () => ({
      valueOf: () => {
        convert(instance);
        return 10;
      },
    }));
    const instance: any = new W.Instance(module, { m: { h } });
    return told(promising(instance.exports.f)());
  };
  expect(await run(() => {})).toBe(13);
  expect(await run((i) => new Uint32Array(i.exports.b.buffer).fill(5))).toBe(16);
  expect(await run((i) => (i.exports.a.grow(50), i.exports.b.grow(50), i.exports.g()))).toBe(13);
  expect(await run((i) => i.dispose())).toBe('memory-out-of-bounds');
  const inner = await run((i) => {
    void told(promising(i.exports.f)());
    i.dispose();
  });
  expect(inner).toBe('memory-out-of-bounds');
});

it('frames that there is no memory for are a RangeError, and the process lives', () => {
  const deep = newWat(`(module (import "m" "h" (func $h (result i32)))
    (func $f (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (local.get 0) (call $f (i32.sub (local.get 0) (i32.const 1))))) (else (call $h)))))`);
  const script = `
    const { WebAssembly: W } = require(${JSON.stringify(path.resolve('dist/index.js'))});
    const resolvers = [];
    const m = { h: new W.Suspending(() => new Promise((r) => resolvers.push(r))) };
    const { f } = new W.Instance(new W.Module(Buffer.from('${Buffer.from(deep).toString('base64')}', 'base64')), { m }).exports;
    const p = W.promising(f);
    // 16 MB of frames each; then thousands of small ones.
    const large = Array.from({ length: 400 }, () => p(500_000).catch((e) => e.name));
    const small = Array.from({ length: 5000 }, () => p(3));
    for (const r of resolvers) r(1);
    Promise.all([...large, ...small]).then((all) => {
      const heap = []; for (let n = 0; n < 200; n++) heap.push(new Array(131072).fill(n));
      console.log(JSON.stringify([...new Set(all)].sort()));
    });`;
  const command = `ulimit -v 4000000; exec "${process.execPath}" -e "$0"`;
  const r = spawnSync('bash', ['-c', command, script], { encoding: 'utf8', timeout: 120_000 });
  expect(r.stderr).toBe('');
  expect(new Set(JSON.parse(r.stdout))).toEqual(new Set([125000250001 | 0, 7, 'RangeError']));
});
