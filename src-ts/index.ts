/** The public interface of the package. */
export { compile, compileSync } from './aot/compiler.js';
export { type CachedModule, loadCached } from './cached.js';
export { AotError, CompileError, InternalError, LinkError, ProfileError, RuntimeError } from './errors.js';
export type { BufferSource, CompileOptions } from './options.js';
export { parseProfile, type StoredFunction, type StoredProfile } from './profile/stored.js';
export { WebAssembly } from './runtime/facade.js';
export { Global } from './runtime/global.js';
export { Instance, type InstanceOptions } from './runtime/instance.js';
export { type InstantiateOptions, instantiate } from './runtime/instantiate.js';
export { interrupt, setStackSize, threadToken } from './runtime/interrupt.js';
export { Memory } from './runtime/memory.js';
export { Module, load } from './runtime/module.js';
export { Table } from './runtime/table.js';
export { Trap, type TrapFrame } from './runtime/trap.js';
export { VERSION as version } from './version.js';
export { type WorkerCallOptions, WorkerInstance, type WorkerInstanceOptions } from './runtime/worker-instance.js';
/** For the package's other entries; no part of the public interface. */
export * as internals from './runtime/internals.js';
