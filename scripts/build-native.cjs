/**
 * Builds the addon. Default: node-gyp into build/Release. `--cmake`: cmake-js, same place in the end. Prebuilds are
 * made by prebuild.cjs. `--asan`: with AddressSanitizer into build/Release. Needs no network: headers come from
 * the running Node's installation, else from the npm package node-api-headers.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { mkdirSync, renameSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { nodeDir } = require('./node-headers.cjs');

const root = dirname(__dirname);
const flags = new Set(process.argv.slice(2));

function run(file, args, env = {}) {
  execFileSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
}

if (flags.has('--cmake')) {
  // In a folder of its own, then to where the loader looks.
  run(require.resolve('cmake-js/bin/cmake-js', { paths: [root] }), ['compile', '--out', 'build/cmake']);
  mkdirSync(join(root, 'build/Release'), { recursive: true });
  renameSync(join(root, 'build/cmake/Release/wamr_native.node'), join(root, 'build/Release/wamr_native.node'));
} else {
  const args = ['configure', 'build', `--nodedir=${nodeDir()}`, '--silent'];
  if (flags.has('--asan')) args.push('--', '-Dasan=1');
  run(require.resolve('node-gyp/bin/node-gyp.js', { paths: [root] }), args);
}
