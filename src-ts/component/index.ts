/**
 * `wamr-native/component`: WebAssembly components on this engine, by jco's glue.
 *
 * @module wamr-native/component
 */
export { type CompileComponentOptions, compileComponent, isComponent, type Manifest, readManifest } from './bundle.js';
export { type CachedComponentOptions, loadCachedComponent } from './cached.js';
export { type Exit, invokeComponent, InvokeError } from './invoke.js';
export { withJsHeap } from './js-heap.js';
export { type Component, type InstantiationOptions, loadComponent, runComponent, type RunOptions } from './run.js';
export { type Permission, wasiImports, type WasiOptions } from './wasi.js';
export type { Folder } from '../wasi/index.js';
