/**
 * `npm run test:soak [-- --seconds 1800] [--seed 1]`: one process lives through a random row of acts: traps, growth, exceptions,
 * deadlines, timeouts of node:vm, cloning, modules that come and go, random moves of references with disposals and
 * collections, and workers that do the same and end or are terminated. V8 does them too, in this process, and every
 * answer is compared. Fails when an answer differs, or memory does not stay flat.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { existsSync, writeFileSync, mkdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const root = join(__dirname, '..');
const references = join(root, 'test/runtime/children/references');
const { random, World } = require(`${references}.cjs`);
const artefact = join(root, `.cache/soak-${process.pid}.aot`);
const wamr = () => require(join(root, 'dist/index.js'));

const WAT = `(module
  (import "host" "call" (func $call (param i32) (result i32)))
  (tag $e (export "tag") (param i32 i64))
  (memory (export "memory") 1 64)
  (table (export "table") 4 funcref) (elem (i32.const 0) func $leaf)
  (table (export "values") 4 externref)
  (type $v (func))
  (func $leaf unreachable)
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "unreachable") (call $leaf))
  (func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func (export "indirect") (param i32) (call_indirect (type $v) (local.get 0)))
  (func $deep (export "deep") (param i32) (result i32) (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $host (export "host") (param i32) (result i32) (call $call (local.get 0)))
  (func (export "below") (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call 9 (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))
      (else (call $host (local.get 1)))))
  (func (export "throw") (param i32 i64) (throw $e (local.get 0) (local.get 1)))
  (func (export "catch") (param i32) (result i64) (local $l i64)
    try (result i64) (i64.extend_i32_s (call $host (local.get 0)))
    catch $e (local.set $l) i64.extend_i32_s (i64.add (local.get $l)) catch_all (i64.const -1) end)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "loop") (loop $l (br $l))))`;

/** Moves of references in one act. */
const STEPS = 100;

/** What a call gives or throws, in words. */
function answer(f) {
  try {
    return String(f());
  } catch (e) {
    if (e === null || typeof e !== 'object') return `throws ${String(e)}`;
    if (e.constructor.name === 'Exception') return 'throws an exception of wasm';
    return `throws ${e.name}: ${e.message}`;
  }
}

/** The same instance on one of the engines, and what the host functions of both have in common. */
class Side {
  constructor(api, module) {
    this.api = api;
    this.module = module;
    this.make();
  }
  make() {
    this.depth = 0;
    this.instance = new this.api.Instance(this.module, { host: { call: (x) => this.hosted(x) } });
    this.exports = this.instance.exports;
  }
  hosted(x) {
    const { exports } = this;
    if (x === 1) throw 42;
    if (x === 2) return exports.throw(7, 35n);
    if (x === 3) return exports.load(1 << 30);
    if (x === 4) for (;;);
    if (x === 5) return exports.loop();
    if (x === 6) throw new RangeError('of the host');
    if (x > 100 && this.depth++ < 20) return exports.host(x - 1);
    return x + exports.memory.buffer.byteLength;
  }
}

/** Each takes a side and its random numbers, which are the same for both, and gives its answers. */
const ACTS = {
  traps: (s, below) => [
    answer(() => s.exports.load(65536 * 64 + below(1 << 20))),
    answer(() => s.exports.unreachable()),
    answer(() => s.exports.divide(0)),
    answer(() => s.exports.divide(1 + below(5))),
    answer(() => s.exports.indirect(below(5))),
    answer(() => s.exports.load(-1 - below(100))),
  ],
  host: (s, below) => {
    s.depth = 0;
    return [0, 1, 3, 6, 100 + below(40)].map((x) => answer(() => s.exports.host(x)));
  },
  exceptions: (s, below) =>
    [0, 1, 2, 6, 100 + below(40)]
      .map((x) => answer(() => s.exports.catch(x)))
      .concat([answer(() => s.exports.throw(1, 2n))]),
  // The depth differs; what it is called too.
  stack: (s) => [answer(() => s.exports.deep(0)).startsWith('throws RangeError')],
  growth(s, below) {
    const old = s.exports.memory.buffer;
    const answers = [answer(() => s.exports.grow(below(3))), answer(() => s.exports.memory.grow(below(2)))];
    const bytes = new Uint8Array(s.exports.memory.buffer);
    answers.push(
      old.byteLength,
      bytes.length,
      bytes[bytes.length - 1],
      answer(() => s.exports.load(bytes.length - 4)),
    );
    s.exports.fill(0, below(256), bytes.length);
    return [...answers, bytes[below(bytes.length)]];
  },
  // Ended without their finally blocks: in wasm, in a host function below wasm, deep and not.
  timeouts: (s, below) =>
    [4, 5].map((x) => {
      const n = below(200);
      return answer(() => vm.runInContext(`e.below(${n}, ${x})`, s.context, { timeout: 2 }));
    }),
  values(s, below) {
    const { values } = s.exports;
    values.set(below(4), { kept: new Array(100).fill(below(10)), by: s.exports });
    return [values.length, typeof values.get(below(4)), values.length < 100 && values.grow(1, null)];
  },
  modules: (s) => {
    s.module = new s.api.Module(s.bytes);
    s.make();
    return s.api.Module.exports(s.module).map((e) => e.name);
  },
  clones: (s) => {
    s.module = structuredClone([s.module])[0];
    s.make();
    return s.api.Module.imports(s.module).map((e) => e.name);
  },
  renewal: (s) => {
    s.renew();
    return [];
  },
};

/** Both engines. `bytes`: the module's. */
function sides(bytes) {
  const { instantiate, load, WebAssembly: ours } = wamr();
  const made = [new Side(WebAssembly, new WebAssembly.Module(bytes)), new Side(ours, load(artefact))];
  for (const side of made) {
    side.bytes = bytes;
    side.context = vm.createContext({
      e: Object.fromEntries(Object.keys(side.exports).map((name) => [name, (...args) => side.exports[name](...args)])),
    });
    side.renew = () => side.make();
  }
  // Ours is disposed of now and then, and has a deadline that V8 has not.
  const [, mine] = made;
  mine.renew = () => {
    const old = mine.instance;
    answer(() => instantiate(mine.module, { host: { call: () => 0 } }).call('loop', [], { timeoutMs: 2 }));
    mine.make();
    old.dispose();
    if (!answer(() => old.exports.load(0)).includes('disposed'))
      throw new Error('a function of a disposed instance ran');
  };
  return made;
}

/** Does random acts on both sides. Throws when an answer differs; returns how many were compared. */
function act(both, seed, times) {
  const choose = random(seed);
  const names = Object.keys(ACTS);
  let compared = 0;
  for (let i = 0; i < times; i++) {
    const name = names[choose(names.length)];
    const own = choose(1 << 30);
    const [expected, got] = both.map((side) => ACTS[name](side, random(own)));
    if (JSON.stringify(expected) !== JSON.stringify(got))
      throw new Error(`seed ${seed}, act ${i}, ${name}: ${JSON.stringify(got)}, on V8 ${JSON.stringify(expected)}`);
    compared += expected.length;
    if (choose(50) === 0) globalThis.gc();
  }
  return compared;
}

/** Random moves of references (test/runtime/references.test.ts) on both engines. Throws when they differ. */
async function moveReferences(modules, seed) {
  const [expected, got] = [new World('v8', modules, seed), new World('wamr', modules, seed)];
  const lines = [(await expected.run(STEPS)).split('\n'), (await got.run(STEPS)).split('\n')];
  const at = lines[0].findIndex((line, i) => line !== lines[1][i]);
  if (at >= 0) throw new Error(`seed ${seed}, line ${at}: ${lines[1][at]}, on V8 ${lines[0][at]}`);
  return lines[0].length;
}

async function runWorker() {
  const { bytes, modules, seed, forever, module } = workerData;
  const both = sides(bytes);
  // What came by cloning.
  both[1].module = module;
  both[1].make();
  const compared = act(both, seed, 40) + (await moveReferences(modules, seed));
  parentPort.postMessage(compared);
  if (forever) both[1].exports.loop();
}

/** A worker, ended or terminated in the middle of wasm or of whatever it does. */
async function work(bytes, modules, module, seed) {
  const how = seed % 3;
  const w = new Worker(__filename, {
    workerData: { bytes, modules, module, seed, forever: how === 0 },
  });
  const exited = new Promise((resolve, reject) => w.on('exit', resolve).on('error', reject));
  if (how === 1) {
    await new Promise((resolve) => setTimeout(resolve, seed % 200));
    await w.terminate();
    await exited;
    return 0;
  }
  const compared = await new Promise((resolve, reject) => w.once('message', resolve).once('error', reject));
  if (how === 0) await w.terminate();
  await exited;
  return compared;
}

async function main() {
  const option = (name, usual) => {
    const at = process.argv.indexOf(name);
    return at < 0 ? usual : Number(process.argv[at + 1]);
  };
  const seconds = option('--seconds', 1800);
  const first = option('--seed', Date.now() % 1_000_000);
  if (!existsSync(join(root, 'dist/index.js')))
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' });
  mkdirSync(join(root, '.cache'), { recursive: true });
  const wabt = await require('wabt')();
  const binary = (name, text) => Uint8Array.from(wabt.parseWat(name, text, { exceptions: true }).toBinary({}).buffer);
  const bytes = binary('soak.wat', WAT);
  writeFileSync(artefact, wamr().compileSync(bytes));
  const { USUAL, FAILING } = require(`${references}-wat.cjs`);
  const modules = [USUAL, FAILING].map((text) => binary('references.wat', text));
  const start = Date.now();
  const rss = [];
  let [rounds, acts, compared, workers] = [0, 0, 0, 0];
  let both = sides(bytes);
  console.log(`first seed ${first}`);
  while (Date.now() - start < seconds * 1000) {
    const seed = first + rounds;
    compared += act(both, seed, 60);
    acts += 60;
    compared += await moveReferences(modules, seed);
    if (rounds % 7 === 0) both = sides(bytes);
    if (rounds % 5 === 0) {
      compared += await work(bytes, modules, both[1].module, first + 1e6 + rounds / 5);
      workers++;
    }
    rounds++;
    await new Promise((resolve) => setImmediate(resolve));
    if (Date.now() - start > rss.length * seconds * 50) {
      rss.push(process.memoryUsage.rss() / 2 ** 20);
      console.log(
        `${Math.round((Date.now() - start) / 1000)} s: ${rounds} rounds, ${acts} acts, ${rounds * STEPS} moves of references, ${workers} workers, ${compared} answers as on V8, ${Math.round(rss.at(-1))} MiB`,
      );
    }
  }
  rmSync(artefact);
  const median = (a) => a.toSorted((x, y) => x - y)[a.length >> 1];
  const early = median(rss.slice(rss.length >> 2, rss.length >> 1));
  const late = median(rss.slice(-(rss.length >> 2)));
  console.log(`memory: ${Math.round(early)} MiB in the second quarter, ${Math.round(late)} MiB in the last`);
  if (late > early * 1.1 + 16) {
    console.error('memory grows');
    process.exit(1);
  }
  console.log(`ok: ${compared} answers, all as on V8; memory flat`);
}

v8.setFlagsFromString('--expose-gc');
globalThis.gc = vm.runInNewContext('gc');
if (isMainThread) void main();
else void runWorker();
