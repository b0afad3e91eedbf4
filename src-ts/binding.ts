/**
 * The addon as TypeScript sees it: the interface of every native operation. `addon.ts` finds and loads it.
 *
 * The addon has primitive operations only. Linking logic, coercions and **all errors** are JavaScript's. Native
 * functions report failure by their result (documented at each one); they throw only when they are misused (a handle
 * that is not alive, a wrong type of argument), which is a bug of the caller.
 *
 * ## Handles
 *
 * Code, memories, tables, globals and instances are positive integers, valid in the thread (environment) that made
 * them, until freed. A freed handle makes every function throw. Native references keep what an instance
 * imports (code, memory, tables, globals, and instances whose functions it imports) in existence after their handle was
 * freed; **nothing native keeps an instance alive for the funcrefs in tables, globals and frames**. So nothing is freed
 * by hand that others may refer to: `watch` names the JavaScript object that stands for the thing, and the handle goes
 * with that (runtime/lifetimes.ts).
 *
 * ## References as numbers
 *
 * A funcref is the 32-bit index of a process-wide record, an externref the scattered index
 * (`Externref` of abi/vmctx.ts) of an array that the runtime keeps; 0 is null for both.
 *
 * ## Calls: the argument buffer
 *
 * One `ArrayBuffer` (`argumentBuffer`) of `ARGUMENT_SLOTS` 8-byte slots (and control words behind
 * them) per thread carries arguments and results both ways: slot i = argument i, results from slot 0. i32, f32 and
 * references take the low 4 bytes of their slot (the upper half is ignored on reading and may be anything after a
 * call), i64 and f64 all 8.
 * - JavaScript → wasm: write the arguments and the funcref to `ControlWord.CALLEE`, call `invoke`, read
 *   `ControlWord.OUTCOME` and the results at once (any later call overwrites them).
 * - wasm → JavaScript: an outcome above 0 is the funcref of a host function. Call its handler without arguments, then
 *   `resume`, which leaves an outcome as `invoke` does; or, when it threw, `abandon`.
 *   The handler must read its arguments from the buffer before it calls anything else, and write its results last.
 *   Anything may be called in between, so `ControlWord.LEVEL`, read together with the
 *   outcome, must be written back before `resume` or `abandon`.
 * Nesting needs no care beyond that. `Env.settle` (runtime/settle.ts) does all this.
 */
import type { GcKind } from './abi/gc-layout.js';
import type { GlobalKind, ObjectKind } from './abi/objects.js';
import type { StringLeaf } from './abi/strings.js';
import type { VmLayout } from './abi/vmctx.js';

export type CodeId = number;
export type MemoryId = number;
export type TableId = number;
export type GlobalId = number;
export type InstanceId = number;
export type TagId = number;
/** An exnref: the addon's number of an exception. 0 is null. */
export type ExceptionId = number;
export type FuncRefId = number;

/**
 * Where things lie in an artefact. `…Offset` counts from the start of the file, stub offsets from the start of the code
 * section.
 */
export interface CodeDescriptor {
  /** Page-aligned (4,096) in the file. */
  codeOffset: number;
  codeSize: number;
  /**
   * Trap table: u32 count, u32 pc[count] ascending, u32 wasmOffset[count], u8 code[count] (and TRAP_NO_FRAME: the site is before
   * the frame exists; code 0: a call site's return address, for backtraces). 4-byte aligned.
   */
  trapsOffset: number;
  trapsSize: number;
  /** One row per defined function: `FunctionRow`. 4-byte aligned. */
  functionsOffset: number;
  functionsSize: number;
  importedFuncs: number;
  /** u32 offsets in the code section that every instance gets as addresses at `VmLayout.dispatch`. 4-byte aligned. */
  dispatchOffset: number;
  dispatchSize: number;
  /** Pairs of u32, ascending: return address of a call that may throw, landing pad. 4-byte aligned. */
  handlersOffset: number;
  handlersSize: number;
  /** Accesses whose addresses may wrap, a `WrapRow` each. 4-byte aligned. */
  wrapsOffset: number;
  wrapsSize: number;
  /** By type index: `signatureId`, or for long signatures `longTypeId`. */
  typeIds: Uint32Array;
  /** By type index: `CallLayout.outBytes`. */
  outBytes: Uint32Array;
  /** By type index: code offset of the entry stub, or NO_STUB. */
  entryStubs: Uint32Array;
  /** The same of the stub that calls a `LEAF_FUNCTION` (abi/artefact.ts) without another stack. */
  leafStubs: Uint32Array;
  /**
   * By type index: code offset of the host stub, or NO_STUB. Host stubs keep an rbp frame (backtraces cross them with
   * it).
   */
  hostStubs: Uint32Array;
  /** By imported function index: code offset of the import stub, or NO_STUB. */
  importStubs: Uint32Array;
  /** The code relies on what `guarded` says of each memory. */
  needsGuard: boolean;
  /** The machine that the code is for (abi/architectures.ts); of another than the addon's: error -8 (ENOEXEC). */
  architecture: number;
}

/** What all instances of a module have in common. */
export interface InstanceShape {
  layout: VmLayout;
  /** By memory index: a `MemoryGuard`. */
  guarded: ArrayLike<number>;
  /** By table index: number of elements; read for closed tables only. */
  tableSizes: ArrayLike<number>;
  importedGlobals: number;
  /** By global index, imports too: `GlobalKind`. */
  globalKinds: ArrayLike<number>;
  /** By data segment: offset in the artefact's file and size, alternating (what `memory.init` reads). */
  data: ArrayLike<number>;
  /** Number of element segments (contents by `instanceElemFuncs`/`instanceElemRefs`; empty until then). */
  elems: number;
}

/** The trap that ended the latest failed call. */
export interface TrapRecord {
  /** `Trap` of trap-codes.ts. */
  code: number;
  /**
   * Of an access out of bounds: its first byte that is, relative to the memory's base. -1 for other traps, and for
   * memory.init beyond its segment.
   */
  address: number;
  /** Of an access out of bounds: size of the memory in bytes at the trap; else -1. */
  memoryBytes: number;
  /** Index of that memory. */
  memory: number;
  /**
   * The wasm frames (`FrameRow`), innermost first; at most the innermost INNER_FRAMES and the outermost OUTER_FRAMES.
   */
  frames: Uint32Array;
  /** Frames there were. */
  depth: number;
}

/** The operations that V8 calls directly. */
interface FastCalls {
  invoke(): void;
  resume(): void;
  /** Table and index are in their slots (`TableSlot`). The reference is in its slot then, null beyond the end. */
  tableGet(): void;
  /** Likewise with the reference. Does nothing beyond the end. */
  tableSet(): void;
}

/** The same as functions, in the fastest form that there is. */
export type Calls = Pick<NativeBinding, 'invoke' | 'resume' | 'tableGet' | 'tableSet'>;

export interface NativeStats {
  instances: number;
  memories: number;
  tables: number;
  globals: number;
  codes: number;
  promisingCalls: number;
  /** Process-wide: funcref records in use. */
  funcrefs: number;
  /** Process-wide: reservations of address space in use / idle in the pool. */
  reservations: number;
  pooled: number;
}

export interface NativeBinding {
  readonly argumentBuffer: ArrayBuffer;

  // ---- code
  /**
   * Copies an artefact, from an open file or bytes, each byte of which is read once; the code is where its header says so
   * far. Result: handle, or a negative errno (-22: the code is elsewhere, -5: the file ended early, -1: no memory may be
   * executed here). Nothing of it counts before `codeLoad`. `hash`: what its header says; where another thread has loaded
   * an artefact with that hash, this one shares it, and nothing is read.
   */
  codeCopy(source: number | Uint8Array, codeOffset: number, codeSize: number, hash?: Uint8Array): CodeId;
  /** Begins `codeCopy` of an open file in other threads; it stays open until that, or `endReadAhead`, which gives it up. */
  readAhead(fd: number, codeOffset: number, codeSize: number): void;
  endReadAhead(): void;
  /** `hashArtefact` (aot/format.ts) of what was copied, computed on several threads: 32 bytes. */
  codeHash(code: CodeId): ArrayBuffer;
  /**
   * What the copy is: 0, or a negative errno (-22: descriptor and copy disagree). Checks the shape only; version,
   * features and hash are the caller's business.
   */
  codeLoad(code: CodeId, descriptor: CodeDescriptor): number;
  /** The mapping goes when its last instance and host function have gone. */
  codeFree(code: CodeId): void;

  /** Copy of a part of the artefact's file. */
  codeRead(code: CodeId, offset: number, size: number): ArrayBuffer;
  /** `hashArtefact` (aot/format.ts) of bytes, on several threads: 32 bytes, or a negative errno. */
  hash(bytes: Uint8Array): ArrayBuffer | number;
  /** 32 bytes that only this process can make of these: the same in all of its threads. */
  sign(message: Uint8Array): ArrayBuffer;
  /**
   * Keeps a copy of a small artefact for all threads of the process, for ever; false when there are too many. `hash`:
   * any name for these bytes.
   */
  keepArtefact(hash: string, artefact: Uint8Array): boolean;
  keptArtefact(hash: string): ArrayBuffer | undefined;

  // ---- cells
  /** The buffer of cells `CELLS_PER_BLOCK` * block onwards, 16 bytes each; it lives as long as the environment. */
  cellBlock(block: number): ArrayBuffer;

  // ---- memories
  /**
   * A memory of our own. `maxPages`: the lesser of the type's maximum and the host's limit; no memory gets beyond 4 GiB,
   * or 16 GiB with 64-bit addresses. `pageShift`: log2 of the bytes of a page, 0 or 16. `guard` true: reserves 6 GiB + 64 KiB, all that guard code needs; false: little more than `minPages`, and the contents move when
   * they outgrow it. Result: handle or negative errno (-12: no memory or address space; -11: too many reservations
   * alive: use `memoryAdopt` on a genuine WebAssembly.Memory, which V8 can collect synchronously).
   */
  memoryCreate(minPages: number, maxPages: number, guard: boolean, pageShift: number, address64: boolean): MemoryId;
  /**
   * Takes a genuine WebAssembly.Memory as store; it is held weakly. `getter` and `grow` are V8's own of
   * `WebAssembly.Memory.prototype`: called on the store, they run no JavaScript. Growth by others (V8's modules, the
   * host), which may move the contents, is noticed at every entry and host-call return. Fit for guard code when
   * `v8Guards` said so before, and the bytes below its base are inaccessible too: because this V8 sees to it
   * (`guardsBelow`), or because nothing was mapped there yet. A shared one never moves, and growth is seen at once;
   * -22: it has no guard, and what it may become is not reserved.
   */
  memoryAdopt(
    store: object,
    getter: Function,
    grow: Function,
    maxPages: number,
    guardsBelow: boolean,
    address64: boolean,
    /** Of a shared memory: bytes over its buffer, and V8's getter of a shared buffer's length. */
    bytes?: Uint8Array,
    length?: Function,
  ): MemoryId;
  /**
   * Whether V8's memories have guards that guard code may rely on; asked once a process, for `shared` ones apart.
   * `load` must let code of V8's load from at least 6 GiB + 64 KiB behind the start of this buffer of a genuine memory,
   * or of the one under these bytes.
   */
  v8Guards(buffer: ArrayBuffer | Uint8Array, load: Function, shared: boolean): boolean;
  /**
   * Whether this host's ArrayBuffers can be made so that nobody else detaches them; before that `memoryBuffer` refuses
   * memories of our own. Only for plain Node: looks into V8's objects.
   */
  pinBuffers(): boolean;
  /** Whether there is address space for another memory for guard code, and enough left for V8. */
  canGuard(): boolean;
  /** Bytes of address space that the process may still take (`ulimit -v`); Infinity without a limit. */
  addressSpaceLeft(): number;
  /** Whether guard code may run on it. */
  memoryHasGuard(memory: MemoryId): boolean;
  /** Whether it has a guard, but something else lies below it. */
  memoryIsCrowded(memory: MemoryId): boolean;
  /** The present buffer; growing detaches it and there is another. Throws if the embedder refuses external buffers. */
  memoryBuffer(memory: MemoryId): ArrayBuffer;
  memoryPages(memory: MemoryId): number;
  /** Old pages, or -1. */
  memoryGrow(memory: MemoryId, deltaPages: number): number;
  /**
   * Puts `size` bytes of the artefact, beginning at `from`, at `to`. `fresh` true (memory that nobody wrote to yet): maps whole
   * pages copy-on-write, when both offsets are page-aligned and the memory is ours; otherwise copies. `only`: no other
   * memory will want them, so they may be moved. Result: 0, or a negative errno (-34: outside the memory; -16: they
   * were moved).
   */
  memoryLoadImage(
    memory: MemoryId,
    code: CodeId,
    from: number,
    to: number,
    size: number,
    fresh: boolean,
    only: boolean,
  ): number;
  /**
   * Gives the pages back to the system now (dispose): size 0, every later access traps, buffers are detached. Adopted
   * memories: forgets the memory.
   */
  memoryRelease(memory: MemoryId): void;
  memoryFree(memory: MemoryId): void;

  // ---- tables
  /**
   * Handle or -12. `max`: the least of the type's maximum and 10,000,000. Leaves the number of the table's cell
   * (`TableCell`) in slot 0.
   */
  tableCreate(funcref: boolean, min: number, max: number): TableId;
  /** Reference (0 null). What it gives beyond the end is of no use: the length is in the table's cell. */
  tableGet(table: TableId, index: number): number;
  /** Does nothing beyond the end. */
  tableSet(table: TableId, index: number, reference: number): void;
  /** Old length, or -1. */
  tableGrow(table: TableId, delta: number, reference: number): number;
  tableFree(table: TableId): void;

  // ---- globals
  /** A global with a cell of its own (made by JavaScript), zero. Leaves the cell's number in slot 0. */
  globalCreate(kind: GlobalKind): GlobalId;
  /** Cell → slots 0 and 1 of the argument buffer (16 bytes; scalars use slot 0). */
  globalRead(global: GlobalId): void;
  /** Slot 0 (and 1 for v128 when `v128`) → cell. */
  globalWrite(global: GlobalId, v128?: boolean): void;
  globalFree(global: GlobalId): void;

  // ---- tags and exceptions
  /** `params`: `signatureKey` of the contents' types; `slots`: 8-byte slots of the contents (`contentsLayout`). */
  tagCreate(params: string, slots: number): TagId;
  /** A number that no other tag of the process has. */
  tagSerial(tag: TagId): number;
  /**
   * An exception with the contents in the argument buffer, as far as they fit there; 0 without memory. `object`:
   * externref of what it leaves wasm as, or 0. It is gone at the next creation unless it is thrown.
   */
  exceptionCreate(tag: TagId, object: number): ExceptionId;
  /** Sets the contents from slot `from` on, as many as the argument buffer has. */
  exceptionFill(exception: ExceptionId, from: number): void;
  /**
   * Throws an exception in the wasm that waits for the host function (`ControlWord.LEVEL`). False when nothing there
   * catches any; else wasm went on, and the control words say what came of it, as after `resume`.
   */
  throwWaiting(exception: ExceptionId): boolean;
  /** The exception that ended the latest failed call; null when there is none. It is alive until the next one is made. */
  exceptionTake(): {
    handle: ExceptionId;
    object: number;
    serial: number;
    params: string;
    contents: ArrayBuffer;
  } | null;
  /** A handle on the tag of an exception: the one that has a state, if that is alive. */
  exceptionTag(exception: ExceptionId): TagId;
  /** What the exception leaves wasm as from now on. */
  exceptionObject(exception: ExceptionId, object: number): void;

  // ---- functions
  /**
   * Makes a funcref of a JavaScript function for a type of this code (which must have a host stub for it). The record
   * keeps the code, and goes with the instance that imports it first. `leaf`: the builtin whose assembly importers call.
   */
  hostCreate(code: CodeId, typeIndex: number, leaf: StringLeaf): FuncRefId;
  /** For one that no instance imports yet. */
  hostFree(funcref: FuncRefId): void;
  /** Owner of a funcref: instance (0 for a host function) and function index in its module. */
  funcrefInfo(funcref: FuncRefId): { instance: InstanceId; func: number; typeId: number };
  /**
   * State of the instance that a function goes with: that defines it, or was the first to import a host function. The
   * function's index is in `ControlWord.FUNCTION` then, 0 for a host function.
   */
  funcrefState(funcref: FuncRefId): object | undefined;
  /**
   * Describes a type with an id by `longTypeId` to the collector: `kind` 0 function, 1 structure, 2 array; the
   * supertype's id or 0; a structure's bytes; log2 of the bytes of an array's element; what an array's elements refer to
   * (0 objects of the heap, 1 those and JavaScript's values, 2 functions, 3 exceptions, 4 nothing); of a structure's
   * references: offset * 4 + the same.
   */
  defineType(
    id: number,
    kind: GcKind,
    parent: number,
    bytes: number,
    shift: number,
    element: number,
    references: number[],
  ): void;
  /** Makes the heap, unless there is one; false without address space. */
  heapNeed(): boolean;
  /** Keeps an object of the heap until it has been unpinned as often. */
  heapPin(reference: number): void;
  heapUnpin(reference: number): void;
  /** The JavaScript object that stands for an object of the heap, if there is one. */
  heapObject(reference: number): object | undefined;
  /** There is one now. The object of the heap lives as long. */
  heapExpose(reference: number, object: object): void;
  /** Id of an object's type. */
  heapType(reference: number): number;
  /** A new object, all zero; 0 when the heap is full, -1 for too long an array. */
  heapMake(type: number, length: number): number;
  /** Copies bytes (up to 16) from the argument buffer into an object, `count` times one behind the other. */
  heapWrite(reference: number, offset: number, bytes: number, count: number): void;
  /** The elements from `start` to `end` of an array of i16 as a string; null where there are none. */
  heapString(array: number, start: number, end: number): string | null;
  /** Copies the code units of a string into an array of i16 from `start` on; false, and nothing copied, if they do not fit. */
  heapTakeString(array: number, start: number, text: string): boolean;
  /** Collects; returns the bytes of all objects that are alive. */
  heapCollect(): number;
  /** Bytes of all objects that were ever made in this thread. */
  heapMade(): number;
  /** Process-wide id (bit 31 set) of a signature too long for `signatureId`; equal strings get equal ids. */
  longTypeId(signature: string): number;

  // ---- instances
  /** To be told once, before the first instance. */
  instanceShape(code: CodeId, shape: InstanceShape): void;
  /**
   * `parts`: a list, or its length when it is in the argument buffer: the handles of memories, tables (0 for a closed one, which lives in the vmctx and is filled by
   * `instanceTableInit`), imported globals, imported functions, and all tags, each in the order of their indices. Result:
   * handle, or -12 without memory, -22 when code that needs a guard is given a memory without.
   */
  instanceCreate(code: CodeId, parts: Uint32Array | number): InstanceId;
  /** Only when nothing can hold one of its functions. */
  instanceFree(instance: InstanceId): void;
  /** From now on calls of its functions trap, wherever references to them are. What is on the stack goes on. */
  instanceDispose(instance: InstanceId): void;
  /** The funcref of any function of its index space (an import's own funcref). */
  instanceFunc(instance: InstanceId, func: number): FuncRefId;
  /** The same for many: the indices of the list, which may be in the argument buffer as well, become funcrefs. */
  instanceFuncs(instance: InstanceId, funcs: Uint32Array | number): void;
  /**
   * All that generated code sees of the instance, as `VmLayout` describes it; the buffer must not outlive the state.
   * Undefined where the embedder refuses external buffers.
   */
  instanceView(instance: InstanceId): ArrayBuffer | undefined;
  /** A new handle on any global of its index space. */
  instanceGlobal(instance: InstanceId, global: number): GlobalId;
  /** Contents of an element segment: function indices, -1 for null. */
  instanceElemFuncs(instance: InstanceId, segment: number, funcs: Int32Array): void;
  /** Contents of an element segment: references. */
  instanceElemRefs(instance: InstanceId, segment: number, references: Uint32Array, externs: boolean): void;
  /** `table.init`; result: trap code or 0. Closed tables take only segments given by `instanceElemFuncs`. */
  instanceTableInit(instance: InstanceId, table: number, segment: number, dst: number, src: number, n: number): number;
  instanceElemDrop(instance: InstanceId, segment: number): void;
  /** `memory.init`; result: trap code or 0. */
  instanceDataInit(instance: InstanceId, memory: number, segment: number, dst: number, src: number, n: number): number;
  instanceDataDrop(instance: InstanceId, segment: number): void;

  // ---- calls
  /** Calls the wasm function in `ControlWord.CALLEE` (not a host function: call those in JavaScript). */
  invoke(): void;
  /** Goes on after what the outcome asked for was done, in the activation of `ControlWord.LEVEL`. */
  resume(): void;
  /** Grows the memory that the latest outcome asked to be grown. */
  growWaiting(): void;
  /** What the operator that waits (`Outcome.ATOMICS`) gives. */
  answerWaiting(value: number): void;
  /** Milliseconds until wasm of this thread has to stop: 0 now, Infinity without a deadline. */
  timeLeft(): number;
  /** Lets V8 handle what is pending in this thread: termination of the thread or the script, a debugger. */
  pollV8(): void;
  /**
   * Other versions of some operations, a few times as fast in optimised code; the first two may leave `Outcome.DECLINED`.
   * Undefined when V8 lacks what they need. Only for a V8 of `FAST_CALL_V8`.
   */
  fastCalls(): FastCalls | undefined;
  /** Tells V8 these flags; false where that is left to node:v8. */
  setV8Flags(flags: string): boolean;
  // ---- promising calls (native/promising.h): one at a time is entered, suspended, restored … and ended
  promisingCreate(): number;
  /** As `invoke`, in an activation that can be suspended. Once. */
  promisingEnter(call: number): void;
  /**
   * Puts the call aside: 0. -EBUSY unless it is the innermost and waits for a host function; -ENOMEM without memory for
   * its frames.
   */
  promisingSuspend(call: number): number;
  /** It waits again as before, for `resume`, `throwWaiting` or `abandon` with this level; 0 while that cannot be. */
  promisingRestore(call: number): number;
  promisingEnd(call: number): void;
  /** To be called from the event loop: drops activations and a deadline that JavaScript left without coming back. */
  endTurn(): void;
  /**
   * The activation of this level waits for as long as `token`, which is held weakly, is alive. (JavaScript that is ended
   * without its `finally` blocks does not say so.)
   */
  watchActivation(level: number, token: object): void;
  /** Ends the activation of `ControlWord.LEVEL` because its handler threw. */
  abandon(): void;
  /** Record of the trap of the call that just trapped; null if there is none. */
  takeTrap(): TrapRecord | null;
  /** The wasm frames below the running host function, as in `TrapRecord.frames`. */
  captureStack(): Uint32Array;

  // ---- lifetimes (native/lifetimes.cc)
  /**
   * `state` (held weakly) stands for the object: the handle is freed some time after its collection. Result: the
   * `pressure` there is, asked for now and then.
   */
  watch(kind: ObjectKind, id: number, state: object): number;
  state(kind: ObjectKind, id: number): object | undefined;
  /**
   * Frees what belongs to collected states, then looks at every slot that holds references. Sets `Mark`s by index of
   * externrefs (those beyond the array are left out). Result: how many slots there were to look at, then rows: kind and
   * id of an object whose references changed since `scanned`, number of externrefs that it holds and their indices (one
   * may come several times), number of instances whose functions it holds and their ids. The last row, of kind 0, is
   * what calls under way may hold; when `idle`, the argument buffer holds nothing. Undefined when the thread is being terminated,
   * and without memory.
   */
  scan(marks: Uint8Array, idle: boolean): Uint32Array | undefined;
  /** What the latest `scan` told is known to the states. Weak references of externrefs without mark are dropped. */
  scanned(marks: Uint8Array): void;
  /** From now on the addon has a weak reference to the value (object or function) of an externref. */
  externWeaken(index: number, value: unknown): void;
  externValue(index: number): unknown;
  /** New cells of strings (abi/strings.ts), where only the single characters are known: from index `first` on. */
  stringCells(count: number, first: number): ArrayBuffer | undefined;
  /** Puts the code units of a string (not empty, at most MAX_UNITS) where the cell of that index leads. */
  stringContents(index: number, text: string): void;
  /**
   * How much has happened since the last time that makes garbage likely, in slots that are worth looking at for it:
   * collections by V8, bytes outside of its heap. Tells V8 of our bytes.
   */
  pressure(): number;
  /** V8 is not told how large objects are that are made from now on: nothing is dropped before the process ends. */
  weighNothing(): void;
  /** Makes V8 collect now, and frees what belongs to collected states: how many objects. Slow. */
  collect(): number;

  // ---- stack, deadlines, interruption
  /** Size of this thread's wasm stack; default 64 MiB. false when wasm is running on it or there is no memory. */
  stackSize(bytes: number): boolean;
  /**
   * Wasm of this thread is interrupted (trap INTERRUPT) from `ms` milliseconds from now until the matching
   * `deadlineEnd`, which takes the result. An outer deadline that comes earlier stays in force.
   */
  deadlineBegin(ms: number): number;
  deadlineEnd(previous: number): void;
  /** This thread's number for `interruptThread`; unique in the process, never reused. */
  readonly threadToken: number;
  /**
   * From any thread: interrupts all wasm that is running in that thread (nothing happens if none is). false when that
   * thread is gone.
   */
  interruptThread(token: number): boolean;
  /** Whether the process's SIGSEGV handler is still the addon's: false after `process.on('SIGSEGV')`. */
  signalHandlerActive(): boolean;

  /**
   * Waits until a descriptor can be read (written) without blocking, at most `ms` milliseconds (negative: for ever);
   * whether it can. Descriptor -1: only sleeps.
   */
  waitFor(fd: number, writable: boolean, ms: number): boolean;
  isTerminal(fd: number): boolean;

  /**
   * In another thread, which Node waits for before it ends: writes bytes into a folder under a name, then renames them
   * into another one (`places`; none: they are there already), and, if nobody holds the lock, an open file that this
   * takes over (-1: never), starts a program that belongs to nobody: of the lowest priority, without standard streams, in
   * `/`. The first argument is its file, the environment is `NAME=value`. 0, or an errno; `failed` is told what went wrong
   * later, errnos too.
   */
  handOver(
    bytes: Uint8Array,
    places: [temporary: string, temporaryName: string, folder: string, name: string] | [],
    mode: number,
    lock: number,
    args: string[],
    environment: string[],
    failed: (writing: number, starting: number) => void,
  ): number;
  /** Locks an open file for this process, until its descriptor is closed; false when another process has the lock. */
  lockFile(fd: number): boolean;

  /**
   * A bundle (a file of ASCII) between two texts, the key of V8's code for it, and that code, if the cache folder has it
   * and it may be used; undefined when the file cannot be read. `about`: what the code depends on beside the file.
   */
  readBundle(
    file: string,
    before: string,
    after: string,
    folder: string,
    about: string,
  ): [source: string, key: string, code?: ArrayBuffer] | undefined;
  /**
   * The key of a module (`cacheKey` with this text; cache/cache.ts) and what the cache folder has under it: nothing, an open
   * file, the contents, or null for something odd, which the cache is to look into. Undefined on Windows.
   */
  findModule(
    folder: string,
    what: string,
    wasm: Uint8Array,
  ): [key: string, entry?: number | ArrayBuffer | null] | undefined;
  /** What stands before code in its file: 32 bytes. */
  codeDigest(code: Uint8Array): ArrayBuffer;

  /** `Feature` bits (x64/features.ts) of this machine. */
  cpuFeatures(): number;

  /** The machine whose code it runs (abi/architectures.ts). */
  readonly architecture: number;
  // ---- profiling (native/os/linux/profile.cc)
  /**
   * Samples this thread from now on: every so many microseconds, or with 0 whenever V8's profiler, which runs already,
   * takes a sample of it; into a buffer of so many MiB. false when somebody else does already, or there is no timer.
   */
  profileStart(intervalUs: number, bufferMiB: number): boolean;
  /** Ends it; null when none runs. `samples`: rows of u64 (native/os/linux/profile.cc); `lost`: how many found no room. */
  profileStop(): { samples: ArrayBuffer; count: number; lost: number } | null;
  /** What samples call this code, and where its code section is. Wanted for all code that may be sampled. */
  profileCode(code: CodeId): [codeNumber: number, address: number];
  /** Tells debuggers of an object file in memory, for good; false without memory for it (native/gdb.cc). */
  debugRegister(file: Uint8Array): boolean;
  /** How often each row of WRAPS has wrapped since `profileCode` (u32). */
  profileWraps(code: CodeId): ArrayBuffer;
  /** Maps an open file executable, so that `perf record` notes its name. False where that is refused. */
  profileNoteFile(fd: number): boolean;
  /** Copy of `count` u64 counters at an offset of the instance's vmctx. */
  instanceCounters(instance: InstanceId, offset: number, count: number): ArrayBuffer;
  /** The same summed over all instances of the code: from the first call on, also over those that are no more. */
  codeCounters(code: CodeId, offset: number, count: number): ArrayBuffer;

  stats(): NativeStats;
}
