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
import type { NativeBinding } from '../binding.js';
import { CARRIER, v8WebAssembly } from '../util/v8-wasm.js';
import { viewBytes } from './webidl.js';

/** Module of the carrier's import: what V8 says is missing. */
const MISSING = 'wamr-native, which this module was compiled for';
const utf8 = new TextEncoder();
/** Magic and version, (import MISSING "" (global i32)), and the custom section's id. */
const HEAD = concat([
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, MISSING.length + 6, 1, MISSING.length],
  utf8.encode(MISSING),
  [0, 3, 0x7f, 0, 0],
]);
const NAME = concat([[CARRIER.length], utf8.encode(CARRIER)]);
const MAC_BYTES = 32;
/** What is signed: one of these letters, the hash in hex, and of a file its path. */
const enum Kind {
  /** The artefact's bytes follow. */
  BYTES = 'b',
  FILE = 'f',
  /** The addon has it (native/kept.cc). */
  KEPT = 'k',
}
/** Artefacts of at most so many bytes are kept: V8 takes longer to copy one than to make a module. */
const KEPT_BYTES = 16_384;
const FIXED_BYTES = MAC_BYTES + 1 + 64;

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

/** The bytes of a genuine module that carries this. */
export function carrierOf(native: NativeBinding, { hash, source }: Carried): Uint8Array {
  const inFile = typeof source === 'string';
  const isKept = !inFile && source.length <= KEPT_BYTES && native.keepArtefact(hash, viewBytes(source)!);
  const text = inFile ? Kind.FILE + hash + path.resolve(source) : (isKept ? Kind.KEPT : Kind.BYTES) + hash;
  // Bytes that others made are arrays of the program's realm, whose methods it may have changed: of those only views.
  const signed = new Uint8Array(utf8.encode(text));
  const artefact = inFile || isKept ? [] : viewBytes(source)!;
  const mac = new Uint8Array(native.sign(signed));
  const size = leb5(NAME.length + MAC_BYTES + signed.length + artefact.length);
  return concat([HEAD, size, NAME, mac, signed, artefact]);
}

/**
 * The object of a module with this prototype. An ordinary one, whose copies are dead, where V8 makes no modules
 * (`--jitless`, or the policy of an embedder).
 */
export function makeCarrier(prototype: object, bytes: Uint8Array): object {
  if (Genuine === undefined) return Object.create(prototype) as object;
  try {
    return Object.setPrototypeOf(new Genuine(bytes), prototype) as object;
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
  if (bytes.length < FIXED_BYTES) return null;
  const isFile = bytes[MAC_BYTES] === Kind.FILE.charCodeAt(0);
  const signed = bytes.slice(MAC_BYTES, isFile ? bytes.length : FIXED_BYTES);
  const mac = new Uint8Array(native.sign(signed));
  for (let i = 0; i < MAC_BYTES; i++) if (mac[i] !== bytes[i]) return null;
  const text = new TextDecoder().decode(signed);
  const hash = text.slice(1, 65);
  if (isFile) return { hash, source: text.slice(65) };
  if (text[0] !== Kind.KEPT) return { hash, source: bytes.subarray(FIXED_BYTES) };
  const kept = native.keptArtefact(hash);
  return kept === undefined || bytes.length !== FIXED_BYTES ? null : { hash, source: new Uint8Array(kept) };
}

const nothing: readonly unknown[] = [];
const { values } = Array.prototype;
const { apply } = Reflect;

/** An object with this prototype that cannot be cloned: V8 clones no iterators. */
export function uncloneable<T extends object>(prototype: T): T {
  return Object.setPrototypeOf(apply(values, nothing, nothing), prototype) as T;
}

function concat(parts: ArrayLike<number>[]): Uint8Array {
  let size = 0;
  for (let i = 0; i < parts.length; i++) size += parts[i].length;
  const out = new Uint8Array(size);
  for (let i = 0, at = 0; i < parts.length; at += parts[i++].length) out.set(parts[i], at);
  return out;
}

/** LEB128 of a size, in five bytes. */
const leb5 = (n: number): number[] => [0, 7, 14, 21, 28].map((k) => ((n >>> k) & 0x7f) | (k < 28 ? 0x80 : 0));
