/**
 * Instances: the specification's instantiation, `Instance` of the JavaScript interface, and the state behind it.
 * Linking is done here with the addon's primitive operations; a function exported by one instance and imported by
 * another is linked by its funcref and never passes through JavaScript.
 */
import type { FuncRefId, InstanceId } from '../binding.js';
import { ObjectKind } from '../abi/objects.js';
import { StringLeaf } from '../abi/strings.js';
import { ElemMode, NULL_ITEM } from '../wasm/elements.js';
import { GcObject, storageShift, structLayout } from '../abi/gc-layout.js';
import { topOf } from '../wasm/ref-types.js';
import { ExternKind, type MemoryType, pageShift, TypeKind, ValType } from '../wasm/types.js';
import { Trap as Code } from '../abi/trap-codes.js';
import { LinkError, MORE_ROOM, NO_GUARD } from '../errors.js';
import type { Brand } from './brand.js';
import { uncloneable } from './cloning.js';
import { Views } from './cells.js';
import { type ConstContext, evalConst } from './constexpr.js';
import { type Env, env } from './env.js';
import { recordOf, takeThrown } from './exception.js';
import { GlobalState, writeBits } from './global.js';
import { Handlers, NO_HANDLERS } from './handlers.js';
import { type HostFunction, type ResolvedImports, isHostFunction, keptOf, resolveImports } from './imports.js';
import { withDeadline } from './interrupt.js';
import { warnOfLostHandler } from './lost-handler.js';
import { MemoryState } from './memory.js';
import { ModuleState } from './module.js';
import type { Owner } from './lifetimes.js';
import type { FunctionOwner } from './signature.js';
import { TableState } from './table.js';
import { suspendable, unsuspendable } from './suspending-import.js';
import { TagState } from './tag.js';
import { createTrap } from './trap.js';
import { defineInterface, isObject } from './webidl.js';

/** What the addon says of it: EINVAL. */
const NO_GUARD_ERRNO = -22;
/** … of data that an `onlyInstance` has: EBUSY. */
const TAKEN_ERRNO = -16;

/** Options of `instantiate` and `new Instance`. */
export interface InstanceOptions {
  /**
   * Where the module's own memories live: `native` (default), or `v8` for a genuine `WebAssembly.Memory`, which
   * `node:wasi` insists on.
   */
  memory?: 'native' | 'v8';
  /**
   * Deadline for the instantiation: a start function that runs longer is interrupted (a `Trap` of kind `interrupt`).
   */
  timeoutMs?: number;
  /** What the instance may take of the system. */
  limits?: {
    /**
     * The most pages of 64 KiB that each of the module's own memories may grow to; a module that begins with more is
     * refused with a RangeError.
     */
    memoryPages?: number;
  };
  /**
   * This is the module's only instance. Its memory takes the pages of the initial data from the loaded module instead of
   * copying what it writes to: sooner there, and large pages where the system has them. Another instance of that module
   * may be refused with a LinkError. Default: false.
   */
  onlyInstance?: boolean;
}

/** What a module exports: functions, memories, tables, globals by name. */
export type Exports = Record<string, any>;
type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never;
type ResultOf<F> = F extends (...args: any) => infer R ? R : never;

interface Host {
  fn: Function;
  index: number;
  suspending?: true;
}

/** Most instances have none of some things. */
const NONE: ReadonlyMap<any, any> = new Map();

/** The map with one more: a new one if it was `NONE`. */
function added<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return (map === NONE ? new Map<K, V>() : (map as Map<K, V>)).set(key, value);
}

/** The objects that stand for one. */
const instancesOf = (e: Env): Brand<InstanceState> => e.registry.instances as Brand<InstanceState>;

/**
 * Objects of so few properties keep a shape that those of other instances share; to V8, those that are made without prototype
 * are dictionaries, each of a shape of its own once it is frozen (75 and 160 ns for one property).
 */
const FEW_EXPORTS = 4;

/** … or nothing. Nothing is added to it. */
const NOTHING: never[] = [];

/** An instance as others see it. */
export class InstanceState implements FunctionOwner, Owner {
  /** What it imports. */
  readonly keeps: readonly object[];
  holds: unknown = null;
  epoch = -1;
  id: InstanceId = 0;
  /** By memory index, imported ones first. */
  memories: readonly MemoryState[] = NOTHING;
  /** By table index; null for closed tables. */
  tables: readonly (TableState | null)[] = NOTHING;
  tags: readonly TagState[] = NOTHING;
  disposed = false;
  handlers = NO_HANDLERS;
  private hosts: ReadonlyMap<FuncRefId, Host> = NONE;
  private functions: ReadonlyMap<FuncRefId, Function> = NONE;
  private globals: ReadonlyMap<number, GlobalState> = NONE;
  private knownExports: Exports | null = null;
  private knownViews: Views | null | undefined;
  private readonly importedGlobals: readonly GlobalState[];

  constructor(
    readonly env: Env,
    readonly module: ModuleState,
    imports: ResolvedImports,
  ) {
    this.keeps = keptOf(imports);
    this.importedGlobals = imports.globals;
  }

  recordOf(thrown: unknown): number {
    return recordOf(this.env, thrown);
  }

  takeThrown(): unknown {
    return takeThrown(this.env);
  }

  nameOf(func: number): string | null {
    const { module } = this;
    const exported = module.meta.exports.find((e) => e.kind === ExternKind.FUNC && e.index === func);
    return module.functionName(func) ?? exported?.name ?? null;
  }

  /** Creates the host function of import `index`. */
  addHost(f: HostFunction, index: number): FuncRefId {
    const { env, module } = this;
    const type = module.meta.types[f.typeIndex];
    const leaf = f.builtin === undefined ? StringLeaf.NONE : env.stringBuiltins.leaf(f.builtin);
    const ref = env.native.hostCreate(module.code, f.typeIndex, leaf);
    const handler =
      f.builtin === undefined
        ? env.signatures
            .get(type)
            .makeHandler(f.suspending === true ? suspendable(f.fn, type, env.registry.Suspension) : f.fn)
        : env.stringBuiltins.handler(f.builtin);
    if (this.handlers === NO_HANDLERS) this.handlers = new Handlers();
    this.handlers.add(ref, handler);
    this.hosts = added(this.hosts, ref, { fn: f.fn, index, suspending: f.suspending });
    return ref;
  }

  /** The exported function of a function of the index space. */
  exportedFunction(func: number): Function {
    return this.exportedOf(func, this.env.native.instanceFunc(this.id, func));
  }

  private exportedOf(func: number, ref: FuncRefId): Function {
    return func < this.module.meta.importedFuncs ? (this.env.fromFuncref(ref) as Function) : this.functionOf(ref, func);
  }

  /** The exported function of a funcref that goes with this instance: one object for the life of the instance. */
  functionOf(ref: FuncRefId, func: number): Function {
    const known = this.functions.get(ref);
    if (known !== undefined) return known;
    const { env, module } = this;
    const host = this.hosts.get(ref);
    const index = host === undefined ? func : host.index;
    const type = module.typeOf(index);
    const code = env.signatures.get(env.types.types[type]);
    const made =
      host === undefined
        ? code.makeExport(ref, this, index)
        : code.makeHostExport(host.suspending === true ? unsuspendable(host.fn) : host.fn, index);
    this.functions = added(this.functions, ref, made);
    env.registry.funcs.set(made, { ref, type, owner: this });
    return made;
  }

  /** The imported function of JavaScript that a funcref means, if it is one. */
  hostOf(ref: FuncRefId): { fn: Function; suspending?: boolean } | undefined {
    return this.hosts.get(ref);
  }

  /** The exports object, made when it is first asked for: frozen, without prototype, in the module's order. */
  get exports(): Exports {
    return (this.knownExports ??= this.makeExports());
  }

  private makeExports(): Exports {
    const { env, module } = this;
    const { exports } = module.meta;
    const functions = module.exportedFunctions;
    const list = env.pass(functions);
    if (functions.length > 0) env.native.instanceFuncs(this.id, list);
    // Read at once: making functions needs the argument buffer.
    const references = new Array<FuncRefId>(functions.length);
    for (let k = 0; k < functions.length; k++) references[k] = typeof list === 'number' ? env.u32[k] : list[k];
    const out = (exports.length > FEW_EXPORTS ? Object.create(null) : Object.setPrototypeOf({}, null)) as Exports;
    for (let k = 0, at = 0; k < exports.length; k++) {
      const { name, kind, index } = exports[k];
      out[name] =
        kind === ExternKind.FUNC ? this.exportedOf(index, references[at++]) : this.exportedObject(kind, index);
    }
    return Object.freeze(out);
  }

  private exportedObject(kind: ExternKind, index: number): object {
    switch (kind) {
      case ExternKind.TABLE:
        return this.tables[index]!.object;
      case ExternKind.MEMORY:
        return this.memories[index].object;
      case ExternKind.GLOBAL:
        return this.global(index).object;
      default:
        return this.tags[index].object;
    }
  }

  global(index: number): GlobalState {
    if (index < this.importedGlobals.length) return this.importedGlobals[index];
    let g = this.globals.get(index);
    if (g === undefined) {
      const id = this.env.native.instanceGlobal(this.id, index);
      const { globals, vm } = this.module.meta;
      g = GlobalState.inside(this.env, id, globals[index], this, vm.globals[index]);
      this.globals = added(this.globals, index, g);
    }
    return g;
  }

  /** All that generated code sees of it, without a call: null where the embedder refuses external buffers. */
  get views(): Views | null {
    if (this.knownViews === undefined) {
      const buffer = this.env.native.instanceView(this.id);
      this.knownViews = buffer === undefined ? null : new Views(buffer);
    }
    return this.knownViews;
  }

  /** See `Instance[Symbol.dispose]`. The rest goes when nothing refers to it any more. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const memory of this.ownMemories()) if (!memory.imported) this.env.native.memoryRelease(memory.id);
    this.env.native.instanceDispose(this.id);
  }

  /** Undoes what was made for an instance that the addon did not make. */
  undo(): void {
    for (const ref of this.hosts.keys()) this.env.native.hostFree(ref);
    this.hosts = NONE;
    for (const memory of this.ownMemories()) this.env.native.memoryRelease(memory.id);
  }

  private ownMemories(): readonly MemoryState[] {
    return this.memories.slice(this.module.meta.importedMemories);
  }
}

/** Makes an instance of a module, start function included. */
export function createInstance(
  e: Env,
  where: string,
  module: ModuleState,
  imports: unknown,
  options: InstanceOptions,
): InstanceState {
  warnOfLostHandler(e);
  const resolved = resolveImports(e, where, module, imports);
  const instance = new InstanceState(e, module, resolved);
  allocate(instance, resolved, options);
  if (module.initialises) initialise(instance, where, resolved, options);
  return instance;
}

/** The values of globals, tables and memories; the start function. */
function initialise(instance: InstanceState, where: string, imports: ResolvedImports, options: InstanceOptions): void {
  const { env: e, module } = instance;
  // Its functions may get into tables of others, if only segments and a start function that then fail put them there.
  e.lifetimes.hold(instance);
  const made: number[] = [];
  try {
    initGlobals(instance, made);
    initTables(instance, where, made);
  } finally {
    for (const reference of made) e.native.heapUnpin(reference);
  }
  initMemory(instance, where, options.onlyInstance === true);
  if (module.meta.start >= 0) runStart(instance, imports);
}

/** Creates tables, memory, host functions and the native instance. Nothing stays when that fails. */
function allocate(instance: InstanceState, imports: ResolvedImports, options: InstanceOptions): void {
  const { env: e, module } = instance;
  const { meta } = module;
  let id: InstanceId = 0;
  try {
    if (meta.tables.length > 0)
      instance.tables = meta.tables.map((type, i) => {
        if (i < meta.importedTables) return imports.tables[i];
        return meta.vm.closedTables[i] >= 0 ? null : new TableState(e, type);
      });
    if (meta.tags.length > 0)
      instance.tags = meta.tags.map((type, i) => imports.tags[i] ?? TagState.create(e, module.typeNumbers[type]));
    if (meta.memories.length > 0) {
      // Each is there when the next one is made: what was made is undone if that fails.
      const memories: MemoryState[] = [];
      instance.memories = memories;
      for (let i = 0; i < meta.memories.length; i++)
        memories.push(i < meta.importedMemories ? imports.memories[i] : createMemory(e, meta.memories[i], options));
    }
    module.giveShape();
    if (module.usesHeap && !e.native.heapNeed())
      throw new RangeError(`WebAssembly.Instance(): no address space for a heap: ${MORE_ROOM}`);
    const parts = partsOf(instance, imports);
    id = e.lifetimes.make(() => e.native.instanceCreate(module.code, e.pass(parts)));
  } finally {
    if (!(id > 0)) instance.undo();
  }
  if (id === NO_GUARD_ERRNO) {
    const message =
      'this module was compiled for guard pages, but its memory has none (address space is limited, or this host\'s WebAssembly does without them): compile it with bounds: "explicit"';
    throw Object.assign(meta.importedMemories === 0 ? new RangeError(message) : new LinkError(message), {
      code: NO_GUARD,
    });
  }
  if (id < 0) throw new RangeError(`WebAssembly.Instance(): out of memory: ${MORE_ROOM}`);
  instance.id = id;
  e.lifetimes.born(ObjectKind.INSTANCE, id, instance);
  for (const o of e.registry.observers) o.onInstance?.(instance);
}

/** Handles of what it is made of, as `instanceCreate` takes them. Makes the host functions. */
function partsOf(instance: InstanceState, imports: ResolvedImports): readonly number[] {
  const { memories, tables, tags } = instance;
  const { funcs, globals } = imports;
  if (memories.length + tables.length + globals.length + funcs.length + tags.length === 0) return NOTHING;
  const parts: number[] = [];
  for (let k = 0; k < memories.length; k++) parts.push(memories[k].id);
  for (let k = 0; k < tables.length; k++) parts.push(tables[k]?.id ?? 0);
  for (let k = 0; k < globals.length; k++) parts.push(globals[k].id);
  for (let k = 0; k < funcs.length; k++) {
    const f = funcs[k];
    parts.push(isHostFunction(f) ? instance.addHost(f, k) : f.ref);
  }
  for (let k = 0; k < tags.length; k++) parts.push(tags[k].id);
  return parts;
}

/** The module's own memory, where and as large as the options want it. */
function createMemory(e: Env, type: MemoryType, options: InstanceOptions): MemoryState {
  const limit = options.limits?.memoryPages ?? Infinity;
  if (!(limit >= 0)) throw new RangeError(`limits.memoryPages must be a number of pages, not ${limit}`);
  if (type.min * 2 ** pageShift(type) > limit * 65536)
    throw new RangeError(
      `WebAssembly.Instance(): the module begins with ${type.min} pages of memory, limits.memoryPages allows ${limit}`,
    );
  return options.memory === 'v8' ? MemoryState.createGenuine(e, type, limit) : MemoryState.create(e, type, limit);
}

/** `made` gets the objects that expressions make. They are kept: nothing else may know of them for a while. */
function constants(instance: InstanceState, made: number[]): ConstContext {
  return {
    global: (i) => instance.global(i).bits,
    func: (i) => instance.env.native.instanceFunc(instance.id, i),
    make(typeIndex, length) {
      const { env: e, module } = instance;
      const id = e.types.ids[module.typeNumbers[typeIndex]];
      const reference = e.lifetimes.makeRoomFor(() => e.native.heapMake(id, length));
      if (reference <= 0)
        throw createTrap(reference < 0 ? Code.ARRAY_TOO_LARGE : Code.HEAP_EXHAUSTED, [], createInstance);
      e.native.heapPin(reference);
      made.push(reference);
      return reference;
    },
    set(object, typeIndex, k, bits, count = 1) {
      const { env: e, module } = instance;
      const { kind, fields } = module.meta.types[typeIndex];
      const isArray = kind === TypeKind.ARRAY;
      const shift = storageShift(fields[isArray ? 0 : k].type);
      writeBits(e, bits);
      e.native.heapWrite(
        object,
        isArray ? GcObject.ELEMENTS + (k << shift) : structLayout(fields).offsets[k],
        1 << shift,
        count,
      );
    },
  };
}

function initGlobals(instance: InstanceState, made: number[]): void {
  const { env: e, module } = instance;
  const { meta } = module;
  if (meta.globalInits.length === 0) return;
  const context = constants(instance, made);
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

function initTables(instance: InstanceState, where: string, made: number[]): void {
  const { env: e, module, id } = instance;
  const { elems, meta } = module;
  if (meta.tableInits.length === 0 && elems.length === 0) return;
  const context = constants(instance, made);
  meta.tableInits.forEach((init, d) => {
    if (init === null) return;
    const table = instance.tables[meta.importedTables + d]!;
    const reference = unsigned32(evalConst(init, context));
    for (let i = 0; reference !== 0 && i < table.type.min; i++) e.native.tableSet(table.id, i, reference);
  });
  for (let s = 0; s < elems.length; s++) {
    if (elems.mode(s) === ElemMode.DECLARATIVE) continue;
    giveSegment(instance, s, context);
    if (elems.mode(s) === ElemMode.PASSIVE) continue;
    const constant = elems.constantOffset(s);
    const at = constant >= 0 ? constant : Number(evalConst(elems.offset(s), context));
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
  e.native.instanceElemRefs(id, s, references, topOf(module.meta, elems.type(s)) !== ValType.FUNCREF);
}

function initMemory(instance: InstanceState, where: string, only: boolean): void {
  const { env: e, module, id, memories } = instance;
  const { image, meta } = module;
  if (image === null && meta.datas.length === 0) return;
  const outside = (s: number, at: number, memory: number): Error => {
    const state = memories[memory];
    const memoryBytes = state.pages * 2 ** state.pageShift;
    return createTrap(Code.MEMORY_OUT_OF_BOUNDS, [], createInstance, {
      message: `${where}: data segment ${s} is out of bounds`,
      address: Math.max(at, memoryBytes),
      memoryBytes,
    });
  };
  if (image !== null) {
    const { offset, size } = image;
    const status = e.native.memoryLoadImage(memories[0].id, module.code, offset, 0, size, true, only);
    if (status === TAKEN_ERRNO)
      throw new LinkError(
        `${where}: the module's initial data went to an instance made with onlyInstance: load it again`,
      );
    if (status !== 0) throw outside(0, 0, 0);
  }
  const context = constants(instance, []);
  for (const { index, mode, memory, offset, size } of meta.datas) {
    if (mode === 'passive') continue;
    const at = Number(evalConst(offset!, context));
    if (e.native.instanceDataInit(id, memory, index, at, 0, size) !== 0) throw outside(index, at, memory);
    e.native.instanceDataDrop(id, index);
  }
}

function runStart(instance: InstanceState, imports: ResolvedImports): void {
  const { start } = instance.module.meta;
  const imported = imports.funcs[start];
  const f =
    imported !== undefined && isHostFunction(imported) && imported.suspending !== true
      ? imported.fn
      : instance.exportedFunction(start);
  f();
}

/** `WebAssembly.Instance`, with this package's ways to call and dispose it. */
export class Instance<E extends object = Exports> {
  constructor(module: object, imports?: object, options: InstanceOptions = {}) {
    const where = 'WebAssembly.Instance()';
    const e = env();
    const state = ModuleState.of(e, module);
    if (state === null) throw new TypeError(`${where}: Argument 0 must be a WebAssembly.Module`);
    if (imports !== undefined && !isObject(imports)) throw new TypeError(`${where}: Argument 1 must be an object`);
    const instance =
      options.timeoutMs === undefined
        ? createInstance(e, where, state, imports, options)
        : withDeadline(e, options.timeoutMs, () => createInstance(e, where, state, imports, options));
    const object = uncloneable(Object.getPrototypeOf(this) as this);
    instancesOf(e).set(object, instance);
    return object;
  }

  /** The exports by name. */
  get exports(): E {
    return stateOf(this, 'WebAssembly.Instance.exports()').exports as E;
  }

  /** Calls an exported function by name. */
  invoke<K extends keyof E & string>(name: K, ...args: ArgumentsOf<E[K]>): ResultOf<E[K]> {
    return Reflect.apply(exportedFunction(this, name), undefined, args) as ResultOf<E[K]>;
  }

  /**
   * Calls an exported function by name; `timeoutMs` interrupts wasm (a `Trap` of kind `interrupt`) that runs longer.
   */
  call<K extends keyof E & string>(
    name: K,
    args: Readonly<ArgumentsOf<E[K]>> | readonly [] = [],
    options: { timeoutMs?: number } = {},
  ): ResultOf<E[K]> {
    const f = exportedFunction(this, name);
    return withDeadline(env(), options.timeoutMs, () => Reflect.apply(f, undefined, args)) as ResultOf<E[K]>;
  }

  /**
   * Gives the memory back now (views of it are detached, accesses trap), unless another instance imports it. From then
   * on every call of one of its functions is a `Trap` of kind `disposed-function`, whoever makes it and wherever the
   * reference comes from; calls under way go on. Its tables and globals stay for those who share them. Without dispose
   * everything goes some time after the last reference to it.
   */
  dispose(): void {
    stateOf(this, 'Instance.dispose()').dispose();
  }

  /** The same, for `using`. */
  declare readonly [Symbol.dispose]: () => void;
}
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the class's parameter
export interface Instance<E extends object = Exports> {
  /** `dispose`, for `using`. */
  [Symbol.dispose](): void;
}
defineInterface(Instance, 'Instance', { constructor: 1, invoke: 1, call: 1 });

function stateOf(value: unknown, where: string): InstanceState {
  const state = isObject(value) ? instancesOf(env()).get(value) : undefined;
  if (state === undefined) throw new TypeError(`${where}: Receiver is not a WebAssembly.Instance`);
  return state;
}

Object.defineProperty(Instance.prototype, Symbol.dispose ?? Symbol.for('Symbol.dispose'), {
  value: Instance.prototype.dispose,
  writable: true,
  configurable: true,
});

function exportedFunction(instance: { exports: object }, name: string): Function {
  const exports = instance.exports as Exports;
  const f: unknown = exports[name];
  if (typeof f !== 'function') {
    const names = Object.keys(exports).filter((k) => typeof exports[k] === 'function');
    throw new TypeError(
      `no exported function '${name}'; there ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, 20).join(', ') || 'none'}${names.length > 20 ? ', …' : ''}`,
    );
  }
  return f;
}
