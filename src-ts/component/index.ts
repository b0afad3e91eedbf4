/** `wamr-native/component`: WebAssembly components on this engine, by jco's glue. */
export { type CompileComponentOptions, compileComponent, isComponent, type Manifest, readManifest } from './bundle.js';
export { type CachedComponentOptions, loadCachedComponent } from './cached.js';
export { invokeComponent, InvokeError } from './invoke.js';
export { type Component, loadComponent, runComponent, type RunOptions } from './run.js';
export { type Permission, wasiImports, type WasiOptions } from './wasi.js';
