/**
 * What `register` leaves in a thread, and the property under which it does: one for each, however many copies of the file
 * are loaded.
 */
import type { Mode, ModuleStatus } from './modules.js';

export const REGISTERED = Symbol.for('wamr-native.register');

/** What `register` does in this thread. */
export interface Status {
  /** Of WAMR_REGISTER. */
  mode: Mode | 'off';
  /** `host`: modules run on V8, because there is no back end for this machine or it cannot be loaded (`reason`). */
  engine: 'wamr' | 'host';
  /** Why modules run on V8; null where they do not. */
  reason: string | null;
  /** The modules that the program has compiled, in order. */
  modules: ModuleStatus[];
}

export interface Registered {
  status(): Status;
  /** `Importer.link`, for the ES modules that stand for imported `.wasm` and `.aot` files (imports/files.ts). */
  link?(
    url: string,
    self: object,
    imports: [specifier: string, namespace: Record<string, unknown>][],
    base64: string | null,
  ): unknown[];
}
