/**
 * `wamr-native/component`: WebAssembly components on this engine, by jco's glue.
 *
 * @module wamr-native/component
 */
export { type CompileComponentOptions, compileComponent, isComponent, type Manifest, readManifest } from './bundle.js';
export { type CachedComponentOptions, loadCachedComponent } from './cached.js';
export { type Component, loadComponent, runComponent, type RunOptions, type WasiOptions, wasiImports } from './run.js';
export type { Folder } from '../wasi/index.js';
