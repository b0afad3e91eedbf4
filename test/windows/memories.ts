/**
 * What the addon asks of the system's memory, and what a fault must leave alone: growth, many memories, leaves with more
 * values than registers whose addresses wrap, a heap with more objects than it may keep. As text, to compare systems.
 */
import type * as Package from '../../src-ts/index.js';

const VALUES = 24;
const all = (f: (k: number) => string): string => Array.from({ length: VALUES }, (_, k) => f(k)).join(' ');

export const TEXTS = {
  // All values are alive over the access.
  wraps: `(module (memory (export "memory") 1)
    (func (export "load") (param $p i32) (param $x i64) (result i64) ${all((k) => `(local $v${k} i64)`)}
      ${all((k) => `(local.set $v${k} (i64.mul (local.get $x) (i64.const ${2 * k + 3})))`)}
      (local.set $x (i64.load8_u (i32.add (local.get $p) (i32.const 16))))
      ${all((k) => `(local.set $x (i64.add (i64.rotl (local.get $x) (i64.const 7)) (local.get $v${k})))`)}
      (local.get $x))
    (func (export "store") (param $p i32) (param $x i64) ${all((k) => `(local $v${k} i64)`)}
      ${all((k) => `(local.set $v${k} (i64.xor (local.get $x) (i64.const ${(k + 1) * 0x1234567})))`)}
      (i64.store (i32.add (local.get $p) (i32.const 16)) (local.get $x))
      ${all((k) => `(i64.store offset=${8 * k + 64} (i32.const 0) (local.get $v${k}))`)}))`,
  grows: `(module (memory (export "memory") 1 4096)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "touch") (param $to i32) (result i32) (local $at i32) (local $sum i32)
      (loop $l
        (i32.store (local.get $at) (i32.add (i32.load (local.get $at)) (local.get $at)))
        (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at))))
        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (local.get $to))))
      (local.get $sum)))`,
  heap: `(module
    (type $node (struct (field (ref null $node)) (field i64)))
    (func (export "churn") (param $n i32) (result i64) (local $list (ref null $node)) (local $sum i64)
      (loop $l
        (if (i32.eqz (i32.and (local.get $n) (i32.const 1023))) (then (local.set $list (ref.null $node))))
        (local.set $list (struct.new $node (local.get $list) (i64.extend_i32_u (local.get $n))))
        (local.set $sum (i64.add (local.get $sum) (struct.get $node 1 (local.get $list))))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`,
};

type Call = (...args: unknown[]) => unknown;

/** Outcomes, in order. */
export function outcomes(
  { WebAssembly: W }: typeof Package,
  modules: Record<keyof typeof TEXTS, Uint8Array>,
): string[] {
  const lines: string[] = [];
  const say = (what: string, act: () => unknown): void => {
    try {
      lines.push(`${what}: ${String(act())}`);
    } catch (e) {
      lines.push(`${what}: ${(e as Error).name}: ${(e as Error).message}`);
    }
  };
  const instance = (name: keyof typeof TEXTS): Record<string, Call> =>
    new W.Instance(new W.Module(modules[name] as Uint8Array<ArrayBuffer>)).exports as Record<string, Call>;

  const { load, store, memory } = instance('wraps') as Record<string, Call> & { memory: WebAssembly.Memory };
  new Uint8Array(memory.buffer).forEach((_, k, bytes) => (bytes[k] = k * 7));
  for (const p of [-16, -9, -1, 0, 65519, 65520, -17, 0x7fffffff]) {
    say(`load ${p}`, () => load(p, 0x0123456789abcdefn));
    say(`store ${p}`, () => store(p, BigInt(p) * 977n));
  }
  say('bytes', () => new Uint8Array(memory.buffer).reduce((sum, b) => (sum * 31 + b) | 0, 0));

  const many = Array.from({ length: 150 }, () => instance('grows'));
  many.forEach((one, k) => {
    if (k % 10 === 0) say(`grow ${k}`, () => one.grow(k * 4));
    if (k % 10 === 0) say(`touch ${k}`, () => one.touch((k * 4 + 1) * 65536));
  });
  say('too far', () => many[0].touch(65537));
  say('too much', () => many[0].grow(5000));

  const { churn } = instance('heap');
  for (let k = 0; k < 3; k++) say('churn', () => churn(2_000_000));
  return lines;
}
