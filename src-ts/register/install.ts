/** Puts the namespace's members in place (`index.ts` loads this). */
import { createRequire } from 'node:module';
import { useBinding } from '../addon.js';
import type { NativeBinding } from '../binding.js';
import { storeCached } from '../cache/cache.js';
import { inMainRealm } from '../util/main-realm.js';
import { packageFile } from '../util/package-files.js';
import { replaceMembers, v8WebAssembly } from '../util/v8-wasm.js';
import type { CodeCache } from '../cache/code-cache.js';
import { Importer, type Interface } from './imports/importer.js';
import { installImports } from './imports/install.js';
import { inherit } from './inherit.js';
import { LateBinding } from './late-binding.js';
import { Linker } from './linker.js';
import { type Mode, Modules } from './modules.js';
import { Namespace } from './namespace.js';
import type { Registered } from './registered.js';
import { V8Engine, type V8WebAssembly } from './v8.js';
import { inheritFromV8, type Wamr, WamrEngine } from './wamr.js';

/**
 * @param native the addon, or why there is none: then all modules run on V8.
 * @param code the code cache; null in realms that have none.
 */
export function install(mode: Mode, native: NativeBinding | string, code: CodeCache | null): Registered {
  if (code !== null) code.store = (key, contents) => storeCached(key, contents, false);
  const wasm = v8WebAssembly as unknown as V8WebAssembly;
  const v8 = new V8Engine(wasm);
  const late = new LateBinding(v8);
  let engine: WamrEngine | null = null;
  if (typeof native !== 'string') {
    useBinding(native);
    engine = new WamrEngine(native, code, v8, (wamr) => {
      inheritFromV8(wamr, v8);
      linker.onWamr(wamr);
    });
  }
  const reason = typeof native === 'string' ? native : null;
  const modules = new Modules(mode, v8, engine ?? reason!);
  const linker = new Linker(v8, engine, modules, late);
  const loaded = new WeakMap<object, object>();
  const members = new Namespace(v8, engine, modules, linker, late, loaded).members();
  // Without a back end the package says what to do with an artefact.
  const load = (file: string): object =>
    (engine?.wamr ?? (createRequire(__filename)(packageFile('index.js')) as Wamr)).load(file);
  const { Module, Instance } = members as unknown as Interface;
  const importer = new Importer({ Module, Instance, LinkError: wasm.LinkError }, load, loaded);
  replaceMembers(members);
  // What follows is the process's, not the realm's: test runners make realms by the dozen.
  if (inMainRealm()) {
    inherit();
    installImports(importer);
  }
  return {
    link: importer.link.bind(importer),
    status: () => ({
      mode,
      engine: engine === null ? 'host' : 'wamr',
      reason,
      modules: [...modules.rows.values()].map((row) => ({ ...row, instances: { ...row.instances } })),
    }),
  };
}
