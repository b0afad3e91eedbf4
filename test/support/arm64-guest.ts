/** The emulated process's side of arm64.ts: an engine whose modules are compiled by the process outside. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import type { CompileOptions } from '../../src-ts/options.js';
import type { Reach } from './arm64.js';
import { type Engine, edition2Features, wamrEngine } from './engine.js';

const { CompileError, load } = createRequire(import.meta.url)(
  '../../dist/index.js',
) as typeof import('../../src-ts/index.js');
const ORDERS = 3;
const ANSWERS = 4;

function read(bytes: number): Buffer {
  const all = Buffer.alloc(bytes);
  for (let done = 0; done < bytes;) done += fs.readSync(ANSWERS, all, done, bytes - done, null);
  return all;
}

function write(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(ORDERS, bytes, done);
}

/** The artefact of a module, compiled outside. */
export function compileOutside(wasm: Uint8Array, options: CompileOptions & Reach = {}): Uint8Array {
  const words = Buffer.from(JSON.stringify(options));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(words.length, 0);
  head.writeUInt32LE(wasm.length, 4);
  write(Buffer.concat([head, words, wasm]));
  const answer = read(8);
  const body = read(answer.readUInt32LE(4));
  if (answer[0] === 0) return new Uint8Array(body);
  const { name, message } = JSON.parse(body.toString()) as Error;
  throw name === 'CompileError' ? new CompileError(message, -1) : Object.assign(new Error(message), { name });
}

/** Our engine; in edition 2.0 of the specification, or with all that it has. */
export function arm64Engine(only2: boolean, options: CompileOptions & Reach = {}): Engine {
  const features = only2 ? edition2Features() : undefined;
  return {
    ...wamrEngine(),
    name: 'wamr-native on arm64',
    ...(only2 ? { features: new Set(['simd']) } : {}),
    compile: (bytes) => load(compileOutside(bytes, { ...options, features })),
  };
}
