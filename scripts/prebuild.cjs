'use strict';
/**
 * `npm run prebuild [-- glibc|musl|arm64-glibc|arm64-musl|windows …]`: builds the addon for other systems than this one
 * into `prebuilds/`, for every C library that the package is published for. The compiler is Zig's (PyPI package
 * `ziglang`, kept in `.cache/`), which brings the C libraries and its C++ library with it: the result depends on nothing
 * of the machine that builds it.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT, ensureDependencies } = require('./setup.cjs');
const { LIBRARIES, folder, wrongWith } = require('./check-prebuilds.cjs');
const { installZig } = require('./zig.cjs');

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

/** The addon for one of the systems: for tests, which run it by emulation or with another Node. */
exports.buildFor = (name, out) => compile(LIBRARIES[name].target, out);
/** The addon for macOS: nothing runs it here. `machine`: `x86_64` or `aarch64`. */
exports.buildMac = (machine, out) => compile(`${machine}-macos.11.0`, out);

/** Builds the addon for one of Zig's targets. */
function compile(target, out) {
  const { defines, flags } = readGyp();
  const system = target.includes('windows') ? 'windows' : target.includes('macos') ? 'mac' : 'linux';
  const sources = nativeSources(system, target.startsWith('aarch64') ? 'arm64' : 'x64');
  const include = [require('node-addon-api').include_dir, path.join(apiHeaders(), 'include')];
  const args = ['c++', '-target', target, '-shared', '-s', ...ARGUMENTS[system](flags)];
  // A new file in the place of the old one: that may be mapped by a running process.
  run(installZig(), [
    ...args,
    ...defines.map((d) => `-D${d}`),
    ...include.flatMap((dir) => ['-I', dir]),
    '-o',
    `${out}.new`,
    ...sources,
    ...(system === 'windows' ? [importLibrary(), '-lbcrypt'] : []),
  ]);
  fs.renameSync(`${out}.new`, out);
}

const apiHeaders = () => path.dirname(require.resolve('node-api-headers/package.json'));

const withoutElf = (flags) => flags.filter((flag) => !flag.startsWith('-Wl,'));

/** Arguments by system, in the place of what is for ELF only. */
const ARGUMENTS = {
  linux: (flags) => ['-fPIC', '-pthread', ...flags],
  // What Node has is found as the addon is loaded.
  mac: (flags) => ['-fPIC', '-Wl,-undefined,dynamic_lookup', ...withoutElf(flags)],
  // Exceptions use what is below the stack pointer.
  windows: (flags) => [...withoutElf(flags), '-mno-red-zone', '-DWIN32_LEAN_AND_MEAN', '-DNOMINMAX'],
};

/** What of node.exe the addon calls beside N-API (native/os/windows/handles.h, files.cc). */
const FROM_LIBUV = ['uv_get_osfhandle', 'uv_fs_close', 'uv_fs_req_cleanup'];

/** What the linker takes for node.exe: made of the list of its functions that node-api-headers has. */
function importLibrary() {
  const list = fs.readFileSync(path.join(apiHeaders(), 'def/node_api.def'), 'utf8');
  const dir = path.join(ROOT, '.cache/windows');
  const [definitions, library] = ['node.def', 'node.lib'].map((name) => path.join(dir, name));
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(definitions, [list.trimEnd(), ...FROM_LIBUV, ''].join('\n'));
  run(installZig(), ['dlltool', '-m', 'i386:x86-64', '-D', 'node.exe', '-d', definitions, '-l', library]);
  return library;
}

/** Sources of the addon for a system (a folder of native/os) and a machine. */
function nativeSources(system, machine) {
  // Windows has nothing of what the others share.
  const shared = readGyp().sources.filter((file) => system !== 'windows' || !file.startsWith('native/os/'));
  const own = fs.readdirSync(path.join(ROOT, 'native/os', system)).filter((file) => file.endsWith('.cc'));
  return [
    ...shared.map((file) => file.replace('<(machine)', machine)),
    ...own.map((file) => `native/os/${system}/${file}`),
  ];
}
exports.nativeSources = nativeSources;

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

if (require.main === module) main(process.argv.slice(2));
