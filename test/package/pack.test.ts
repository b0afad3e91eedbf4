/**
 * The package as it is published: prebuilt, packed, installed into an empty folder where there is no compiler, used by
 * require, import, TypeScript and from the command line.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { npm, type Packed } from '../support/packed.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';

const { misfits } = createRequire(import.meta.url)('../../scripts/check-prebuilds.cjs') as {
  misfits(library: string, addon: string): string[];
};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-pack-'));
const user = path.join(dir, 'user');
const bin = path.join(dir, 'bin');
/** Nothing but Node and a shell. */
const env = {
  PATH: bin,
  HOME: dir,
  WAMR_CACHE_DIR: path.join(dir, 'cache'),
  npm_config_userconfig: process.env.npm_config_userconfig ?? path.join(os.homedir(), '.npmrc'),
};

const node = (args: string[], options: { env?: NodeJS.ProcessEnv } = {}): string =>
  execFileSync(process.execPath, args, { cwd: user, encoding: 'utf8', env: { ...env, ...options.env } });

const MODULE = wat('(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))');
const PROGRAM = (load: string): string => `${load}
const app = instantiate(compileSync(Buffer.from('${Buffer.from(MODULE).toString('base64')}', 'base64')));
console.log(app.exports.add(2, 3), version);`;

// Building and packing takes half a minute: the quick run leaves it out.
describe.skipIf(QUICK)('the published package', () => {
  const { file, files } = inject('packed') as Packed;

  beforeAll(() => {
    fs.mkdirSync(bin);
    fs.symlinkSync(process.execPath, path.join(bin, 'node'));
    fs.symlinkSync(execFileSync('which', ['sh'], { encoding: 'utf8' }).trim(), path.join(bin, 'sh'));
    fs.mkdirSync(user);
    fs.writeFileSync(path.join(user, 'package.json'), '{"private":true}');
    npm(['install', '--no-audit', '--no-fund', file], user, env);
  });
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

  it('holds what it needs and nothing of the workshop', () => {
    for (const file of [
      'dist/index.js',
      'dist/index.mjs',
      'dist/worker.js',
      'dist/cli.js',
      'dist/types/index.d.ts',
      'README.md',
      'LICENSE',
      'native/addon.cc',
      'binding.gyp',
    ])
      expect(files).toContain(file);
    expect(files.filter((f) => /^prebuilds\/linux-x64\/.*\.node$/.test(f))).not.toEqual([]);
    expect(files.filter((f) => /^(test|bench|build|\.ci|\.cache)\/|\.map$/.test(f))).toEqual([]);
    expect(fs.statSync(file).size).toBeLessThan(3.3e6);
    expect(fs.existsSync(path.join(user, 'node_modules/wamr-native/build'))).toBe(false);
  });

  it('holds what its README links to', () => {
    const linked = [...fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/\]\(([^)#:]+)[^):]*\)/g)];
    const missing = linked
      .map((m) => m[1])
      .filter((name) => !files.some((f) => f === name || f.startsWith(`${name}/`)));
    expect(linked.length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  it('works by require and by import', () => {
    fs.writeFileSync(
      path.join(user, 'a.cjs'),
      PROGRAM("const { compileSync, instantiate, version } = require('wamr-native');"),
    );
    fs.writeFileSync(
      path.join(user, 'a.mjs'),
      PROGRAM("import { compileSync, instantiate, version } from 'wamr-native';"),
    );
    const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    for (const file of ['a.cjs', 'a.mjs']) expect(node([file])).toBe(`5 ${version}\n`);
    expect(
      node([
        '--input-type=module',
        '-e',
        "import { WasiHost } from 'wamr-native/wasi'; import { runComponent } from 'wamr-native/component'; console.log(typeof WasiHost, typeof runComponent);",
      ]),
    ).toBe('function function\n');
  });

  it('works from the command line', () => {
    fs.writeFileSync(path.join(user, 'add.wasm'), MODULE);
    expect(node(['node_modules/.bin/wamr-native', 'run', '--invoke', 'add', 'add.wasm', '2', '3'])).toBe('5\n');
  });

  it('needs no newer glibc than Node 20 itself, and nothing of the C++ library', () => {
    const addon = path.join(user, 'node_modules/wamr-native/prebuilds/linux-x64/wamr-native.glibc.node');
    expect(misfits('glibc', addon)).toEqual([]);
    // What is built here does, so the check sees something.
    expect(misfits('glibc', path.join(ROOT, 'build/Release/wamr_native.node'))).toContain('needs libstdc++.so.6');
  });

  it('says how the addon is made where there is none, and that works without a network', () => {
    const installed = path.join(user, 'node_modules/wamr-native');
    fs.renameSync(path.join(installed, 'prebuilds'), path.join(dir, 'prebuilds'));
    try {
      const run = spawnSync(process.execPath, ['a.cjs'], { cwd: user, env, encoding: 'utf8' });
      expect(run.stderr).toContain('no native addon for this machine');
      expect(run.stderr).toContain(
        'Build it with `npm rebuild wamr-native`, which needs a C++ compiler, make and Python.',
      );
      // What npm runs then, with a node-gyp that tells what it was asked for.
      const gyp = path.join(dir, 'gyp.cjs');
      fs.writeFileSync(gyp, `console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]));`);
      const script = path.join(installed, 'scripts/install.cjs');
      const [cwd, command, nodedir] = JSON.parse(node([script], { env: { npm_config_node_gyp: gyp } })) as string[];
      expect([cwd, command]).toEqual([fs.realpathSync(installed), 'rebuild']);
      for (const header of ['node_api.h', 'common.gypi'])
        expect(fs.existsSync(path.join(nodedir.replace('--nodedir=', ''), 'include/node', header))).toBe(true);
    } finally {
      fs.renameSync(path.join(dir, 'prebuilds'), path.join(installed, 'prebuilds'));
    }
  });
});
