/**
 * `npm run test:soak [-- --seconds 1800]`: one process lives through traps, growth, host exceptions, collection,
 * deadlines, random moves of references with disposals, and workers that do the same or are terminated, with V8's own
 * wasm trapping in between. Fails when a trap is lost, a move gives what it does not give on V8, or memory does not
 * stay flat.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync, mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const v8 = require('node:v8');
const vm = require('node:vm');

const root = join(__dirname, '..');
const references = join(root, 'test/runtime/children/references');
const artefact = join(root, '.cache/soak.aot');
const wamr = () => require(join(root, 'dist/index.js'));

const WAT = `(module
  (import "host" "call" (func $call (param i32) (result i32)))
  (memory (export "memory") 1 64)
  (table 4 funcref) (elem (i32.const 0) func $leaf)
  (type $v (func))
  (func $leaf unreachable)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "unreachable") (call $leaf))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func (export "indirect") (param i32) (call_indirect (type $v) (local.get 0)))
  (func $deep (export "deep") (param i32) (result i32) (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func (export "host") (param i32) (result i32) (call $call (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "loop") (loop $l (br $l))))`;

/** Moves of references a round. */
const STEPS = 100;

/** One round; returns how many traps there were. Throws when one is not what it must be. */
function round(module, v8trap) {
  const { instantiate } = wamr();
  let depth = 0;
  const instance = instantiate(module, {
    host: {
      call(x) {
        if (x === 1) throw 42;
        if (x > 1 && depth++ < 10) return exports.host(x);
        v8trap();
        return exports.load(1 << 20);
      },
    },
  });
  const { exports } = instance;
  let traps = 0;
  const mustTrap = (kind, f) => {
    try {
      f();
    } catch (e) {
      if (e.kind !== kind) throw e;
      traps++;
      return;
    }
    throw new Error(`lost trap: ${kind}`);
  };
  for (let i = 0; i < 50; i++) {
    mustTrap('memory-out-of-bounds', () => exports.load(65536 * 64 + i));
    mustTrap('unreachable', () => exports.unreachable());
    mustTrap('integer-divide-by-zero', () => exports.divide(0));
    mustTrap('undefined-element', () => exports.indirect(4));
    mustTrap('uninitialized-element', () => exports.indirect(3));
    depth = 0;
    mustTrap('memory-out-of-bounds', () => exports.host(2));
    try {
      exports.host(1);
      throw new Error('lost exception');
    } catch (e) {
      if (e !== 42) throw e;
    }
    v8trap();
  }
  mustTrap('call-stack-exhausted', () => exports.deep(0));
  for (let p = 1; exports.grow(1) !== -1; p++)
    if (new Uint8Array(exports.memory.buffer)[65536 * p] !== 0) throw new Error('dirty page');
  mustTrap('interrupt', () => instance.call('loop', [], { timeoutMs: 2 }));
  return traps;
}

function v8Trapper() {
  const bytes = Uint8Array.of(
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    4,
    1,
    96,
    0,
    0,
    3,
    2,
    1,
    0,
    5,
    3,
    1,
    0,
    1,
    7,
    5,
    1,
    1,
    102,
    0,
    0,
    10,
    14,
    1,
    12,
    0,
    65,
    255,
    255,
    255,
    255,
    7,
    40,
    2,
    0,
    26,
    11,
  );
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return () => {
    try {
      f();
    } catch (e) {
      if (e instanceof WebAssembly.RuntimeError) return;
    }
    throw new Error("V8's trap was lost");
  };
}

/** Random moves of references (test/runtime/references.test.ts) on both engines. Throws when they differ. */
async function moveReferences(modules, seed) {
  const { World } = require(`${references}.cjs`);
  const [expected, got] = [new World('v8', modules, seed), new World('wamr', modules, seed)];
  const lines = [(await expected.run(STEPS)).split('\n'), (await got.run(STEPS)).split('\n')];
  const at = lines[0].findIndex((line, i) => line !== lines[1][i]);
  if (at >= 0) throw new Error(`seed ${seed}, line ${at}: ${lines[1][at]}, on V8 ${lines[0][at]}`);
}

async function runWorker() {
  const module = wamr().load(artefact);
  round(module, v8Trapper());
  await moveReferences(workerData.modules, workerData.seed);
  parentPort.postMessage('done');
  if (workerData.forever)
    wamr()
      .instantiate(module, { host: { call: () => 0 } })
      .exports.loop();
}

async function main() {
  const at = process.argv.indexOf('--seconds');
  const seconds = at < 0 ? 1800 : Number(process.argv[at + 1]);
  if (!existsSync(join(root, 'dist/index.js')))
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' });
  mkdirSync(join(root, '.cache'), { recursive: true });
  const wabt = await require('wabt')();
  writeFileSync(artefact, wamr().compileSync(wabt.parseWat('soak.wat', WAT).toBinary({}).buffer));
  const bytes = readFileSync(artefact);
  const { USUAL, FAILING } = require(`${references}-wat.cjs`);
  const modules = [USUAL, FAILING].map((text) => wabt.parseWat('references.wat', text).toBinary({}).buffer);
  const v8trap = v8Trapper();
  const start = Date.now();
  const rss = [];
  let traps = 0;
  let rounds = 0;
  let workers = 0;
  while (Date.now() - start < seconds * 1000) {
    traps += round(wamr().load(rounds % 2 === 0 ? artefact : bytes), v8trap);
    await moveReferences(modules, rounds);
    if (rounds % 5 === 0) {
      const forever = rounds % 10 === 0;
      const w = new Worker(__filename, { workerData: { forever, modules, seed: 1e6 + rounds } });
      const exited = new Promise((resolve, reject) => w.on('exit', resolve).on('error', reject));
      await new Promise((resolve, reject) => w.once('message', resolve).once('error', reject));
      if (forever) await w.terminate();
      await exited;
      workers++;
    }
    rounds++;
    await new Promise((resolve) => setImmediate(resolve));
    if (Date.now() - start > rss.length * seconds * 50) {
      rss.push(process.memoryUsage.rss() / 2 ** 20);
      console.log(
        `${Math.round((Date.now() - start) / 1000)} s: ${rounds} rounds, ${traps} traps, ${workers} workers, ${Math.round(rss.at(-1))} MiB`,
      );
    }
  }
  const median = (a) => a.toSorted((x, y) => x - y)[a.length >> 1];
  const early = median(rss.slice(rss.length >> 2, rss.length >> 1));
  const late = median(rss.slice(-(rss.length >> 2)));
  console.log(`memory: ${Math.round(early)} MiB in the second quarter, ${Math.round(late)} MiB in the last`);
  if (late > early * 1.1 + 16) {
    console.error('memory grows');
    process.exit(1);
  }
  console.log('ok: no trap lost, references as on V8, memory flat');
}

v8.setFlagsFromString('--expose-gc');
globalThis.gc = vm.runInNewContext('gc');
if (isMainThread) void main();
else void runWorker();
