/**
 * Functions of real modules, changed (test/support/transplants.ts), on our engine and on V8: results, traps, globals and
 * memory after each call. The donors are C programs and the compiler's own translated parts. WAMR_FUZZ_COUNT and
 * WAMR_FUZZ_SEED as in smith.test.ts.
 */
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import type { CompileOptions } from '../../src-ts/options.js';
import { type FuncType, ValType } from '../../src-ts/wasm/types.js';
import { wamr } from '../support/built.js';
import { type Engine, v8Engine, wamrEngine } from '../support/engine.js';
import { madeUpProfile } from '../support/made-up-profile.js';
import { ROOT } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { Random } from '../support/random-loops.js';
import { Donor, transplant } from '../support/transplants.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(400, 60));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
const ROUNDS = 4;

const GATE = path.join(ROOT, 'test/unit/gate');
const DONORS = [
  ...fs.readdirSync(GATE).flatMap((name) => (name.endsWith('.wasm') ? [path.join(GATE, name)] : [])),
  path.join(ROOT, 'dist/ahead-x64.wasm'),
].map((file) => new Donor(fs.readFileSync(file)));

const OPTIONS: ((bytes: Uint8Array, seed: number) => CompileOptions)[] = [
  () => ({ target: 'native' }),
  () => ({}),
  () => ({ bounds: 'explicit' }),
  (bytes, seed) => ({ profile: madeUpProfile(bytes, seed) }),
  () => ({ disable: ['long-lives'] }),
  () => ({ target: 'native', disable: ['register-locals', 'long-lives'] }),
];

interface Call {
  name: string;
  args: (number | bigint)[];
}
interface Outcome {
  text: string;
  memory: Buffer;
}

const INTEGERS = [0, 1, -1, 2, 7, 8, 31, 32, 64, 255, 65535, 65536, 131064, 0x7fffffff, -0x80000000, -4];
const FLOATS = [0, -0, 1, -1, 0.5, 1e10, -3.75, NaN, Infinity, 2 ** 31, 1e-40];

function argument(type: ValType, r: Random): number | bigint {
  const integer = r.chance(50) ? r.below(16384) * 8 : r.one(INTEGERS);
  if (type === ValType.I32) return integer;
  return type === ValType.I64 ? BigInt(integer) << BigInt(r.one([0, 0, 0, 20])) : r.one(FLOATS);
}

function callsOf(types: readonly FuncType[], r: Random): Call[] {
  const calls: Call[] = [];
  for (let round = 0; round < ROUNDS; round++)
    types.forEach((t, k) => {
      if (![...t.params, ...t.results].includes(ValType.V128))
        calls.push({ name: `f${k}`, args: t.params.map((type) => argument(type, r)) });
    });
  return calls;
}

/** Words that are addresses, small numbers, numbers of any size, texts and floats, in turns of 512 bytes. */
function fill(buffer: ArrayBuffer, r: Random): void {
  const words = new Uint32Array(buffer);
  const floats = new Float64Array(buffer);
  for (let block = 0; block < words.length; block += 128) {
    const style = r.below(6);
    for (let k = block; k < block + 128; k++)
      if (style < 3) words[k] = r.chance(70) ? r.below(16384) * 8 : r.below(256);
      else if (style === 3) words[k] = r.below(2 ** 32);
      else if (style === 4) words[k] = 0x20202020 + r.below(64) * 0x01010001;
      else if (k % 2 === 0) floats[k >> 1] = r.one(FLOATS) + r.below(1000);
  }
}

/** Runs what may never end: V8 and ours stop for a timeout. */
const script = new vm.Script('transplantedCalls()');

function run(engine: Engine, exports: Record<string, any>, calls: readonly Call[]): Outcome[] {
  const outcomes: Outcome[] = [];
  const globals = Object.keys(exports).filter((name) => name.startsWith('g'));
  (globalThis as any).transplantedCalls = () => {
    for (const { name, args } of calls) {
      let text: string;
      try {
        text = String(exports[name](...args));
      } catch (e) {
        if (!engine.isTrap(e)) throw e;
        text = `!${engine.trapKind(e)}`;
      }
      text += ` ${globals.map((g) => String(exports[g].value)).join()}`;
      outcomes.push({ text, memory: Buffer.from(exports.m.buffer.slice(0)) });
      // What comes after a stack that is full is the engine's affair.
      if (text.startsWith('!exhaustion')) return;
    }
  };
  try {
    script.runInThisContext({ timeout: 3000 });
  } catch (e) {
    if ((e as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw e;
  }
  return outcomes;
}

/** Whether memories differ in more than the bits of NaNs, which are an engine's affair. */
function isDifferent(a: Buffer, b: Buffer): boolean {
  if (a.equals(b)) return false;
  const isNaNAt = (m: Buffer, k: number): boolean =>
    (k >= 0 && k + 4 <= m.length && Number.isNaN(m.readFloatLE(k))) ||
    (k >= 0 && k + 8 <= m.length && Number.isNaN(m.readDoubleLE(k)));
  for (let k = 0; k < a.length; k++) {
    if (a[k] === b[k]) continue;
    let isNaN = false;
    for (let from = k - 7; from <= k && !isNaN; from++) isNaN = isNaNAt(a, from) && isNaNAt(b, from);
    if (!isNaN) return true;
  }
  return false;
}

it(`${COUNT} modules of transplanted functions`, { timeout: 600_000 }, () => {
  const seen = { modules: 0, calls: 0, traps: 0 };
  for (let seed = SEED; seed < SEED + COUNT; seed++) {
    const { bytes, types } = transplant(DONORS[seed % DONORS.length], seed);
    const r = new Random(seed);
    const calls = callsOf(types, r);
    const v8 = v8Engine.instantiate(v8Engine.compile(bytes), {}).exports;
    fill(v8.m.buffer, r);
    const options = OPTIONS[seed % OPTIONS.length](bytes, seed);
    const ours = new wamr.Instance(wamr.load(wamr.compileSync(bytes, options))).exports as any;
    new Uint8Array(ours.m.buffer).set(new Uint8Array(v8.m.buffer));
    const theirs = run(v8Engine, v8, calls);
    const got = run(wamrEngine(), ours, calls.slice(0, theirs.length));
    seen.modules++;
    for (let k = 0; k < theirs.length; k++) {
      const where = `seed ${seed}, ${JSON.stringify(Object.keys(options))}, call ${k}: ${calls[k].name}(${calls[k].args})`;
      if (theirs[k].text.startsWith('!exhaustion') || got[k]?.text.startsWith('!exhaustion')) break;
      expect(got[k]?.text, where).toBe(theirs[k].text);
      expect(isDifferent(got[k].memory, theirs[k].memory), `${where}: memory`).toBe(false);
      seen.calls++;
      if (theirs[k].text.startsWith('!')) seen.traps++;
      // From here on they may have different NaNs.
      if (!got[k].memory.equals(theirs[k].memory)) break;
    }
  }
  console.log(`transplants: ${JSON.stringify(seen)}`);
  expect(seen.calls - seen.traps).toBeGreaterThan(COUNT);
});
