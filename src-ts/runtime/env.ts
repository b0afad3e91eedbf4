/**
 * What all runtime objects of a thread share: views of the argument buffer, the registry of which JavaScript object
 * stands for what, the externref table, and who frees native handles when.
 *
 * The registry hangs on the addon's exports, of which there is one per thread, and not in this module, of which there
 * may be several (`jest.resetModules`, vm contexts). Objects are recognised by being in it: it can neither be forged
 * nor does it depend on whose class made the object.
 *
 * ## Lifetimes Native handles live as long as the JavaScript *state* objects below; a FinalizationRegistry frees them.
 * The addon knows nothing of funcrefs in foreign tables and globals, so states point at each other (`keeps`) wherever a
 * funcref may have gone: a table or a global at the instances that import it or whose functions were put into it, an
 * instance at everything it imports. Edges are only ever added. Nothing here holds a state strongly, so cycles are
 * collected as JavaScript's own.
 */
import { setImmediate } from 'node:timers';
import { ControlWord, Outcome } from '../abi/calls.js';
import { type FuncRefId, type InstanceId, type NativeBinding, REGISTRY, binding, calls } from '../binding.js';
import type { FuncType } from '../wasm/types.js';
import type { Artefact } from '../aot/format.js';
import { UNKNOWN_OFFSET } from '../aot/inlined.js';
import { Trap as Code } from '../abi/trap-codes.js';
import { ExternTable } from './externref.js';
import type { GlobalState } from './global.js';
import type { InstanceState } from './instance.js';
import type { MemoryState } from './memory.js';
import type { ModuleState } from './module.js';
import { type CallEnv, type FunctionOwner, type Keeper, Signatures, incompatible } from './signature.js';
import type { TableState } from './table.js';
import { noteThrown, showWasmFrames } from './stack.js';
import { type TrapFrame, createTrap } from './trap.js';

/** An exported function. */
export interface FuncState {
  ref: FuncRefId;
  type: FuncType;
  owner: InstanceState;
}

/** Is told what is loaded and instantiated in this thread: the profiler. */
export interface Observer {
  onModule(module: ModuleState, artefact: Artefact): void;
  onInstance(instance: InstanceState): void;
}

/**
 * Makes tables and globals that a program made before it was known which engine they would be linked on this engine's
 * (register/late-binding.ts).
 */
export interface Adopter {
  table(value: object): TableState | null;
  global(value: object): GlobalState | null;
}

export interface Registry {
  funcs: WeakMap<object, FuncState>;
  memories: WeakMap<object, MemoryState>;
  tables: WeakMap<object, TableState>;
  globals: WeakMap<object, GlobalState>;
  modules: WeakMap<object, ModuleState>;
  instances: WeakMap<object, InstanceState>;
  /** For funcrefs that come out of wasm: the owner by the addon's numbers. */
  instanceById: Map<InstanceId, WeakRef<InstanceState>>;
  hostOwner: Map<FuncRefId, WeakRef<InstanceState>>;
  externs: ExternTable;
  finalizer: FinalizationRegistry<() => void>;
  observer?: Observer;
  adopter?: Adopter;
}

/** The shared state of this thread, with the call machinery of this copy of the module. */
export class Env implements CallEnv {
  readonly native: NativeBinding = binding();
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly invoke: () => void;
  private readonly resume: () => void;
  readonly registry: Registry;
  readonly signatures: Signatures;

  constructor() {
    const { invoke, resume } = calls(this.native);
    this.invoke = invoke;
    this.resume = resume;
    const buffer = this.native.argumentBuffer;
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.registry = sharedRegistry(this.native);
    this.signatures = new Signatures(this);
    showWasmFrames({
      captureStack: () => new Uint32Array(this.native.captureStack()),
      describeFrames: (rows, activation) => this.describeFrames(rows, activation),
    });
  }

  settle(wrapper: Function, owner: FunctionOwner): void {
    const { i32, native, resume } = this;
    if (i32[ControlWord.OUTCOME] === Outcome.DECLINED) native.invoke();
    for (;;) {
      const outcome = i32[ControlWord.OUTCOME];
      if (outcome === Outcome.DONE) return;
      if (outcome < 0 && outcome !== Outcome.GROW && outcome !== Outcome.POLL) this.failed(outcome, wrapper);
      // Whatever runs now may enter wasm (a debugger does it during a look), and uses this word then.
      const level = i32[ControlWord.LEVEL];
      try {
        if (!this.turnWatched) this.watchTurn();
        // Called from here and not from a function of its own: each frame costs levels of recursion through wasm and
        // JavaScript.
        if (outcome > 0) (owner.handlers.get(outcome) ?? this.foreignHandler(outcome))();
        else if (outcome === Outcome.GROW) native.growWaiting();
        else native.pollV8();
      } catch (e) {
        i32[ControlWord.LEVEL] = level;
        noteThrown(e, new Uint32Array(native.captureStack()));
        native.abandon();
        throw e;
      }
      i32[ControlWord.LEVEL] = level;
      resume();
      if (i32[ControlWord.OUTCOME] === Outcome.DECLINED) native.resume();
    }
  }

  private turnWatched = false;

  /**
   * JavaScript that is ended without its `catch` and `finally` blocks (a timeout of node:vm) leaves activations and
   * deadlines behind: they go before the next turn of the event loop.
   */
  watchTurn(): void {
    if (this.turnWatched) return;
    setImmediate(this.endTurn).unref();
    this.turnWatched = true;
  }

  private readonly endTurn = (): void => {
    this.turnWatched = false;
    this.native.endTurn();
  };

  /** Of a host function that another instance imports than the one that was called. */
  private foreignHandler(ref: FuncRefId): () => void {
    return this.registry.hostOwner.get(ref)!.deref()!.handlers.get(ref)!;
  }

  private failed(outcome: Outcome, wrapper: Function): never {
    if (outcome === Outcome.DISPOSED) throw new Error('wamr-native: the instance was disposed');
    if (outcome !== Outcome.TRAPPED) throw new Error(`internal error: outcome ${outcome} of a call`);
    this.trapped(wrapper);
  }

  private trapped(wrapper: Function): never {
    const record = this.native.takeTrap();
    if (record === null) throw new Error('internal error: a call failed without a trap');
    const inMemory = record.code === Code.MEMORY_OUT_OF_BOUNDS;
    throw createTrap(record.code, this.describeFrames(new Uint32Array(record.frames)), wrapper, {
      rows: new Uint32Array(this.native.captureStack()),
      address: inMemory && record.address >= 0 ? record.address : undefined,
      memoryBytes: inMemory && record.memoryBytes >= 0 ? record.memoryBytes : undefined,
    });
  }

  /** The frames of an activation, the innermost by default, with the names that their modules give them. */
  private describeFrames(rows: Uint32Array, activation = 0): TrapFrame[] {
    const frames: TrapFrame[] = [];
    for (let i = 0; i < rows.length; i += 4) {
      if (rows[i + 3] !== activation) continue;
      const module = this.registry.instanceById.get(rows[i])?.deref()?.module;
      const places = module?.expandPlace(rows[i + 1], rows[i + 2]) ?? [{ func: rows[i + 1], offset: UNKNOWN_OFFSET }];
      for (const { func, offset } of places)
        frames.push({
          module: module?.displayName ?? '?',
          func,
          name: module?.functionName(func) ?? null,
          offset: offset === UNKNOWN_OFFSET ? -1 : offset,
        });
    }
    return frames;
  }

  toExtern(value: unknown): number {
    return this.registry.externs.take(value);
  }

  fromExtern(handle: number): unknown {
    return this.registry.externs.value(handle);
  }

  sweep(): void {
    const { externs } = this.registry;
    if (!externs.due) return;
    const marks = new Uint8Array(externs.size);
    this.native.externrefMark(marks);
    externs.sweep(marks);
  }

  toFuncref(value: unknown, owner: Keeper): number {
    if (value === null) return 0;
    const func = typeof value === 'function' ? this.registry.funcs.get(value) : undefined;
    if (func === undefined) throw incompatible();
    keep(owner, func.owner);
    return func.ref;
  }

  fromFuncref(ref: number): unknown {
    if (ref === 0) return null;
    ref >>>= 0;
    const host = this.registry.hostOwner.get(ref);
    if (host !== undefined) return host.deref()!.hostFunction(ref);
    const { instance, func } = this.native.funcrefInfo(ref);
    return this.registry.instanceById.get(instance)!.deref()!.wasmFunction(func, ref);
  }

  /** Runs `free` some time after `state` has been collected; `free` must not refer to it. */
  onCollected(state: object, free: () => void): void {
    this.registry.finalizer.register(state, free);
  }
}

function sharedRegistry(native: NativeBinding): Registry {
  const host = native as { [REGISTRY]?: Registry };
  return (host[REGISTRY] ??= {
    funcs: new WeakMap(),
    memories: new WeakMap(),
    tables: new WeakMap(),
    globals: new WeakMap(),
    modules: new WeakMap(),
    instances: new WeakMap(),
    instanceById: new Map(),
    hostOwner: new Map(),
    externs: new ExternTable(),
    finalizer: new FinalizationRegistry<() => void>((free) => free()),
  });
}

/** From now on `owner` keeps an instance alive that is not its own, because it may hold one of its functions. */
export function keep(owner: Keeper, instance: InstanceState): void {
  if (owner === (instance as Keeper)) return;
  owner.keeps.add(instance);
  instance.heldByOthers = true;
}

let current: Env | undefined;

/** The environment of this thread; loads the addon at the first call. */
export function env(): Env {
  return (current ??= new Env());
}
