/** Instances of modules in text form (all proposals that wasm-tools knows), on this engine and on V8. */
import { compileSync, Module, WebAssembly as W } from '../../src-ts/index.js';
import { newWat } from './new-wat.js';

const made = new Map<string, Uint8Array<ArrayBuffer>>();
/** The module in binary form. */
export function binary(text: string): Uint8Array<ArrayBuffer> {
  let bytes = made.get(text);
  if (bytes === undefined) made.set(text, (bytes = newWat(text)));
  return bytes;
}

export type Exports = Record<string, any>;
/** The exports of an instance of ours. */
export const instance = (text: string, imports: object = {}, bounds: 'guard' | 'explicit' = 'guard'): Exports =>
  new W.Instance(new Module(compileSync(binary(text), { verify: true, bounds })), imports).exports;
/** The same of V8's. */
export const inV8 = (text: string, imports: object = {}): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(binary(text)), imports as never).exports;
