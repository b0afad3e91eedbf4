'use strict';
/**
 * `npm run prebuild [-- glibc|musl|arm64-glibc|arm64-musl …]`: builds the addon for other systems than this one into `prebuilds/`, for every C
 * library that the package is published for. The compiler is Zig's (PyPI package `ziglang`, kept in `.cache/`), which
 * brings the C libraries and its C++ library with it: the result depends on nothing of the machine that builds it.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, ensureDependencies } = require('./setup.cjs');
const { LIBRARIES, folder, wrongWith } = require('./check-prebuilds.cjs');
const { installZig } = require('./zig.cjs');

if (require.main === module) main(process.argv.slice(2));

function main(wanted) {
  const unknown = wanted.find((name) => !(name in LIBRARIES));
  if (unknown !== undefined) {
    console.error(`no C library '${unknown}'; known: ${Object.keys(LIBRARIES).join(', ')}`);
    process.exit(2);
  }
  ensureDependencies();
  for (const name of wanted.length > 0 ? wanted : Object.keys(LIBRARIES)) build(name);
}

function build(name) {
  const { target, file } = LIBRARIES[name];
  const out = path.join(folder, file);
  fs.mkdirSync(path.dirname(out), { recursive: true });
  compile(target, out);
  const wrong = wrongWith(name);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  console.log(`prebuilds/${file}: ${fs.statSync(out).size} bytes`);
}

/** The addon for one of the C libraries: for tests, which run it by emulation or with another Node. */
exports.buildFor = (name, out) => compile(LIBRARIES[name].target, out);

/** Builds the addon for one of Zig's targets. */
function compile(target, out) {
  const { sources: all, defines, flags } = readGyp();
  const sources = all.map((f) => f.replace('<(machine)', target.startsWith('aarch64') ? 'arm64' : 'x64'));
  const include = [
    require('node-addon-api').include_dir,
    path.join(path.dirname(require.resolve('node-api-headers/package.json')), 'include'),
  ];
  const args = [
    'c++',
    '-target',
    target,
    '-shared',
    '-s',
    '-fPIC',
    '-pthread',
    ...flags,
    ...defines.map((d) => `-D${d}`),
  ];
  // A new file in the place of the old one: that may be mapped by a running process.
  run(installZig(), [...args, ...include.flatMap((dir) => ['-I', dir]), '-o', `${out}.new`, ...sources]);
  fs.renameSync(`${out}.new`, out);
}

/** What binding.gyp (Python's notation) says, in clang's words. */
function readGyp() {
  const gyp = fs.readFileSync(path.join(ROOT, 'binding.gyp'), 'utf8');
  const list = (key) => {
    const [, items] = new RegExp(`"${key}": \\[([^\\]]*)\\]`).exec(gyp);
    return [...items.matchAll(/"([^"]*)"/g)].map((m) => m[1]);
  };
  const flags = [...list('cflags'), ...list('cflags_cc'), ...list('ldflags')];
  return {
    sources: list('sources'),
    defines: [...list('defines'), 'NODE_GYP_MODULE_NAME=wamr_native'],
    flags: flags.map((flag) => (flag === '-fno-tree-slp-vectorize' ? '-fno-slp-vectorize' : flag)),
  };
}

function run(command, args) {
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: path.join(ROOT, '.cache/zig-cache') };
  env.ZIG_LOCAL_CACHE_DIR = env.ZIG_GLOBAL_CACHE_DIR;
  const { error, status } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
