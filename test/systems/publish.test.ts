/**
 * What keeps a package with a part of its prebuilt addons from being packed and published, and what npm does where there
 * is no addon for the machine. The addons here are headers and nothing else: what is checked is what is read of them.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npm, sourceCopy } from '../support/packed.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';

const { LIBRARIES, misfits } = createRequire(import.meta.url)('../../scripts/check-prebuilds.cjs') as {
  LIBRARIES: Record<string, { file: string; target: string }>;
  misfits(library: string, addon: string): string[];
};
const NAMES = Object.keys(LIBRARIES);
const ELF_MACHINES: Record<string, number> = { x86_64: 62, aarch64: 183 };

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-publish-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

/** The headers of an addon that needs no library. */
function headersFor(target: string): Buffer {
  const file = Buffer.alloc(1024);
  file.write('napi_register_module_v1', 900);
  if (!target.includes('windows')) {
    file.write('\x7fELF', 'latin1');
    file.writeUInt16LE(ELF_MACHINES[target.split('-')[0]], 18);
    return file;
  }
  const [header, sections, address, at] = [64, 64 + 24 + 240, 0x1000, 512];
  file.write('MZ', 'latin1');
  file.writeUInt32LE(header, 60);
  file.writeUInt16LE(0x8664, header + 4);
  file.writeUInt16LE(1, header + 6);
  file.writeUInt16LE(240, header + 20);
  file.writeUInt32LE(address, header + 24 + 120);
  for (const [field, value] of [
    [8, 256],
    [12, address],
    [16, 256],
    [20, at],
  ])
    file.writeUInt32LE(value, sections + field);
  return file;
}

describe('a prebuilt addon', () => {
  const file = path.join(dir, 'addon.node');
  const misfitsOf = (name: string, bytes: Buffer): string[] => {
    fs.writeFileSync(file, bytes);
    return misfits(name, file);
  };

  it.each(NAMES)('that fits: %s', (name) => {
    expect(misfitsOf(name, headersFor(LIBRARIES[name].target))).toEqual([]);
  });

  it('is one, for its machine, and whole', () => {
    expect(misfitsOf('arm64-glibc', headersFor(LIBRARIES.glibc.target))).toEqual(['is for another machine']);
    expect(misfitsOf('windows', headersFor(LIBRARIES.glibc.target))).toEqual(['is no addon for this system']);
    expect(misfitsOf('glibc', Buffer.alloc(0))).toEqual(['is no addon for this system']);
    expect(misfitsOf('glibc', Buffer.from('version https://git-lfs.github.com/spec/v1\n'))).toEqual([
      'is no addon for this system',
    ]);
    const many = headersFor(LIBRARIES.glibc.target);
    many.writeUInt16LE(10, 60);
    many.writeUInt16LE(64, 58);
    many.writeUInt32LE(1000, 40);
    expect(misfitsOf('glibc', many)).toEqual([expect.stringMatching(/^is damaged: /)]);
  });
});

// Packing builds all of dist/.
describe.skipIf(QUICK)('npm', () => {
  let source: string;
  const place = (name: string): string => path.join(source, 'prebuilds', LIBRARIES[name].file);

  beforeAll(() => {
    source = sourceCopy(dir);
  });

  function putOnly(...names: string[]): void {
    for (const name of NAMES) fs.rmSync(place(name), { force: true });
    for (const name of names) {
      fs.mkdirSync(path.dirname(place(name)), { recursive: true });
      fs.writeFileSync(place(name), headersFor(LIBRARIES[name].target));
    }
  }

  function refusal(args: string[], env: NodeJS.ProcessEnv = process.env): string {
    try {
      npm([...args, '--dry-run'], source, env);
    } catch (e) {
      return (e as { stderr: string }).stderr;
    }
    throw new Error(`npm ${args.join(' ')} was not refused`);
  }

  it.each(['pack', 'publish'])(
    '%s refuses a part of the addons, and says which are missing and what makes them',
    (act) => {
      putOnly('glibc', 'arm64-glibc', 'windows');
      const said = refusal([act]);
      expect(said).toContain('prebuilds/linux-x64/wamr-native.musl.node (Linux on x86-64 with musl) is missing');
      expect(said).toContain('prebuilds/linux-arm64/wamr-native.musl.node (Linux on arm64 with musl) is missing');
      expect(said).toContain(`is not to be ${act}ed like that: \`npm run prebuild -- musl arm64-musl\` makes them`);
      expect(said.match(/ is missing/g)).toHaveLength(2);
      putOnly();
      expect(refusal([act])).toContain(`is not to be ${act}ed like that: \`npm run prebuild\` makes them`);
    },
  );

  it('pack and publish refuse addons that are older than their sources', () => {
    putOnly(...NAMES);
    fs.utimesSync(place('windows'), 1e9, 1e9);
    const said = refusal(['publish']);
    expect(said).toContain('prebuilds/win32-x64/wamr-native.node is older than native/');
    expect(said).toContain('`npm run prebuild -- windows`');
  });

  it('packs a part where that is asked for, and never publishes it', () => {
    putOnly('glibc');
    const env = { ...process.env, WAMR_PACK_PARTIAL: '1' };
    expect(refusal(['publish'], env)).toContain('is not to be published');
    const script = path.join(source, 'scripts/check-prebuilds.cjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--pack'], { encoding: 'utf8', env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('not to be published') });
  });

  it('publishes all of them', () => {
    putOnly(...NAMES);
    const out = npm(['publish', '--dry-run', '--json'], source, process.env).replace(/^[^{]*/, '');
    type Info = { files: { path: string }[] };
    const parsed = JSON.parse(out) as Info | Record<string, Info>;
    // By the package's name, or not, depending on npm.
    const [info] = 'files' in parsed ? [parsed as Info] : Object.values(parsed);
    const files = info.files.map((f) => f.path);
    for (const name of NAMES) expect(files).toContain(`prebuilds/${LIBRARIES[name].file}`);
    for (const file of ['dist/index.js', 'dist/types/index.d.ts']) expect(files).toContain(file);
  });
});

describe('where there is no addon', () => {
  const MODULE = wat('(module (func (export "f") (result i32) i32.const 42))');

  /** Runs a program as if this were another machine. */
  function runOn(platform: string, arch: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const machine = path.join(dir, `${platform}-${arch}.cjs`);
    fs.writeFileSync(
      machine,
      `for (const [key, value] of Object.entries({ platform: '${platform}', arch: '${arch}' }))
        Object.defineProperty(process, key, { value, enumerable: true });`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', machine, ...args], {
      encoding: 'utf8',
      env: { ...process.env, WAMR_CACHE_DIR: path.join(dir, 'cache'), ...env },
    });
    return { status, stdout, stderr };
  }

  /** The package without prebuilds, as npm unpacks it. */
  function packageWithout(): string {
    const root = path.join(dir, 'package');
    if (!fs.existsSync(root)) {
      for (const name of ['dist', 'package.json', 'scripts/install.cjs', 'scripts/node-headers.cjs'])
        fs.cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
      fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
    }
    return root;
  }
  const install = (): string => path.join(packageWithout(), 'scripts/install.cjs');
  const program = (then: string): string[] => [
    '-e',
    `const w = require(${JSON.stringify(path.join(packageWithout(), 'dist/index.js'))});
     const wasm = Buffer.from('${Buffer.from(MODULE).toString('base64')}', 'base64'); ${then}`,
  ];

  it.each([
    ['freebsd', 'x64'],
    ['linux', 'riscv64'],
    ['win32', 'arm64'],
    ['darwin', 'arm64'],
  ])('and no back end (%s on %s), installing is silent, and modules run on V8', (platform, arch) => {
    const gyp = path.join(dir, 'no-gyp.cjs');
    fs.writeFileSync(gyp, 'process.exit(1);');
    expect(runOn(platform, arch, [install()], { npm_config_node_gyp: gyp })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    const uses = program('console.log(w.engine, w.instantiate(wasm).exports.f(), w.compileSync(wasm).length > 0);');
    expect(runOn(platform, arch, uses)).toEqual({ status: 0, stdout: 'host 42 true\n', stderr: '' });
  });

  it('for a machine that has a back end, a failed build is a note, and running a module says what is missing', () => {
    const gyp = path.join(dir, 'failing-gyp.cjs');
    fs.writeFileSync(gyp, 'process.exit(1);');
    const installed = runOn('linux', process.arch, [install()], { npm_config_node_gyp: gyp });
    expect(installed).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('none could be built') });
    const said = runOn('linux', process.arch, program('w.instantiate(wasm);'));
    expect(said.status).toBe(1);
    expect(said.stderr).toContain('no native addon for this machine');
    expect(said.stderr).toContain('Build it with `npm rebuild wamr-native`');
  });

  it('on Windows nothing is built', () => {
    const gyp = path.join(dir, 'called-gyp.cjs');
    fs.writeFileSync(gyp, "console.log('called');");
    expect(runOn('win32', 'x64', [install()], { npm_config_node_gyp: gyp })).toEqual({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('on Windows none can be built'),
    });
    expect(runOn('win32', 'x64', program('w.instantiate(wasm);')).stderr).toContain('On Windows none can be built');
  });
});
