/**
 * The public interface of the package: on this engine, or where it has no back end on the host's (host/engine.ts).
 * @module wamr-native
 */
import './globals.js';
import * as cached from './cached.js';
import { hostEngine, hostReason } from './host/engine.js';
import * as facade from './runtime/facade.js';
import * as global from './runtime/global.js';
import * as instance from './runtime/instance.js';
import * as instantiation from './runtime/instantiate.js';
import * as interruption from './runtime/interrupt.js';
import * as memory from './runtime/memory.js';
import * as module from './runtime/module.js';
import * as table from './runtime/table.js';
import type { Exports } from './runtime/instance.js';
import { startNotes } from './util/notes.js';

const reason = hostReason();
if (reason === null) startNotes();
const chosen = (reason === null
  ? { ...cached, ...facade, ...global, ...instance, ...instantiation, ...interruption, ...memory, ...module, ...table }
  : hostEngine(reason)) as unknown as typeof cached &
  typeof facade &
  typeof global &
  typeof instance &
  typeof instantiation &
  typeof interruption &
  typeof memory &
  typeof module &
  typeof table;

export const {
  WebAssembly,
  Global,
  Instance,
  Memory,
  Module,
  Table,
  instantiate,
  interrupt,
  load,
  loadCached,
  setStackSize,
  threadToken,
} = chosen;
/** Where modules run: on this engine, or, without a back end for the machine, on the host's. */
export const engine: 'wamr' | 'host' = reason === null ? 'wamr' : 'host';
/** A global; see the class. */
export type Global<T = any> = global.Global<T>;
/** An instance; see the class. */
export type Instance<E extends object = Exports> = instance.Instance<E>;
/** A memory; see the class. */
export type Memory = memory.Memory;
/** A module; see the class. */
export type Module = module.Module;
/** A table; see the class. */
export type Table = table.Table;

export { compile, compileSync } from './aot/compiler.js';
export type { CachedModule } from './cached.js';
export {
  AotError,
  CompileError,
  InternalError,
  type InternalFault,
  LinkError,
  ProfileError,
  RuntimeError,
} from './errors.js';
export type { SourceFrame } from './dwarf/index.js';
export type { BufferSource, CompileOptions } from './options.js';
export { parseProfile, type StoredFunction, type StoredProfile } from './profile/stored.js';
export type { WebAssemblyCompileOptions } from './runtime/compile-options.js';
export type { Instantiate, InstantiatedSource } from './runtime/facade.js';
export type { Exports, InstanceOptions } from './runtime/instance.js';
export type { InstantiateOptions } from './runtime/instantiate.js';
export type { ExportDescription, ImportDescription } from './runtime/module.js';
export type { WasmFrame } from './runtime/stack.js';
export { Trap, type TrapFrame } from './runtime/trap.js';
export type { Disabled, Optimisation } from './util/switches.js';
export type { Proposal } from './wasm/proposals.js';
export { VERSION as version } from './version.js';
export {
  type ThreadOptions,
  type WorkerCallOptions,
  WorkerInstance,
  type WorkerInstanceOptions,
} from './runtime/worker-instance.js';
/** For the package's other entries. @internal */
export * as internals from './runtime/internals.js';
