'use strict';
/**
 * The headers that building the addon takes: those of the running Node's installation, else of the npm package
 * node-api-headers. So a build needs no network.
 */
const { cpSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const root = dirname(__dirname);

/** A folder with include/node as node-gyp's --nodedir wants it. */
function nodeDir() {
  for (const dir of [process.env.npm_config_nodedir, join(dirname(process.execPath), '..')]) {
    if (dir && existsSync(join(dir, 'include/node/node_api.h')) && existsSync(join(dir, 'include/node/common.gypi')))
      return dir;
  }
  // N-API headers alone are enough for this addon; node-gyp wants two more files to be there.
  const dir = join(root, 'build/node-headers');
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

module.exports = { nodeDir };
