/**
 * Loading artefacts: from bytes and files, and damage of every sort, which must end in a worded error and never in a
 * crash.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashArtefact } from '../../src-ts/aot/format.js';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

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
