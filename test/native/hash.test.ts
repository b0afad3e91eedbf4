/**
 * The addon's artefact hash against the one in TypeScript: lengths around the borders of blocks, leaves and threads,
 * from memory and from files.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashArtefact } from '../../src-ts/aot/format.js';
import { native } from './rig.js';

const MIB = 1 << 20;
let dir: string;
let file: string;
let bytes: Uint8Array;

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-hash-'));
  file = path.join(dir, 'a');
  bytes = new Uint8Array(19 * MIB + 1000);
  for (let i = 0, x = 1; i < bytes.length; i += 7) bytes[i] = x = (x * 75 + 74) % 65537;
  fs.writeFileSync(file, bytes);
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const hex = (b: ArrayBuffer | Uint8Array | number): string =>
  typeof b === 'number' ? `error ${b}` : Buffer.from(b as Uint8Array).toString('hex');

it('equals the one in TypeScript', () => {
  for (const size of [
    512,
    513,
    567,
    568,
    575,
    576,
    577,
    4096,
    MIB - 1,
    MIB,
    MIB + 1,
    MIB + 64,
    2 * MIB + 55,
    2 * MIB + 56,
    3 * MIB,
    9 * MIB + 100,
  ]) {
    const part = bytes.slice(0, size);
    expect(hex(native.hash(part)), String(size)).toBe(hex(hashArtefact(part)));
  }
});

it.each([
  [0, 0],
  [4096, 1],
  [4096, 4096],
  [8192, 3 * MIB + 5],
  [2 * MIB, 17 * MIB + 999],
])('copies are hashed as they arrive: code at %d, %d bytes', (offset, size) => {
  const expected = hex(hashArtefact(bytes));
  const sources = [bytes, fs.openSync(file, 'r')];
  for (const source of sources) {
    const code = native.codeCopy(source, offset, size);
    expect(hex(native.codeHash(code))).toBe(expected);
    for (const [at, n] of [
      [0, Math.min(offset, 4096)],
      [offset, size],
      [offset + size, bytes.length - offset - size],
    ])
      expect(Buffer.compare(new Uint8Array(native.codeRead(code, at, n)), bytes.subarray(at, at + n))).toBe(0);
    native.codeFree(code);
  }
  fs.closeSync(sources[1] as number);
});

it('refuses what is no artefact', () => {
  expect(native.hash(new Uint8Array(511))).toBe(-22);
  expect(() => native.hash(999 as never)).toThrow(TypeError);
  expect(native.codeCopy(999, 0, 0)).toBe(-9);
  expect(native.codeCopy(new Uint8Array(511), 0, 0)).toBe(-22);
  for (const [offset, size] of [
    [1, 1],
    [0, bytes.length + 1],
    [-4096, 4096],
    [4096, 2 ** 33],
  ])
    expect(native.codeCopy(bytes, offset, size)).toBe(-22);
});
