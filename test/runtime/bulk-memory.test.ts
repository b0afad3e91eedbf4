/**
 * memory.copy and memory.fill of every small length, overlapping and at the end of the memory, against the same on a
 * plain array.
 */
import { expect, it } from 'vitest';
import { Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

const SIZE = 65536;
const { m, copy, fill } = new Instance(
  new Module(
    wat(`(module (memory (export "m") 1)
      (func (export "copy") (param i32 i32 i32) local.get 0 local.get 1 local.get 2 memory.copy)
      (func (export "fill") (param i32 i32 i32) local.get 0 local.get 1 local.get 2 memory.fill))`),
  ),
).exports;
const bytes = new Uint8Array(m.buffer);
const model = new Uint8Array(SIZE);
const LENGTHS = [...Array(300).keys(), 511, 512, 513, 1000, 5000];

/** The window that an operation may have touched, with what lies around it. */
function same(from: number, n: number): boolean {
  const a = Math.max(0, from - 40);
  const b = Math.min(SIZE, from + n + 40);
  return Buffer.compare(bytes.subarray(a, b), model.subarray(a, b)) === 0;
}

function refill(): void {
  for (let i = 0; i < SIZE; i++) bytes[i] = model[i] = (i * 7919) >> 5;
}

it('copies every length at every kind of overlap', () => {
  refill();
  const wrong: string[] = [];
  for (const n of LENGTHS) {
    for (const shift of [0, 1, 3, 8, 15, 16, 17, 33, 100, 255, 300, -1, -2, -7, -16, -31, -64, -130, -256, 20000]) {
      const src = 20_000 + n;
      copy(src + shift, src, n);
      model.copyWithin(src + shift, src, src + n);
      if (!same(src + shift, n)) wrong.push(`${n} bytes by ${shift}`);
    }
    copy(SIZE - n, 100, n);
    model.copyWithin(SIZE - n, 100, 100 + n);
    if (!same(SIZE - n, n)) wrong.push(`${n} to the end`);
  }
  expect(wrong).toEqual([]);
});

it('fills every length', () => {
  refill();
  const wrong: string[] = [];
  for (const n of LENGTHS) {
    for (const [at, value] of [
      [1000 + n, n],
      [SIZE - n, 0x1ff],
      [3, -1],
    ]) {
      fill(at, value, n);
      model.fill(value, at, at + n);
      if (!same(at, n)) wrong.push(`${n} at ${at}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('traps beyond the end without touching anything', () => {
  refill();
  for (const n of [0, 1, 5, 16, 100, 256, 257, 600]) {
    for (const at of [SIZE - n + 1, SIZE + 1, -n - 1, -1]) {
      if (at < 0 && n === 0) continue;
      expect(() => copy(at, 0, n), `to ${at} ${n}`).toThrow(/out of bounds/);
      expect(() => copy(0, at, n), `from ${at} ${n}`).toThrow(/out of bounds/);
      expect(() => fill(at, 1, n), `fill ${at} ${n}`).toThrow(/out of bounds/);
    }
    expect(() => copy(0, 1, -n - 1)).toThrow(/out of bounds/);
    copy(SIZE, 0, 0);
    fill(SIZE, 0, 0);
  }
  expect(Buffer.compare(bytes, model)).toBe(0);
});
