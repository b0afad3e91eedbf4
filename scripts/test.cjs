'use strict';
/**
 * `npm test`: set-up, build, and every test: unit and file tests, the specification suite, fuzzing, the command line, TCGC end to end. Ends with the line
 * `N passed, N failed` and exits with 1 unless all passed.
 *
 *   npm test -- --quick        parts of the long areas, under two minutes
 *   npm test -- --bless        rewrite the expected output of file tests
 *   npm test -- --engine v8    run the suites on V8 instead: tests the tests
 *   npm test -- spec fuzz      only these areas (folders of test/)
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { ROOT, ensureBuilt, ensureDependencies } = require('./setup.cjs');

/** Areas in the order in which their results are wanted: the cheap ones first. */
const AREAS = ['unit', 'runtime', 'cli', 'spec', 'fuzz', 'package', 'component'];

let values;
let areas;
try {
  const parsed = parseArgs({ options: { quick: { type: 'boolean' }, bless: { type: 'boolean' }, engine: { type: 'string' } }, allowPositionals: true });
  values = parsed.values;
  areas = parsed.positionals;
  const unknown = areas.find((a) => !AREAS.includes(a));
  if (unknown) throw new Error(`unknown area '${unknown}'; known: ${AREAS.join(', ')}`);
} catch (e) {
  console.error(e.message);
  process.exit(2);
}

let passed = 0;
let failed = 0;
// Also when the set-up ends this process: the last line is always there.
let setUp = false;
process.on('exit', () => console.log(`${passed} passed, ${setUp ? failed : 1} failed`));
ensureDependencies();
ensureBuilt();
setUp = true;

const env = { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) };
if (values.quick) env.WAMR_TEST_QUICK = '1';
if (values.bless) env.WAMR_BLESS = '1';
if (values.engine) env.WAMR_TEST_ENGINE = values.engine;

if (!values.quick && !values.bless && areas.length === 0) {
  const typed = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
  console.log(`types: ${typed ? 'right' : 'wrong'}`);
  if (typed) passed++;
  else failed++;
}
for (const area of areas.length > 0 ? areas : values.bless ? ['unit'] : AREAS) {
  const result = runArea(area);
  passed += result.passed;
  failed += result.failed;
  console.log(`${area}: ${result.passed} passed, ${result.failed} failed${result.skipped > 0 ? `, ${result.skipped} skipped` : ''}`);
}
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Runs one area in a process of its own, so that areas don't compete for the two cores and a crash is charged to one of them. */
function runArea(area) {
  const report = path.join(os.tmpdir(), `wamr-test-${process.pid}-${area}.json`);
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', area, '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  if (values.bless) args.push('--update');
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    const json = JSON.parse(fs.readFileSync(report, 'utf8'));
    // A file that could not be loaded has no failed tests, only a failed suite.
    const broken = json.testResults.filter((f) => f.status === 'failed' && f.assertionResults.every((t) => t.status !== 'failed')).length;
    counts = { passed: json.numPassedTests, failed: json.numFailedTests + broken, skipped: json.numPendingTests + json.numTodoTests };
  } catch {
    // No report: the runner itself failed; its exit code tells below.
  }
  fs.rmSync(report, { force: true });
  // A crash or an error outside of tests must not pass for success.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
