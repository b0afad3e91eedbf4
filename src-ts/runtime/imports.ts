/**
 * Resolves a module's imports: reads each value, checks it against its description (kind, type, limits, mutability) and
 * turns it into native handles. Error texts as V8's.
 */
import { LinkError } from '../errors.js';
import { isDeclaredSubtype, isRef, isSubtype } from '../wasm/ref-types.js';
import type { StringBuiltin } from '../wasm/compile-time-imports.js';
import { ExternKind, type ImportDesc, type MemoryType, pageShift, type TableType, ValType } from '../wasm/types.js';
import type { Env } from './env.js';
import { GlobalState } from './global.js';
import { MemoryState, sharedMismatch, unfitKind } from './memory.js';
import type { ModuleState } from './module.js';
import type { FuncState } from './registry.js';
import { TableState } from './table.js';
import { TagState } from './tag.js';
import { isObject } from './webidl.js';

/** What an import became, in the order of the index spaces. */
export interface ResolvedImports {
  readonly funcs: (FuncState | HostFunction)[];
  readonly tables: TableState[];
  readonly memories: MemoryState[];
  readonly globals: GlobalState[];
  readonly tags: TagState[];
}

/** Of modules without imports, of which many small instances may be made. Nothing is added to it. */
const NO_IMPORTS: ResolvedImports = { funcs: [], tables: [], memories: [], globals: [], tags: [] };

/** A JavaScript function that becomes a function of the store when the instance is made. */
export interface HostFunction {
  fn: Function;
  typeIndex: number;
  /** It may suspend wasm (runtime/suspension.ts). */
  suspending?: true;
  /** It is this builtin. */
  builtin?: StringBuiltin;
}

export const isHostFunction = (f: FuncState | HostFunction): f is HostFunction => 'fn' in f;

/** Reads and checks all imports, in order. `where` opens the error texts (`WebAssembly.Instance()`). */
export function resolveImports(
  e: Env,
  where: string,
  { meta, typeNumbers }: ModuleState,
  imports: unknown,
): ResolvedImports {
  const descriptions = meta.imports;
  if (descriptions.length === 0) return NO_IMPORTS;
  const out: ResolvedImports = { funcs: [], tables: [], memories: [], globals: [], tags: [] };
  if (imports === undefined && descriptions.some((d) => d.resolved !== true))
    throw new TypeError(`${where}: Imports argument must be present and must be an object`);
  descriptions.forEach((d, i) => {
    if (d.resolved === true) {
      resolveOurs(e, d, typeNumbers, out);
      return;
    }
    const namespace = (imports as Record<string, unknown>)[d.module];
    const place = `${where}: Import #${i} ${JSON.stringify(d.module)}`;
    if (!isObject(namespace)) throw new TypeError(`${place}: module is not an object or function`);
    const value = (namespace as Record<string, unknown>)[d.name];
    const fail = (why: string): LinkError => new LinkError(`${place} ${JSON.stringify(d.name)}: ${why}`);
    switch (d.kind) {
      case ExternKind.FUNC:
        out.funcs.push(resolveFunction(e, value, d.type, typeNumbers[d.type], fail));
        break;
      case ExternKind.TABLE:
        out.tables.push(resolveTable(e, value, d.table, fail));
        break;
      case ExternKind.MEMORY:
        out.memories.push(resolveMemory(e, value, d.memory, fail));
        break;
      case ExternKind.GLOBAL:
        out.globals.push(resolveGlobal(e, value, d.global, fail));
        break;
      case ExternKind.TAG:
        out.tags.push(resolveTag(e, value, typeNumbers[d.type], fail));
        break;
    }
  });
  return out;
}

/** An import that the module was compiled with (wasm/compile-time-imports.ts). */
function resolveOurs(e: Env, d: ImportDesc, typeNumbers: readonly number[], out: ResolvedImports): void {
  if (d.kind === ExternKind.GLOBAL) {
    const constant = GlobalState.create(e, d.global);
    constant.value = d.name;
    out.globals.push(constant);
  } else if (d.kind === ExternKind.FUNC) {
    const builtin = d.name as StringBuiltin;
    const fn = e.stringBuiltins.callable(builtin, e.types.types[typeNumbers[d.type]]);
    out.funcs.push({ fn, typeIndex: d.type, builtin });
  }
}

type LinkError = InstanceType<typeof LinkError>;
type Fail = (why: string) => LinkError;

function resolveFunction(
  e: Env,
  value: unknown,
  typeIndex: number,
  want: number,
  fail: Fail,
): FuncState | HostFunction {
  if (typeof value !== 'function') {
    const fn = isObject(value) ? e.registry.suspending.get(value) : undefined;
    if (fn === undefined) throw fail('function import requires a callable');
    return { fn, typeIndex, suspending: true };
  }
  const known = e.registry.funcs.get(value);
  if (known === undefined) return { fn: value, typeIndex };
  if (!isDeclaredSubtype(e.types.types, known.type, want))
    throw fail('imported function does not match the expected type');
  return known;
}

function resolveTable(e: Env, value: unknown, want: TableType, fail: Fail): TableState {
  const table = TableState.of(e, value);
  if (table === null) throw fail('table import requires a WebAssembly.Table');
  if (table.type.type !== want.type) throw fail('imported table does not match the expected type');
  if (table.address64 !== (want.address64 === true)) throw fail(otherAddresses('table', table.address64));
  checkLimits('table', 'elements', table.length, table.type.max, want, fail);
  return table;
}

function resolveMemory(e: Env, value: unknown, want: MemoryType, fail: Fail): MemoryState {
  const shared = want.shared === true;
  const unfit = unfitKind(value, shared);
  if (unfit !== null) throw fail(unfit);
  const memory = MemoryState.of(e, value);
  if (memory === null) throw fail('memory import must be a WebAssembly.Memory object');
  if (memory.shared !== shared) throw fail(sharedMismatch(shared));
  if (memory.address64 !== (want.address64 === true)) throw fail(otherAddresses('memory', memory.address64));
  if (memory.pageShift !== pageShift(want))
    throw fail(`memory import has pages of ${2 ** memory.pageShift} bytes, declared are ${2 ** pageShift(want)}`);
  checkLimits('memory', 'pages', memory.pages, want.max === null ? null : memory.max, want, fail);
  return memory;
}

const otherAddresses = (kind: string, address64: boolean): string =>
  `cannot import ${address64 ? 'i64' : 'i32'} ${kind} as ${address64 ? 'i32' : 'i64'}`;

/** The present size counts as the minimum. */
function checkLimits(
  kind: string,
  unit: string,
  size: number,
  max: number | null,
  want: { min: number; max: number | null },
  fail: Fail,
): void {
  if (size < want.min)
    throw fail(`${kind} import has ${size} ${unit} which is smaller than the declared initial of ${want.min}`);
  if (want.max === null) return;
  if (max === null) throw fail(`${kind} import has no maximum limit, expected at most ${want.max}`);
  if (max > want.max)
    throw fail(`${kind} import has a larger maximum size ${max} than the module's declared maximum ${want.max}`);
}

function resolveGlobal(e: Env, value: unknown, want: { type: ValType; mutable: boolean }, fail: Fail): GlobalState {
  const global = GlobalState.of(e, value);
  if (global !== null) {
    if (global.type.mutable !== want.mutable) throw fail('imported global does not match the expected mutability');
    if (want.mutable ? global.type.type !== want.type : !isSubtype(e.types, global.type.type, want.type))
      throw fail('imported global does not match the expected type');
    return global;
  }
  if (want.mutable) throw fail('imported mutable global must be a WebAssembly.Global object');
  if (want.type === ValType.FUNCREF) {
    if (value !== null && !(typeof value === 'function' && e.registry.funcs.has(value)))
      throw fail("imported funcref global must be null or WebAssembly function ('function') object");
  } else if (isRef(want.type)) {
    try {
      e.checkReference(want.type, value);
    } catch {
      throw fail('global import must be a number, valid Wasm reference, or WebAssembly.Global object');
    }
  } else if (typeof value !== (want.type === ValType.I64 ? 'bigint' : 'number')) {
    throw fail('global import must be a number, valid Wasm reference, or WebAssembly.Global object');
  }
  if (want.type === ValType.V128) throw fail('global import must be a WebAssembly.Global object');
  const made = GlobalState.create(e, want);
  made.value = value;
  return made;
}

function resolveTag(e: Env, value: unknown, want: number, fail: Fail): TagState {
  const tag = TagState.of(e, value);
  if (tag === null) throw fail('tag import requires a WebAssembly.Tag');
  if (tag.number !== want) throw fail('imported tag does not match the expected type');
  return tag;
}

/** What an instance keeps of its imports. What passes through that later is runtime/lifetimes.ts's business. */
export function keptOf(r: ResolvedImports): readonly object[] {
  if (r === NO_IMPORTS) return NO_IMPORTS.tables;
  const keeps: object[] = [];
  for (const f of r.funcs) if (!isHostFunction(f)) keeps.push(f.owner);
  for (const t of r.tables) keeps.push(t);
  for (const g of r.globals) keeps.push(g);
  for (const m of r.memories) {
    keeps.push(m);
    m.imported = true;
  }
  return keeps;
}
