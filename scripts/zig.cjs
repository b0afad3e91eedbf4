'use strict';
/** Zig's compilers for C and C++, from PyPI: for prebuilds, and for tests that need wasm made of C. */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const VERSION = '0.15.2';
const dir = path.join(__dirname, `../.cache/zig-${VERSION}`);

/** Path of the program, installed into `.cache/` if need be. Throws when pip cannot. */
exports.installZig = () => {
  const program = path.join(dir, 'ziglang/zig');
  if (fs.existsSync(program)) return program;
  const making = `${dir}.${process.pid}`;
  const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-deps'];
  const r = spawnSync('python3', ['-m', 'pip', 'install', ...quiet, '--target', making, `ziglang==${VERSION}`], {
    encoding: 'utf8',
  });
  if (r.status !== 0) throw new Error(`pip could not install Zig: ${r.error?.message ?? r.stderr}`);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.renameSync(making, dir);
  return program;
};
