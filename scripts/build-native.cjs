/**
 * Builds the addon. Default: node-gyp into build/Release. `--cmake`: cmake-js, same place in the end. `--prebuild`:
 * prebuilds/ by prebuildify. `--asan`: with AddressSanitizer into build/Release. Needs no network: headers come from
 * the running Node's installation, else from the npm package node-api-headers.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, cpSync, renameSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const root = dirname(__dirname);
const flags = new Set(process.argv.slice(2));

function run(file, args, env = {}) {
  execFileSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
}

/** A folder with include/node as node-gyp's --nodedir wants it. */
function nodeDir() {
  for (const dir of [process.env.npm_config_nodedir, join(dirname(process.execPath), '..')]) {
    if (dir && existsSync(join(dir, 'include/node/node_api.h')) && existsSync(join(dir, 'include/node/common.gypi')))
      return dir;
  }
  // N-API headers alone are enough for this addon; node-gyp wants two more files to be there.
  const dir = join(root, '.cache/node-headers');
  const include = join(dir, 'include/node');
  mkdirSync(include, { recursive: true });
  cpSync(join(dirname(require.resolve('node-api-headers/package.json', { paths: [root] })), 'include'), include, {
    recursive: true,
  });
  const [major, minor, patch] = process.versions.node.split('.');
  writeFileSync(
    join(include, 'node_version.h'),
    `#define NODE_MAJOR_VERSION ${major}\n#define NODE_MINOR_VERSION ${minor}\n#define NODE_PATCH_VERSION ${patch}\n`,
  );
  writeFileSync(
    join(include, 'common.gypi'),
    JSON.stringify({
      target_defaults: {
        cflags: ['-pthread', '-fPIC'],
        ldflags: ['-pthread'],
        default_configuration: 'Release',
        configurations: { Release: {}, Debug: {} },
      },
    }),
  );
  writeFileSync(join(include, 'config.gypi'), JSON.stringify({ target_defaults: {}, variables: {} }));
  return dir;
}

if (flags.has('--cmake')) {
  // In a folder of its own, then to where the loader looks.
  run(require.resolve('cmake-js/bin/cmake-js', { paths: [root] }), ['compile', '--out', 'build/cmake']);
  mkdirSync(join(root, 'build/Release'), { recursive: true });
  renameSync(join(root, 'build/cmake/Release/wamr_native.node'), join(root, 'build/Release/wamr_native.node'));
} else if (flags.has('--prebuild')) {
  run(
    require.resolve('prebuildify/bin.js', { paths: [root] }),
    ['--napi', '--tag-libc', '--strip', `--nodedir=${nodeDir()}`],
    { npm_config_nodedir: nodeDir() },
  );
} else {
  const args = ['configure', 'build', `--nodedir=${nodeDir()}`, '--silent'];
  if (flags.has('--asan')) args.push('--', '-Dasan=1');
  run(require.resolve('node-gyp/bin/node-gyp.js', { paths: [root] }), args);
}
