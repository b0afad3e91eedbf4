/**
 * Which JavaScript object stands for what, in one thread. It hangs on the addon's exports, of which there is one per
 * thread, and not in this module, of which there may be several (`jest.resetModules`, vm contexts). Objects are
 * recognised by being in it: it can neither be forged nor does it depend on whose class made the object.
 *
 * The files of the objects say what their states are. Here and in the environment states are what is asked of them.
 */
import { REGISTRY } from '../addon.js';
import type { Artefact } from '../aot/format.js';
import type { InlinedPlace } from '../aot/inlined.js';
import type { FuncRefId, NativeBinding } from '../binding.js';
import type { SourceFrame } from '../dwarf/index.js';
import { type Brand, createBrand } from './brand.js';
import { GcObjects } from './gc-objects.js';
import { Lifetimes } from './lifetimes.js';
import type { FunctionOwner } from './signature.js';
import { Suspension } from './suspending-import.js';
import { RuntimeTypes } from './types.js';

/** A module: what stacks show of it. */
export interface ModuleInfo {
  readonly displayName: string;
  functionName(func: number): string | null;
  expandPlace(func: number, offset: number): InlinedPlace[];
  sourceOf(offset: number): readonly SourceFrame[];
}

/** An instance: its functions. */
export interface InstanceInfo extends FunctionOwner {
  readonly module: ModuleInfo;
  functionOf(ref: FuncRefId, func: number): Function;
  hostOf(ref: FuncRefId): { fn: Function; suspending?: boolean } | undefined;
}

/** An exported function. */
export interface FuncState {
  ref: FuncRefId;
  /** Number of its type. */
  type: number;
  owner: InstanceInfo;
}

/**
 * Is told what is loaded and instantiated in this thread, by the states of modules and instances, and of traps, by the
 * rows of their frames (`FrameRow`): the profiler, the notes for perf, coredumps.
 */
export interface Observer {
  onModule?(module: object, artefact: Artefact): void;
  onInstance?(instance: object): void;
  onTrap?(frames: Uint32Array): void;
}

/**
 * Makes tables, globals and tags that a program made before it was known which engine they would be linked on this engine's
 * (register/late-binding.ts). The state, or null for others.
 */
export interface Adopter {
  table(value: object): object | null;
  global(value: object): object | null;
  tag(value: object): object | null;
}

export interface Registry {
  funcs: Brand<FuncState>;
  memories: Brand<object>;
  tables: Brand<object>;
  globals: Brand<object>;
  modules: Brand<object>;
  instances: Brand<object>;
  tags: Brand<object>;
  /** Objects of `Exception`. */
  exceptions: Brand<object>;
  /** Functions of `Suspending` objects. */
  suspending: Brand<Function>;
  /** What their calls throw: a call may be of one copy of this module, and the import that it comes to of another. */
  Suspension: typeof Suspension;
  types: RuntimeTypes;
  gcObjects: GcObjects;
  /** State of `WebAssembly.JSTag`. */
  jsTag?: { readonly serial: number };
  /** Errors that traps became: no wasm catches them. */
  traps: WeakSet<object>;
  /** A module was loaded that catches exceptions. */
  catches: boolean;
  lifetimes: Lifetimes;
  readonly observers: Set<Observer>;
  /** Folders where the source maps of modules are looked for. */
  readonly sourceFolders: Set<string>;
  adopter?: Adopter;
}

/** The registry of this thread, made by whoever asks first. */
export function sharedRegistry(native: NativeBinding, i32: Int32Array): Registry {
  const host = native as { [REGISTRY]?: Registry };
  if (host[REGISTRY] !== undefined) return host[REGISTRY];
  const lifetimes = new Lifetimes(native, i32);
  return (host[REGISTRY] = {
    funcs: createBrand(),
    memories: createBrand(),
    tables: createBrand(),
    globals: createBrand(),
    modules: createBrand(),
    instances: createBrand(),
    tags: createBrand(),
    exceptions: createBrand(),
    suspending: createBrand(),
    Suspension,
    types: new RuntimeTypes(native),
    gcObjects: new GcObjects(native, lifetimes),
    traps: new WeakSet(),
    catches: false,
    observers: new Set(),
    sourceFolders: new Set(),
    lifetimes,
  });
}
