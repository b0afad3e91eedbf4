/**
 * An installation as on Alpine, on this machine, and on arm64 by emulation with WAMR_TEST_EMULATED=all: the packed package with its prebuilt addons,
 * npm run by a Node for musl, no compiler. Left out, loudly, where there is no musl to be had.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addonFor } from '../support/arm64.js';
import { muslSystem } from '../support/musl.js';
import { npm, sourceCopy } from '../support/packed.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';

const { LIBRARIES } = createRequire(import.meta.url)('../../scripts/check-prebuilds.cjs') as {
  LIBRARIES: Record<string, { file: string }>;
};
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-install-'));
afterAll(() => fs.rmSync(base, { recursive: true }));

const MACHINES = process.env.WAMR_TEST_EMULATED === 'all' ? (['x64', 'arm64'] as const) : (['x64'] as const);
describe.skipIf(QUICK).each(MACHINES)('musl on %s', (machine) => {
  const system = QUICK ? '' : muslSystem(machine);
  if (typeof system === 'string') console.warn(`installing with musl on ${machine} is not tested: ${system}`);
  const prefix = machine === 'x64' ? '' : 'arm64-';
  const dir = path.join(base, machine);
  const user = path.join(dir, 'user');
  const bin = path.join(dir, 'bin');
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    PATH: `${bin}:/usr/bin:/bin`,
    TMPDIR: dir,
    npm_config_cache: path.join(dir, 'npm'),
    WAMR_CACHE_DIR: path.join(dir, 'cache'),
  };

  /** With this machine's own shell, which finds that system's Node. */
  function run(command: string, args: string[]): string {
    const { status, signal, stdout, stderr } = spawnSync(command, args, { cwd: user, encoding: 'utf8', env });
    expect({ status, signal }, stderr + stdout).toEqual({ status: 0, signal: null });
    return stdout;
  }

  beforeAll(() => {
    if (typeof system === 'string') return;
    const source = sourceCopy(dir);
    fs.cpSync(path.join(ROOT, 'dist'), path.join(source, 'dist'), { recursive: true });
    const glibc = machine === 'x64' ? path.join(ROOT, 'build/Release/wamr_native.node') : addonFor('arm64-glibc')();
    for (const [library, addon] of [
      ['glibc', glibc],
      ['musl', system.addon!()],
    ]) {
      const file = path.join(source, 'prebuilds', LIBRARIES[prefix + library].file);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.copyFileSync(addon, file);
    }
    npm(['pack', '--ignore-scripts', '--pack-destination', dir], source, process.env);
    for (const folder of [user, bin]) fs.mkdirSync(folder);
    fs.writeFileSync(path.join(bin, 'node'), `#!/bin/sh\nexec ${system.node.join(' ')} "$@"\n`, { mode: 0o755 });
    fs.writeFileSync(path.join(user, 'package.json'), '{ "private": true, "type": "module" }');
    fs.writeFileSync(path.join(user, 'm.wasm'), wat('(module (func (export "f") (result i32) i32.const 42))'));
    fs.writeFileSync(
      path.join(user, 'app.js'),
      `import fs from 'node:fs';
       import { compile, instantiate } from 'wamr-native';
       const { exports } = await instantiate(await compile(fs.readFileSync('m.wasm')));
       const [addon] = /prebuilds.*node/.exec(fs.readFileSync('/proc/self/maps', 'latin1'));
       console.log(exports.f(), process.arch, addon);`,
    );
  }, 600_000);

  it.skipIf(typeof system === 'string')('npm installs the package, and modules run on the addon for musl', () => {
    const cli = fs.realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
    const [tarball] = fs.readdirSync(dir).filter((name) => name.endsWith('.tgz'));
    run('node', [cli, 'install', '--no-audit', '--no-fund', '--loglevel=error', path.join(dir, tarball)]);
    expect(fs.existsSync(path.join(user, 'node_modules/wamr-native/build'))).toBe(false);
    expect(run('node', ['app.js'])).toBe(`42 ${machine} prebuilds/linux-${machine}/wamr-native.musl.node\n`);
    expect(run('node_modules/.bin/wamr-native', ['run', '--invoke', 'f', 'm.wasm'])).toBe('42\n');
  });
});
