/**
 * Makes Node import `.wasm` and `.aot` files. How depends on what this Node has:
 *
 * - 24 and later: its own importer, which `register` has given this engine's classes, so that `import source` works too;
 *   a hook makes it take artefacts.
 * - from 22.15 on: a hook in this thread, which gives an ES module in the file's place.
 * - before: the same hook, in a thread of its own. It costs a start 40 ms of processor time, so it is started when the
 *   first source that imports such a file is read (on-demand.ts).
 *
 * `require` of such files works everywhere.
 */
import { builtin, nodeModule } from '../../util/builtin.js';
import { packageFile } from '../../util/package-files.js';
import { kindOf, standIn } from './files.js';
import type { Importer } from './importer.js';
import { whenImported } from './on-demand.js';

interface LoadContext {
  format?: string | null;
}
interface Loaded {
  format?: string | null;
  source?: unknown;
  shortCircuit?: boolean;
}
type NodeModule = typeof import('node:module') & { registerHooks?(hooks: { load: Load }): unknown };
type Load = (url: string, context: LoadContext, next: (url: string, context: LoadContext) => Loaded) => Loaded;

/**
 * `importer` is made when the first such file is imported; `look`: the namespace is about to be used by Node's own.
 */
export function installImports(importer: () => Importer, look: () => void): void {
  installRequire(importer);
  const major = Number.parseInt(process.versions.node);
  const module = (): NodeModule => builtin('node:module');
  const registerHooks = major < 22 ? undefined : module().registerHooks;
  if (registerHooks === undefined)
    whenImported(() => {
      const { pathToFileURL } = builtin<typeof import('node:url')>('node:url');
      module().register(pathToFileURL(packageFile('import-hooks.js')));
    });
  else registerHooks({ load: major >= 24 ? byNode(importer, look) : byStandIn(importer) });
}

/** Node's own importer makes the module. */
function byNode(importer: () => Importer, look: () => void): Load {
  return (url, context, next) => {
    const kind = kindOf(url, context.format);
    if (kind !== null) look();
    if (kind === 'aot') return { format: 'wasm', source: importer().standInBytes(url), shortCircuit: true };
    return next(url, kind === 'wasm' ? { ...context, format: 'wasm' } : context);
  };
}

/** An ES module stands for it. */
function byStandIn(importer: () => Importer): Load {
  return (url, context, next) => {
    const kind = kindOf(url, context.format);
    if (kind === null) return next(url, context);
    const bytes = kind === 'aot' ? null : (next(url, { ...context, format: 'wasm' }).source as Uint8Array);
    return { format: 'module', source: standIn(url, importer().prepare(url, bytes)), shortCircuit: true };
  };
}

/** Not enumerable, so that `require('./name')` does not look for `name.wasm`. */
function installRequire(importer: () => Importer): void {
  const { _extensions: extensions } = nodeModule() as unknown as { _extensions: object };
  const value = (required: { exports: Record<string, unknown> }, file: string): void =>
    importer().require(file, required.exports);
  for (const extension of ['.wasm', '.aot'])
    if (!(extension in extensions))
      Object.defineProperty(extensions, extension, { value, writable: true, configurable: true });
}
