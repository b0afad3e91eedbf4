/**
 * `wamr-native/register` puts this engine in the place of `globalThis.WebAssembly`:
 *
 *     node --import wamr-native/register app.mjs
 *
 * Modules that the cache has run as machine code from the first call on; others run on V8, as ever, while a background
 * process compiles them for the next start.
 */
import { createRequire } from 'node:module';
import { otherRuntime } from '../addon.js';
import { ENV } from '../options.js';
import { inMainRealm } from '../util/main-realm.js';
import { packageFile } from '../util/package-files.js';
import { replaceMembers, v8WebAssembly } from '../util/v8-wasm.js';
import { Importer, type Interface } from './imports/importer.js';
import { installImports } from './imports/install.js';
import { inherit } from './inherit.js';
import { LateBinding } from './late-binding.js';
import { Linker } from './linker.js';
import { type Mode, Modules, type ModuleStatus } from './modules.js';
import { Namespace } from './namespace.js';
import { REGISTERED } from './registered.js';
import { V8Engine, type V8WebAssembly } from './v8.js';
import { inheritFromV8, type Wamr, WamrEngine } from './wamr.js';

export type { ModuleStatus };

/** What `register` does in this thread. */
export interface Status {
  /** Of WAMR_REGISTER. */
  mode: Mode | 'off';
  /** `host`: modules run on V8, because there is no back end for this machine or it cannot be loaded (`reason`). */
  engine: 'wamr' | 'host';
  reason: string | null;
  /** The modules that the program has compiled, in order. */
  modules: ModuleStatus[];
}

interface Registered {
  status(): Status;
  /** For the ES modules that stand for imported `.wasm` and `.aot` files (imports/files.ts). */
  link?: Importer['link'];
}

const host = globalThis as { [REGISTERED]?: Registered };

function modeOf(value: string): Mode | 'off' {
  if (value === 'always' || value === 'off' || value === 'record') return value;
  if (value === '' || value === 'cached') return 'cached';
  throw new Error(`WAMR_REGISTER is '${value}'; it may be always, cached or off`);
}

function install(): Registered {
  const wanted = modeOf(ENV.register);
  // What runs on V8 is not counted.
  const mode = ENV.coverage !== '' && wanted === 'cached' ? 'always' : wanted;
  const wasm = v8WebAssembly as V8WebAssembly | undefined;
  const foreign = otherRuntime();
  if (mode === 'off' || wasm === undefined || foreign !== null) {
    const reason =
      mode === 'off'
        ? 'WAMR_REGISTER=off'
        : foreign === null
          ? 'this Node has no WebAssembly'
          : `it is for Node; this is ${foreign}`;
    if (mode !== 'off' && foreign !== null)
      console.warn(`wamr-native/register does nothing: ${reason}, and its own WebAssembly stays`);
    return { status: () => ({ mode, engine: 'host', reason, modules: [] }) };
  }
  const v8 = new V8Engine(wasm);
  const late = new LateBinding(v8);
  const found = WamrEngine.find(v8, (wamr) => {
    inheritFromV8(wamr, v8);
    linker.onWamr(wamr);
  });
  const engine = typeof found === 'string' ? null : found;
  const modules = new Modules(mode, v8, found);
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
      reason: typeof found === 'string' ? found : null,
      modules: [...modules.rows.values()].map((row) => ({ ...row, instances: { ...row.instances } })),
    }),
  };
}

if (host[REGISTERED] === undefined) Object.defineProperty(host, REGISTERED, { value: install(), configurable: true });

/** Which module ran where, and why. */
export function status(): Status {
  return host[REGISTERED]!.status();
}
