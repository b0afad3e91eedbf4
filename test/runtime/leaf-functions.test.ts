/** Functions that are called without an activation: which they are, and that nobody can tell. */
import { expect, it } from 'vitest';
import { FunctionRow, LEAF_FUNCTION } from '../../src-ts/abi/artefact.js';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { wamr } from '../support/built.js';
import { thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';

const spilled = Array.from({ length: 24 }, (_, k) => k);
/** Exports by whether they are leaves. */
const LEAVES = `
  (func (export "none"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "i64") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3)))
  (func (export "f32") (param f32 f32) (result f32) (f32.sub (local.get 0) (local.get 1)))
  (func (export "f64") (param f64 i32) (result f64) (f64.add (local.get 0) (f64.convert_i32_u (local.get 1))))
  (func (export "six") (param i32 i64 f32 i32 i32 f64 i32 i32) (result i64)
    (i64.add (local.get 1) (i64.extend_i32_u (i32.add (i32.add (local.get 0) (local.get 3))
      (i32.add (i32.mul (local.get 4) (i32.const 10)) (i32.sub (local.get 6) (local.get 7)))))))
  (func (export "extern") (param externref i32 externref) (result externref)
    (if (result externref) (local.get 1) (then (local.get 0)) (else (local.get 2))))
  (func (export "set") (param i32) (result i32)
    (global.set $g (i32.add (global.get $g) (local.get 0))) (global.get $g))
  (func (export "imported") (param i32) (global.set $imported (local.get 0)))
  (func (export "switch") (param i32) (result i32)
    (block (block (block (block (block (block (br_table 0 1 2 3 4 5 (local.get 0)))
      (return (i32.const 7))) (return (i32.const 11))) (return (i32.const 13))) (return (i32.const 17))) (return (i32.const 19)))
    (i32.const 23))
  (func (export "spilled") (param i32) (result i32) ${spilled.map(() => '(local i32)').join(' ')}
    ${spilled.map((k) => `(local.set ${k + 1} (i32.mul (i32.add (local.get 0) (i32.const ${k})) (i32.const ${k + 3})))`).join('\n')}
    (local.get 0)
    ${spilled.map((k) => `(i32.rotl (local.get ${k + 1})) (i32.xor (local.get ${spilled.length - k}))`).join('\n')})`;
const OTHERS = `
  (func (export "loop") (param i32) (result i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "first") (result i32) (i32.load (i32.const 0)))
  (func (export "store") (param i32) (i32.store (i32.const 8) (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (result i32) (memory.grow (i32.const 0)))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (export "unreachable") (unreachable))
  (func (export "call") (result i32) (call $host))
  (func (export "indirect") (result i32) (call_indirect (result i32) (i32.const 0)))
  (func (export "tail") (result i32) (return_call $host))
  (func (export "tailIndirect") (result i32) (return_call_indirect (result i32) (i32.const 0)))
  (func $again (export "again") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (return_call $again (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 5))))
  (func (export "callHost") (param i32) (result i32) (i32.add (call $hostOf (local.get 0)) (i32.const 1)))`;
/** Leaves of a signature without a stub of theirs. */
const BY_THE_STACK = `
  (func (export "seven") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 6)))
  (func (export "two") (param i32) (result i32 i64) (local.get 0) (i64.const 5))`;
const WASM = wat(`(module
  (import "m" "host" (func $host (result i32))) (import "m" "hostOf" (func $hostOf (param i32) (result i32)))
  (import "m" "global" (global $imported (mut i32)))
  (memory 1) (table 1 funcref) (global $g (mut i32) (i32.const 40))
  ${LEAVES} ${BY_THE_STACK} ${OTHERS})`);

interface Imports {
  host?: () => number;
  hostOf?: (x: number) => number;
}
const instanceOf = ({ host = () => 1, hostOf = (x) => x }: Imports = {}, bounds: 'guard' | 'explicit' = 'guard') => {
  const global = new wamr.WebAssembly.Global({ value: 'i32', mutable: true }, 0);
  const module = wamr.load(wamr.compileSync(WASM, { bounds }));
  const instance = wamr.instantiate(module, { m: { host, hostOf, global } });
  return { instance, exports: instance.exports as Record<string, any>, global };
};
const names = (text: string): string[] => [...text.matchAll(/export "(\w+)"/g)].map((m) => m[1]);

it.each(['guard', 'explicit'] as const)('which functions are leaves (%s)', (bounds) => {
  const artefact = readArtefact(bytesSource(wamr.compileSync(WASM, { bounds })), null);
  const rows = new Uint32Array(artefact.read(Section.FUNCS).slice().buffer);
  const { meta } = artefact;
  const isLeaf = (index: number): boolean =>
    (rows[((index - meta.importedFuncs) * FunctionRow.SIZE + FunctionRow.TYPE) / 4] & LEAF_FUNCTION) !== 0;
  const leaves = meta.exports.filter((e) => isLeaf(e.index)).map((e) => e.name);
  expect(leaves).toEqual([...names(LEAVES), ...names(BY_THE_STACK)]);
});

it('what they return is what V8 returns', () => {
  const { exports, global } = instanceOf();
  const v8Global = new WebAssembly.Global({ value: 'i32', mutable: true }, 0);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(WASM), {
    m: { host: () => 1, hostOf: (x: number) => x, global: v8Global },
  }).exports as Record<string, any>;
  const object = { an: 'object' };
  const calls: [name: string, ...args: unknown[]][] = [
    ['none'],
    ['add', 3, -5],
    ['add', '7', { valueOf: () => 1 }],
    ['add'],
    ['i64', -(2n ** 62n)],
    ['f32', 0.1, 0.7],
    ['f32', NaN, 1],
    ['f64', Number.MAX_VALUE, -1],
    ['six', 1, 2n ** 40n, 0.5, 2, 3, 0.25, 4, 5],
    ['extern', object, 1, 'other'],
    ['extern', object, 0, 'other'],
    ['extern', null, 1, undefined],
    ['set', 2],
    ['set', 2],
    ['imported', 12],
    ['seven', 1, 2, 3, 4, 5, 6, 7],
    ['two', 9],
    ...[0, 1, 2, 3, 4, 5, 6, -1].map((k): [string, number] => ['switch', k]),
    ...[0, 1, -77, 123456].map((k): [string, number] => ['spilled', k]),
  ];
  // Often enough to be optimised.
  for (let k = 0; k < 2000; k++)
    for (const [name, ...args] of calls) expect(exports[name](...args), name).toEqual(v8[name](...args));
  expect(global.value).toBe(v8Global.value);
});

it('errors of arguments, disposal', () => {
  const { instance, exports } = instanceOf();
  const { add, i64 } = exports;
  const symbol = Symbol('none') as never;
  expect(() => i64(1)).toThrow(TypeError);
  expect(() => add(symbol, 1)).toThrow(TypeError);
  instance.dispose();
  expect(thrownBy(() => add(1, 2))).toMatchObject({ kind: 'disposed-function' });
});

it('in a host function, many levels down; a trap above them shows its own frames', () => {
  const seen: number[] = [];
  const { exports } = instanceOf({
    hostOf(x) {
      seen.push(exports.add(x, 1000));
      return x === 0 ? exports.divide(1, 0) : exports.callHost(x - 1);
    },
  });
  const trap = thrownBy(() => exports.callHost(50)) as { kind: string; stack: string };
  expect(trap.kind).toBe('integer-divide-by-zero');
  expect(seen).toEqual(Array.from({ length: 51 }, (_, k) => 1050 - k));
  expect(exports.add(1, 2)).toBe(3);
});

it('a deadline that passes while they run in a host function ends what called it', () => {
  const { instance, exports } = instanceOf({
    hostOf(x) {
      const end = performance.now() + x;
      for (let k = 0; performance.now() < end; k++) for (let j = 0; j < 1000; j++) exports.set(exports.add(k, j));
      return x;
    },
  });
  for (let k = 0; k < 5; k++)
    expect(thrownBy(() => instance.call('callHost', [30], { timeoutMs: 5 }))).toMatchObject({ kind: 'interrupt' });
  expect(exports.callHost(1)).toBe(2);
});

it('by tables, other instances, and as promising functions', async () => {
  const { exports } = instanceOf();
  const table = new wamr.WebAssembly.Table({ element: 'anyfunc', initial: 2 });
  table.set(0, exports.add);
  expect((table.get(0) as (x: number, y: number) => number)(20, 3)).toBe(23);
  const user = wamr.instantiate(
    wat(`(module (import "m" "t" (table 2 funcref)) (import "m" "add" (func $add (param i32 i32) (result i32)))
      (func (export "both") (param i32) (result i32)
        (i32.mul (call $add (local.get 0) (i32.const 1)) (call_indirect (param i32 i32) (result i32) (i32.const 2) (local.get 0) (i32.const 0)))))`),
    { m: { t: table, add: exports.add } },
  ).exports as Record<string, any>;
  expect(user.both(4)).toBe(30);
  const promising = (wamr.WebAssembly as unknown as { promising(f: Function): Function }).promising(exports.add);
  await expect(promising(4, 5)).resolves.toBe(9);
  await expect(promising(4, 6)).resolves.toBe(10);
});
