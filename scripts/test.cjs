'use strict';
/**
 * `npm test`: set-up, build, what tools can check (scripts/lint.cjs), and every test: unit and file tests, the
 * specification suite, fuzzing, the command line, TCGC end to end. Ends with the line `N passed, N failed` and exits
 * with 1 unless all passed.
 *
 *   npm test -- --quick        parts of the long areas, under two minutes
 *   npm test -- --bless        rewrite the expected output of file tests
 *   npm test -- --engine v8    run the suites on V8 instead: tests the tests
 *   npm test -- spec fuzz      only these areas (folders of test/), or files: runtime/traps
 *   npm test -- arm64 -t i32   only tests whose names match this regular expression
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { lint } = require('./lint.cjs');
const { ROOT, ensureBuilt, ensureDependencies } = require('./setup.cjs');

/** Areas in the order in which their results are wanted: the cheap ones first. */
const AREAS = [
  'unit',
  'runtime',
  'cli',
  'spec',
  'fuzz',
  'package',
  'packages',
  'component',
  'arm64',
  'windows',
  'systems',
];

let values;
let areas;
let files;
try {
  const parsed = parseArgs({
    options: {
      quick: { type: 'boolean' },
      bless: { type: 'boolean' },
      engine: { type: 'string' },
      tests: { type: 'string', short: 't' },
    },
    allowPositionals: true,
  });
  values = parsed.values;
  files = parsed.positionals.filter((name) => name.includes('/')).map((name) => `test/${name}`);
  areas = [...new Set(parsed.positionals.map((name) => areaOf(name)))];
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

if (!values.quick && !values.bless && areas.length === 0)
  for (const ended of lint().values()) {
    if (ended === true) passed++;
    else if (ended === false) failed++;
  }
const chosen = areas.length > 0 ? areas : values.bless ? ['unit'] : AREAS;
// Quick: all areas in one process and a worker for each core. Else one after the other, each in a process of its own:
// tests that measure time and memory have a core to spare, and a crash is charged to one area.
for (const group of values.quick ? [chosen] : chosen.map((area) => [area])) {
  for (const [area, counts] of runAreas(group)) {
    passed += counts.passed;
    failed += counts.failed;
    console.log(
      `${area}: ${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
    );
  }
}
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** The area of a folder or file below test/. */
function areaOf(name) {
  const [folder] = name.split('/');
  if (AREAS.includes(folder)) return folder;
  if (!name.includes('/') || !fs.existsSync(path.join(ROOT, 'test', folder)))
    throw new Error(`unknown area '${folder}'; known: ${AREAS.join(', ')}`);
  return 'unit';
}

/** Runs these areas in one process; what passed and failed in each of them. */
function runAreas(group) {
  const report = path.join(os.tmpdir(), `wamr-test-${process.pid}.json`);
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...group.flatMap((area) => ['--project', area]),
    ...files.filter((file) => group.includes(areaOf(file.slice('test/'.length)))),
    ...(values.tests === undefined ? [] : ['--testNamePattern', values.tests]),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  if (values.quick) args.push(`--maxWorkers=${os.availableParallelism()}`);
  if (values.bless) args.push('--update');
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env });
  const counts = new Map(group.map((area) => [area, { passed: 0, failed: 0, skipped: 0 }]));
  try {
    for (const file of JSON.parse(fs.readFileSync(report, 'utf8')).testResults) {
      const of = counts.get(areaOf(path.relative(path.join(ROOT, 'test'), file.name).replaceAll(path.sep, '/')));
      const number = (...states) => file.assertionResults.filter((t) => states.includes(t.status)).length;
      of.passed += number('passed');
      of.skipped += number('pending', 'skipped', 'todo');
      // A file that could not be loaded has no failed tests, only a failed suite.
      of.failed += Math.max(number('failed'), file.status === 'failed' ? 1 : 0);
    }
  } catch {
    // No report: the runner itself failed; its exit code tells below.
  }
  fs.rmSync(report, { force: true });
  // A crash or an error outside of tests must not pass for success.
  const last = counts.get(group[group.length - 1]);
  if (status !== 0 && [...counts.values()].every((c) => c.failed === 0)) last.failed = 1;
  return counts;
}
