/** Loaded modules: checking and mapping artefacts, `Module` of the JavaScript interface, and the state behind it. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileSync } from '../aot/compile.js';
import { type Artefact, type AotMeta, Section, isArtefact, readArtefact, readArtefactNames } from '../aot/format.js';
import { type CodeDescriptor, type CodeId, NO_STUB, type NativeBinding } from '../binding.js';
import { AotError } from '../errors.js';
import type { BufferSource } from '../options.js';
import { ExternKind, type FuncType } from '../wasm/types.js';
import { type Env, env } from './env.js';
import { signatureKey } from './signature.js';
import { defineInterface, isObject, viewBytes } from './webidl.js';

const KIND_NAMES = ['function', 'table', 'memory', 'global'] as const;

/** A mapped module as instances use it. The artefact's bytes are not kept, only its description. */
export class ModuleState {
  /** Type index of each function of the index space. */
  readonly funcTypes: Int32Array;
  /** Items of the element segments (AotElem.at). */
  readonly elems: Int32Array;
  readonly image: { offset: number; size: number } | null;
  /** Where the data section starts in the file. */
  readonly dataOffset: number;
  readonly meta: AotMeta;
  private readonly hash: string;
  /** The names until somebody asks, then the decoded map. */
  private names: Map<number, string> | Artefact;

  constructor(
    readonly env: Env,
    readonly code: CodeId,
    artefact: Artefact,
  ) {
    const { meta } = artefact;
    this.meta = meta;
    this.hash = artefact.hash;
    this.funcTypes = functionTypes(artefact);
    this.elems = words(artefact, Section.ELEMS);
    this.image = artefact.section(Section.IMAGE);
    this.dataOffset = artefact.section(Section.DATA)?.offset ?? 0;
    this.names = namesOnly(artefact);
    env.onCollected(this, freeCode(env.native, code));
  }

  /** The module's own name, else the first digits of its hash: what stacks show. */
  get displayName(): string {
    return this.meta.moduleName || this.hash.slice(0, 8);
  }

  functionName(func: number): string | null {
    if (!(this.names instanceof Map)) this.names = readArtefactNames(this.names);
    return this.names.get(func) ?? null;
  }

  typeOf(func: number): FuncType {
    return this.meta.types[this.funcTypes[func]];
  }

  /** The exports as the JavaScript interface describes them. */
  describeExports(): { name: string; kind: string }[] {
    return this.meta.exports.map((e) => ({ name: e.name, kind: KIND_NAMES[e.kind] }));
  }

  describeImports(): { module: string; name: string; kind: string }[] {
    return this.meta.imports.map((i) => ({ module: i.module, name: i.name, kind: KIND_NAMES[i.kind] }));
  }

  customSections(name: string): ArrayBuffer[] {
    return this.meta.custom.filter(([n]) => n === name).map(([, contents]) => new Uint8Array(Buffer.from(contents, 'base64')).buffer);
  }

  /** State of a value that may be a module, or null. */
  static of(e: Env, value: unknown): ModuleState | null {
    return (isObject(value) && e.registry.modules.get(value)) || null;
  }
}

function freeCode(native: NativeBinding, code: CodeId): () => void {
  return () => native.codeFree(code);
}

function words(a: Artefact, id: Section): Int32Array {
  const range = a.section(id);
  return range === null ? new Int32Array(0) : new Int32Array(a.bytes.slice(range.offset, range.offset + range.size).buffer);
}

function functionTypes(a: Artefact): Int32Array {
  const { imports, importedFuncs, functions } = a.meta;
  const types = new Int32Array(functions);
  let at = 0;
  for (const i of imports) if (i.kind === ExternKind.FUNC) types[at++] = i.type;
  const rows = words(a, Section.FUNCS);
  for (let d = 0; d < functions - importedFuncs; d++) types[importedFuncs + d] = rows[4 * d + 2];
  return types;
}

/** An artefact that is nothing but its name section, so that the rest of the bytes can go. */
function namesOnly(a: Artefact): Artefact {
  const range = a.section(Section.NAMES);
  const bytes = range === null ? new Uint8Array(0) : a.bytes.slice(range.offset, range.offset + range.size);
  return { ...a, bytes, section: (id) => (id === Section.NAMES && range !== null ? { offset: 0, size: bytes.length } : null) };
}

/**
 * Maps an artefact: a path, a file URL, or bytes (an artefact in memory is copied once into a mapping).
 * @throws AotError when it is damaged, of another version or for another machine; the message says how to mend it.
 */
export function load(source: string | URL | BufferSource): Module {
  const module = Object.create(Module.prototype) as Module;
  loadInto(module, source);
  return module;
}

function loadInto(module: object, source: string | URL | BufferSource): void {
  const bytes = viewBytes(source);
  if (bytes !== null) {
    mapArtefact(module, readArtefact(bytes, env().native.cpuFeatures()), bytes, 'artefact');
    return;
  }
  const path = source instanceof URL || (isObject(source) && 'href' in source) ? fileURLToPath(source as URL) : String(source);
  // Checked and mapped through one descriptor, so that the file cannot be another one in between.
  const fd = fs.openSync(path, 'r');
  try {
    const contents = fs.readFileSync(fd);
    mapArtefact(module, readArtefact(contents, env().native.cpuFeatures(), path), fd, path);
  } finally {
    fs.closeSync(fd);
  }
}

function mapArtefact(module: object, artefact: Artefact, source: number | Uint8Array, what: string): void {
  const e = env();
  const code = e.native.codeLoad(source, describeCode(e.native, artefact));
  if (code === -22) throw new AotError(`${what}: its sections contradict each other; compile the module again`);
  if (code < 0) throw new AotError(`${what}: could not be mapped (error ${-code})`);
  const state = new ModuleState(e, code, artefact);
  e.registry.modules.set(module, state);
  e.registry.observer?.onModule(state, artefact);
}

function describeCode(native: NativeBinding, { meta, section }: Artefact): CodeDescriptor {
  const none = { offset: 0, size: 0 };
  const code = section(Section.CODE) ?? none;
  const traps = section(Section.TRAPS) ?? none;
  const functions = section(Section.FUNCS) ?? none;
  return {
    codeOffset: code.offset,
    codeSize: code.size,
    trapsOffset: traps.offset,
    trapsSize: traps.size,
    functionsOffset: functions.offset,
    functionsSize: functions.size,
    importedFuncs: meta.importedFuncs,
    typeIds: Uint32Array.from(meta.typeIds, (id, i) => (id !== 0 ? id : native.longTypeId(signatureKey(meta.types[i])))),
    outBytes: Uint32Array.from(meta.outBytes),
    entryStubs: offsets(meta.entryStubs),
    hostStubs: offsets(meta.hostStubs),
    importStubs: offsets(meta.importStubs),
    needsGuard: meta.bounds === 'guard',
  };
}

const offsets = (a: number[]): Uint32Array => Uint32Array.from(a, (x) => (x < 0 ? NO_STUB : x));

/** `WebAssembly.Module`: made of wasm bytes (compiled here and now) or of an artefact. */
export class Module {
  constructor(source: BufferSource) {
    const bytes = viewBytes(source);
    if (bytes === null) throw new TypeError('WebAssembly.Module(): Argument 0 must be a buffer source');
    loadInto(this, isArtefact(bytes) ? bytes : compileSync(bytes));
  }

  static exports(module: Module): { name: string; kind: string }[] {
    return stateOf(module, 'WebAssembly.Module.exports()').describeExports();
  }

  static imports(module: Module): { module: string; name: string; kind: string }[] {
    return stateOf(module, 'WebAssembly.Module.imports()').describeImports();
  }

  static customSections(module: Module, name: string): ArrayBuffer[] {
    const state = stateOf(module, 'WebAssembly.Module.customSections()');
    if (name === undefined) throw new TypeError('WebAssembly.Module.customSections(): Argument 1 is required');
    return state.customSections(String(name));
  }
}
defineInterface(Module, 'Module');

function stateOf(value: unknown, where: string): ModuleState {
  const state = ModuleState.of(env(), value);
  if (state === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Module`);
  return state;
}
