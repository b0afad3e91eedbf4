/**
 * What `register` leaves in a thread, and the property under which it does: one for each, however many copies of the file
 * are loaded.
 */

export const REGISTERED = Symbol.for('wamr-native.register');

/** Where a module runs. */
export type EngineName = 'wamr' | 'v8';
/**
 * What to do with a module that the cache has not: compile it and wait, or leave it to V8 for now and have it compiled
 * in the background, or by whoever runs the program (`wamr-native precompile`).
 */
export type Mode = 'always' | 'cached' | 'record';

/** Why a module runs on V8 for now. */
export const NOT_CACHED = 'it is not in the cache yet';

/** One line of `status()`: a module that the program has compiled. */
export interface ModuleStatus {
  /** Its name in the cache; null where there is no cache. */
  key: string | null;
  /** Size of the wasm. */
  bytes: number;
  /** Where its instances run unless what they import decides otherwise. */
  engine: EngineName;
  /** Why there. */
  why: string;
  /** Instances on each engine. */
  instances: {
    /** On this engine. */
    wamr: number;
    /** On V8. */
    v8: number;
  };
}

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
