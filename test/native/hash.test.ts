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

it.each([
  ['whole', (fd: number) => native.readAhead(fd, 8192, 3 * MIB + 5)],
  ['with other code', (fd: number) => native.readAhead(fd, 4096, 4096)],
  ['and left', (fd: number) => (native.readAhead(fd, 8192, 3 * MIB + 5), native.endReadAhead())],
  ['twice', (fd: number) => [1, 2].forEach(() => native.readAhead(fd, 8192, 3 * MIB + 5))],
])('what is read ahead %s is what is copied', (_, begin) => {
  const fd = fs.openSync(file, 'r');
  begin(fd);
  const code = native.codeCopy(fd, 8192, 3 * MIB + 5);
  expect(hex(native.codeHash(code))).toBe(hex(hashArtefact(bytes)));
  for (const [at, n] of [
    [0, 8192],
    [8192, 3 * MIB + 5],
    [8192 + 3 * MIB + 5, bytes.length - 8192 - 3 * MIB - 5],
  ])
    expect(Buffer.compare(new Uint8Array(native.codeRead(code, at, n)), bytes.subarray(at, at + n))).toBe(0);
  native.codeFree(code);
  native.endReadAhead();
  fs.closeSync(fd);
});

it('the hash of a file that changes while it is read ahead is that of what was copied', () => {
  const copy = path.join(dir, 'changed');
  fs.writeFileSync(copy, bytes);
  const fd = fs.openSync(copy, 'r');
  native.readAhead(fd, 8192, 3 * MIB + 5);
  // What is not read yet ends early, or is zeros.
  fs.truncateSync(copy, 8192);
  fs.truncateSync(copy, bytes.length);
  const code = native.codeCopy(fd, 8192, 3 * MIB + 5);
  if (code < 0) expect(code).toBe(-5);
  else {
    const parts = [
      [0, 8192],
      [8192, 3 * MIB + 5],
      [8192 + 3 * MIB + 5, bytes.length - 8192 - 3 * MIB - 5],
    ].map(([at, n]) => new Uint8Array(native.codeRead(code, at, n)));
    expect(hex(native.codeHash(code))).toBe(hex(hashArtefact(new Uint8Array(Buffer.concat(parts)))));
    native.codeFree(code);
  }
  fs.closeSync(fd);
});

it('nothing is read ahead of what has no such code, or is no open file', () => {
  const fd = fs.openSync(file, 'r');
  for (const [offset, size] of [
    [1, 1],
    [0, bytes.length + 1],
    [-4096, 4096],
    [4096, 2 ** 33],
    [NaN, NaN],
  ])
    expect(native.readAhead(fd, offset, size)).toBe(undefined);
  fs.closeSync(fd);
  for (const bad of [fd, 99_999, -1, 1e300]) expect(native.readAhead(bad, 4096, 4096)).toBe(undefined);
  native.endReadAhead();
  expect(() => native.readAhead('x' as never, 0, 0)).toThrow(TypeError);
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
