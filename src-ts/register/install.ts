/** The engine for a thread that compiles something (`index.ts` loads this then, by V8's code cache). */
import { createRequire } from 'node:module';
import { useBinding } from '../addon.js';
import type { NativeBinding } from '../binding.js';
import { storeCached } from '../cache/cache.js';
import { packageFile } from '../util/package-files.js';
import type { CodeCache } from '../cache/code-cache.js';
import { Importer, type Interface } from './imports/importer.js';
import { LateBinding } from './late-binding.js';
import { Linker } from './linker.js';
import { Modules } from './modules.js';
import { Namespace } from './namespace.js';
import type { Mode, ModuleStatus } from './registered.js';
import { beginPresence, storeRows } from './notes.js';
import type { Early, Successor } from './lean.js';
import type { Unbound } from './unbound.js';
import { V8Engine, type V8WebAssembly } from './v8.js';
import { inheritFromV8, type Wamr, WamrEngine } from './wamr.js';

/** What a thread has once this is loaded. */
export interface Installed extends Successor {
  importer: Importer;
  /** The modules that were compiled, in order. */
  rows(): Iterable<ModuleStatus>;
  storeRows: typeof storeRows;
  beginPresence: typeof beginPresence;
}

/**
 * @param native the addon, or why there is none: then all modules run on V8.
 * @param code the code cache; null in realms that have none.
 * @param members what the program sees.
 * @param earlier what ran before this was loaded.
 */
export function install(
  mode: Mode,
  native: NativeBinding | string,
  code: CodeCache | null,
  wasm: V8WebAssembly,
  unbound: Unbound,
  members: object,
  earlier: { readonly hasUnsure: boolean },
): Installed {
  if (code !== null) code.store = (key, contents) => storeCached(key, contents, false);
  const v8 = new V8Engine(wasm);
  const late = new LateBinding(v8, unbound);
  let engine: WamrEngine | null = null;
  if (typeof native !== 'string') {
    useBinding(native);
    engine = new WamrEngine(native, code, v8, (wamr) => {
      inheritFromV8(wamr, v8);
      linker.onWamr(wamr);
    });
  }
  const modules = new Modules(mode, v8, engine ?? (native as string), earlier);
  const linker = new Linker(v8, engine, modules, late);
  const loaded = new WeakMap<object, object>();
  const operations = new Namespace(v8, engine, modules, linker, late, loaded);
  // Without a back end the package says what to do with an artefact.
  const load = (file: string): object =>
    (engine?.wamr ?? (createRequire(__filename)(packageFile('index.js')) as Wamr)).load(file);
  const { Module, Instance } = members as Interface;
  const importer = new Importer({ Module, Instance, LinkError: wasm.LinkError }, load, loaded);
  return {
    operations,
    importer,
    rows: () => modules.rows.values(),
    storeRows,
    beginPresence,
    takeOver(early: Early) {
      modules.takeOver(early);
      linker.onEarlier(early.status.instances.v8);
    },
    onEarlier: (instances) => linker.onEarlier(instances),
  };
}
