/**
 * Calls in loops so long that V8 optimises them, which is when fast calls are made: every way in, out, and back. Prints
 * a line of JSON with what was computed, the same with WAMR_NATIVE_FAST_CALLS=0. argv: dist/index.js, a folder of
 * modules made from text (calls.wasm, grower.wasm).
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vm = require('node:vm');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const [bundle, folder] = isMainThread ? process.argv.slice(2) : workerData.argv;
const wamr = require(bundle);
const aot = wamr.compileSync(readFileSync(join(folder, 'calls.wasm')));
const HOT = 10_000;

let instance;
/** What `host` does, by its argument. */
const behaviour = {
  0: (x) => x + 1,
  1: () => {
    throw new TypeError('from JavaScript');
  },
  2: (x) => instance.exports.viaHost(0, x) + 1,
  3: (x) => (x > 0 ? instance.exports.viaHost(3, x - 1) + 1 : 0),
  4: (x) => {
    globalThis.gc?.();
    return Array.from({ length: 100 }, (_, i) => ({ i })).length + x;
  },
};
const make = (options) => wamr.instantiate(aot, { js: { host: (what, x) => behaviour[what](x) } }, options);
instance = make();

const sum = (n, f) => {
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + f(i)) | 0;
  return total;
};
const caught = (f) => {
  try {
    f();
    return 0;
  } catch (e) {
    return e.message.length + (e.frames?.length ?? 0);
  }
};

function scenarios() {
  const { add, add64, trap, deep, viaHost, grow, size } = instance.exports;
  const v8 = make({ memory: 'v8' }).exports;
  const grower = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(join(folder, 'grower.wasm'))), {
    m: { m: v8.m },
  }).exports;
  return {
    plain: sum(HOT, (i) => add(i, 3)),
    i64: sum(HOT, (i) => Number(add64(BigInt(i)) & 0xffn)),
    traps: sum(HOT, () => caught(trap)),
    host: sum(HOT, (i) => viaHost(0, i)),
    throwing: sum(HOT, () => caught(() => viaHost(1, 0))),
    nested: sum(HOT, (i) => viaHost(2, i)),
    recursive: sum(3000, (i) => viaHost(3, i % 20)),
    collecting: sum(50, (i) => viaHost(4, i)),
    // A buffer that JavaScript has seen is detached by each growth.
    growing:
      sum(HOT, () => instance.exports.m.buffer.byteLength + grow(0)) +
      sum(40, () => instance.exports.m.buffer.byteLength + grow(1)) +
      size(),
    // V8's memory may grow behind our back: the calls look first.
    adopted:
      sum(HOT, (i) => v8.add(i, 1) + add(i, 2)) +
      sum(40, () => grower.grow(1) + v8.size() * 100 + v8.load(v8.size() * 65536 - 4)),
    stackOverflows: sum(5, () => caught(deep)),
    deadlines: sum(5, () => caught(() => instance.call('loop', [], { timeoutMs: 5 }))),
    after: add(1, 2),
  };
}

if (isMainThread) main();
else inWorker();

async function main() {
  const result = scenarios();
  const worker = (mode) => new Worker(__filename, { workerData: { argv: [bundle, folder], mode } });
  const ended = (w) => new Promise((done) => w.on('exit', done));
  // A worker that is in wasm for ever, entered from hot code, ends when it is told to.
  const w = worker('loop');
  await new Promise((ready) => w.once('message', ready));
  await new Promise((later) => setTimeout(later, 50));
  await w.terminate();
  // Timeouts of node:vm in a worker leave wasm that never returns, again and again, and nothing stays behind.
  const t = worker('timeouts');
  let timeouts;
  t.on('message', (m) => (timeouts = m));
  await ended(t);
  console.log(JSON.stringify({ ...result, terminated: true, timeouts }));
}

function inWorker() {
  const { add, loop } = instance.exports;
  const run = (n, f) => sum(n, (i) => add(i, 1) + f(i));
  run(HOT, () => 0);
  if (workerData.mode === 'loop') {
    parentPort.postMessage('ready');
    run(1, () => loop());
    return;
  }
  let stopped = 0;
  for (let i = 0; i < 20; i++) {
    try {
      vm.runInNewContext('loop()', { loop: () => run(1, () => loop()) }, { timeout: 20 });
    } catch (e) {
      if (/timed out/.test(e.message)) stopped++;
    }
    run(100, () => 0);
  }
  parentPort.postMessage(stopped);
}
