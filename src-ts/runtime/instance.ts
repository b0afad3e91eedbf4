/**
 * Instances: the specification's instantiation, `Instance` of the JavaScript interface, and the state behind it.
 * Linking is done here with the addon's primitive operations; a function exported by one instance and imported by
 * another is linked by its funcref and never passes through JavaScript.
 */
import type { FuncRefId, InstanceId, MemoryId, NativeBinding } from '../binding.js';
import { ElemMode, NULL_ITEM } from '../wasm/elements.js';
import { ExternKind, type MemoryType, ValType } from '../wasm/types.js';
import { Trap as Code } from '../abi/trap-codes.js';
import { LinkError } from '../errors.js';
import { type ConstContext, evalConst } from './constexpr.js';
import { type Env, env } from './env.js';
import { GlobalState, globalKind, writeBits } from './global.js';
import {
  type HostFunction,
  type ResolvedImports,
  functionReferences,
  isHostFunction,
  linkLifetimes,
  resolveImports,
} from './imports.js';
import { withDeadline } from './interrupt.js';
import { MAX_PAGES, MemoryState } from './memory.js';
import { ModuleState } from './module.js';
import type { FunctionOwner } from './signature.js';
import { TableState } from './table.js';
import { createTrap } from './trap.js';
import { defineInterface, isObject } from './webidl.js';

/** `code` of the error for guard code whose memory has no guard. */
export const NO_GUARD = 'ERR_WAMR_NO_GUARD';

/** Options of `instantiate` and `new Instance`. */
export interface InstanceOptions {
  /**
   * Where the module's own memory lives: `native` (default), or `v8` for a genuine `WebAssembly.Memory`, which
   * `node:wasi` insists on.
   */
  memory?: 'native' | 'v8';
  /**
   * Deadline for the instantiation: a start function that runs longer is interrupted (a `Trap` of kind `interrupt`).
   */
  timeoutMs?: number;
  limits?: {
    /**
     * The most pages of 64 KiB that the module's own memory may grow to; a module that begins with more is refused with
     * a RangeError.
     */
    memoryPages?: number;
  };
}

/** What a module exports: functions, memories, tables, globals by name. */
export type Exports = Record<string, any>;

/** An instance as others see it. `keeps`: what must live as long as it. */
export class InstanceState implements FunctionOwner {
  readonly keeps = new Set<object>();
  /** Somebody else may hold one of its functions: `dispose` must not free it. */
  heldByOthers = false;
  id: InstanceId = 0;
  memory: MemoryState | null = null;
  ownsMemory = false;
  /** By table index; null for closed tables. */
  tables: (TableState | null)[] = [];
  disposed = false;
  exports: Exports = {};
  readonly handlers = new Map<FuncRefId, () => void>();
  /** Funcrefs of exported functions: their numbers mean them as long as this lives, `dispose` or not. */
  readonly pinned: FuncRefId[] = [];
  private readonly hosts = new Map<FuncRefId, HostFunction & { index: number }>();
  private readonly functions = new Map<FuncRefId, Function>();
  private readonly globals = new Map<number, GlobalState>();
  private readonly importedGlobals: GlobalState[];

  constructor(
    readonly env: Env,
    readonly module: ModuleState,
    imported: GlobalState[],
  ) {
    this.importedGlobals = imported;
  }

  /** Creates the host function of import `index`. */
  addHost(f: HostFunction, index: number): FuncRefId {
    const { env, module } = this;
    const type = module.meta.types[f.typeIndex];
    const ref = env.native.hostCreate(module.code, f.typeIndex);
    this.handlers.set(ref, env.signatures.get(type).makeHandler(f.fn, this));
    this.hosts.set(ref, { ...f, index });
    env.registry.hostOwner.set(ref, new WeakRef(this));
    return ref;
  }

  get hostReferences(): FuncRefId[] {
    return [...this.hosts.keys()];
  }

  /** The exported function of a function of the index space. */
  exportedFunction(func: number): Function {
    const ref = this.env.native.instanceFunc(this.id, func);
    return this.env.fromFuncref(ref) as Function;
  }

  /** The exported function of a defined function: one object for the life of the instance. */
  wasmFunction(func: number, ref: FuncRefId): Function {
    let f = this.functions.get(ref);
    if (f === undefined) {
      this.env.native.funcrefPin(ref);
      this.pinned.push(ref);
      const type = this.module.typeOf(func);
      f = this.present(this.env.signatures.get(type).makeExport(ref, this), func, ref);
    }
    return f;
  }

  /** The exported function of a host function that was imported here. */
  hostFunction(ref: FuncRefId): Function {
    let f = this.functions.get(ref);
    if (f === undefined) {
      const { fn, typeIndex, index } = this.hosts.get(ref)!;
      f = this.present(this.env.signatures.get(this.module.meta.types[typeIndex]).makeHostExport(fn, this), index, ref);
    }
    return f;
  }

  private present(f: Function, func: number, ref: FuncRefId): Function {
    Object.defineProperty(f, 'name', { value: String(func), configurable: true });
    this.functions.set(ref, f);
    this.env.registry.funcs.set(f, { ref, type: this.module.typeOf(func), owner: this });
    return f;
  }

  global(index: number): GlobalState {
    if (index < this.importedGlobals.length) return this.importedGlobals[index];
    let g = this.globals.get(index);
    if (g === undefined) {
      g = new GlobalState(this.env, this.env.native.instanceGlobal(this.id, index), this.module.meta.globals[index]);
      g.keeps.add(this);
      this.globals.set(index, g);
    }
    return g;
  }

  /** Frees what nobody else can reach: see `Instance[Symbol.dispose]`. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const { native } = this.env;
    const { memory } = this;
    if (memory !== null && this.ownsMemory && !memory.shared) native.memoryRelease(memory.id);
    if (this.heldByOthers || native.captureStack().length > 0) return;
    for (const t of this.tables) if (t !== null && t.type.type === ValType.FUNCREF) clearTable(native, t);
    for (const [i, g] of this.globals) if (this.module.meta.globals[i].type === ValType.FUNCREF) clearGlobal(g);
    native.instanceFree(this.id);
    this.freed.id = 0;
  }

  /** What the finalizer frees; shared with `dispose`, so that nothing is freed twice. */
  readonly freed: { id: InstanceId } = { id: 0 };
}

function clearTable(native: NativeBinding, t: TableState): void {
  for (let i = 0, n = t.length; i < n; i++) native.tableSet(t.id, i, 0);
}

function clearGlobal(g: GlobalState): void {
  writeBits(g.env, 0n);
  g.env.native.globalWrite(g.id);
}

/** The finalizer of an instance; refers to handles only. */
function freeInstance(
  e: Env,
  handle: { id: InstanceId },
  hosts: readonly FuncRefId[],
  pinned: readonly FuncRefId[],
): () => void {
  const { native, registry } = e;
  const { id } = handle;
  return () => {
    if (handle.id !== 0) native.instanceFree(handle.id);
    for (const ref of pinned) native.funcrefUnpin(ref);
    registry.instanceById.delete(id);
    for (const ref of hosts) {
      registry.hostOwner.delete(ref);
      native.hostFree(ref);
    }
  };
}

/** Makes an instance of a module, start function included. */
export function createInstance(
  e: Env,
  where: string,
  module: ModuleState,
  imports: unknown,
  options: InstanceOptions,
): InstanceState {
  const { meta } = module;
  warnOfLostHandler(e);
  const resolved = resolveImports(e, where, meta.imports, meta.types, imports);
  const instance = new InstanceState(e, module, resolved.globals);
  instance.keeps.add(module);
  linkLifetimes(instance, resolved);
  allocate(instance, resolved, options);
  initGlobals(instance);
  initTables(instance, where);
  initMemory(instance, where);
  if (meta.start >= 0) runStart(instance, resolved);
  return instance;
}

let warned = false;

/**
 * Says once that traps cannot work any more: `process.on('SIGSEGV')` replaces every handler of the process, V8's too.
 */
function warnOfLostHandler(e: Env): void {
  if (warned || e.native.signalHandlerActive()) return;
  warned = true;
  process.emitWarning(
    "the SIGSEGV handler was replaced (process.on('SIGSEGV')?): a wasm trap by a memory access will hang or kill this process, under V8's own WebAssembly too",
    {
      code: 'WAMR_SIGNAL_HANDLER',
    },
  );
}

/** Creates tables, memory, host functions and the native instance. */
function allocate(instance: InstanceState, imports: ResolvedImports, options: InstanceOptions): void {
  const { env: e, module } = instance;
  const { meta } = module;
  instance.tables = meta.tables.map((type, i) => {
    if (i < meta.importedTables) return imports.tables[i];
    if (meta.vm.closedTables[i] >= 0) return null;
    const table = new TableState(e, type);
    instance.keeps.add(table);
    if (type.type === ValType.FUNCREF) table.keeps.add(instance);
    return table;
  });
  let memory: MemoryId = 0;
  if (meta.memories.length > 0) {
    instance.ownsMemory = meta.importedMemories === 0;
    const state = instance.ownsMemory ? createMemory(e, meta.memories[0], options) : imports.memories[0];
    instance.memory = state;
    memory = state.id;
  }
  const data = new Float64Array(2 * meta.dataCount);
  for (const d of meta.datas) data.set([module.dataOffset + d.at, d.size], 2 * d.index);
  const id = e.native.instanceCreate({
    code: module.code,
    layout: meta.vm,
    memory,
    tables: instance.tables.map((t) => t?.id ?? 0),
    tableSizes: meta.tables.map((t) => t.min),
    globals: imports.globals.map((g) => g.id),
    globalKinds: meta.globals.map((g) => globalKind(g.type)),
    functions: functionReferences(imports.funcs, (f, i) => instance.addHost(f, i)),
    data,
    elems: module.elems.length,
  });
  if (id < 0) for (const ref of instance.hostReferences) e.native.hostFree(ref);
  if (id === -22) {
    const message =
      'this module was compiled for guard pages, but its memory has none (address space is limited, or this host\'s WebAssembly does without them): compile it with bounds: "explicit"';
    throw Object.assign(instance.ownsMemory ? new RangeError(message) : new LinkError(message), { code: NO_GUARD });
  }
  if (id < 0) throw new RangeError('WebAssembly.Instance(): out of memory');
  instance.id = id;
  instance.freed.id = id;
  e.registry.instanceById.set(id, new WeakRef(instance));
  e.onCollected(instance, freeInstance(e, instance.freed, instance.hostReferences, instance.pinned));
  e.registry.observer?.onInstance(instance);
}

/** The module's own memory, where and as large as the options want it. */
function createMemory(e: Env, type: MemoryType, options: InstanceOptions): MemoryState {
  const limit = options.limits?.memoryPages ?? MAX_PAGES;
  if (!(limit >= 0)) throw new RangeError(`limits.memoryPages must be a number of pages, not ${limit}`);
  if (type.min > limit)
    throw new RangeError(
      `WebAssembly.Instance(): the module begins with ${type.min} pages of memory, limits.memoryPages allows ${limit}`,
    );
  return options.memory === 'v8' ? MemoryState.createGenuine(e, type, limit) : MemoryState.create(e, type, limit);
}

function constants(instance: InstanceState): ConstContext {
  return {
    global: (i) => instance.global(i).bits,
    func: (i) => instance.env.native.instanceFunc(instance.id, i),
  };
}

function initGlobals(instance: InstanceState): void {
  const { env: e, module } = instance;
  const { meta } = module;
  const context = constants(instance);
  meta.globalInits.forEach((init, d) => {
    const index = meta.importedGlobals + d;
    const bits = evalConst(init, context);
    if (bits === 0n) return;
    const { id, type } = instance.global(index);
    writeBits(e, bits);
    e.native.globalWrite(id, type.type === ValType.V128);
  });
}

const unsigned32 = (bits: bigint): number => Number(BigInt.asUintN(32, bits));

function initTables(instance: InstanceState, where: string): void {
  const { env: e, module, id } = instance;
  const { elems } = module;
  const context = constants(instance);
  for (let s = 0; s < elems.length; s++) {
    if (elems.mode(s) === ElemMode.DECLARATIVE) continue;
    giveSegment(instance, s, context);
    if (elems.mode(s) === ElemMode.PASSIVE) continue;
    const constant = elems.constantOffset(s);
    const at = constant >= 0 ? constant : unsigned32(evalConst(elems.offset(s), context));
    const trap = e.native.instanceTableInit(id, elems.table(s), s, at, 0, elems.count(s));
    if (trap !== 0)
      throw createTrap(trap, [], createInstance, {
        message: `${where}: table initializer ${s}: table index is out of bounds`,
      });
    e.native.instanceElemDrop(id, s);
  }
}

/** Hands the contents of an element segment to the addon. */
function giveSegment({ env: e, id, module }: InstanceState, s: number, context: ConstContext): void {
  const { elems } = module;
  const items = elems.itemsOf(s);
  if (elems.isPlain(s)) {
    e.native.instanceElemFuncs(id, s, items);
    return;
  }
  const references = new Uint32Array(items.length);
  for (let k = 0; k < items.length; k++)
    references[k] =
      items[k] >= 0
        ? context.func(items[k])
        : items[k] === NULL_ITEM
          ? 0
          : unsigned32(evalConst(elems.itemExpr(items[k]), context));
  e.native.instanceElemRefs(id, s, references);
}

function initMemory(instance: InstanceState, where: string): void {
  const { env: e, module, id, memory } = instance;
  const { image } = module;
  const outside = (s: number, at: number): Error => {
    const memoryBytes = e.native.memoryPages(memory!.id) * 65536;
    return createTrap(Code.MEMORY_OUT_OF_BOUNDS, [], createInstance, {
      message: `${where}: data segment ${s} is out of bounds`,
      address: Math.max(at, memoryBytes),
      memoryBytes,
    });
  };
  if (image !== null && e.native.memoryLoadImage(memory!.id, module.code, image.offset, 0, image.size, true) !== 0)
    throw outside(0, 0);
  const context = constants(instance);
  for (const { index, mode, offset, size } of module.meta.datas) {
    if (mode === 'passive') continue;
    const at = unsigned32(evalConst(offset!, context));
    if (e.native.instanceDataInit(id, index, at, 0, size) !== 0) throw outside(index, at);
    e.native.instanceDataDrop(id, index);
  }
}

function runStart(instance: InstanceState, imports: ResolvedImports): void {
  const { start } = instance.module.meta;
  const imported = imports.funcs[start];
  const f = imported !== undefined && isHostFunction(imported) ? imported.fn : instance.exportedFunction(start);
  f();
}

/** The exports object: frozen, without prototype, in the module's order. */
function exportsObject(instance: InstanceState): Exports {
  const out = Object.create(null) as Exports;
  for (const { name, kind, index } of instance.module.meta.exports) {
    let value: unknown;
    switch (kind) {
      case ExternKind.FUNC:
        value = instance.exportedFunction(index);
        break;
      case ExternKind.TABLE:
        value = instance.tables[index]!.object;
        break;
      case ExternKind.MEMORY:
        value = instance.memory!.object;
        break;
      case ExternKind.GLOBAL:
        value = instance.global(index).object;
        break;
    }
    Object.defineProperty(out, name, { value, enumerable: true });
  }
  return Object.freeze(out);
}

/** `WebAssembly.Instance`, with this package's ways to call and dispose it. */
export class Instance {
  constructor(module: object, imports?: object, options: InstanceOptions = {}) {
    const where = 'WebAssembly.Instance()';
    const e = env();
    const state = ModuleState.of(e, module);
    if (state === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Module`);
    if (imports !== undefined && !isObject(imports)) throw new TypeError(`${where}: Argument 1 must be an object`);
    const instance = withDeadline(e, options.timeoutMs, () => createInstance(e, where, state, imports, options));
    e.registry.instances.set(this, instance);
    instance.exports = exportsObject(instance);
  }

  /** The exports by name. */
  get exports(): Exports {
    return stateOf(this, 'WebAssembly.Instance.exports').exports;
  }

  /** Calls an exported function by name. */
  invoke(name: string, ...args: unknown[]): unknown {
    return Reflect.apply(exportedFunction(this, name), undefined, args);
  }

  /**
   * Calls an exported function by name; `timeoutMs` interrupts wasm (a `Trap` of kind `interrupt`) that runs longer.
   */
  call(name: string, args: readonly unknown[] = [], options: { timeoutMs?: number } = {}): unknown {
    const f = exportedFunction(this, name);
    return withDeadline(env(), options.timeoutMs, () => Reflect.apply(f, undefined, args));
  }

  /**
   * Gives the memory back now (views of it are detached, accesses trap) and frees the instance, unless another instance
   * or table may still use it; its functions throw from then on. Without dispose the same happens some time after the
   * last reference has gone.
   */
  dispose(): void {
    stateOf(this, 'Instance.dispose()').dispose();
  }
}
defineInterface(Instance, 'Instance', { constructor: 1, invoke: 1, call: 1 });

function stateOf(value: object, where: string): InstanceState {
  const state = env().registry.instances.get(value);
  if (state === undefined) throw new TypeError(`${where}: Receiver is not a WebAssembly.Instance`);
  return state;
}

Object.defineProperty(Instance.prototype, Symbol.dispose ?? Symbol.for('Symbol.dispose'), {
  value: Instance.prototype.dispose,
  writable: true,
  configurable: true,
});

function exportedFunction(instance: Instance, name: string): Function {
  const f = instance.exports[name];
  if (typeof f !== 'function') {
    const names = Object.keys(instance.exports).filter((k) => typeof instance.exports[k] === 'function');
    throw new TypeError(
      `no exported function '${name}'; there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 20).join(', ') || 'none'}${names.length > 20 ? ', …' : ''}`,
    );
  }
  return f;
}
