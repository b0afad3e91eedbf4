/**
 * What all runtime objects of a thread share: views of the argument buffer, how calls are made and end, how references
 * change sides. Which object stands for what: `registry.ts`; who lives how long: `lifetimes.ts`.
 */
import { setImmediate } from 'node:timers';
import { ARGUMENT_SLOTS, ControlWord, Outcome } from '../abi/calls.js';
import { UNKNOWN_OFFSET } from '../abi/artefact.js';
import { Externref } from '../abi/vmctx.js';
import type { FuncRefId, NativeBinding, TableId } from '../binding.js';
import { binding, calls } from '../addon.js';
import { FrameRow as Row, ObjectKind } from '../abi/objects.js';
import { isNullable, isSubtype, nonNull, nullable, refTo, topOf } from '../wasm/ref-types.js';
import { ValType } from '../wasm/types.js';
import { Trap as Code } from '../abi/trap-codes.js';
import { waitOrNotify } from './atomics.js';
import { Cells } from './cells.js';
import type { ExternTable } from './externref.js';
import type { Lifetimes } from './lifetimes.js';
import type { SourceFrame } from '../dwarf/index.js';
import { makeSettle, type Settle, type Settling } from './settle.js';
import { type CallEnv, type FunctionOwner, Signatures, incompatible } from './signature.js';
import { noteThrown, showWasmFrames } from './stack.js';
import { NO_PROMISING_CALL, refusal, type SuspendableCall } from './suspending-import.js';
import { type FuncState, type InstanceInfo, type ModuleInfo, type Registry, sharedRegistry } from './registry.js';
import type { RuntimeTypes } from './types.js';
import { StringBuiltins } from './string-builtins.js';
import { type TrapFrame, createTrap } from './trap.js';
import { ContentMap } from '../util/content-map.js';
import { isObject } from './webidl.js';

/** A frame of a stack. What is in the source is looked up when it is asked for. */
class Frame implements TrapFrame {
  readonly module: string;
  readonly name: string | null;
  readonly #state: ModuleInfo | undefined;

  constructor(
    readonly func: number,
    readonly offset: number,
    state: ModuleInfo | undefined,
  ) {
    this.module = state?.displayName ?? '?';
    this.name = state?.functionName(func) ?? null;
    this.#state = state;
  }

  get source(): readonly SourceFrame[] {
    return this.offset < 0 || this.#state === undefined ? [] : this.#state.sourceOf(this.offset);
  }
}

/** The shared state of this thread, with the call machinery of this copy of the module. */
export class Env implements CallEnv, Settling {
  readonly native: NativeBinding = binding();
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly invoke: () => void;
  private readonly resume: () => void;
  readonly settle: Settle;
  /** As the addon's. */
  readonly tableGet: (table: TableId, index: number) => number;
  readonly tableSet: (table: TableId, index: number, reference: number) => void;
  readonly cells: Cells;
  readonly registry: Registry;
  readonly lifetimes: Lifetimes;
  readonly externs: ExternTable;
  readonly signatures: Signatures;
  /** Modules of few bytes that were made lately (`module.ts`). */
  readonly small = new ContentMap<object>();
  readonly types: RuntimeTypes;
  /** When the signal handler is looked at (`instance.ts`). */
  readonly handlerLooks = { instances: 0, warned: false };
  private knownBuiltins: StringBuiltins | null = null;
  /** Another thread may interrupt wasm of this one (`threadToken`). */
  interruptible = false;

  constructor() {
    const { invoke, resume, tableGet, tableSet } = calls(this.native);
    this.invoke = invoke;
    this.resume = resume;
    this.tableGet = tableGet;
    this.tableSet = tableSet;
    this.cells = new Cells(this.native);
    const buffer = this.native.argumentBuffer;
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.settle = makeSettle(this, this.i32, resume);
    this.registry = sharedRegistry(this.native, this.i32);
    this.lifetimes = this.registry.lifetimes;
    this.externs = this.lifetimes.externs;
    this.types = this.registry.types;
    this.signatures = new Signatures(this);
    showWasmFrames({
      captureStack: () => new Uint32Array(this.native.captureStack()),
      describeFrames: (rows, activation) => this.describeFrames(rows, activation),
    });
  }

  get stringBuiltins(): StringBuiltins {
    return (this.knownBuiltins ??= new StringBuiltins(this));
  }

  /** Promising calls that run, suspended ones not counted. */
  private promising = 0;

  /** `settle` for a promising call that may have been suspended before; false: it is now. */
  settlePromising(wrapper: Function, owner: FunctionOwner, call: SuspendableCall): boolean {
    this.promising++;
    try {
      this.settle(wrapper, owner, call);
    } finally {
      this.promising--;
    }
    return call.suspension === null;
  }

  invokeSlowly(): void {
    this.native.invoke();
  }

  resumeSlowly(): void {
    this.native.resume();
  }

  watch(level: number): object {
    const token = {};
    this.native.watchActivation(level, token);
    return token;
  }

  suspends(thrown: unknown, owner: FunctionOwner, call: SuspendableCall | undefined): boolean {
    if (!(thrown instanceof this.registry.Suspension)) {
      this.throwIntoWasm(owner, thrown);
      return false;
    }
    const error = call === undefined ? NO_PROMISING_CALL : this.native.promisingSuspend(call.id);
    if (error === 0) {
      call!.suspension = thrown;
      return true;
    }
    this.throwIntoWasm(owner, refusal(error, this.promising > 0));
    return false;
  }

  handlerOf(owner: FunctionOwner, ref: FuncRefId): () => void {
    return owner.handlers.get(ref) ?? this.foreignHandler(ref);
  }

  serve(outcome: Outcome, level: number, wrapper: Function, owner: FunctionOwner): void {
    const { i32, native } = this;
    const asks =
      outcome === Outcome.POLL || outcome === Outcome.GROW || outcome === Outcome.ATOMICS || outcome === Outcome.ROOM;
    if (!asks) this.failed(outcome, wrapper, owner);
    try {
      if (!this.turnWatched) this.watchTurn();
      if (outcome === Outcome.POLL) native.pollV8();
      else if (outcome === Outcome.ROOM) this.lifetimes.collect();
      else if (outcome === Outcome.GROW) {
        i32[ControlWord.LEVEL] = level;
        native.growWaiting();
      } else {
        const answer = waitOrNotify(this);
        i32[ControlWord.LEVEL] = level;
        native.answerWaiting(answer);
      }
    } catch (e) {
      i32[ControlWord.LEVEL] = level;
      this.abandon(e);
    }
  }

  /** Ends the wasm of `ControlWord.LEVEL`, through which JavaScript's error goes. */
  private abandon(thrown: unknown): never {
    noteThrown(thrown, new Uint32Array(this.native.captureStack()));
    this.native.abandon();
    throw thrown;
  }

  /** Goes on with the wasm of `ControlWord.LEVEL`, whose host function has returned. */
  resumeWasm(): void {
    this.resume();
    if (this.i32[ControlWord.OUTCOME] === Outcome.DECLINED) this.resumeSlowly();
  }

  /**
   * Goes on with the wasm of `ControlWord.LEVEL`, where what a host function threw arrives; throws it if that has no
   * clause that takes it.
   */
  throwIntoWasm(owner: FunctionOwner, thrown: unknown): void {
    const { i32 } = this;
    const level = i32[ControlWord.LEVEL];
    if (this.caughtByWasm(thrown, owner)) return;
    i32[ControlWord.LEVEL] = level;
    this.abandon(thrown);
  }

  returned: object | null = null;
  turnWatched = false;

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
    return (this.native.funcrefState(ref) as InstanceInfo).handlers.get(ref)!;
  }

  /** What a host function threw goes on in the wasm that called it, if that has a clause that may take it. */
  private caughtByWasm(thrown: unknown, owner: FunctionOwner): boolean {
    const { native, registry, i32 } = this;
    if (!registry.catches || (isObject(thrown) && registry.traps.has(thrown))) return false;
    const level = i32[ControlWord.LEVEL];
    const record = owner.recordOf(thrown);
    i32[ControlWord.LEVEL] = level;
    return record !== 0 && native.throwWaiting(record);
  }

  private failed(outcome: Outcome, wrapper: Function, owner: FunctionOwner): never {
    if (outcome === Outcome.THROWN) throw owner.takeThrown();
    if (outcome === Outcome.DISPOSED) throw createTrap(Code.DISPOSED_FUNCTION, [], wrapper);
    if (outcome !== Outcome.TRAPPED) throw new Error(`internal error: outcome ${outcome} of a call`);
    this.trapped(wrapper);
  }

  private trapped(wrapper: Function): never {
    const record = this.native.takeTrap();
    if (record === null) throw new Error('internal error: a call failed without a trap');
    const inMemory = record.code === Code.MEMORY_OUT_OF_BOUNDS;
    const frames = new Uint32Array(record.frames);
    for (const o of this.registry.observers) o.onTrap?.(frames);
    const error = createTrap(record.code, this.describeFrames(frames), wrapper, {
      rows: new Uint32Array(this.native.captureStack()),
      address: inMemory && record.address >= 0 ? record.address : undefined,
      memoryBytes: inMemory && record.memoryBytes >= 0 ? record.memoryBytes : undefined,
      memory: inMemory && record.memory > 0 ? record.memory : undefined,
    });
    this.registry.traps.add(error);
    throw error;
  }

  /** The frames of an activation, the innermost by default, with the names that their modules give them. */
  describeFrames(rows: Uint32Array, activation = 0): TrapFrame[] {
    const frames: TrapFrame[] = [];
    for (let i = 0; i < rows.length; i += Row.WORDS) {
      if (rows[i + Row.ACTIVATION] !== activation) continue;
      const module = (this.native.state(ObjectKind.INSTANCE, rows[i + Row.INSTANCE]) as InstanceInfo | undefined)
        ?.module;
      const func = rows[i + Row.FUNCTION];
      const places = module?.expandPlace(func, rows[i + Row.OFFSET]) ?? [{ func, offset: UNKNOWN_OFFSET }];
      for (const { func: f, offset } of places)
        frames.push(new Frame(f, offset === UNKNOWN_OFFSET ? -1 : offset, module));
    }
    return frames;
  }

  hold(owner: FunctionOwner): void {
    this.lifetimes.hold(owner);
  }

  /** A list of numbers as native operations take it: in the argument buffer if it fits there. */
  pass(numbers: readonly number[]): Uint32Array | number {
    const n = numbers.length;
    if (n > 2 * ARGUMENT_SLOTS) return Uint32Array.from(numbers);
    for (let i = 0; i < n; i++) this.u32[i] = numbers[i];
    return n;
  }

  toExtern(value: unknown): number {
    const { externs } = this;
    return externs.referenceAgain(value) || this.registry.gcObjects.reference(value) || externs.take(value);
  }

  fromExtern(reference: number): unknown {
    return (reference & 3) === Externref.TAG ? this.externs.value(reference) : this.registry.gcObjects.value(reference);
  }

  toFuncref(value: unknown): number {
    if (value === null) return 0;
    const func = this.functionState(value);
    if (func.owner.epoch !== this.i32[ControlWord.EPOCH]) this.lifetimes.hold(func.owner);
    return func.ref;
  }

  checkReference(type: ValType, value: unknown): void {
    if (value === null) {
      if (!isNullable(type)) throw incompatible();
      return;
    }
    switch (nullable(type)) {
      case ValType.EXTERNREF:
      case ValType.ANYREF:
        return;
      case ValType.FUNCREF:
        this.functionState(value);
        return;
    }
    const actual =
      topOf(this.types, type) === ValType.FUNCREF ? refTo(this.functionState(value).type) : this.typeOfObject(value);
    if (!isSubtype(this.types, actual, nonNull(type))) throw incompatible();
  }

  /** Type of an object of the heap or an i31; TypeError for other values. */
  private typeOfObject(value: unknown): ValType {
    const reference = this.registry.gcObjects.reference(value);
    if (reference === 0) throw incompatible();
    return (reference & 1) !== 0
      ? nonNull(ValType.I31REF)
      : refTo(this.types.numberOf(this.native.heapType(reference >>> 0)));
  }

  toReference(type: ValType, value: unknown): number {
    this.checkReference(type, value);
    if (value === null) return 0;
    return topOf(this.types, type) === ValType.FUNCREF ? this.toFuncref(value) : this.toExtern(value);
  }

  fromReference(type: ValType, reference: number): unknown {
    return topOf(this.types, type) === ValType.FUNCREF ? this.fromFuncref(reference) : this.fromExtern(reference);
  }

  private functionState(value: unknown): FuncState {
    const func = typeof value === 'function' ? this.registry.funcs.get(value) : undefined;
    if (func === undefined) throw incompatible();
    return func;
  }

  fromFuncref(ref: number): unknown {
    if (ref === 0) return null;
    ref >>>= 0;
    const { functions } = this.lifetimes;
    let f = functions.get(ref);
    if (f === undefined) {
      const owner = this.native.funcrefState(ref) as InstanceInfo;
      f = owner.functionOf(ref, this.i32[ControlWord.FUNCTION]);
      functions.set(ref, f);
    }
    return f;
  }
}

let current: Env | undefined;

/** The environment of this thread; loads the addon at the first call. */
export function env(): Env {
  return (current ??= new Env());
}
