/** Runs SIMD functions on this engine, for every target, and on V8, over the product of their operands' values. */
import { expect } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { functionModules } from './simd-build.js';
import { RESULT } from './simd-code.js';
import { VALUES, valuesOf } from './simd-values.js';

/** What everything is compiled for. */
export const TARGETS = [
  { target: 'x86-64-v2' },
  { target: 'x86-64-v3' },
  { target: 'x86-64-v2', bounds: 'explicit' },
] as const;

/** A function to be run on both engines. */
export interface Fn {
  name: string;
  /** Operands that the caller places; the others are constants or the same again. */
  operands: string;
  result: string;
  float: 0 | 32 | 64;
  /** Address of each operand → []. */
  body: number[];
  /** Other functions that it calls come first. */
  inner?: { params: number[]; results: number[]; body: number[] };
}

/** Exports of a module of `functionModules`. */
export type Exports = Record<string, (...a: number[]) => void> & { memory: { buffer: ArrayBuffer } };

/** An instance on V8. */
export const inV8 = (module: Uint8Array): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource)).exports as unknown as Exports;
/** One of ours, compiled with these options. */
export const here = (module: Uint8Array, options: (typeof TARGETS)[number]): Exports =>
  new Instance(new Module(compileSync(module, { ...options, verify: true }))).exports as unknown as Exports;

function isQuietNaN(view: DataView, at: number, bits: 32 | 64): boolean {
  if (bits === 32) return (view.getUint32(at, true) & 0x7fc00000) === 0x7fc00000;
  return (view.getUint32(at + 4, true) & 0x7ff80000) === 0x7ff80000;
}

function sameResult(a: DataView, b: DataView, float: 0 | 32 | 64): boolean {
  if (float === 0)
    return (
      a.getBigUint64(RESULT, true) === b.getBigUint64(RESULT, true) &&
      a.getBigUint64(RESULT + 8, true) === b.getBigUint64(RESULT + 8, true)
    );
  for (let at = RESULT; at < RESULT + 16; at += float / 8) {
    const equal =
      a.getUint32(at, true) === b.getUint32(at, true) &&
      (float === 32 || a.getUint32(at + 4, true) === b.getUint32(at + 4, true));
    if (!equal && !(isQuietNaN(a, at, float) && isQuietNaN(b, at, float))) return false;
  }
  return true;
}

const textOf = (view: DataView, at: number): string => Buffer.from(view.buffer, at, 16).toString('hex');

function write(view: DataView, at: number, letter: string, x: number | bigint | Uint8Array): void {
  if (letter === 'v') new Uint8Array(view.buffer).set(x as Uint8Array, at);
  else if (letter === 'i') view.setInt32(at, x as number, true);
  else if (letter === 'I') view.setBigInt64(at, BigInt.asIntN(64, x as bigint), true);
  else if (letter === 'f') view.setFloat32(at, x as number, true);
  else view.setFloat64(at, x as number, true);
}

/** Runs every function on both engines over the product of its operands' values. */
export function compare(fns: Fn[], vectors = VALUES): void {
  const module = functionModules(
    fns.map((f) => ({
      name: f.name,
      params: [...f.operands].map(() => 0x7f),
      results: [],
      body: f.body,
      inner: f.inner,
    })),
  );
  const wrong: string[] = [];
  for (const options of TARGETS) {
    const v8 = inV8(module);
    const ours = here(module, options);
    const a = new DataView(v8.memory.buffer);
    const b = new DataView(ours.memory.buffer);
    for (const f of fns) {
      const lists = [...f.operands].map((l, k) => valuesOf(l, k > 0 && f.operands.length > 2, vectors));
      const addresses = lists.map((_, k) => 16 * k);
      const run = (k: number): void => {
        if (k < lists.length) {
          for (const x of lists[k]) {
            write(a, addresses[k], f.operands[k], x);
            write(b, addresses[k], f.operands[k], x);
            run(k + 1);
          }
          return;
        }
        v8[f.name](...addresses);
        ours[f.name](...addresses);
        if (!sameResult(a, b, f.float) && wrong.length < 20)
          wrong.push(
            `${JSON.stringify(options)} ${f.name}(${addresses.map((at) => textOf(b, at))}) = ${textOf(b, RESULT)}, V8: ${textOf(a, RESULT)}`,
          );
      };
      run(0);
    }
  }
  expect(wrong).toEqual([]);
}
