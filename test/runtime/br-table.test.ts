/**
 * Switches of every size against V8: compare chains, tables of offsets, tables in the vmctx; indices with a constant
 * subtracted; several instances of one module, whose tables hold the same addresses.
 */
import { expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

type Exports = Record<string, (x: number) => number>;

/** A function that returns 100 + the case for `x - offset`, 99 beyond the table of `n` entries. */
function switchText(n: number, offset: number): string {
  const labels = Array.from({ length: n }, (_, i) => `$c${(i * 7) % n}`);
  const open = Array.from({ length: n }, (_, i) => `block $c${n - 1 - i}`);
  const close = Array.from({ length: n }, (_, i) => `end i32.const ${100 + i} return`);
  return `(func (export "s${n}_${offset}") (param i32) (result i32) block $d ${open.join(' ')} local.get 0 i32.const ${offset} i32.sub br_table ${labels.join(' ')} $d ${close.join(' ')} end i32.const 99)`;
}

const SIZES = [1, 2, 3, 4, 15, 16, 17, 64, 100];
const OFFSETS = [0, 1, 2, 63, 64, 65, -3];
const EDGES = [
  0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 19, 62, 63, 64, 65, 66, 79, 80, 98, 99, 100, 101, 102, 127, 128, 129, 163, 164,
  165, 166, 0x7fffffff, -0x80000000, -1, -2, -3, -4, -64, -65,
];

test('switches of every size and offset, in two instances', () => {
  const bytes = wat(`(module ${SIZES.flatMap((n) => OFFSETS.map((k) => switchText(n, k))).join('\n')})`);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
  const module = new Module(compileSync(bytes, { verify: true }));
  const instances = [new Instance(module), new Instance(module)].map((i) => i.exports as unknown as Exports);
  const wrong: string[] = [];
  for (const name of Object.keys(v8))
    for (const x of EDGES)
      for (const ours of instances)
        if (ours[name](x) !== v8[name](x)) wrong.push(`${name}(${x}) = ${ours[name](x)}, V8: ${v8[name](x)}`);
  expect(wrong).toEqual([]);
});
