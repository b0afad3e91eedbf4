'use strict';
/** Other versions of Node: they come from the npm package `node` into .cache/nodes. */
const { existsSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT, run } = require('./setup.cjs');

const VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** Path of that version's executable, installed if need be. */
function installNode(major) {
  const dir = join(ROOT, '.cache/nodes', VERSIONS[major]);
  const node = join(dir, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    mkdirSync(dir, { recursive: true });
    run('npm', ['install', '--prefix', dir, '--no-save', '--no-audit', '--no-fund', `node@${VERSIONS[major]}`]);
  }
  return node;
}

module.exports = { VERSIONS, installNode };
