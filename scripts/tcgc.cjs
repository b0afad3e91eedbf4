'use strict';
/**
 * `npm run tcgc`: the TypeSpec compiler and TCGC, compiled to WebAssembly (bench/tcgc), run on this engine. On a fresh
 * clone it installs and builds everything first. `npm run tcgc -- --help` lists the options.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { ROOT, ensureBuilt, ensureDependencies, run } = require('./setup.cjs');

const HELP = `Usage: npm run tcgc -- [options]

Runs the TypeSpec compiler and its client generator core inside SpiderMonkey inside WebAssembly, and prints the size and the digest of what they generate.

  --engine wamr|v8   the engine to run on (default: wamr, this one)
  --times N          compile N times in one process (default: 1)
  --fresh            compile the WebAssembly again even if its machine code is in the cache
  --timings          print how long loading and each run took
  --setup-only       install and build everything, run nothing
  --help             this text`;

let options;
try {
  options = parseArgs({
    options: {
      engine: { type: 'string', default: 'wamr' },
      times: { type: 'string', default: '1' },
      fresh: { type: 'boolean', default: false },
      timings: { type: 'boolean', default: false },
      'setup-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
  if (!['wamr', 'v8'].includes(options.engine)) throw new Error(`unknown engine '${options.engine}'; known: wamr, v8`);
  if (!/^[1-9]\d*$/.test(options.times)) throw new Error(`--times wants a positive number, not '${options.times}'`);
} catch (e) {
  console.error(`${e.message}\n\n${HELP}`);
  process.exit(2);
}
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const tcgc = path.join(ROOT, 'bench/tcgc');
if (options.engine === 'wamr') ensureBuilt();
ensureTcgc();
if (options['setup-only']) process.exit(0);
const args = ['run/jco.mjs', '--engine', options.engine, ...(options.fresh ? ['--fresh'] : []), options.times];
const child = spawnSync(process.execPath, args, {
  cwd: tcgc,
  stdio: 'inherit',
  env: { ...process.env, ...(options.timings ? { TCGC_TIMES: '1' } : {}) },
});
if (child.signal) console.error(`ended by signal ${child.signal}`);
process.exit(child.status ?? 1);

/** Installs and builds the workload unless its outputs are there. */
function ensureTcgc() {
  const outputs = ['jco/tcgc.js', 'jco/tcgc.core.wasm', 'tcgc.component.wasm', 'dist/node-main.mjs'];
  // `npm ci` refuses the lock file (bench/tcgc/README.md); `npm install` uses it all the same.
  ensureDependencies(tcgc, { ci: false });
  if (outputs.every((file) => fs.existsSync(path.join(tcgc, file)))) return;
  console.error('Building the TCGC component (about half a minute)');
  run('npm', ['run', '--silent', 'build'], { cwd: tcgc, stdio: ['ignore', 2, 2] });
}
