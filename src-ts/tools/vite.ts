/**
 * Plug-in for Vite and Rollup, for programs that run on Node: `import { add } from './a.wasm'` is an instance of this
 * engine, and the package itself stays outside of the bundle.
 *
 *     import wamr from 'wamr-native/vite'; // export default { plugins: [wamr()], build: { ssr: 'app.js' } }
 *
 * @module wamr-native/vite
 */
import fs from 'node:fs';
import { checkOptions } from '../util/check-options.js';
import { BUNDLER_OPTIONS, bundledModule, type BundlerOptions, OURS } from './bundled.js';
import { type ResolveContext, resolveInstance, wasmFile } from './stand-in.js';

export type { BundlerOptions };

type Context = ResolveContext & { addWatchFile(file: string): void };

/** What an import leads to. */
export interface Resolved {
  /** Name of the module. */
  id: string;
  /** Stays outside of the bundle. */
  external?: boolean;
}

/** As much of a Rollup plug-in as this is; assignable to Vite's and Rollup's `Plugin`. */
export interface RollupPlugin {
  /** `wamr-native`. */
  name: string;
  /** Before other plug-ins. */
  enforce: 'pre';
  /** Takes `.wasm` files and the package itself. */
  resolveId(this: any, id: string, importer: string | undefined, options: object): Promise<Resolved | null>;
  /** JavaScript in the place of a `.wasm` file. */
  load(this: any, id: string): Promise<string | null>;
}

/** The plug-in. */
export function wamr(options: BundlerOptions = {}): RollupPlugin {
  checkOptions('wamr()', options, BUNDLER_OPTIONS);
  return {
    name: 'wamr-native',
    enforce: 'pre',
    async resolveId(this: Context, id, importer, more) {
      return OURS.test(id) ? { id, external: true } : resolveInstance(this, id, importer, more);
    },
    async load(this: Context, id) {
      const wanted = wasmFile(id);
      if (wanted === null) return null;
      this.addWatchFile(wanted.file);
      return bundledModule(wanted.file, fs.readFileSync(wanted.file), { ...options, ...wanted });
    },
  };
}
