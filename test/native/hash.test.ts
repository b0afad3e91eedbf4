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

function withFile<T>(f: (fd: number) => T): T {
  const fd = fs.openSync(file, 'r');
  try {
    return f(fd);
  } finally {
    fs.closeSync(fd);
  }
}

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
  expect(withFile((fd) => hex(native.hash(fd)))).toBe(hex(hashArtefact(bytes)));
});

it('ahead of time: the same, and of the file as it is when it is asked for', () => {
  native.hashAhead(file);
  native.hashAhead(path.join(dir, 'absent'));
  expect(withFile((fd) => hex(native.hash(fd)))).toBe(hex(hashArtefact(bytes)));
  native.hashAhead(file);
  const changed = bytes.slice();
  changed[5 * MIB] ^= 1;
  fs.writeFileSync(file, changed.subarray(0, changed.length - 1));
  expect(withFile((fd) => hex(native.hash(fd)))).toBe(hex(hashArtefact(changed.subarray(0, changed.length - 1))));
});

it('refuses what is no artefact', () => {
  expect(native.hash(new Uint8Array(511))).toBe(-22);
  expect(native.hash(999)).toBe(-9);
  expect(() => native.hash('x' as never)).toThrow(TypeError);
});
