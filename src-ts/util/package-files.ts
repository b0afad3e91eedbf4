/**
 * Where the package's own files are: beside this one, unless a bundler has put it into a program's file. Then the
 * package is looked for as that program would find it.
 */
import { builtin, files, nodeModule } from './builtin.js';

const paths = (): typeof import('node:path') => builtin('node:path');

let bundles: string | undefined;
let root: string | null | undefined;

/** The package's root, when this file lies in its dist/ or src-ts/; else null. */
const rootAbove = (): string | null => (root === undefined ? (root = findRoot()) : root);

function findRoot(): string | null {
  const { basename, dirname, join } = paths();
  for (let at = __dirname, up = dirname(at); up !== at; at = up, up = dirname(at))
    if (/^(dist|src-ts)$/.test(basename(at)) && files().existsSync(join(up, 'native/addon.cc'))) return up;
  return null;
}

/**
 * Path of a file of dist/.
 * @throws Error that says what to do, when this is bundled and the package is not installed beside the bundle.
 */
export function packageFile(name: string): string {
  return paths().join((bundles ??= rootAbove() === null ? installed() : __dirname), name);
}

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
