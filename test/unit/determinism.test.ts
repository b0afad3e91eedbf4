/**
 * A function compiles to the same bytes whatever was compiled before it on the same thread: nothing left in the reused
 * arrays may show. Forwards against backwards, over real functions.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChunkBuilder } from '../../src-ts/aot/chunk.js';
import { FunctionCompiler } from '../../src-ts/aot/compile-func.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { closedElements, computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { PhaseTimes } from '../../src-ts/aot/phases.js';
import { matchProfile } from '../../src-ts/ir/profile.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { madeUpProfile } from '../support/made-up-profile.js';
import { monsterModule } from '../support/monster.js';
import { amount } from '../support/quick.js';

const QUICKJS = join(__dirname, '..', '..', '..', 'shared', 'workloads', 'suite', 'wasm', 'quickjs.wasm');
if (!existsSync(QUICKJS)) console.warn('determinism: ../shared is absent, only a generated module is compiled');

const quickjs = (): Uint8Array => (existsSync(QUICKJS) ? readFileSync(QUICKJS) : monsterModule(5_000));

test.each([
  ['quickjs', quickjs, false],
  ['quickjs with a profile', quickjs, true],
  ['generated', () => monsterModule(amount(20_000, 4000)), false],
] as const)(
  '%s',
  (_, make, profiled) => {
    const bytes = make();
    const m = decodeModule(bytes);
    const vm = computeVmLayout(m, validateModule(m).mutatedTables);
    const guide = profiled
      ? { profile: matchProfile(m, madeUpProfile(bytes, 3)), elements: closedElements(m, vm) }
      : undefined;
    const compiler = new FunctionCompiler(
      m,
      vm,
      { ...TARGETS['x86-64-v2'], bounds: 'guard', verify: false, guide },
      new PhaseTimes(),
    );
    const compile = (d: number): Buffer => {
      const out = new ChunkBuilder();
      compiler.compile(m.importedFuncs + d, out);
      const { code, relocs, traps, dispatch, inlined } = out.take();
      return Buffer.concat([
        code,
        ...[relocs, traps, dispatch, inlined].map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)),
      ]);
    };
    const order = Array.from(m.bodyStart.keys()).slice(0, amount(500, 60));
    const forwards = order.map(compile);
    const different = order.reverse().filter((d) => !compile(d).equals(forwards[d]));
    expect(different.map((d) => d + m.importedFuncs)).toEqual([]);
  },
  300_000,
);
