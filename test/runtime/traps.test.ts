/** Every kind of trap in every place, and the limits of the stack. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { placesInV8, thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';

/** Bodies of (param $x i32) (result i32) that trap. [kind, specification's text, body] */
const KINDS: [string, string, string][] = [
  ['unreachable', 'unreachable', '(unreachable)'],
  ['memory-out-of-bounds', 'out of bounds memory access', '(i32.load (i32.sub (local.get $x) (i32.const 5000)))'],
  [
    'memory-out-of-bounds',
    'out of bounds memory access',
    '(memory.fill (i32.const 65530) (i32.const 0) (i32.const 7)) (i32.const 0)',
  ],
  [
    'memory-out-of-bounds',
    'out of bounds memory access',
    '(memory.copy (i32.const 65530) (i32.const 0) (i32.const 7)) (i32.const 0)',
  ],
  [
    'memory-out-of-bounds',
    'out of bounds memory access',
    '(memory.init $d (i32.const 0) (i32.const 2) (i32.const 7)) (i32.const 0)',
  ],
  ['table-out-of-bounds', 'out of bounds table access', '(drop (table.get $t (i32.const 4))) (i32.const 0)'],
  [
    'table-out-of-bounds',
    'out of bounds table access',
    '(table.fill $t (i32.const 1) (ref.null func) (i32.const 4)) (i32.const 0)',
  ],
  [
    'integer-divide-by-zero',
    'integer divide by zero',
    '(i32.div_u (local.get $x) (i32.and (local.get $x) (i32.const 0)))',
  ],
  [
    'integer-divide-by-zero',
    'integer divide by zero',
    '(i32.wrap_i64 (i64.rem_s (i64.const 4) (i64.extend_i32_u (i32.mul (local.get $x) (i32.const 0)))))',
  ],
  ['integer-overflow', 'integer overflow', '(i32.div_s (i32.const 0x80000000) (i32.or (local.get $x) (i32.const -1)))'],
  [
    'integer-overflow',
    'integer overflow',
    '(i32.trunc_f64_s (f64.mul (f64.convert_i32_u (i32.or (local.get $x) (i32.const 1))) (f64.const 1e30)))',
  ],
  ['invalid-conversion', 'invalid conversion to integer', '(i32.trunc_f32_s (f32.div (f32.const 0) (f32.const 0)))'],
  ['undefined-element', 'undefined element', '(call_indirect (type $i) (i32.const 1) (i32.const 9))'],
  ['uninitialized-element', 'uninitialized element', '(call_indirect (type $i) (i32.const 1) (i32.const 3))'],
  [
    'indirect-call-type-mismatch',
    'indirect call type mismatch',
    '(call_indirect (type $v) (i32.const 0)) (i32.const 0)',
  ],
  ['call-stack-exhausted', 'call stack exhausted', '(i32.add (call $self (local.get $x)) (i32.const 1))'],
];
const HEAD =
  '(memory 1) (data $d "abcdefgh") (table $t 4 funcref) (type $i (func (param i32) (result i32))) (type $v (func)) (func $other (type $i) (local.get 0)) (elem (table $t) (i32.const 0) func $other)';

describe.each(KINDS)('%s (%s) by %s', (kind, text, body) => {
  const bytes = wat(`(module ${HEAD}
    (func $self (export "leaf") (param $x i32) (result i32) ${body})
    (func $deep (export "deep") (param $n i32) (result i32) (if (result i32) (local.get $n) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get $n) (i32.const 1))))) (else (call $self (i32.const 0)))))
    (func (export "fine") (result i32) (i32.const 3)))`);
  const module = new wamr.Module(bytes);
  const check = (e: any): void => {
    expect(e).toMatchObject({ kind, trap: text });
    expect(e).toBeInstanceOf(kind === 'call-stack-exhausted' ? RangeError : WebAssembly.RuntimeError);
  };
  const { exports } = wamr.instantiate(module);

  it('in a leaf and 1,000 calls deep', () => {
    check(thrownBy(() => exports.leaf(0)));
    const e = thrownBy(() => exports.deep(1000));
    check(e);
    if (kind !== 'call-stack-exhausted') expect(e.frames.length).toBe(256);
    expect(exports.fine()).toBe(3);
  });

  // V8 places the exhaustion of the stack elsewhere.
  it.skipIf(kind === 'call-stack-exhausted').each(['guard', 'explicit'] as const)(
    'at the offsets that V8 tells, %s',
    (bounds) => {
      const ours = wamr.instantiate(bytes, {}, { bounds }).exports;
      const v8: any = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports;
      for (const [name, n] of [
        ['leaf', 0],
        ['deep', 5],
      ] as const) {
        const places = placesInV8(thrownBy(() => v8[name](n)).stack);
        expect(places.length).toBe(name === 'leaf' ? 1 : 7);
        expect(thrownBy(() => ours[name](n)).frames.map((f: any) => `${f.func}:0x${f.offset.toString(16)}`)).toEqual(
          places,
        );
      }
    },
  );

  it('in a callee of another instance', () => {
    const caller = wamr.instantiate(
      wat(
        '(module (import "x" "leaf" (func $f (param i32) (result i32))) (memory 1) (func (export "go") (result i32) (i32.add (call $f (i32.const 0)) (i32.const 1))))',
      ),
      { x: exports },
    );
    check(thrownBy(() => caller.exports.go()));
    expect(exports.fine()).toBe(3);
  });

  it('in a start function', () => {
    check(
      thrownBy(() =>
        wamr.instantiate(
          wat(
            `(module ${HEAD} (func $self (param $x i32) (result i32) ${body}) (func $start (drop (call $self (i32.const 0)))) (start $start))`,
          ),
        ),
      ),
    );
  });

  it('inside nested host calls, caught in the middle or not at all', () => {
    const through = (n: number, caught: number): unknown => {
      const nest: any = wamr.instantiate(
        wat(
          '(module (import "h" "f" (func $f (param i32) (result i32))) (func (export "go") (param i32) (result i32) (call $f (local.get 0))))',
        ),
        {
          h: {
            f: (k: number) => {
              if (k === 0) return exports.leaf(0);
              if (k !== caught) return nest.exports.go(k - 1);
              check(thrownBy(() => nest.exports.go(k - 1)));
              return 77;
            },
          },
        },
      );
      return nest.exports.go(n);
    };
    check(thrownBy(() => through(10, -1)));
    expect(through(10, 5)).toBe(77);
  });
});

describe('the stack', () => {
  const locals = Array.from({ length: 3000 }, (_, i) => i);
  /** 3,000 values live across the recursion: a frame of about 24 KB. */
  const huge = wat(`(module (func $f (export "f") (param i64) (result i64) (local ${'i64 '.repeat(3000)})
    ${locals.map((i) => `(local.set ${i + 1} (i64.mul (local.get 0) (i64.const ${i * 7919 + 3})))`).join('')}
    (if (i64.ne (local.get 0) (i64.const 0)) (then (drop (call $f (i64.sub (local.get 0) (i64.const 1))))))
    i64.const 0 ${locals.map((i) => `local.get ${i + 1} i64.xor`).join(' ')}))`);

  it('huge frames: deep recursion works, endless recursion is a trap', () => {
    const { f } = wamr.instantiate(huge).exports;
    const reference = (n: bigint): bigint =>
      locals.reduce((s, i) => s ^ BigInt.asIntN(64, n * BigInt(i * 7919 + 3)), 0n);
    expect(f(200n)).toBe(reference(200n));
    for (let i = 0; i < 3; i++) expect(thrownBy(() => f(-1n)).kind).toBe('call-stack-exhausted');
    expect(f(5n)).toBe(reference(5n));
  });

  const deep =
    wat(`(module (import "h" "f" (func $h (param i32) (result i32))) (type $i (func (param i32) (result i32))) (table 1 funcref) (elem (i32.const 0) func $indirect)
    (func $down (export "down") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
    (func $indirect (export "indirect") (param i32) (result i32) (i32.add (i32.const 1) (call_indirect (type $i) (local.get 0) (i32.const 0))))
    (func (export "host") (param i32) (result i32) (i32.add (i32.const 1) (call $h (local.get 0)))))`);
  const make = (): any => {
    const instance: any = wamr.instantiate(deep, {
      h: { f: (x: number) => (x === 0 ? 0 : instance.exports.host(x - 1)) },
    });
    return instance.exports;
  };

  it('100,000 calls deep, endless indirect recursion, recursion through JavaScript', () => {
    const e = make();
    expect(e.down(100_000)).toBe(100_000);
    expect(thrownBy(() => e.indirect(0)).kind).toBe('call-stack-exhausted');
    expect(e.host(500)).toBe(501);
    expect(thrownBy(() => e.host(-1))).toBeInstanceOf(RangeError);
    expect(e.down(100_000)).toBe(100_000);
  });

  it('between two instances', () => {
    const text =
      '(module (import "x" "f" (func $f (param i32) (result i32))) (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))';
    const table = new wamr.Table({ element: 'anyfunc', initial: 1 });
    const a = wamr.instantiate(
      wat(
        '(module (import "x" "t" (table 1 funcref)) (type $i (func (param i32) (result i32))) (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call_indirect (type $i) (local.get 0) (i32.const 0)))))',
      ),
      { x: { t: table } },
    );
    const b = wamr.instantiate(wat(text), { x: a.exports });
    table.set(0, b.exports.f);
    for (let i = 0; i < 3; i++) expect(thrownBy(() => b.exports.f(0)).kind).toBe('call-stack-exhausted');
  });

  it('in a worker; its size is an option', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { instantiate, setStackSize } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
      const make = () => { const i = instantiate(workerData, { h: { f: (x) => (x === 0 ? 0 : i.exports.host(x - 1)) } }); return i.exports; };
      const kind = (f) => { try { return f(); } catch (e) { return e.kind ?? e.name; } };
      const e = make();
      const out = [e.down(100000), kind(() => e.indirect(0)), kind(() => e.host(-1)), setStackSize(1 << 20), kind(() => e.down(100000)), e.down(1000), setStackSize(256 << 20), e.down(1000000)];
      parentPort.postMessage(out);`;
    const worker = new Worker(source, { eval: true, workerData: deep });
    const out = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    expect(out).toEqual([
      100_000,
      'call-stack-exhausted',
      'RangeError',
      true,
      'call-stack-exhausted',
      1000,
      true,
      1_000_000,
    ]);
  });
});
