'use strict';
/**
 * `npm run test:nodes [-- 22 24] [-- FILTER …]`: the addon's and the runtime's tests under each Node that the package
 * supports, and the newest: they come from the npm package `node` into .cache/nodes. Arguments that are numbers name
 * the versions, others go to Vitest.
 */
const { spawnSync } = require('node:child_process');
const { VERSIONS, installNode } = require('./nodes.cjs');
const { ROOT, ensureBuilt } = require('./setup.cjs');

const args = process.argv.slice(2);
const wanted = args.filter((a) => a in VERSIONS);
const rest = args.filter((a) => !(a in VERSIONS));
ensureBuilt();

let failed = 0;
for (const major of wanted.length > 0 ? wanted : Object.keys(VERSIONS)) {
  const node = installNode(major);
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
