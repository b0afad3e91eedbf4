'use strict';
/**
 * `npm run test:nodes [-- 22 24] [-- FILTER …]`: the addon's and the runtime's tests under each Node that the package
 * supports, and the newest: they come from the npm package `node` into .cache/nodes. Arguments that are numbers name
 * the versions, others go to Vitest.
 */
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT, ensureBuilt, run } = require('./setup.cjs');

const VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

module.exports = { install };
if (require.main === module) main(process.argv.slice(2));

function main(args) {
  const wanted = args.filter((a) => a in VERSIONS);
  const rest = args.filter((a) => !(a in VERSIONS));
  ensureBuilt();
  let failed = 0;
  for (const major of wanted.length > 0 ? wanted : Object.keys(VERSIONS)) {
    const node = install(major);
    for (const [project, ...filter] of [['unit', 'test/native'], ['runtime']]) {
      console.log(`Node ${VERSIONS[major]}: ${project} ${filter.join(' ')}`);
      const { status } = spawnSync(
        node,
        [
          'node_modules/vitest/vitest.mjs',
          'run',
          '--project',
          project,
          ...(rest.length > 0 ? rest : filter),
          '--passWithNoTests',
        ],
        {
          cwd: ROOT,
          stdio: 'inherit',
          env: { ...process.env, WAMR_TEST_NO_BUILD: '1' },
        },
      );
      if (status !== 0) failed++;
    }
  }
  console.log(failed === 0 ? 'passed' : `${failed} runs failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Path of that version's executable, installed if need be. */
function install(major) {
  const dir = join(ROOT, '.cache/nodes', VERSIONS[major]);
  const node = join(dir, 'node_modules/node/bin/node');
  if (!existsSync(node)) {
    mkdirSync(dir, { recursive: true });
    run('npm', ['install', '--prefix', dir, '--no-save', '--no-audit', '--no-fund', `node@${VERSIONS[major]}`]);
  }
  return node;
}
