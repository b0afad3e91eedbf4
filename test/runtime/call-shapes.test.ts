/**
 * Calls of every shape against V8: seeded random signatures (up to 20 parameters, 6 results, of all scalar types),
 * called directly, through closed and open tables (right type, wrong type, null, out of range), from and to another
 * instance. Every function returns a mixture of all its parameters, so a misplaced argument shows.
 */
import { expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { inOurWords } from '../support/v8-words.js';
import { wat } from '../support/wat.js';

const TYPES = ['i32', 'i64', 'f32', 'f64'] as const;
type Type = (typeof TYPES)[number];
interface Signature {
  params: Type[];
  results: Type[];
}

function generator(seed: number): (n: number) => number {
  return (n) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return (seed >>> 0) % n;
  };
}

const SIGNATURES: Signature[] = ((): Signature[] => {
  const next = generator(12345);
  const list = (n: number): Type[] => Array.from({ length: n }, () => TYPES[next(4)]);
  return [
    { params: [], results: [] },
    ...Array.from({ length: 40 }, () => ({ params: list(next(21)), results: list(next(7)) })),
    { params: new Array<Type>(12).fill('i32'), results: ['i32'] },
    { params: new Array<Type>(12).fill('f64'), results: ['f64', 'f32', 'f64'] },
  ];
})();

const written = (kind: string, types: Type[]): string => (types.length > 0 ? `(${kind} ${types.join(' ')})` : '');
const typeOf = (s: Signature): string => `${written('param', s.params)} ${written('result', s.results)}`;

/** Parameter i as an i64 of its bits. */
const asBits = (t: Type, i: number): string => {
  const x = `(local.get ${i})`;
  return t === 'i64'
    ? x
    : t === 'i32'
      ? `(i64.extend_i32_u ${x})`
      : t === 'f32'
        ? `(i64.extend_i32_u (i32.reinterpret_f32 ${x}))`
        : `(i64.reinterpret_f64 ${x})`;
};

/** The k-th result: all parameters mixed. */
function mixture(s: Signature, t: Type, k: number): string {
  const hash = s.params.reduce(
    (acc, p, i) => `(i64.add (i64.mul ${acc} (i64.const 1000003)) ${asBits(p, i)})`,
    `(i64.const ${k + 1})`,
  );
  const small = `(i64.and ${hash} (i64.const 0xffffff))`;
  return t === 'i64' ? hash : t === 'i32' ? `(i32.wrap_i64 ${hash})` : `(${t}.convert_i64_u ${small})`;
}

const argument = (t: Type, k: number): string =>
  `(${t}.const ${t.startsWith('f') ? k * 1.5 + 0.25 : k % 3 === 0 ? -k - 7 : k * 1000 + 1})`;

/** Locals for the results, and code that stores the results on the stack to memory from 0 on. */
function storeResults(s: Signature): { locals: string; after: string } {
  const locals = s.results.map((t, i) => `(local $r${i} ${t})`).join(' ');
  const sets = s.results.map((_, i) => `(local.set $r${s.results.length - 1 - i})`).join(' ');
  const stores = s.results.map((t, i) => `(${t}.store offset=${i * 8} (i32.const 0) (local.get $r${i}))`).join(' ');
  return { locals, after: `${sets} ${stores}` };
}

function moduleText(): string {
  const out: string[] = ['(module (import "o" "mem" (memory 1)) (import "o" "t" (table $open 64 funcref))'];
  SIGNATURES.forEach((s, i) => out.push(`(import "o" "f${i}" (func $imported${i} ${typeOf(s)}))`));
  out.push(`(table $closed ${SIGNATURES.length + 4} ${SIGNATURES.length + 4} funcref)`);
  SIGNATURES.forEach((s, i) => {
    out.push(`(type $s${i} (func ${typeOf(s)}))`);
    out.push(`(func $f${i} (export "f${i}") ${typeOf(s)} ${s.results.map((t, k) => mixture(s, t, k)).join(' ')})`);
    const { locals, after } = storeResults(s);
    const values = s.params.map(argument).join(' ');
    const spread = s.params.map((t, k) => `(${t}.load offset=${k * 8} (local.get 0))`).join(' ');
    out.push(`(func (export "direct${i}") ${locals} ${values} (call $f${i}) ${after})`);
    out.push(`(func (export "loaded${i}") (param i32) ${locals} ${spread} (call $f${i}) ${after})`);
    out.push(`(func (export "imported${i}") ${locals} ${values} (call $imported${i}) ${after})`);
    out.push(
      `(func (export "closed${i}") (param i32) ${locals} ${values} (local.get 0) (call_indirect $closed (type $s${i})) ${after})`,
    );
    out.push(
      `(func (export "open${i}") (param i32) ${locals} ${values} (local.get 0) (call_indirect $open (type $s${i})) ${after})`,
    );
  });
  out.push(
    `(elem (table $closed) (i32.const 0) func ${SIGNATURES.map((_, i) => `$f${i}`).join(' ')} $imported0 $imported3)`,
  );
  out.push(`(elem (table $open) (i32.const 0) func ${SIGNATURES.map((_, i) => `$imported${i}`).join(' ')} $f0 $f3))`);
  return out.join('\n');
}

/** The module whose functions the other imports: the same mixtures, of its own. */
function exporterText(): string {
  return `(module ${SIGNATURES.map((s, i) => `(func (export "f${i}") ${typeOf(s)} ${s.results.map((t, k) => mixture(s, t, k + 100)).join(' ')})`).join('\n')}
    (memory (export "mem") 1) (table (export "t") 64 funcref)
    (data (i32.const 256) "${Array.from({ length: 200 }, (_, i) => `\\${(((i * 37) % 120) + 1).toString(16).padStart(2, '0')}`).join('')}"))`;
}

type Exports = Record<string, (...a: number[]) => unknown> & { mem: { buffer: ArrayBuffer } };

/** What every call leaves in memory, or its trap. */
function run(instantiate: (bytes: Uint8Array<ArrayBuffer>, imports: object) => Exports): string[] {
  const other = instantiate(wat(exporterText()), {});
  const e = instantiate(wat(moduleText()), { o: other });
  const log: string[] = [];
  const call = (name: string, ...args: number[]): void => {
    const memory = new Uint8Array(other.mem.buffer, 0, 64).fill(0);
    let note = '';
    try {
      e[name](...args);
    } catch (error) {
      note = inOurWords((error as Error).message);
    }
    log.push(`${name}(${args.join()}): ${note} ${Buffer.from(memory).toString('hex')}`);
  };
  SIGNATURES.forEach((_, i) => {
    call(`direct${i}`);
    call(`loaded${i}`, 256);
    call(`imported${i}`);
    for (const index of [
      i,
      (i + 1) % SIGNATURES.length,
      SIGNATURES.length,
      SIGNATURES.length + 1,
      SIGNATURES.length + 3,
      63,
      64,
      1000,
      -1,
    ]) {
      call(`closed${i}`, index);
      call(`open${i}`, index);
    }
  });
  return log;
}

test('calls of every shape', () => {
  const expected = run(
    (bytes, imports) =>
      new WebAssembly.Instance(new WebAssembly.Module(bytes), imports as WebAssembly.Imports)
        .exports as unknown as Exports,
  );
  expect(
    expected.some((line) => /null function/.test(line)) && expected.some((line) => /out of bounds/.test(line)),
  ).toBe(true);
  for (const options of [{ target: 'x86-64-v2' }, { target: 'x86-64-v3', bounds: 'explicit' }] as const) {
    const got = run(
      (bytes, imports) =>
        new Instance(new Module(compileSync(bytes, { ...options, verify: true })), imports as never)
          .exports as unknown as Exports,
    );
    expect(got.filter((line, i) => line !== expected[i]).slice(0, 10)).toEqual([]);
  }
});
