/**
 * Damaged modules: accepted exactly when V8 accepts them, but for features that only one of the two has, and never
 * anything but a CompileError. WAMR_TEST_MUTANTS sets how many are tried, WAMR_TEST_SEED the seed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import wabtInit from 'wabt';
import { CompileError } from '../../src-ts/errors.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { readNames } from '../../src-ts/wasm/names.js';
import { featureBits, PROPOSALS } from '../../src-ts/wasm/proposals.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { SHARED } from '../support/peers.js';
import { amount } from '../support/quick.js';

const MUTANTS = Number(process.env.WAMR_TEST_MUTANTS ?? amount(20_000, 3000));
const SEED = Number(process.env.WAMR_TEST_SEED ?? 20_260_101);

/** Reasons for which we reject what V8 accepts: features beyond 2.0, and laxity of V8. */
const ONLY_V8 = [
  /belongs to the proposal '.*', which is turned off/,
  /^malformed reference type$/, // empty passive segments of numbers
  /^malformed value type$/, // block type 0x40 in two bytes
];
/** Edition 2.0: which proposals V8 has depends on the version of Node. */
const FEATURES = featureBits(Object.fromEntries(PROPOSALS.map((p) => [p.name, false])));

/** Bytes that mean much in wasm. */
const TELLING = [
  0, 1, 2, 3, 4, 5, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x1a, 0x1b, 0x1c, 0x20, 0x21, 0x22, 0x25, 0x26, 0x40,
  0x41, 0x42, 0x6a, 0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0xd0, 0xd1, 0xd2, 0xfc, 0xfd, 0xff,
];

/** A module with a little of everything, for where ../shared is absent. */
const KITCHEN_SINK = `(module $sink
  (type $b (func (param i32 i32) (result i32))) (type $two (func (param i64) (result i64 f32)))
  (import "m" "f" (func $imp (param i32 f64) (result i64))) (import "m" "g" (global $ig i32))
  (table $t 4 9 funcref) (table $x 2 externref) (memory (export "mem") 1 2)
  (global $g (mut i64) (i64.const -5)) (global $r funcref (ref.func $add))
  (export "add" (func $add)) (start $s)
  (func $add (type $b) (i32.add (local.get 0) (i32.mul (local.get 1) (i32.load16_s offset=8 (i32.const 4)))))
  (func $multi (type $two) (local f32 f64) (local.get 0) (block (param i64) (result i64 f32) (f32.convert_i64_s (local.get 0)) (br_if 0 (i32.const 1))))
  (func $loops (param i32) (result f64)
    (block $out (loop $l (br_if $out (i32.eqz (local.get 0))) (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $l)))
    (if (result f64) (local.get 0) (then (f64.const 1.5)) (else (f64.sqrt (f64.const 2)))))
  (func $table (param i32) (table.set $t (local.get 0) (ref.func $add)) (drop (call_indirect $t (type $b) (i32.const 1) (i32.const 2) (local.get 0)))
    (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1)) (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e) (drop (table.grow $x (ref.null extern) (i32.const 1))))
  (func $switch (param i32) (result i32) (block (block (block (br_table 0 1 2 1 (local.get 0))) (return (i32.const 1))) (return (i32.const 2))) (select (result i32) (i32.const 3) (i32.const 4) (local.get 0)))
  (func $s (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d) (global.set $g (call $imp (i32.trunc_sat_f64_u (f64.const 3)) (f64.const 1))) unreachable)
  (elem (table $t) (global.get $ig) func $add $imp) (elem $e funcref (ref.func $multi) (ref.null func))
  (data (i32.const 16) "hello") (data $d "passive"))`;

async function seeds(): Promise<Uint8Array[]> {
  const wabt = await wabtInit();
  const parsed = wabt.parseWat('sink.wat', KITCHEN_SINK);
  const out = [parsed.toBinary({ write_debug_names: true }).buffer];
  parsed.destroy();
  const corpus = path.join(SHARED, 'fuzz');
  if (fs.existsSync(corpus))
    for (const f of fs.readdirSync(corpus).filter((_, i) => i % 5 === 0))
      if (f.endsWith('.wasm')) out.push(fs.readFileSync(path.join(corpus, f)));
  return out;
}

/** xorshift32. */
function generator(seed: number): (below: number) => number {
  let x = seed >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % below;
  };
}

/** One to three changes of a byte each; now and then a byte goes or comes, which moves everything behind it. */
function mutate(module: Uint8Array, random: (below: number) => number): Uint8Array {
  let b = Buffer.from(module);
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const at = 8 + random(b.length - 8);
    const value = random(2) ? random(256) : TELLING[random(TELLING.length)];
    const what = random(16);
    if (what === 0) b[at] ^= 1 << random(8);
    else if (what === 1) b = Buffer.concat([b.subarray(0, at), Buffer.from([value]), b.subarray(at)]);
    else if (what === 2 && b.length > 9) b = Buffer.concat([b.subarray(0, at), b.subarray(at + 1)]);
    else if (what === 3) b[at]++;
    else if (what === 4) b[at]--;
    else b[at] = value;
  }
  return b;
}

it(`${MUTANTS} mutants agree with V8`, { timeout: 60_000 + MUTANTS }, async () => {
  const modules = await seeds();
  const random = generator(SEED);
  let accepted = 0;
  let worst = 0;
  for (let i = 0; i < MUTANTS; i++) {
    const mutant = mutate(modules[random(modules.length)], random);
    const t = performance.now();
    let error: CompileError | null = null;
    try {
      const m = decodeModule(mutant, FEATURES);
      validateModule(m);
      readNames(m);
    } catch (e) {
      if (!(e instanceof CompileError)) throw e;
      error = e;
    }
    worst = Math.max(worst, performance.now() - t);
    const v8 = WebAssembly.validate(mutant as BufferSource);
    if (v8) accepted++;
    if (v8 && error && !ONLY_V8.some((r) => r.test(error.reason)))
      expect.fail(`mutant ${i}: only V8 accepts: ${error.message}\n${hex(mutant)}`);
    if (!v8 && !error) expect.fail(`mutant ${i}: only we accept; V8: ${v8Message(mutant)}\n${hex(mutant)}`);
  }
  // Both verdicts must be common, or the test shows little.
  expect(accepted).toBeGreaterThan(MUTANTS / 50);
  expect(accepted).toBeLessThan(MUTANTS / 2);
  expect(worst).toBeLessThan(2000);
});

it('truncations: CompileError at every length', async () => {
  const [sink] = await seeds();
  // The name section is last; without it the module is complete.
  const complete = decodeModule(sink).custom.a[0] - 2;
  for (let n = 0; n < sink.length; n++) {
    const cut = sink.subarray(0, n);
    let error: unknown = null;
    try {
      validateModule(decodeModule(cut));
    } catch (e) {
      error = e;
      expect(e).toBeInstanceOf(CompileError);
    }
    expect(error === null, `cut to ${n} of ${complete}`).toBe(WebAssembly.validate(cut as BufferSource));
  }
});

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

function v8Message(b: Uint8Array): string {
  try {
    new WebAssembly.Module(b as BufferSource);
    return 'none';
  } catch (e) {
    return (e as Error).message;
  }
}
