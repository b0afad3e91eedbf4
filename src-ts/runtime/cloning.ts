/**
 * What structured cloning (`structuredClone`, `postMessage`, `workerData`) makes of the interface's objects. It cannot be
 * taught about objects of JavaScript, so ours are made of such objects as it treats in the way that is wanted:
 *
 * - A `Module` is a genuine, tiny WebAssembly.Module, its carrier. Its copy in another thread is one too, and carries in a
 *   custom section what takes to load the artefact there: the path of its file, or the artefact itself. An import
 *   that says what is wrong keeps V8 from running it. What is carried is signed with a secret of this process, because a
 *   guest's own bytes may contain such a section, and an artefact is code that runs.
 * - Everything else is an object that cannot be cloned, so that cloning throws a DataCloneError.
 */
import path from 'node:path';
import { hexOf } from '../aot/format.js';
import type { NativeBinding } from '../binding.js';
import { CARRIER, v8WebAssembly } from '../util/v8-wasm.js';

/** Module of the carrier's import: what V8 says is missing. */
const MISSING = 'wamr-native, which this module was compiled for';
const MAC_BYTES = 32;
const HASH_BYTES = 32;
const enum Kind {
  BYTES,
  FILE,
}

/** Where the artefact of a carried module is. */
export interface Carried {
  /** Hex hash of the artefact. */
  hash: string;
  /** Its bytes, or the path of its file. */
  source: Uint8Array | string;
}

interface GenuineModule {
  new (bytes: Uint8Array): object;
  customSections(module: object, name: string): ArrayBuffer[];
}

const Genuine = (v8WebAssembly as { Module: GenuineModule } | undefined)?.Module;
const genuineSections = Genuine?.customSections;
const utf8 = new TextEncoder();

/**
 * The object of a module with this prototype. An ordinary one, whose copies are dead, where V8 makes no modules
 * (`--jitless`, a policy against code generation).
 */
export function makeCarrier(native: NativeBinding, prototype: object, { hash, source }: Carried): object {
  if (Genuine === undefined) return Object.create(prototype) as object;
  const isFile = typeof source === 'string';
  const signed = concat([
    [isFile ? Kind.FILE : Kind.BYTES],
    bytesOf(hash),
    isFile ? utf8.encode(path.resolve(source)) : [],
  ]);
  const content = concat([
    sized(utf8.encode(CARRIER)),
    new Uint8Array(native.sign(signed)),
    signed,
    isFile ? [] : source,
  ]);
  // (import MISSING "" (global i32)), then the custom section.
  const imports = concat([[1], sized(utf8.encode(MISSING)), [0, 3, 0x7f, 0]]);
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2];
  try {
    const carrier = new Genuine(concat([head, sized(imports), [0], leb(content.length), content]));
    return Object.setPrototypeOf(carrier, prototype) as object;
  } catch {
    return Object.create(prototype) as object;
  }
}

/** What a module of V8's carries; null for anything else, and for what this process has not signed. */
export function readCarrier(native: NativeBinding, value: object): Carried | null {
  let sections: ArrayBuffer[];
  try {
    sections = genuineSections!(value, CARRIER);
  } catch {
    return null;
  }
  if (sections.length !== 1) return null;
  const bytes = new Uint8Array(sections[0]);
  const fixed = MAC_BYTES + 1 + HASH_BYTES;
  if (bytes.length < fixed) return null;
  const isFile = bytes[MAC_BYTES] === Kind.FILE;
  const mac = new Uint8Array(native.sign(bytes.slice(MAC_BYTES, isFile ? bytes.length : fixed)));
  for (let i = 0; i < MAC_BYTES; i++) if (mac[i] !== bytes[i]) return null;
  const rest = bytes.subarray(fixed);
  return {
    hash: hexOf(bytes.subarray(MAC_BYTES + 1, fixed)),
    source: isFile ? new TextDecoder().decode(rest) : rest,
  };
}

const nothing: readonly unknown[] = [];
const { values } = Array.prototype;

/** An object with this prototype that cannot be cloned: V8 clones no iterators. */
export function uncloneable<T extends object>(prototype: T): T {
  return Object.setPrototypeOf(Reflect.apply(values, nothing, []), prototype) as T;
}

function concat(parts: ArrayLike<number>[]): Uint8Array {
  let size = 0;
  for (let i = 0; i < parts.length; i++) size += parts[i].length;
  const out = new Uint8Array(size);
  for (let i = 0, at = 0; i < parts.length; at += parts[i++].length) out.set(parts[i], at);
  return out;
}

function bytesOf(hex: string): Uint8Array {
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** Behind its length. */
const sized = (bytes: ArrayLike<number>): Uint8Array => concat([leb(bytes.length), bytes]);

function leb(n: number): number[] {
  const out: number[] = [];
  for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  out.push(n);
  return out;
}
