/**
 * Plug-in for esbuild, for programs that run on Node (`platform: 'node'`): `import { add } from './a.wasm'` is an
 * instance of this engine, and the package itself stays outside of the bundle.
 *
 *     import wamr from 'wamr-native/esbuild'; // esbuild.build({ plugins: [wamr()], platform: 'node', … })
 *
 * @module wamr-native/esbuild
 */
import fs from 'node:fs';
import path from 'node:path';
import { checkOptions } from '../util/check-options.js';
import { BUNDLER_OPTIONS, bundledModule, type BundlerOptions, OURS } from './bundled.js';
import { INSTANCE, wasmFile } from './stand-in.js';

export type { BundlerOptions };

interface ResolveArgs {
  path: string;
  importer: string;
  resolveDir: string;
  kind: any;
  pluginData: any;
}
interface Resolved {
  path?: string;
  namespace?: string;
  external?: boolean;
  errors?: any[];
  warnings?: any[];
}
interface Build {
  onResolve(
    options: { filter: RegExp },
    resolve: (args: ResolveArgs) => Promise<Resolved | undefined> | Resolved | undefined,
  ): void;
  onLoad(
    options: { filter: RegExp; namespace: string },
    load: (args: {
      path: string;
    }) => Promise<{ contents: string; loader: 'js'; resolveDir: string; watchFiles: string[] }>,
  ): void;
  resolve(path: string, options: any): Promise<any>;
}

/** As much of an esbuild plug-in as this is; assignable to its `Plugin`. */
export interface EsbuildPlugin {
  /** `wamr-native`. */
  name: string;
  /** Called by esbuild. */
  setup(build: Build): void;
}

/** Marks what this plug-in itself asks to be resolved. */
const INNER = Symbol('wamr-native');
const NAMESPACES = { values: 'wamr-native', instance: 'wamr-native-instance' } as const;

/** The plug-in. */
export function wamr(options: BundlerOptions = {}): EsbuildPlugin {
  checkOptions('wamr()', options, BUNDLER_OPTIONS);
  return {
    name: 'wamr-native',
    setup(build) {
      build.onResolve({ filter: OURS }, ({ path: id }) => ({ path: id, external: true }));
      build.onResolve({ filter: /\.wasm(\?wamr-instance)?$/ }, async ({ path: id, pluginData, ...args }) => {
        const wanted = wasmFile(id);
        if (wanted === null || pluginData === INNER) return undefined;
        const found = (await build.resolve(wanted.file, { ...args, pluginData: INNER })) as Resolved;
        if (found.errors?.length || found.external) return found;
        return { path: found.path, namespace: wanted.instance ? NAMESPACES.instance : NAMESPACES.values };
      });
      for (const namespace of Object.values(NAMESPACES))
        build.onLoad({ filter: /.*/, namespace }, async ({ path: file }) => ({
          contents: await bundledModule(file, fs.readFileSync(file), {
            ...options,
            instance: namespace === NAMESPACES.instance,
            specifier: `./${path.basename(file)}${INSTANCE}`,
          }),
          loader: 'js',
          resolveDir: path.dirname(file),
          watchFiles: [file],
        }));
    },
  };
}
