/**
 * `npm run test:js-api -- FOLDER [--node 24] [FILTER …]`: the specification's tests of the JavaScript interface, each file in two processes
 * of its own: on our engine and on V8. FOLDER is `test` of a checkout of the specification (js-api/ and harness/).
 * Prints the counts and every test that V8 passes and we do not.
 */
'use strict';
const { spawn } = require('node:child_process');
const { readFileSync, readdirSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { dirname, join, relative, resolve } = require('node:path');
const vm = require('node:vm');
const { ROOT, ensureBuilt } = require('./setup.cjs');

const LIMIT_SECONDS = 900;

const args = process.argv.slice(2);
if (args[0] === '--child') runFile(args[1], args[2]);
else void main();

async function main() {
  const at = args.indexOf('--node');
  const [, major] = at < 0 ? [] : args.splice(at, 2);
  const [folder, ...filters] = args;
  if (folder === undefined) {
    console.error('usage: node scripts/test-js-api.cjs FOLDER [--node MAJOR] [FILTER …]');
    process.exit(2);
  }
  ensureBuilt();
  const node = major === undefined ? process.execPath : require('./nodes.cjs').installNode(major);
  const api = resolve(folder, 'js-api');
  const files = readdirSync(api, { recursive: true })
    .filter((f) => f.endsWith('.any.js') && (filters.length === 0 || filters.some((s) => f.includes(s))))
    .sort();
  const totals = { wamr: [0, 0], v8: [0, 0] };
  const queue = files.slice();
  let missing = 0;
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const [ours, theirs] = await Promise.all(['wamr', 'v8'].map((engine) => results(node, join(api, file), engine)));
      for (const [engine, all] of Object.entries({ wamr: ours, v8: theirs })) {
        totals[engine][0] += all.filter((r) => r.status === 0).length;
        totals[engine][1] += all.length;
      }
      const failed = theirs.filter((r) => r.status === 0 && ours.find((o) => o.name === r.name)?.status !== 0);
      missing += failed.length;
      for (const { name } of failed)
        console.log(`${file}: ${name}: ${ours.find((o) => o.name === name)?.message ?? 'did not run'}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism() >> 1) }, work));
  const [[passed, count], [theirs, of]] = [totals.wamr, totals.v8];
  console.log(`${passed} of ${count} on our engine, ${theirs} of ${of} on V8; V8 alone passes ${missing}`);
  process.exit(missing === 0 ? 0 : 1);
}

/** What the tests of a file say: [{ name, status (0: passed), message }]. */
function results(node, file, engine) {
  return new Promise((done) => {
    const child = spawn(node, [__filename, '--child', file, engine], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      timeout: LIMIT_SECONDS * 1000,
    });
    const all = [];
    child.on('message', (result) => all.push(result));
    child.on('exit', (code, signal) => {
      if (code !== 0 || all.length === 0)
        console.log(`${file} on ${engine}: ended with ${signal ?? code}, ${all.length} results`);
      done(all);
    });
  });
}

/** In the child: the file and what it asks for, in the main realm. */
function runFile(file, engine) {
  if (engine === 'wamr')
    Object.defineProperty(globalThis, 'WebAssembly', {
      ...Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly'),
      value: require(join(ROOT, 'dist/index.js')).WebAssembly,
    });
  let folder = dirname(file);
  while (!readdirSync(folder).includes('harness')) folder = dirname(folder);
  globalThis.self = globalThis;
  const load = (path) => vm.runInThisContext(readFileSync(path, 'utf8'), { filename: relative(folder, path) });
  load(join(folder, 'harness/testharness.js'));
  globalThis.add_result_callback(({ name, status, message }) => process.send({ name, status, message }));
  globalThis.add_completion_callback(() => process.disconnect());
  for (const [, script] of readFileSync(file, 'utf8').matchAll(/^\/\/ META: script=(\S+)/gm))
    load(
      script.startsWith('/') ? join(folder, 'js-api', script.replace('/wasm/jsapi/', '')) : join(dirname(file), script),
    );
  load(file);
}
