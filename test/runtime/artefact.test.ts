/**
 * Loading artefacts: from bytes and files, and damage of every sort, which must end in a worded error and never in a
 * crash.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashArtefact } from '../../src-ts/aot/format.js';
import { wamr } from '../support/built.js';
import { newWat } from '../support/new-wat.js';
import { wat } from '../support/wat.js';

/** Modules with tags, several memories, 64-bit addresses, shared memories, suspending imports, typed references. */
const NEWER = {
  exceptions: `(module (import "m" "t" (tag $it (param i32 externref))) (import "m" "h" (func $h (param i32) (result i32)))
    (tag $t (export "tag") (param i64 f64)) (table (export "xt") 4 exnref) (memory (export "a") 1 10)
    (memory $b (export "b") i64 2 20) (memory 100 (pagesize 1)) (data (memory $b) (i64.const 8) "abcdef") (data "passive")
    (global (export "g") (mut i64) (i64.const 5)) (table $f (export "ft") i64 8 20 funcref) (elem (table $f) (i64.const 1) func $f1 $h)
    (func $f1 (export "f1") (param i32) (result i32)
      (block $c (try_table (catch_all $c) (drop (call $h (local.get 0))) (throw $t (i64.const 1) (f64.const 2))))
      (i32.load offset=4 (local.get 0)))
    (func (export "tc") (param i32) (result i32)
      (return_call_indirect $f (param i32) (result i32) (local.get 0) (i64.const 1))))`,
  'typed references': `(module (type $b (func (param i32) (result i64))) (type $a (func (param i32) (result (ref null $b))))
    (type $c (func (param i32 i64 f32 f64 i32 i64 i32 i64 i32 i64 i32 i64) (result i32 i64 f32)))
    (func $fa (export "fa") (type $a) (ref.func $fb)) (func $fb (export "fb") (type $b) (i64.const 4))
    (func (export "fc") (type $c) (local.get 0) (local.get 1) (local.get 2))
    (table $t (export "t") 3 10 (ref $a) (ref.func $fa)) (global $g (export "g") (ref $b) (ref.func $fb))
    (global (export "gm") (mut (ref null $c)) (ref.null $c)) (elem declare func $fa $fb)
    (elem (table $t) (i32.const 1) (ref $a) (ref.func $fa))
    (func (export "call") (result i64) (call_ref $b (i32.const 1) (global.get $g))))`,
  threads: `(module (import "m" "sm" (memory 1 10 shared)) (import "m" "s" (func $s (param i32) (result i32)))
    (func (export "w") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const 0)))
    (func (export "s") (param i32) (result i32) (call $s (local.get 0))) (data (i32.const 100) "shared data"))`,
};

/** Numbers that sizes, offsets and counts should not be. */
const ODD = [0, 1, 2, 7, 16, 255, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -1, 1e300, 0.5];
const HEADER_SECTIONS = 112;
const SECTION_BYTES = 24;

/** An artefact whose description (section 1) and tables can be replaced. */
class DescribedArtefact {
  private readonly view: DataView;
  private readonly description: unknown;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const { at, size } = this.section(0);
    this.description = JSON.parse(new TextDecoder().decode(bytes.subarray(at, at + size)));
  }

  private section(k: number): { at: number; size: number } {
    const entry = HEADER_SECTIONS + SECTION_BYTES * k;
    return {
      at: Number(this.view.getBigUint64(entry + 8, true)),
      size: Number(this.view.getBigUint64(entry + 16, true)),
    };
  }

  /** One value of the description is another one, or not there. */
  withOtherDescription(r: () => number): Uint8Array {
    const meta = structuredClone(this.description);
    const places: [Record<string, unknown>, string][] = [];
    const walk = (v: unknown): void => {
      if (typeof v !== 'object' || v === null) return;
      for (const key of Object.keys(v)) {
        places.push([v as Record<string, unknown>, key]);
        walk((v as Record<string, unknown>)[key]);
      }
    };
    walk(meta);
    const [owner, key] = places[r() % places.length];
    const [other, otherKey] = places[r() % places.length];
    const changes = [ODD[r() % ODD.length], ODD[r() % ODD.length], null, [], '', structuredClone(other[otherKey])];
    owner[key] = changes[r() % changes.length];
    const text = new TextEncoder().encode(JSON.stringify(meta));
    const out = new Uint8Array(Math.ceil((this.bytes.length + text.length) / 4096) * 4096);
    out.set(this.bytes);
    out.set(text, this.bytes.length);
    const view = new DataView(out.buffer);
    view.setBigUint64(16, BigInt(out.length), true);
    view.setBigUint64(HEADER_SECTIONS + 8, BigInt(this.bytes.length), true);
    view.setBigUint64(HEADER_SECTIONS + 16, BigInt(text.length), true);
    return out;
  }

  /** A word of the header or of a section that is not code is another one. */
  withOtherTable(r: () => number): Uint8Array {
    const out = this.bytes.slice();
    const view = new DataView(out.buffer);
    const k = r() % view.getUint32(72, true);
    const entry = HEADER_SECTIONS + SECTION_BYTES * k;
    const { at, size } = this.section(k);
    const isCode = view.getUint32(entry, true) === 2;
    const place = r() % 4 === 0 || isCode || size < 4 ? entry + 4 * (r() % 6) : at + 4 * (r() % (size >> 2));
    view.setUint32(place, ODD[r() % 11] >>> 0, true);
    return out;
  }
}

let dir: string;
let wasm: Uint8Array;
let good: Uint8Array;

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-aot-'));
  wasm =
    wat(`(module $m (import "m" "h" (func $h (param i32) (result i32))) (memory (export "mem") 2) (table 4 funcref) (global (mut i32) (i32.const 5))
    (func $f (export "f") (param i32) (result i32) local.get 0 call $h i32.const 8 i32.load i32.add) (elem (i32.const 0) $f $f) (data (i32.const 8) "\\01\\00\\00\\00") (data (i32.const 70000) "${'x'.repeat(66000).slice(0, 40000)}"))`);
  good = wamr.compileSync(wasm);
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const run = (module: InstanceType<typeof wamr.Module>): unknown =>
  new wamr.Instance(module, { m: { h: (x: number) => 2 * x } }).exports.f(20);

function refusal(bytes: Uint8Array): Error {
  try {
    wamr.load(bytes);
  } catch (e) {
    return e as Error;
  }
  throw new Error('loaded');
}

describe('loading', () => {
  it('takes bytes, a path and a URL', () => {
    const file = path.join(dir, 'a.aot');
    fs.writeFileSync(file, good);
    for (const source of [good, good.slice().buffer, Buffer.from(good), file, pathToFileURL(file)])
      expect(run(wamr.load(source))).toBe(41);
    expect(run(new wamr.Module(good))).toBe(41);
    expect(wamr.instantiate(file, { m: { h: () => 1 } }).exports.f(1)).toBe(2);
  });

  it('keeps a loaded module when the file is replaced or removed', () => {
    const file = path.join(dir, 'b.aot');
    fs.writeFileSync(file, good);
    const module = wamr.load(file);
    fs.rmSync(file);
    expect(run(module)).toBe(41);
  });

  it('bytes that another thread changes meanwhile are refused, or not the changed ones', async () => {
    const [before, after] = [0x12345678, 0x12345679];
    const code = wamr.compileSync(wat(`(module (func (export "f") (result i32) (i32.const ${before})))`));
    const bytes = new Uint8Array(new SharedArrayBuffer(code.length));
    bytes.set(code);
    const at = Buffer.from(code).indexOf(Buffer.from(Uint32Array.of(before).buffer));
    const worker = new Worker(
      `const { bytes, at } = require('node:worker_threads').workerData;
       require('node:worker_threads').parentPort.postMessage('begun');
       for (let pause = 1; ; pause = (pause * 7) % 4999) {
         for (let k = 0; k < pause * 20; k++) Atomics.load(bytes, at);
         bytes[at] ^= ${before ^ after};
       }`,
      { eval: true, workerData: { bytes, at } },
    );
    await new Promise((resolve) => worker.once('message', resolve));
    const seen = new Set<unknown>();
    for (let i = 0; i < 3000; i++) {
      try {
        seen.add(new wamr.Instance(wamr.load(bytes)).exports.f());
      } catch (e) {
        seen.add((e as Error).constructor.name);
      }
    }
    await worker.terminate();
    expect(seen).toEqual(new Set([before, 'AotError']));
  });

  it('tells wasm, nothing and other files apart', () => {
    expect(refusal(wasm).message).toMatch(/not a wamr-native artefact .*wamr-native compile/);
    expect(refusal(new Uint8Array(0)).message).toMatch(/empty/);
    expect(() => wamr.load(path.join(dir, 'absent.aot'))).toThrow(/ENOENT.*absent\.aot/);
  });
});

describe('damage', () => {
  /** Deterministic: a failure can be repeated. */
  const random = (seed: number): (() => number) => {
    let x = seed;
    return () => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x >>> 0;
    };
  };

  it('is always an AotError: 1,000 truncations, flips, zeroed and overwritten blocks', () => {
    const r = random(12345);
    for (let i = 0; i < 1000; i++) {
      let bytes = good.slice();
      const at = r() % bytes.length;
      const n = 1 + (r() % 600);
      switch (i % 5) {
        case 0:
          bytes = bytes.slice(0, at);
          break;
        case 1:
          bytes[at] ^= 1 << (r() % 8);
          break;
        case 2:
          bytes.fill(0, at, at + n);
          break;
        case 3:
          bytes.fill(0xff, at, at + n);
          break;
        case 4:
          bytes.copyWithin(at, r() % bytes.length, at + n);
          break;
      }
      if (Buffer.compare(bytes, good) === 0) continue;
      const e = refusal(bytes);
      expect(e).toBeInstanceOf(wamr.AotError);
      expect(e.message).toMatch(/^artefact: .{10,}/);
    }
  });

  it('of the description, with a hash that fits, is found as well or harmless to load', () => {
    const r = random(999);
    for (let i = 0; i < 300; i++) {
      const bytes = good.slice();
      bytes[r() % 512] ^= 1 << (r() % 8);
      bytes.set(hashArtefact(bytes), 24);
      try {
        wamr.load(bytes);
      } catch (e) {
        expect((e as Error).message.length).toBeGreaterThan(10);
      }
    }
  });

  it.each(Object.entries(NEWER))('of artefacts with newer features is an AotError: %s', (_, text) => {
    const whole = wamr.compileSync(newWat(text));
    const r = random(4321);
    for (let i = 0; i < 300; i++) {
      const bytes = whole.slice();
      bytes[r() % bytes.length] ^= 1 << (r() % 8);
      expect(refusal(bytes)).toBeInstanceOf(wamr.AotError);
    }
  });

  it.each(Object.entries(NEWER))(
    'of their description and tables, with a hash that fits, ends in an error or a run: %s',
    (_, text) => {
      const whole = new DescribedArtefact(wamr.compileSync(newWat(text)));
      const r = random(77);
      const kinds = new Set<string>();
      for (let i = 0; i < 800; i++) {
        const bytes = r() % 2 === 0 ? whole.withOtherDescription(r) : whole.withOtherTable(r);
        bytes.set(hashArtefact(bytes), 24);
        try {
          const module = wamr.load(bytes);
          wamr.Module.exports(module);
          const m = {
            h: (x: number) => x,
            s: new wamr.WebAssembly.Suspending((x: number) => x),
            t: new wamr.WebAssembly.Tag({ parameters: ['i32', 'externref'] }),
            sm: new wamr.Memory({ initial: 1, maximum: 10, shared: true }),
          };
          const { exports } = new wamr.Instance(module, { m });
          kinds.add(Object.keys(exports).length >= 0 ? 'ran' : '');
        } catch (e) {
          kinds.add((e as Error).constructor.name);
        }
      }
      expect([...kinds]).toEqual(expect.arrayContaining(['ran', 'AotError']));
    },
  );

  const patched = (change: (dv: DataView) => void): Uint8Array => {
    const bytes = good.slice();
    change(new DataView(bytes.buffer));
    bytes.set(hashArtefact(bytes), 24);
    return bytes;
  };

  it('another format, another compiler, missing CPU features say so', () => {
    expect(refusal(patched((dv) => dv.setUint32(8, 99, true))).message).toMatch(/format 99.*compile the module again/);
    expect(refusal(patched((dv) => dv.setUint8(80, 0x39))).message).toMatch(
      /made by wamr-native 9\..*compile the module again/,
    );
    expect(refusal(patched((dv) => dv.setUint32(76, 183, true))).message).toMatch(
      /made for arm64, this machine is x86-64; compile the module on this machine/,
    );
    expect(refusal(patched((dv) => dv.setUint32(76, 7, true)))).toBeInstanceOf(wamr.AotError);
    expect(refusal(patched((dv) => dv.setUint32(60, 0x4000_0000 | dv.getUint32(60, true), true))).message).toMatch(
      /needs CPU features that this machine lacks/,
    );
  });
});

// Whether the kernel has any at that moment is its affair.
it.skipIf(!fs.existsSync('/sys/kernel/mm/transparent_hugepage/enabled'))('large artefacts ask for large pages', () => {
  const asked = (): number => fs.readFileSync('/proc/self/smaps', 'utf8').match(/^VmFlags:.* hg\b/gm)?.length ?? 0;
  const before = asked();
  const module = new wamr.Module(
    wamr.compileSync(newWat(`(module (memory 100) (data (i32.const 0) "${'wamr-native '.repeat(400_000)}"))`)),
  );
  expect(asked()).toBeGreaterThan(before);
  expect(wamr.Module.exports(module)).toEqual([]);
});
