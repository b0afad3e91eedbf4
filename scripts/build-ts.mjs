/**
 * Bundles the TypeScript sources into `dist/` and emits their declarations. One bundle per entry, because V8 inlines
 * nothing across modules and `const enum`s only disappear when esbuild sees all files at once. `node
 * scripts/build-ts.mjs [--no-types] [--no-maps]`; an entry whose source is absent is left out.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { MACHINES, openParts } from './ahead/parts.mjs';
import { ownRealm } from './own-realm.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const withTypes = !process.argv.includes('--no-types');
/** The published package has no source maps, and does not name any. */
const withMaps = !process.argv.includes('--no-maps');

/** Source of each bundle, below src-ts/. */
const ENTRIES = {
  index: 'index.ts',
  compiler: 'aot/compile.ts',
  worker: 'aot/worker.ts',
  'compile-service': 'aot/service-main.ts',
  'compile-server': 'compile-server/main.ts',
  'instance-worker': 'runtime/worker-main.ts',
  cli: 'cli/start.ts',
  'cli-compile': 'cli/compile.ts',
  'cli-run': 'cli/run.ts',
  'cli-main': 'cli/main.ts',
  component: 'component/index.ts',
  'serve-guest': 'component/serve/guest.ts',
  wasi: 'wasi/index.ts',
  'wasi-thread': 'wasi/threads/thread.ts',
  register: 'register/index.ts',
  'register-thread': 'register/thread.ts',
  'register-load': 'register/load.ts',
  'register-main': 'register/install.ts',
  profile: 'profile/index.ts',
  perf: 'profile/perf.ts',
  gdb: 'debugger/gdb.ts',
  coredump: 'debugger/coredump.ts',
  coverage: 'coverage/recorder.ts',
  'jest-coverage': 'tools/jest-coverage.ts',
  dwarf: 'dwarf/index.ts',
  arm64: 'arm64/machine.ts',
  background: 'register/background.ts',
  'import-hooks': 'register/imports/hooks.ts',
  vite: 'tools/vite.ts',
  esbuild: 'tools/esbuild.ts',
  webpack: 'tools/webpack.ts',
  'webpack-loader': 'tools/webpack-loader.ts',
  vitest: 'tools/vitest.ts',
  jest: 'tools/jest.ts',
  'jest-register': 'tools/jest-register.ts',
  'jest-setup': 'tools/jest-setup.ts',
  'jest-transform': 'tools/jest-transform.ts',
};

/** Scripts of pages, which the package writes into them. */
const PAGES = {
  'explore-page': 'explore/page/main.ts',
  'flame-graph-page': 'profile/flame-graph-page.ts',
};

const present = Object.entries(ENTRIES).filter(([, source]) => fs.existsSync(path.join(root, 'src-ts', source)));
fs.mkdirSync(path.join(root, 'dist'), { recursive: true });

// Translated ahead of time, beside what esbuild makes of the same sources.
const translated = openParts(root);
for (const machine of MACHINES)
  fs.writeFileSync(path.join(root, `dist/ahead-${machine}.wasm`), await translated(machine));

/** Imports of one source by other sources become something else. */
function redirect(name, source, target, more = () => {}) {
  const file = path.join(root, 'src-ts', source);
  return {
    name,
    setup(build) {
      build.onResolve(
        { filter: new RegExp(`/${path.basename(source, '.ts')}\\.js$`) },
        ({ path: wanted, resolveDir, kind }) =>
          kind !== 'entry-point' && path.join(resolveDir, wanted).replace(/js$/, 'ts') === file ? target : undefined,
      );
      more(build);
    },
  };
}

/**
 * The other entries use the engine of dist/index.js instead of carrying a copy: one copy of its classes and state in a
 * process, whoever loads what.
 */
const sharedEngine = redirect('shared-engine', 'index.ts', { path: './index.js', external: true });

/** The realm of the engine for a bundle that loads it anyway. */
const sharedRealm = redirect('shared-realm', 'util/realm.ts', { path: 'realm', namespace: 'realm' }, (build) =>
  build.onLoad({ filter: /.*/, namespace: 'realm' }, () => ({
    contents: `module.exports = require('./index.js').internals.realm;`,
    resolveDir: path.join(root, 'src-ts'),
  })),
);

/**
 * The compiler, most of the code, is a bundle that is loaded when something is compiled (aot/compiler.ts), into a realm
 * of its own.
 */
const lazyCompiler = redirect('lazy-compiler', 'aot/compile.ts', { path: 'compiler', namespace: 'lazy' }, (build) =>
  build.onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
    contents: [
      "const { loadInOwnRealm } = require('./util/own-module.js');",
      "const { packageFile } = require('./util/package-files.js');",
      'let compiler;',
      "const load = () => (compiler ??= loadInOwnRealm(packageFile('compiler.js')));",
      // Not by a spread: the program may have changed how arrays are iterated.
      ...['compile', 'compileSync', 'check', 'listIr'].map((f) => `exports.${f} = (a, b, c) => load().${f}(a, b, c);`),
    ].join('\n'),
    resolveDir: path.join(root, 'src-ts'),
  })),
);

/** The parts of the command line: most processes use one of them. */
const CLI = ['cli', 'cli-compile', 'cli-run', 'cli-main'];
const cliParts = CLI.slice(1).map((name) => redirect(name, ENTRIES[name], { path: `./${name}.js`, external: true }));

/** The reader of debug information, loaded like the compiler when a stack wants to be shown. */
const lazyDwarf = redirect('lazy-dwarf', 'dwarf/index.ts', { path: 'dwarf', namespace: 'lazy-dwarf' }, (build) =>
  build.onLoad({ filter: /.*/, namespace: 'lazy-dwarf' }, () => ({
    contents: `const { loadInOwnRealm } = require('./util/own-module.js');
const { packageFile } = require('./util/package-files.js');
let dwarf;
const load = () => (dwarf ??= loadInOwnRealm(packageFile('dwarf.js')));
exports.openDebugSources = (section) => load().openDebugSources(section);
exports.openSourceMap = (text, url) => load().openSourceMap(text, url);`,
    resolveDir: path.join(root, 'src-ts'),
  })),
);

/** Code generation for another machine than the usual one: a bundle that the compiler loads into its realm for a target of that. */
const lazyArm64 = redirect('lazy-arm64', 'arm64/machine.ts', { path: 'arm64', namespace: 'lazy-arm64' }, (build) =>
  build.onLoad({ filter: /.*/, namespace: 'lazy-arm64' }, () => ({
    contents: `let bundle;
Object.defineProperty(exports, 'ARM64_MACHINE', {
  enumerable: true,
  get: () => (bundle ??= require('./arm64.js')).ARM64_MACHINE,
});`,
    resolveDir: path.join(root, 'src-ts'),
  })),
);

/** Entries of the package beside the main one: their sources, which are those of their declarations too. */
const PUBLIC = {
  component: 'component/index',
  wasi: 'wasi/index',
  register: 'register/index',
  profile: 'profile/index',
  vite: 'tools/vite',
  esbuild: 'tools/esbuild',
  webpack: 'tools/webpack',
  vitest: 'tools/vitest',
  jest: 'tools/jest',
};
/** What `import name from` gives of an entry, where that is not all of it. */
const DEFAULTS = { vite: 'wamr', esbuild: 'wamr', webpack: 'WamrPlugin', vitest: 'wamr', jest: 'withWamr' };
/** Bundles that run beside a program; the compiler runs in a realm of its own as a whole, workers are alone anyway. */
const BESIDE_PROGRAMS = ['index', 'wasi'];
/** Bundles that are never loaded without the engine: they save a realm of their own. */
const USES_ENGINE = ['cli-run', 'component'];
/** Bundles that are large and parsed in cold processes, or by every process: without white space, names kept. */
const DENSE = ['compiler', 'worker', 'arm64'];
/** Bundles that every start under `register` parses: what they are is what it waits for. */
const DENSEST = ['register', 'register-thread', 'register-load'];
const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: withMaps,
  // Packages stay packages: iced-x86 and the component tools are
  // optional.
  packages: 'external',
  external: ['./compiler.js', './arm64.js'],
  legalComments: 'none',
  logLevel: 'warning',
};
const entryPoints = (which) =>
  Object.fromEntries(present.filter(which).map(([name, source]) => [name, path.join('src-ts', source)]));
await esbuild.build({
  ...common,
  entryPoints: entryPoints(([name]) => BESIDE_PROGRAMS.includes(name)),
  inject: ['src-ts/util/realm.ts'],
  plugins: [sharedEngine, lazyDwarf, lazyArm64, lazyCompiler, ownRealm(root)],
});
await esbuild.build({
  ...common,
  entryPoints: entryPoints(([name]) => ![BESIDE_PROGRAMS, USES_ENGINE, DENSE, DENSEST].flat().includes(name)),
  plugins: [sharedEngine, ...cliParts, lazyDwarf, lazyArm64, lazyCompiler],
});
await esbuild.build({
  ...common,
  entryPoints: entryPoints(([name]) => USES_ENGINE.includes(name)),
  plugins: [sharedEngine, sharedRealm, ...cliParts, lazyDwarf, lazyArm64, lazyCompiler],
});
await esbuild.build({
  ...common,
  entryPoints: entryPoints(([name]) => DENSE.includes(name)),
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [sharedEngine, lazyDwarf, lazyArm64, lazyCompiler],
});
await esbuild.build({
  ...common,
  entryPoints: entryPoints(([name]) => DENSEST.includes(name)),
  minify: true,
  // Node prints the line that an error comes from, V8's for a module that is none among them.
  lineLimit: 100,
});

await esbuild.build({
  ...common,
  entryPoints: { 'vitest-setup': 'src-ts/tools/vitest-setup.ts' },
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  plugins: [redirect('shared-register', 'register/index.ts', { path: './register.js', external: true })],
});

// What runs in a browser: parts of pages that the command line writes.
await esbuild.build({
  ...common,
  entryPoints: Object.fromEntries(Object.entries(PAGES).map(([name, source]) => [name, path.join('src-ts', source)])),
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  minify: true,
  sourcemap: false,
});

for (const [name] of present) exportOwnNames(path.join(root, `dist/${name}.js`));
// Dense ones stay as they are: what comes in front of a line would shift its places in the source map.
for (const [name] of present)
  if (![DENSE, DENSEST].flat().includes(name)) cheapenBuiltins(path.join(root, `dist/${name}.js`));
for (const name of CLI) if (present.some(([n]) => n === name)) loadLate(path.join(root, `dist/${name}.js`));
// For scripts that Node has not loaded itself.
fs.writeFileSync(path.join(root, 'dist/import.js'), 'module.exports = (id) => import(id);\n');
if (fs.existsSync(path.join(root, 'dist/cli.js'))) fs.chmodSync(path.join(root, 'dist/cli.js'), 0o755);
for (const name of ['index', ...Object.keys(PUBLIC)]) if (present.some(([n]) => n === name)) writeEsmFacade(name);

for (const name of DENSEST) cheapenExports(path.join(root, `dist/${name}.js`));

if (withTypes) {
  const tsc = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', '.', '--emitDeclarationOnly', '--declaration', '--outDir', 'dist/types'],
    { cwd: root, stdio: 'inherit' },
  );
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  for (const name of ['index', ...Object.values(PUBLIC)]) writeEsmTypes(name);
}

/** Declarations of `dist/NAME.mjs`: without a file of their own TypeScript takes the entry for CommonJS. */
function writeEsmTypes(name) {
  const base = `./${path.basename(name)}.js`;
  const one = DEFAULTS[path.basename(name)];
  const lines =
    one === undefined
      ? [
          `export * from '${base}';`,
          `declare const all: typeof import('${base}', { with: { 'resolution-mode': 'require' } });`,
          'export default all;',
        ]
      : [`export * from '${base}';`, `export { ${one} as default } from '${base}';`];
  fs.writeFileSync(path.join(root, `dist/types/${name}.d.mts`), `${lines.join('\n')}\n`);
}

/**
 * esbuild copies every property of a module that is imported by default, of `node:fs` a hundred, once for each file that
 * does: a millisecond of each start. An object that inherits from it says the same.
 */
function cheapenBuiltins(file) {
  const helper = 'var __builtin = (m) => Object.create(m, { default: { value: m } });';
  const bundle = fs.readFileSync(file, 'utf8');
  const cheap = bundle.replace(/__toESM\((require\("node:[^"]+"\))\)/g, '__builtin($1)');
  if (cheap !== bundle)
    fs.writeFileSync(
      file,
      cheap.replace('"use strict";', () => `"use strict"; ${helper}`),
    );
}

/**
 * esbuild exports what `for (name in all)` finds, which is also what the program has put on `Object.prototype` before it
 * loads the bundle; that is not to be exported, and then cannot be. Nothing moves, because of the source map.
 */
function exportOwnNames(file) {
  const bundle = fs.readFileSync(file, 'utf8');
  const dense = '(target,all)=>{for(var name in all)__defProp(target,name,{get:all[name],enumerable:!0})}';
  const own = '(t,all)=>{for(var n of Object.keys(all))__defProp(t,n,{get:all[n],enumerable:!0})}';
  const changed = bundle
    .replace('for (var name in all)', 'for (var name of Object.keys(all))')
    .replace(dense, () => own.padEnd(dense.length));
  if (/for ?\(var name in /.test(changed)) throw new Error(`${file} exports in another way than is known here`);
  if (changed !== bundle) fs.writeFileSync(file, changed);
}

/** For bundles that every start parses: what they export is assigned at their end, where it is there. */
function cheapenExports(file) {
  const bundle = fs.readFileSync(file, 'utf8');
  const [text, , list] =
    /var ([\w$]+)=\{\};\s*[\w$]+\(\1,\s*\{([^}]*)\}\);\s*module\.exports=\s*[\w$]+\(\1\);/.exec(bundle) ?? [];
  const [end] = /0&&\(\s*module\.exports=/.exec(bundle) ?? [];
  if (text === undefined || end === undefined) throw new Error(`${file} has exports that esbuild writes otherwise`);
  const exports = list.split(',').map((one) => one.trim().split(/:\(\)=>\s*/));
  const assigned = exports.map(([name, value]) => `exports.${name}=${value};`).join('');
  fs.writeFileSync(
    file,
    bundle.replace(text, '').replace(end, () => assigned + end),
  );
}

/**
 * The command line loads the engine when a command uses it: not for a compilation. Its parts are CommonJS, for which
 * `import()` takes milliseconds longer than `require`.
 */
function loadLate(file) {
  const late = `var __index, __engine = new Proxy({}, { get: (_, name) => (__index ??= require("./index.js"))[name] });`;
  const bundle = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(
    file,
    bundle
      .replaceAll(' = require("./index.js");', ' = __engine;')
      .replace(/import\("(\.\/cli-\w+\.js)"\)/g, '(async () => require("$1"))()')
      // By V8's code cache (cli/start.ts) there is no `import()` in Node 20.
      .replace(/(?<=\bawait |\breturn )import\(/g, 'require("./import.js")(')
      .replace('"use strict";', () => `"use strict"; ${late}`),
  );
}

/**
 * `dist/NAME.mjs` re-exports the CommonJS bundle by name, so that `import` and `require` share one copy of the engine.
 */
function writeEsmFacade(name) {
  const names = name === 'register' ? ['status'] : exportsOf(name);
  // `register` is part of every start, and an import would have Node read the bundle for names; others may be bundled.
  const load =
    name === 'register'
      ? ["import { createRequire } from 'node:module';", "const m = createRequire(import.meta.url)('./register.js');"]
      : [`import m from './${name}.js';`];
  const lines = [
    ...load,
    ...names.map((n) => `export const ${n} = m.${n};`),
    `export default ${DEFAULTS[name] === undefined ? 'm' : `m.${DEFAULTS[name]}`};`,
  ];
  fs.writeFileSync(path.join(root, `dist/${name}.mjs`), `${lines.join('\n')}\n`);
}

/** Names of what a bundle exports. */
function exportsOf(name) {
  const bundle = fs.readFileSync(path.join(root, `dist/${name}.js`), 'utf8');
  // esbuild lists the names of a CommonJS bundle in one call `__export(TARGET, { a: () => …, … })`, and says
  // `module.exports = __toCommonJS(TARGET)`.
  const target = /^module\.exports = __toCommonJS\((\w+)\);/m.exec(bundle)?.[1];
  const table = new RegExp(`__export\\(${target}, \\{([\\s\\S]*?)\\}\\);`).exec(bundle);
  if (!table) throw new Error(`dist/${name}.js has no export table`);
  return [...table[1].matchAll(/^\s*(\w+): \(\) =>/gm)].map((m) => m[1]);
}
