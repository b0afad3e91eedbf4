/**
 * The package as it is published: prebuilt, packed, installed into an empty folder where there is no compiler, used by
 * require, import, TypeScript and from the command line.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-pack-'));
const source = path.join(dir, 'source');
const user = path.join(dir, 'user');
const bin = path.join(dir, 'bin');
/** Nothing but Node and a shell. */
const env = {
  PATH: bin,
  HOME: dir,
  WAMR_CACHE_DIR: path.join(dir, 'cache'),
  npm_config_userconfig: process.env.npm_config_userconfig ?? path.join(os.homedir(), '.npmrc'),
};

const which = (name: string): string => fs.realpathSync(execFileSync('which', [name], { encoding: 'utf8' }).trim());
const npm = (args: string[], cwd: string, environment: NodeJS.ProcessEnv): string =>
  execFileSync(process.execPath, [which('npm'), ...args], {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const node = (args: string[]): string => execFileSync(process.execPath, args, { cwd: user, env, encoding: 'utf8' });

const MODULE = wat('(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))');
const PROGRAM = (load: string): string => `${load}
const app = instantiate(compileSync(Buffer.from('${Buffer.from(MODULE).toString('base64')}', 'base64')));
console.log(app.exports.add(2, 3), version);`;

// Building and packing takes half a minute: the quick run leaves it out.
describe.skipIf(QUICK)('the published package', () => {
  let files: string[] = [];

  beforeAll(() => {
    // In a copy, since a prebuild in the working tree would hide later builds.
    const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    }).split('\0');
    for (const file of tracked)
      if (file !== '' && fs.existsSync(path.join(ROOT, file)))
        fs.cpSync(path.join(ROOT, file), path.join(source, file));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(source, 'node_modules'));
    npm(['run', 'prebuild'], source, process.env);
    const packed = JSON.parse(
      npm(['pack', '--json', '--pack-destination', dir], source, process.env).replace(/^[^[{]*/, ''),
    );
    const [info] = Array.isArray(packed) ? packed : (Object.values(packed) as any[]);
    files = info.files.map((f: { path: string }) => f.path);
    fs.mkdirSync(bin);
    fs.symlinkSync(process.execPath, path.join(bin, 'node'));
    fs.symlinkSync(which('sh'), path.join(bin, 'sh'));
    fs.mkdirSync(user);
    fs.writeFileSync(path.join(user, 'package.json'), '{"private":true}');
    npm(['install', '--no-audit', '--no-fund', path.join(dir, info.filename)], user, env);
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
    expect(files.filter((f) => /^prebuilds\/linux-x64\/.*\.node$/.test(f))).toHaveLength(1);
    expect(files.filter((f) => /^(test|bench|build|\.ci)\//.test(f))).toEqual([]);
    expect(fs.existsSync(path.join(user, 'node_modules/wamr-native/build'))).toBe(false);
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

  it('has types for both module systems', () => {
    const use = (
      name: string,
    ): string => `import { compile, instantiate, load, type Module, Trap, WebAssembly } from '${name}';
export async function f(b: Uint8Array): Promise<number> { const m: Module = load(await compile(b, { jobs: 1 })); return instantiate(m, {}).exports.add(1, 2); }
export const x: string = new WebAssembly.Memory({ initial: 1 }).buffer.byteLength + String(Trap);
// @ts-expect-error: no such option
compile(new Uint8Array(), { nonsense: 1 });
`;
    fs.writeFileSync(path.join(user, 'a.cts'), use('wamr-native'));
    fs.writeFileSync(
      path.join(user, 'a.mts'),
      `${use('wamr-native')}import { WasiHost } from 'wamr-native/wasi';\nexport const host = new WasiHost({ args: [] });\n`,
    );
    node([
      path.join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--typeRoots',
      path.join(ROOT, 'node_modules/@types'),
      'a.cts',
      'a.mts',
    ]);
  });
});
