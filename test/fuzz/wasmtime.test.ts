/**
 * Custom page sizes and wide arithmetic, which V8 has not: programs of a generator of our own and of wasm-smith, with
 * Wasmtime as oracle. What this engine answers, and what its memories hold then, becomes a script of assertions that
 * Wasmtime runs. WAMR_FUZZ_COUNT sets how many of each (default 40, quick 8), WAMR_FUZZ_SEED where they start.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { peer } from '../../bench/harness/peers.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { type Engine, explicitEngine, modestEngine, wamrEngine } from '../support/engine.js';
import { newWat } from '../support/new-wat.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';
import { readModuleInfo } from '../support/wasm-sig.js';
import { assertionsOf, quoted } from '../support/wast-assertions.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(40, 8));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);

const wasmtime = peer('wasmtime')?.wasmtime;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'against-wasmtime-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const WORDS = [
  0, 1, 2, 5, 7, 31, 100, 199, 200, 255, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0xdeadbeef, 65535,
];

/** Functions of wide arithmetic and of accesses around the end of a memory that grows by bytes. */
function program(seed: number): string {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const below = (n: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)];
  const wide = (): string => `(local.get ${below(4)})`;
  const word = (): string => `(local.get ${4 + below(2)})`;
  const address = (): string => `(i32.and ${word()} (i32.const ${pick([7, 31, 31, 31, 31, 31, 31, 31, 63, 255])}))`;
  const offset = (): string => (below(6) > 0 ? '' : `offset=${below(40)}`);
  const statements = [
    () =>
      `(i64.${pick(['add128', 'sub128'])} ${wide()} ${wide()} ${wide()} ${wide()}) (local.set ${below(4)}) (local.set ${below(4)})`,
    () =>
      `(i64.${pick(['mul_wide_s', 'mul_wide_u'])} ${wide()} ${wide()}) (local.set ${below(4)}) (local.set ${below(4)})`,
    () => `(local.set ${below(4)} (i64.${pick(['add', 'xor', 'mul', 'rotl'])} ${wide()} ${wide()}))`,
    () => `(i64.store${pick(['', '8', '16', '32'])} ${offset()} ${address()} ${wide()})`,
    () => `(local.set ${below(4)} (i64.load${pick(['', '8_s', '8_u', '16_s', '32_u'])} ${offset()} ${address()}))`,
    () => `(v128.store ${offset()} ${address()} (i64x2.splat ${wide()}))`,
    () => `(local.set ${4 + below(2)} (memory.grow (i32.and ${word()} (i32.const 7))))`,
    () => `(local.set ${4 + below(2)} (i32.add (memory.size) ${word()}))`,
    () => `(memory.fill ${address()} ${word()} (i32.and ${word()} (i32.const 31)))`,
    () => `(memory.copy ${address()} ${address()} (i32.and ${word()} (i32.const 31)))`,
    () => `(local.set ${4 + below(2)} (i32.wrap_i64 ${wide()}))`,
  ];
  const bytes = pick([0, 1, 60, 63, 64, 65, 100, 200, 255, 256, 1000, 4095, 65535, 65537]);
  const size = below(6) === 0 ? `1 3 (pagesize 65536)` : `${bytes} ${bytes + below(300)} (pagesize 1)`;
  // Two of five statements are wide ones.
  const body = (): string =>
    Array.from({ length: 14 }, () =>
      pick([...statements, statements[0], statements[0], statements[1], statements[1]])(),
    ).join('\n');
  const functions = Array.from(
    { length: 5 },
    (_, k) => `(func (export "f${k}") (param i64 i64 i64 i64 i32 i32) (result i64 i64 i64 i64 i32 i32) (local $n i32)
      (loop $again ${body()} (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const ${1 + below(3)}))))
      ${[0, 1, 2, 3, 4, 5].map((i) => `(local.get ${i})`).join(' ')})`,
  );
  return `(module (memory (export "memory") ${size}) ${functions.join('\n')})`;
}

/** A function that sums up the bytes of another module's memory, and what it must give. */
function checker(memory: string, pageSize: number, bytes: Uint8Array): string {
  const sum = bytes.reduce((h, b) => (Math.imul(h, 31) + b) | 0, 7);
  return `(module (import "tested" ${memory} (memory 0 (pagesize ${pageSize})))
    (func (export "sum") (result i32) (local $i i32) (local $h i32)
      (local.set $h (i32.const 7))
      (block $end (loop $more
        (br_if $end (i32.ge_u (local.get $i) (i32.mul (memory.size) (i32.const ${pageSize}))))
        (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load8_u (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $more)))
      (local.get $h)))
    (assert_return (invoke "sum") (i32.const ${sum}))`;
}

/** The script of an engine's answers, and of its memories afterwards. */
function script(engine: Engine, bytes: Uint8Array): string[] {
  const module = `binary ${quoted(bytes)}`;
  let exports: Record<string, any>;
  try {
    exports = engine.instantiate(engine.compile(bytes), {}).exports;
  } catch (e) {
    if (!engine.isTrap(e)) throw e;
    return [`(assert_trap (module ${module}) "")`];
  }
  const memories = decodeModule(bytes).memories;
  const checks = (): string[] =>
    readModuleInfo(bytes).exports.flatMap((e) =>
      e.kind === 'memory'
        ? checker(
            quoted(Buffer.from(e.name)),
            2 ** (memories[0].pageShift ?? 16),
            new Uint8Array(exports[e.name].buffer),
          )
        : [],
    );
  return [
    `(module $m ${module})`,
    ...assertionsOf(engine, bytes, exports, WORDS),
    `(register "tested" $m)`,
    ...checks(),
  ];
}

describe('against Wasmtime', () => {
  it('has it', () => expect(wasmtime).toBeDefined());

  const seen = { modules: 0, assertions: 0, traps: 0, pages: 0 };
  const others = [explicitEngine(), modestEngine(['register-locals', 'long-lives'])];

  function compare(name: string, bytes: Uint8Array): void {
    const lines = script(wamrEngine(), bytes);
    for (const engine of others) expect(script(engine, bytes), engine.name).toEqual(lines);
    const file = path.join(folder, `${name}.wast`);
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    const r = spawnSync(wasmtime!, ['wast', '-W', 'custom-page-sizes=y,wide-arithmetic=y', file], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(r.stderr).toBe('');
    expect(r.status).toBe(0);
    seen.modules++;
    seen.assertions += lines.filter((l) => l.startsWith('(assert')).length;
    seen.traps += lines.filter((l) => l.startsWith('(assert_trap')).length;
    if (decodeModule(bytes).memories.some((m) => m.pageShift === 0)) seen.pages++;
  }
  const seeds = Array.from({ length: COUNT }, (_, i) => SEED + i);

  it.each(seeds)('a program of our own: seed %i', (seed) => compare(`own-${seed}`, newWat(program(seed))));

  it.each(seeds)('wasm-smith: seed %i', (seed) => {
    const bytes = smith(seed, ['custom-page-sizes', 'wide-arithmetic']);
    if (bytes !== undefined) compare(`smith-${seed}`, bytes);
  });

  it('had what they are about', () => {
    console.log(`against Wasmtime: ${JSON.stringify(seen)}`);
    expect(seen.pages).toBeGreaterThan(COUNT / 2);
    expect(seen.assertions - seen.traps).toBeGreaterThan(seen.modules);
  });
});
