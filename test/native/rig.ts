/**
 * Small artefacts out of hand-written machine code (machine-code.ts), loaded, instantiated and called: the addon's tests
 * need neither the compiler nor the runtime.
 */
import type { CodeDescriptor, InstanceId, MemoryId, NativeBinding } from '../../src-ts/binding.js';
import { plainType } from '../../src-ts/wasm/type-identity.js';
import { computeVmLayout, signatureId, type VmLayout } from '../../src-ts/abi/vmctx.js';
import type { WasmModule } from '../../src-ts/wasm/decoded-module.js';
import { type FuncType, type GlobalType, type TableType, ValType } from '../../src-ts/wasm/types.js';
import { Architecture } from '../../src-ts/abi/architectures.js';
import { NO_STUB } from '../../src-ts/abi/artefact.js';
import { ControlWord, DEEP_LEVEL, Outcome } from '../../src-ts/abi/calls.js';
import { GlobalKind } from '../../src-ts/abi/objects.js';
import { layoutCall } from '../../src-ts/x64/abi.js';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { StubEmitter } from '../../src-ts/x64/emit/stubs.js';
import type { RigFunction } from './machine-code.js';
import type { CodeId, Calls, FuncRefId } from '../../src-ts/binding.js';
import { binding, calls } from '../../src-ts/addon.js';

// A test of two copies puts the second one here.
export const native: NativeBinding = (globalThis as { wamrTestAddon?: NativeBinding }).wamrTestAddon ?? binding();
native.pinBuffers();
export const i32 = new Int32Array(native.argumentBuffer);
export const i64 = new BigInt64Array(native.argumentBuffer);
export const f64 = new Float64Array(native.argumentBuffer);

export interface RigModule {
  types: FuncType[];
  /** Type indices of imported functions. */
  imports?: number[];
  funcs: RigFunction[];
  tables?: TableType[];
  importedTables?: number;
  globals?: GlobalType[];
  importedGlobals?: number;
  /** Page of initial memory contents. */
  image?: Uint8Array;
  /** Contents of data segments. */
  data?: Uint8Array[];
  needsGuard?: boolean;
}

export interface BuiltModule {
  file: Uint8Array;
  descriptor: CodeDescriptor;
  layout: VmLayout;
  imageOffset: number;
  data: number[];
  module: RigModule;
}

export function build(m: RigModule): BuiltModule {
  const imports = m.imports ?? [];
  const layout = computeVmLayout(
    {
      types: m.types,
      globals: m.globals ?? [],
      importedGlobals: m.importedGlobals ?? 0,
      memories: [],
      tables: m.tables ?? [],
      importedTables: m.importedTables ?? 0,
      importedFuncs: imports.length,
      exports: [],
      tags: [],
      elems: [],
      tableInits: (m.tables ?? []).map(() => null),
    } as unknown as WasmModule,
    new Uint8Array((m.tables ?? []).map((t) => (t.max === t.min ? 0 : 1))),
  );
  const code: number[] = [];
  const traps: [number, number, number][] = [];
  const rows: number[] = [];
  const relocs: [number, number][] = [];
  const place = (bytes: Uint8Array | null): number => {
    if (bytes === null) return NO_STUB;
    while (code.length % 16 !== 0) code.push(0xcc);
    const at = code.length;
    code.push(...bytes);
    return at;
  };
  for (const f of m.funcs) {
    const a = new Assembler();
    f.emit(a, layout);
    const done = a.finish();
    const at = place(done.code);
    rows.push(at, done.code.length, f.type, f.frame);
    for (let i = 0; i < done.traps.length; i += 3)
      traps.push([at + done.traps[i], done.traps[i + 1], done.traps[i + 2]]);
    for (let i = 0; i < done.relocs.length; i += 2) relocs.push([at + done.relocs[i], done.relocs[i + 1]]);
  }
  const stubs = new StubEmitter();
  const entryStubs = Uint32Array.from(m.types, (t) => place(stubs.entry(t)));
  const leafStubs = Uint32Array.from(m.types, (t) => place(stubs.leaf(t)));
  const hostStubs = Uint32Array.from(m.types, (t) => place(stubs.host(t)));
  const importStubs = Uint32Array.from(imports, (_, i) => place(stubs.import(layout.imports[i])));
  const text = Uint8Array.from(code);
  for (const [at, target] of relocs)
    new DataView(text.buffer).setInt32(at, rows[4 * (target - imports.length)] - (at + 4), true);

  const page = (n: number): number => (n + 4095) & -4096;
  const trapsAt = page(text.length);
  const trapBytes = 4 + 9 * traps.length;
  const rowsAt = (trapsAt + trapBytes + 15) & -16;
  let at = rowsAt + 4 * rows.length;
  const data: number[] = [];
  for (const d of m.data ?? []) {
    data.push(at, d.length);
    at += d.length;
  }
  const imageOffset = page(at);
  const file = new Uint8Array(page(imageOffset + (m.image?.length ?? 0)));
  file.set(text, 0);
  const dv = new DataView(file.buffer);
  dv.setUint32(trapsAt, traps.length, true);
  traps.forEach(([pc, trap, offset], i) => {
    dv.setUint32(trapsAt + 4 + 4 * i, pc, true);
    dv.setUint32(trapsAt + 4 + 4 * (traps.length + i), offset, true);
    file[trapsAt + 4 + 8 * traps.length + i] = trap;
  });
  rows.forEach((x, i) => dv.setUint32(rowsAt + 4 * i, x, true));
  (m.data ?? []).forEach((d, i) => file.set(d, data[2 * i]));
  if (m.image) file.set(m.image, imageOffset);
  const descriptor: CodeDescriptor = {
    codeOffset: 0,
    codeSize: text.length,
    trapsOffset: trapsAt,
    trapsSize: trapBytes,
    functionsOffset: rowsAt,
    functionsSize: 4 * rows.length,
    importedFuncs: imports.length,
    dispatchOffset: 0,
    dispatchSize: 0,
    wrapsOffset: 0,
    handlersOffset: 0,
    handlersSize: 0,
    wrapsSize: 0,
    typeIds: Uint32Array.from(m.types, (t) => signatureId(plainType(t)) || native.longTypeId(JSON.stringify(t))),
    outBytes: Uint32Array.from(m.types, (t) => layoutCall(t).outBytes),
    entryStubs,
    leafStubs,
    hostStubs,
    importStubs,
    needsGuard: m.needsGuard ?? true,
    architecture: Architecture.X86_64,
  };
  return { file, descriptor, layout, imageOffset, data, module: m };
}

/** What an instance is made of; what is not given is empty. */
interface Parts {
  code?: CodeId;
  layout?: VmLayout;
  memory?: MemoryId;
  tables?: number[];
  globals?: number[];
  functions?: FuncRefId[];
  tags?: number[];
  elems?: number;
}

/** Copies and loads: handle, or a negative errno. */
export function loadCode(file: Uint8Array, descriptor: CodeDescriptor): CodeId {
  const code = native.codeCopy(file, descriptor.codeOffset, descriptor.codeSize);
  const status = code < 0 ? code : native.codeLoad(code, descriptor);
  if (code > 0 && status < 0) native.codeFree(code);
  return status < 0 ? status : code;
}

/** A memory of our own with a guard. */
export const createMemory = (min = 1, max = min): MemoryId => native.memoryCreate(min, max, true, 16, false);

/** Codes that have got their shape. */
const shaped = new Set<CodeId>();

/** Loads and instantiates. */
export function instantiate(
  b: BuiltModule,
  parts: Parts = {},
): { instance: InstanceId; code: number; call: (func: number) => () => undefined | true } {
  const code = parts.code ?? loadCode(b.file, b.descriptor);
  if (code < 0) throw new Error(`loadCode: ${code}`);
  const globals = parts.globals ?? [];
  const memories = parts.memory === undefined ? [] : [parts.memory];
  if (!shaped.has(code))
    native.instanceShape(code, {
      layout: { ...(parts.layout ?? b.layout), memories: memories.map(() => -1) },
      guarded: memories.map(() => 1),
      tableSizes: (b.module.tables ?? []).map((t) => t.min),
      importedGlobals: globals.length,
      globalKinds: (b.module.globals ?? []).map((g) =>
        g.type === ValType.EXTERNREF
          ? GlobalKind.EXTERNREF
          : g.type === ValType.FUNCREF
            ? GlobalKind.FUNCREF
            : GlobalKind.PLAIN,
      ),
      data: b.data,
      elems: parts.elems ?? 0,
    });
  shaped.add(code);
  const tables = parts.tables ?? (b.module.tables ?? []).map(() => 0);
  const instance = native.instanceCreate(
    code,
    Uint32Array.from([...memories, ...tables, ...globals, ...(parts.functions ?? []), ...(parts.tags ?? [])]),
  );
  if (instance < 0) throw new Error(`instanceCreate: ${instance}`);
  return { instance, code, call: (func) => invoker(native.instanceFunc(instance, func)) };
}

const handlers = new Map<FuncRefId, () => void>();
/** Tokens of activations live until their calls are over (`watchActivation`). */
const tokens: { latest: object | null } = { latest: null };

/** Writes arguments of 32 bits and calls. Whether that trapped; the first result is in i32[0]. */
export function run(f: () => undefined | true, ...args: number[]): boolean {
  args.forEach((x, i) => (i32[2 * i] = x));
  return f() === true;
}

/** The first result of a call with these arguments. @throws Error when it traps. */
export function result(f: () => undefined | true, ...args: number[]): number {
  if (run(f, ...args)) throw new Error(`trap ${native.takeTrap()!.code}`);
  return i32[0];
}

/** Funcref of a host function; `handler` is kept. */
export function hostFunction(handler: () => void, code: CodeId, typeIndex: number): FuncRefId {
  const ref = native.hostCreate(code, typeIndex, 0);
  handlers.set(ref, handler);
  return ref;
}

/** The operations that calls are made with, in turn: V8's fast calls where there are any, and those of N-API. */
export const operations: Calls[] = [...new Set([calls(native), native])];

/**
 * Calls one wasm function: arguments and results in the argument buffer. Result undefined: done. true: trapped,
 * `takeTrap()` tells. Throws whatever a host function threw, and the outcome when nothing was done.
 */
export function invoker(ref: number, { invoke, resume }: Calls = operations[0]): () => undefined | true {
  const perform = (fast: () => void, slow: () => void): Outcome => {
    fast();
    if (i32[ControlWord.OUTCOME] === Outcome.DECLINED) slow();
    return i32[ControlWord.OUTCOME];
  };
  return () => {
    i32[ControlWord.CALLEE] = ref;
    let outcome = perform(invoke, native.invoke);
    for (; outcome !== Outcome.DONE; outcome = perform(resume, native.resume)) {
      if (outcome === Outcome.TRAPPED) return true;
      const level = i32[ControlWord.LEVEL];
      if (outcome === Outcome.POLL) native.pollV8();
      else if (outcome === Outcome.GROW) native.growWaiting();
      else if (outcome > 0) {
        const token = level > DEEP_LEVEL || i32[ControlWord.DEEP] !== 0 ? {} : null;
        if (token !== null) native.watchActivation(level, token);
        try {
          handlers.get(outcome)!();
          tokens.latest = token;
        } catch (e) {
          i32[ControlWord.LEVEL] = level;
          native.abandon();
          throw e;
        }
        i32[ControlWord.LEVEL] = level;
      } else throw new Error(`outcome ${outcome}`);
    }
    return undefined;
  };
}
