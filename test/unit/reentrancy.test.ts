/**
 * Compilations inside one another: what a progress callback compiles, with whatever options, leaves the outer artefact's
 * bytes alone, and the other way round. The callback comes every 256 functions.
 */
import { expect, test } from 'vitest';
import { compile, compileSync } from '../../src-ts/aot/compile.js';
import type { CompileOptions } from '../../src-ts/options.js';
import { OPTIMISATIONS, type Optimisation } from '../../src-ts/util/switches.js';
import { wat } from '../support/wat.js';

/** Functions with something for most phases: folding, loads, division, joined conditions, a switch, calls, spilling. */
const body = (i: number): string => `(func (export "f${i}") (param i32 i32) (result i32) (local i64)
  (local.set 2 (i64.load (local.get 0)))
  (if (i32.and (i32.ne (local.get 0) (i32.const ${i})) (i32.lt_u (local.get 1) (i32.const 9)))
    (then (local.set 1 (i32.add (call ${i % 7} (local.get 1) (i32.const 3)) (i32.load (local.get 0))))))
  (loop (block (block (br_table 0 1 0 1 0 (local.get 1)))
    (local.set 0 (i32.div_u (local.get 0) (i32.const ${i + 3}))))
    (br_if 0 (i32.eqz (local.get 0))))
  (i32.add (i32.wrap_i64 (i64.shr_u (local.get 2) (i64.const 32))) (i32.add (i32.load (local.get 0)) (local.get 1))))`;
const OUTER = wat(`(module (memory 1) ${Array.from({ length: 600 }, (_, i) => body(i)).join('\n')})`);
const INNER = wat(`(module (memory 1) ${Array.from({ length: 300 }, (_, i) => body(i + 1)).join('\n')})`);
const ALL_OFF: CompileOptions = { disable: Object.keys(OPTIMISATIONS) as Optimisation[] };
const OTHERS: CompileOptions[] = [
  ALL_OFF,
  { bounds: 'explicit', debugInfo: true, target: 'x86-64-v3' },
  { count: true, disable: ['gvn@3-5', 'layout'] },
];

test.each(OTHERS)(
  '%j inside a compilation with defaults, and round about',
  async (options) => {
    const inside = compileSync(INNER, options);
    for (const [outer, inner] of [
      [{}, options],
      [options, {}],
    ]) {
      const alone = compileSync(OUTER, outer);
      let calls = 0;
      const nested = await compile(OUTER, {
        ...outer,
        onProgress() {
          calls++;
          const bytes = compileSync(INNER, inner);
          if (inner === options) expect(Buffer.from(bytes).equals(inside)).toBe(true);
        },
      });
      expect(calls).toBeGreaterThan(2);
      expect(Buffer.from(nested).equals(alone)).toBe(true);
    }
  },
  60_000,
);
