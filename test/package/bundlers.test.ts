/**
 * Programs that import `.wasm` files and the package, bundled by each bundler and run: the bundle finds the compiler and
 * the addon where the package is installed, and says what to do where it is not.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK } from '../support/quick.js';
import { ToolProject } from '../support/tools.js';

const APP = `import { divide, 'a b' as ab } from './math.wasm';
import * as state from './state.wasm';
import { engine, instantiate } from 'wamr-native';
console.log(divide(42, 2), state.n, state.get(), engine, Object.keys(state).join(), typeof instantiate);
ab();
try { divide(1, 0) } catch (e) { console.log(e.message, e.kind) }`;
const EXPECTED = '21 5 6 wamr get,n function\nlog 6\ndivide by zero integer-divide-by-zero\n';

/** A build script, and what it makes. */
const BUNDLERS: Record<string, [script: string, ...outputs: string[]]> = {
  esbuild: [
    `import esbuild from 'esbuild'; import wamr from 'wamr-native/esbuild';
     for (const [format, ext] of [['esm', 'mjs'], ['cjs', 'cjs']])
       await esbuild.build({ entryPoints: ['app.mjs'], bundle: true, minify: true, platform: 'node', format, outfile: 'out/esbuild.' + ext, plugins: [wamr()] });
     await esbuild.build({ entryPoints: ['app.mjs'], bundle: true, platform: 'node', format: 'esm', outfile: 'out/esbuild-aot.mjs', plugins: [wamr({ aot: true })] });`,
    'esbuild.mjs',
    'esbuild.cjs',
    'esbuild-aot.mjs',
  ],
  Rollup: [
    `import { rollup } from 'rollup'; import { wamr } from 'wamr-native/vite';
     const bundle = await rollup({ input: 'app.mjs', plugins: [wamr()] });
     await bundle.write({ file: 'out/rollup.mjs', format: 'es' });
     await bundle.write({ file: 'out/rollup.cjs', format: 'cjs' });`,
    'rollup.mjs',
    'rollup.cjs',
  ],
  Vite: [
    `import { build } from 'vite'; import wamr from 'wamr-native/vite';
     await build({ logLevel: 'warn', plugins: [wamr()], build: { ssr: 'app.mjs', outDir: 'out/vite', target: 'node20' } });`,
    'vite/app.mjs',
  ],
  webpack: [
    `import webpack from 'webpack'; import { WamrPlugin } from 'wamr-native/webpack';
     const run = (more) => new Promise((resolve, reject) => webpack({ mode: 'production', target: 'node', entry: './app.mjs', plugins: [new WamrPlugin()], ...more },
       (error, stats) => error ? reject(error) : stats.hasErrors() ? reject(new Error(stats.toString())) : resolve()));
     const output = { path: process.cwd() + '/out' };
     await run({ output: { ...output, filename: 'webpack.cjs' } });
     await run({ output: { ...output, filename: 'webpack.mjs', module: true, chunkFormat: 'module' }, experiments: { outputModule: true } });`,
    'webpack.cjs',
    'webpack.mjs',
  ],
};

describe.skipIf(QUICK)('bundled by', () => {
  let project: ToolProject;
  let elsewhere = '';
  beforeAll(() => {
    project = new ToolProject();
    project.write('app.mjs', APP);
    elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-elsewhere-'));
  });
  afterAll(() => {
    project.dispose();
    fs.rmSync(elsewhere, { recursive: true, force: true });
  });

  it.each(Object.entries(BUNDLERS))('%s', (name, [script, ...outputs]) => {
    project.write(`${name}.mjs`, script);
    const built = project.run([`${name}.mjs`]);
    expect([built.code, built.err]).toEqual([0, '']);
    for (const output of outputs) {
      const ran = project.run([`out/${output}`]);
      expect([output, ran.out, ran.err]).toEqual([output, EXPECTED, '']);
      // Where the package is not installed, the loader of Node says so.
      const copy = path.join(elsewhere, path.basename(output));
      fs.copyFileSync(path.join(project.dir, 'out', output), copy);
      expect(project.run([copy], { cwd: elsewhere }).err).toMatch(/Cannot find (module|package) 'wamr-native'/);
    }
  });

  it('a bundler without the plug-in: the compiler and the addon are found in node_modules', () => {
    project.write(
      'plain.mjs',
      `import { compileSync, instantiate } from 'wamr-native'; import fs from 'node:fs';
      console.log(instantiate(compileSync(fs.readFileSync(process.argv[2]))).exports.get());`,
    );
    project.write(
      'bundle.mjs',
      `import esbuild from 'esbuild';
      await esbuild.build({ entryPoints: ['plain.mjs'], bundle: true, platform: 'node', format: 'cjs', outfile: 'out/plain.cjs' });`,
    );
    expect(project.run(['bundle.mjs']).code).toBe(0);
    const wasm = path.join(project.dir, 'state.wasm');
    expect(project.run(['out/plain.cjs', wasm])).toEqual({ out: '5\n', err: '', code: 0 });
    const copy = path.join(elsewhere, 'plain.cjs');
    fs.copyFileSync(path.join(project.dir, 'out/plain.cjs'), copy);
    const { err } = project.run([copy, wasm], { cwd: elsewhere });
    expect(err).toContain(
      `wamr-native: it is bundled into ${copy}, and its compiler and native addon cannot be bundled`,
    );
    expect(err).toContain('install the package where that file runs (npm install wamr-native)');
  });

  it('a module that is none: the build says which', () => {
    project.write('bad.wasm', 'no module');
    project.write('bad.mjs', `import './bad.wasm';`);
    project.write(
      'bad-build.mjs',
      `import esbuild from 'esbuild'; import wamr from 'wamr-native/esbuild';
      await esbuild.build({ entryPoints: ['bad.mjs'], bundle: true, platform: 'node', outfile: 'out/bad.cjs', plugins: [wamr()] });`,
    );
    expect(project.run(['bad-build.mjs']).err).toMatch(/bad\.wasm: no module of version 1/);
  });
});
