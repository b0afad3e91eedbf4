/** Loaded modules: checking and mapping artefacts, `Module` of the JavaScript interface, and the state behind it. */
import fs from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileSync } from '../aot/compiler.js';
import { forHere } from '../aot/for-here.js';
import { type Artefact, type AotMeta, Section, isArtefact, readArtefact, readFunctionNames } from '../aot/format.js';
import { findCustomSections, type SourceLookup, sourceLookup } from '../aot/custom-sections.js';
import { expandPlace, type InlinedPlace } from '../aot/inlined.js';
import type { CodeDescriptor, CodeId } from '../binding.js';
import { machineOf } from '../addon.js';
import { FunctionRow, NO_STUB, typeOfRow } from '../abi/artefact.js';
import { MemoryGuard, ObjectKind } from '../abi/objects.js';
import { AotError } from '../errors.js';
import type { SourceFrame } from '../dwarf/index.js';
import { type BufferSource, ENV } from '../options.js';
import type { ContentMap } from '../util/content-map.js';
import { handOut, handOutBytes } from '../util/hand-out.js';
import { log } from '../util/log.js';
import { IntVec } from '../util/vec.js';
import { ElementSegments } from '../wasm/elements.js';
import type { CompileTimeImports } from '../wasm/compile-time-imports.js';
import {
  EXTERN_KIND_NAMES,
  ExternKind,
  type ExternKindName,
  isFenced,
  type MemoryType,
  needsChecks,
} from '../wasm/types.js';
import type { Brand } from './brand.js';
import { ArtefactCopy, refused } from './artefact-copy.js';
import { carrierOf, makeCarrier, readCarrier } from './cloning.js';
import { type Env, env } from './env.js';
import { globalKind } from './global.js';
import { renumberMeta } from './types.js';
import { readCompileOptions, type WebAssemblyCompileOptions } from './compile-options.js';
import { defineInterface, isObject, toDOMString, viewBytes } from './webidl.js';

/** Where source maps are looked for: a module does not know where it came from. */
function sourceFolders({ sourceFolders: known }: Env['registry']): string[] {
  const folders = [...known];
  for (const folder of ENV.sourceMaps.split(delimiter)) if (folder !== '') folders.push(folder);
  folders.push(process.cwd());
  return folders;
}

/** Carriers of at most so many bytes are kept. */
const KEPT_CARRIER = 65_536;

type Bounds = 'guard' | 'explicit';

/** The objects that stand for one. */
const modulesOf = (e: Env): Brand<ModuleState> => e.registry.modules as Brand<ModuleState>;

/** What code for guard pages asks of a memory. */
const guardOf = (m: MemoryType, imported: boolean): MemoryGuard =>
  !needsChecks(m) ? MemoryGuard.ALL : isFenced(m, imported) ? MemoryGuard.FENCE : MemoryGuard.NONE;

/** A mapped module as instances use it. The big tables stay in the mapped file until they are read. */
export class ModuleState {
  readonly elems: ElementSegments;
  readonly image: { offset: number; size: number } | null;
  /** Where the data section starts in the file. */
  readonly dataOffset: number;
  /** Types are in the thread's numbering (runtime/types.ts). */
  readonly meta: AotMeta;
  /** Numbers of the types, by type index. */
  readonly typeNumbers: readonly number[];
  /** Hex hash of the artefact. */
  readonly hash: string;
  /** An instance has something to do when it is made: values of globals and tables, contents of memories, a start function. */
  readonly initialises: boolean;
  /** Instances need a heap. */
  readonly usesHeap: boolean;
  /** Indices of the functions among the exports. */
  readonly exportedFunctions: readonly number[];
  /** Of small modules: what carries them (cloning.ts). */
  carrier: Uint8Array | null = null;
  private hasShape = false;
  private readonly section: Artefact['section'];
  private readonly importTypes: number[];
  /** Rows of the function table, read on first use. */
  private rows: Int32Array | null = null;
  private names: Map<number, string> | null = null;
  private inlined: Uint32Array | null = null;
  private sources: SourceLookup | null | undefined;

  constructor(
    readonly env: Env,
    readonly code: CodeId,
    artefact: Artefact,
    numbers: number[],
  ) {
    const { types } = env.registry;
    this.typeNumbers = numbers;
    const meta = renumberMeta(artefact.meta, numbers, types.types);
    this.meta = meta;
    this.hash = artefact.hash;
    this.section = artefact.section;
    this.importTypes = meta.imports.flatMap((i) => (i.kind === ExternKind.FUNC ? [i.type] : []));
    this.elems = new ElementSegments(
      new Int32Array(this.contents(Section.ELEM_ROWS)),
      IntVec.of(new Int32Array(this.contents(Section.ELEMS))),
      meta.elemExprs,
    );
    this.image = artefact.section(Section.IMAGE);
    this.dataOffset = artefact.section(Section.DATA)?.offset ?? 0;
    this.initialises =
      meta.globalInits.length + meta.tableInits.length + this.elems.length + meta.datas.length > 0 ||
      this.image !== null ||
      meta.start >= 0;
    this.usesHeap = meta.proposals.includes('gc');
    this.exportedFunctions = meta.exports.flatMap((e) => (e.kind === ExternKind.FUNC ? [e.index] : []));
    env.lifetimes.born(ObjectKind.CODE, code, this);
  }

  private contents(id: Section): ArrayBuffer {
    const range = this.section(id);
    return range === null ? new ArrayBuffer(0) : this.env.native.codeRead(this.code, range.offset, range.size);
  }

  /** Tells the addon once what all instances have in common. */
  giveShape(): void {
    if (this.hasShape) return;
    const { meta } = this;
    const data = new Float64Array(2 * meta.dataCount);
    for (const d of meta.datas) data.set([this.dataOffset + d.at, d.size], 2 * d.index);
    this.env.native.instanceShape(this.code, {
      layout: meta.vm,
      guarded: meta.memories.map((m, i) => guardOf(m, i < meta.importedMemories)),
      tableSizes: meta.tables.map((t) => t.min),
      importedGlobals: meta.importedGlobals,
      globalKinds: meta.globals.map((g) => globalKind(this.env, g.type)),
      data,
      elems: this.elems.length,
    });
    this.hasShape = true;
  }

  /** The module's own name, else the first digits of its hash: what stacks show. */
  get displayName(): string {
    return this.meta.moduleName || this.hash.slice(0, 8);
  }

  /**
   * Function and wasm offset of a place in the code of `func` as the trap table has it, where bodies are inlined the
   * innermost first.
   */
  expandPlace(func: number, offset: number): InlinedPlace[] {
    this.inlined ??= new Uint32Array(this.contents(Section.INLINED));
    return expandPlace(this.inlined, func, offset);
  }

  /** Where a wasm offset is in the source, innermost first where calls were inlined; empty without DWARF. */
  sourceOf(offset: number): SourceFrame[] {
    if (this.sources === undefined) {
      // A stack that is shown must not fail, for want of the reader's bundle in a program that was bundled, say.
      this.sources = null;
      try {
        const custom = new Uint8Array(this.contents(Section.CUSTOM));
        this.sources = sourceLookup(custom, this.meta.codeStart, sourceFolders(this.env.registry));
      } catch (e) {
        log.sayOnce('no source places', (e as Error).message);
      }
    }
    const out: SourceFrame[] = [];
    // Of the reader's realm (dwarf/ is a bundle with one of its own): made anew here.
    const found = this.sources?.(offset) ?? [];
    for (let i = 0; i < found.length; i++) {
      const { name, file, line, column } = found[i];
      out.push({ name, file, line, column });
    }
    return handOut(out);
  }

  functionName(func: number): string | null {
    this.names ??= readFunctionNames(new Uint8Array(this.contents(Section.NAMES)));
    return this.names.get(func) ?? null;
  }

  /** Number of a function's type. */
  typeOf(func: number): number {
    const defined = func - this.importTypes.length;
    if (defined < 0) return this.typeNumbers[this.importTypes[func]];
    this.rows ??= new Int32Array(this.contents(Section.FUNCS));
    return this.typeNumbers[typeOfRow(this.rows[(FunctionRow.SIZE * defined + FunctionRow.TYPE) / 4])];
  }

  /** The exports as the JavaScript interface describes them. */
  describeExports(): ExportDescription[] {
    return this.meta.exports.map((e) => ({ name: e.name, kind: EXTERN_KIND_NAMES[e.kind] }));
  }

  /** Those that a program provides. */
  describeImports(): ImportDescription[] {
    return this.meta.imports
      .filter((i) => i.resolved !== true)
      .map((i) => ({ module: i.module, name: i.name, kind: EXTERN_KIND_NAMES[i.kind] }));
  }

  customSections(name: string): ArrayBuffer[] {
    const found = findCustomSections(new Uint8Array(this.contents(Section.CUSTOM)), name);
    return found.map((bytes) => handOutBytes(bytes.slice()).buffer as ArrayBuffer);
  }

  /** State of a value that may be a module, or null. */
  static of(e: Env, value: unknown): ModuleState | null {
    return isObject(value) ? (modulesOf(e).get(value) ?? arrived(e, value)) : null;
  }
}

/**
 * Maps an artefact: a path, a file URL, or bytes (an artefact in memory is copied once into a mapping).
 * @throws AotError when it is damaged, of another version or for another machine; the message says how to mend it.
 */
export function load(source: string | URL | BufferSource): Module {
  return loadFor('load()', source);
}

/** The same for a public function that is called `where`. */
export function loadFor(where: string, source: unknown): Module {
  return loadAs(Module.prototype, source, where);
}

/** Whether a value is a module of the host's engine. */
function isHostModule(value: unknown): boolean {
  return isObject(value) && Object.prototype.toString.call(value) === '[object WebAssembly.Module]';
}

function loadAs(prototype: object, source: unknown, where: string): Module {
  const bytes = viewBytes(source);
  if (bytes !== null) return toModule(prototype, mapFrom(bytes, 'artefact'), bytes);
  const isUrl = source instanceof URL || (isObject(source) && 'href' in source);
  if (!isUrl && typeof source !== 'string')
    throw new TypeError(
      `${where}: Argument 0 must be ${where === 'load()' ? 'an artefact' : 'a module, or an artefact'}: a path, a file URL or bytes${isHostModule(source) ? "; this is a module of Node's own WebAssembly, whose bytes cannot be had: compile the bytes that it was made of" : ''}`,
    );
  const path = isUrl || source.startsWith('file:') ? fileURLToPath(source as URL) : source;
  // Checked and mapped through one descriptor, so that the file cannot be another one in between.
  const fd = fs.openSync(path, 'r');
  try {
    env().registry.sourceFolders.add(dirname(path));
    return toModule(prototype, mapFrom(fd, path), path);
  } finally {
    fs.closeSync(fd);
  }
}

/** Maps an artefact from an open file, which the caller closes. `path`: its name in messages. Throws as `load` does. */
export function loadFile(fd: number, path: string): Module {
  return toModule(Module.prototype, mapFrom(fd, path), path);
}

/** `source`: the artefact's bytes or path, for other threads. */
function toModule(prototype: object, state: ModuleState, source: Uint8Array | string): Module {
  const carrier = carrierOf(state.env.native, { hash: state.hash, source });
  if (carrier.length <= KEPT_CARRIER) state.carrier = carrier;
  return moduleOf(prototype, state, carrier);
}

function moduleOf(prototype: object, state: ModuleState, carrier: Uint8Array): Module {
  const module = makeCarrier(prototype, carrier) as Module;
  modulesOf(state.env).set(module, state);
  return module;
}

/** Another module of the same code; null when what that takes was not kept. */
export function anotherModule(state: ModuleState, prototype: object = Module.prototype): Module | null {
  return state.carrier === null ? null : moduleOf(prototype, state, state.carrier);
}

/** What wasm was compiled to, without imports that are resolved at compile time. */
export interface Made {
  bounds: Bounds | undefined;
  state: ModuleState;
}

/** A module of wasm, compiled here and now unless one of the same bytes was made lately. */
function compiled(prototype: object, bytes: Uint8Array, resolved: CompileTimeImports): Module {
  const small = env().small as ContentMap<Made>;
  if (!small.takes(bytes) || !isEmpty(resolved))
    return loadAs(prototype, compileSync(bytes, forHere({ ...resolved, bounds: boundsHere() })), 'Module()');
  // Not what another thread may write to.
  const wasm = new Uint8Array(bytes);
  const made = small.get(wasm);
  // What has no memory is the same either way, and needs no look at the address space.
  const fits = made !== undefined && (made.state.meta.memories.length === 0 || made.bounds === boundsHere());
  const again = fits ? anotherModule(made.state, prototype) : null;
  if (again !== null) return again;
  const bounds = boundsHere();
  const artefact = compileSync(wasm, forHere({ bounds }));
  if (fits) return loadAs(prototype, artefact, 'Module()');
  const state = mapFrom(artefact, 'artefact');
  small.set(wasm, { bounds, state });
  return toModule(prototype, state, artefact);
}

const isEmpty = (resolved: CompileTimeImports): boolean => Object.keys(resolved).length === 0;

/** State of a module of ours that has come here by structured cloning, which becomes a `Module` now; null for others. */
function arrived(e: Env, value: object): ModuleState | null {
  const carried = readCarrier(e.native, value);
  if (carried === null) return null;
  const { source, hash } = carried;
  const state = typeof source === 'string' ? mapCarriedFile(source, hash) : mapFrom(source, 'module', hash);
  modulesOf(e).set(value, state);
  Object.setPrototypeOf(value, Module.prototype);
  return state;
}

function mapCarriedFile(path: string, hash: string): ModuleState {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (e) {
    throw new AotError(`${path}: the artefact of a module that was sent to this thread: ${(e as Error).message}`);
  }
  try {
    return mapFrom(fd, path, hash);
  } finally {
    fs.closeSync(fd);
  }
}

/** The artefact, unless it must have another hash. */
function check(artefact: Artefact, hash: string | undefined, what: string): Artefact {
  if (hash !== undefined && artefact.hash !== hash)
    throw new AotError(`${what}: is another artefact now than that of the module that was sent to this thread`);
  return artefact;
}

/** Copies and checks an artefact: of an open file or of bytes. `hash`: what it has to be. */
function mapFrom(given: number | Uint8Array, what: string, hash?: string): ModuleState {
  const e = env();
  const copy = new ArtefactCopy(e, typeof given === 'number' ? given : viewBytes(given)!, what);
  try {
    const artefact = described(what, () => readArtefact(copy, machineOf(e.native), what));
    const state = mapArtefact(e, copy.code, check(artefact, hash, what), what);
    copy.code = 0;
    return state;
  } finally {
    copy.free();
  }
}

function mapArtefact(e: Env, code: CodeId, artefact: Artefact, what: string): ModuleState {
  const { numbers, description } = described(what, () => {
    const numbers = e.registry.types.intern(artefact.meta);
    return { numbers, description: describeCode(e, artefact, numbers) };
  });
  const status = e.native.codeLoad(code, description);
  if (status < 0) throw refused(-status, what);
  const state = described(what, () => new ModuleState(e, code, artefact, numbers));
  if (artefact.section(Section.HANDLERS) !== null) e.registry.catches = true;
  for (const o of e.registry.observers) o.onModule?.(state, artefact);
  return state;
}

/**
 * What is made of an artefact's description. The hash finds damage; a description that it belongs to and that still
 * makes no sense was written by something else than this compiler.
 */
function described<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (e) {
    if (!(e instanceof TypeError)) throw e;
    throw new AotError(`${what}: its description makes no sense (${e.message}); compile the module again`);
  }
}

function describeCode({ registry }: Env, { meta, needs, section }: Artefact, numbers: number[]): CodeDescriptor {
  const none = { offset: 0, size: 0 };
  const code = section(Section.CODE) ?? none;
  const traps = section(Section.TRAPS) ?? none;
  const functions = section(Section.FUNCS) ?? none;
  const dispatch = section(Section.DISPATCH) ?? none;
  const handlers = section(Section.HANDLERS) ?? none;
  const wraps = section(Section.WRAPS) ?? none;
  return {
    architecture: needs.architecture,
    codeOffset: code.offset,
    codeSize: code.size,
    trapsOffset: traps.offset,
    trapsSize: traps.size,
    functionsOffset: functions.offset,
    functionsSize: functions.size,
    importedFuncs: meta.importedFuncs,
    dispatchOffset: dispatch.offset,
    dispatchSize: dispatch.size,
    handlersOffset: handlers.offset,
    handlersSize: handlers.size,
    wrapsOffset: wraps.offset,
    wrapsSize: wraps.size,
    typeIds: Uint32Array.from(numbers, (n) => registry.types.ids[n]),
    outBytes: Uint32Array.from(meta.outBytes),
    entryStubs: offsets(meta.entryStubs),
    leafStubs: offsets(meta.leafStubs),
    hostStubs: offsets(meta.hostStubs),
    importStubs: offsets(meta.importStubs),
    needsGuard: meta.bounds === 'guard',
  };
}

const offsets = (a: number[]): Uint32Array => Uint32Array.from(a, (x) => (x < 0 ? NO_STUB : x));

/**
 * How code that is compiled to run here, and nothing else is said, bounds its memory accesses; undefined: as the
 * compiler does by itself.
 */
export function boundsHere(): 'explicit' | undefined {
  return env().native.canGuard() ? undefined : 'explicit';
}

/** An export of a module. */
export interface ExportDescription {
  /** Its name. */
  name: string;
  /** What it is. */
  kind: ExternKindName;
}

/** An import of a module. */
export interface ImportDescription extends ExportDescription {
  /** The first of its two names. */
  module: string;
}

/** `WebAssembly.Module`: made of wasm bytes (compiled here and now) or of an artefact. */
export class Module {
  constructor(source: BufferSource, options?: WebAssemblyCompileOptions) {
    const bytes = viewBytes(source);
    if (bytes === null) throw new TypeError('WebAssembly.Module(): Argument 0 must be a buffer source');
    const resolved = readCompileOptions(options);
    const prototype = Object.getPrototypeOf(this) as object;
    return isArtefact(bytes) ? loadAs(prototype, bytes, 'Module()') : compiled(prototype, bytes, resolved);
  }

  /** Where its instances run: on the host's engine where this one has no back end (host/engine.ts). */
  get engine(): 'wamr' | 'host' {
    return 'wamr';
  }

  /** What a module exports, in its order. */
  static exports(module: object): ExportDescription[] {
    return handOut(stateOf(module, 'WebAssembly.Module.exports()').describeExports());
  }

  /** What a module imports, in its order. */
  static imports(module: object): ImportDescription[] {
    return handOut(stateOf(module, 'WebAssembly.Module.imports()').describeImports());
  }

  /** Copies of the custom sections of that name. */
  static customSections(module: object, name: string): ArrayBuffer[] {
    const state = stateOf(module, 'WebAssembly.Module.customSections()');
    if (name === undefined) throw new TypeError('WebAssembly.Module.customSections(): Argument 1 is required');
    return handOut(state.customSections(toDOMString(name)));
  }
}
defineInterface(Module, 'Module', { constructor: 1 });

function stateOf(value: unknown, where: string): ModuleState {
  const state = ModuleState.of(env(), value);
  if (state === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Module`);
  return state;
}
