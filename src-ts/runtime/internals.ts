/** What the package's other entries (`register`, …) use of the engine beside its public interface. */
export { useBinding } from '../addon.js';
export { env } from './env.js';
export * as realm from '../util/realm.js';
export { check, listIr } from '../aot/compiler.js';
export { keepCompilerCode } from '../aot/compiler-code.js';
export { forHere } from '../aot/for-here.js';
export { artefactKey, loadCachedBy } from '../cached.js';
export { GlobalState } from './global.js';
export { withDeadline } from './interrupt.js';
export { anotherModule, load, loadFile, ModuleState } from './module.js';
export { TableState } from './table.js';
export { interruption, reviveTrap } from './worker-instance.js';
export { jsTag, TagState } from './tag.js';
export { TYPE_NAMES } from './webidl.js';
