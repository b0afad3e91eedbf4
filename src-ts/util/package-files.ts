/**
 * Where the package's own files are: beside this one, unless a bundler has put it into a program's file. Then the
 * package is looked for as that program would find it.
 */
import { builtin, files, nodeModule, type NodeModule, ownModuleClass } from './builtin.js';
import { inMainRealm } from './main-realm.js';

const paths = (): typeof import('node:path') => builtin('node:path');

/** Of the package: where this file lies unless it is bundled. */
const OWN_FOLDERS = ['dist', 'src-ts'];

let bundles: string | undefined;
let root: string | null | undefined;

/** The package's root, when this file lies in its dist/ or src-ts/; else null. */
const rootAbove = (): string | null => (root === undefined ? (root = findRoot()) : root);

function findRoot(): string | null {
  const { basename, dirname, join } = paths();
  for (let at = __dirname, up = dirname(at); up !== at; at = up, up = dirname(at))
    if (OWN_FOLDERS.includes(basename(at)) && files().existsSync(join(up, 'native/addon.cc'))) return up;
  return null;
}

/**
 * Path of a file of dist/.
 * @throws Error that says what to do, when this is bundled and the package is not installed beside the bundle.
 */
export function packageFile(name: string): string {
  return paths().join((bundles ??= rootAbove() === null ? installed() : __dirname), name);
}

/** `require` of a bundle of dist/. */
export const requireBundle = (name: string): unknown => requireFile(packageFile(name));

/**
 * `require` of a file of the package, by its place: for Node to find it takes a third of a millisecond of a start, half of what
 * loading a small one costs. In another realm than Node's main one (a test runner's) by the `require` of that realm's modules,
 * since Node would run it in the main one.
 */
export function requireFile(file: string): unknown {
  const own = inMainRealm() ? ownModuleClass() : null;
  const Module = own as (NodeModule & { _cache: Record<string, Bundle | undefined> }) | null;
  if (Module === null) return require(file);
  const known = Module._cache[file];
  if (known !== undefined) return known.exports;
  const bundle = new Module(file) as Bundle;
  bundle.filename = file;
  Module._cache[file] = bundle;
  try {
    if (file.endsWith('.node')) process.dlopen(bundle, paths().toNamespacedPath(file));
    else bundle._compile(files().readFileSync(file, 'utf8'), file);
  } catch (e) {
    delete Module._cache[file];
    throw e;
  }
  bundle.loaded = true;
  return bundle.exports;
}

/** A module of CommonJS, with the method that compiles and runs it. */
type Bundle = import('node:module') & { _compile(source: string, file: string): void };

/** The package's root, with `prebuilds/` and `build/`. Throws as `packageFile` does. */
export function packageRoot(): string {
  return rootAbove() ?? paths().dirname(installed());
}

/** The folder of the installed package's main file. */
function installed(): string {
  try {
    return paths().dirname(nodeModule().createRequire(__filename).resolve('wamr-native'));
  } catch {
    throw new Error(
      `wamr-native: it is bundled into ${__filename}, and its compiler and native addon cannot be bundled: install the package where that file runs (npm install wamr-native), and build with the plug-in wamr-native/esbuild, wamr-native/vite or wamr-native/webpack`,
    );
  }
}
