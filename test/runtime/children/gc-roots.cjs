'use strict';
/**
 * Every place that may be the only one to know an object of the heap, while others make objects and collect. Prints one
 * line for each scenario. Arguments: the package, the module of gc-roots.wat.
 */
const fs = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { WebAssembly: W, compileSync, Module } = require(process.argv[2] ?? workerData.path);
const wasm = process.argv[3] ?? workerData.wasm;
const path = process.argv[2] ?? workerData.path;
const STRESS = process.env.WAMR_NATIVE_GC_STRESS === '1';
const many = (n) => (STRESS ? Math.ceil(n / 100) : n);

const bytes = fs.readFileSync(wasm);
const module_ = new Module(compileSync(bytes, { verify: true }));
const nothing = {
  host: () => 0,
  later: new W.Suspending(async () => 0),
  table: new W.Table({ element: 'anyref', initial: 8 }),
};
const instantiate = (more = {}) => new W.Instance(module_, { h: { ...nothing, ...more } });
/** Makes garbage, so that whatever was freed is something else now. */
const churner = instantiate();
const churn = () => churner.exports.churn(many(200_000));

const scenarios = {
  'across a call of JavaScript'() {
    const { exports: e } = instantiate({ host: churn });
    return e.acrossHost(many(300));
  },
  'across calls of wasm, in many registers'() {
    return churner.exports.manyLive(many(2000));
  },
  'in the argument buffer, on its way to JavaScript and back'() {
    const { exports: e } = instantiate({ host: churn });
    const made = e.pair(1, 2);
    churn();
    return e.sum(made, e.pair(3, 4));
  },
  'held by JavaScript alone'() {
    const { exports: e } = instantiate();
    const held = Array.from({ length: 200 }, (_, i) => e.pair(i, i));
    churn();
    return held.reduce((sum, x) => sum + e.sum(x, null), 0) + ` ${e.identity(held[7]) === held[7]}`;
  },
  'in globals and tables of other instances, which are disposed of'() {
    const { exports: a } = instantiate();
    const b = instantiate({ table: a.table });
    b.exports.put(3, b.exports.pair(5, 6));
    a.global.value = b.exports.pair(7, 8);
    b.dispose?.();
    churn();
    return `${a.sum(a.at(3), null)} ${a.sum(a.global.value, null)}`;
  },
  'in tables and globals of JavaScript'() {
    const { exports: e } = instantiate();
    const table = new W.Table({ element: 'anyref', initial: 4 }, e.pair(1, 1));
    const global = new W.Global({ value: 'structref', mutable: true }, e.pair(2, 2));
    churn();
    return `${e.sum(table.get(3), null)} ${e.sum(global.value, null)}`;
  },
  'in an exception, through JavaScript'() {
    const { exports: e } = instantiate({
      host() {
        try {
          e.throwPair(9, 10);
        } catch (x) {
          churn();
          throw x;
        }
      },
    });
    return e.catchPair();
  },
  'in an exception that wasm keeps'() {
    const { exports: e } = instantiate({ host: churn });
    return e.keepException();
  },
  'in segments and initialisers'() {
    const { exports: e } = instantiate();
    churn();
    return `${e.sum(e.at(0), e.at(1))} ${e.chain()} ${e.fromSegment(2)}`;
  },
  'put in place by an instantiation that fails'() {
    const table = new W.Table({ element: 'anyref', initial: 8 });
    let failed = '';
    try {
      new W.Instance(new Module(compileSync(fs.readFileSync(wasm.replace('roots', 'fails')))), { h: { table } });
    } catch (error) {
      failed = error.message;
    }
    churn();
    const { exports: e } = instantiate();
    return `${failed} ${e.sum(table.get(0), table.get(1))}`;
  },
  async 'in the frames of suspended calls'() {
    const waiting = [];
    const { exports: e } = instantiate({
      later: new W.Suspending(() => new Promise((resolve) => waiting.push(resolve))),
    });
    const call = W.promising(e.acrossPromise);
    const calls = Array.from({ length: 20 }, (_, i) => call(i));
    await null;
    // Until there have been collections, and what they freed is something else.
    for (let i = 0; i < 4; i++) churn();
    for (const resolve of waiting) resolve(1);
    return (await Promise.all(calls)).join();
  },
  'while a timer interrupts'() {
    // Wasm that runs for more than 10 ms is looked at again and again.
    const { exports: e } = instantiate();
    const until = Date.now() + 300;
    let rounds = 0;
    while (Date.now() < until) {
      const sum = e.trees(many(40));
      if (e.trees(many(40)) !== sum) return 'differs';
      rounds++;
    }
    return rounds > 0;
  },
  'after deadlines have ended calls in the middle'() {
    const i = require(path).instantiate(bytes, { h: nothing });
    let ended = 0;
    for (let k = 0; k < 40; k++) {
      try {
        i.call('endless', [], { timeoutMs: 1 + (k % 5) });
      } catch {
        ended++;
      }
      if (i.exports.checkEndless() !== 1) return 'damaged';
    }
    return ended;
  },
  async 'in threads of their own'() {
    const run = () =>
      new Promise((resolve, reject) => {
        const w = new Worker(__filename, { workerData: { path, wasm } });
        w.on('message', resolve);
        w.on('error', reject);
      });
    const answers = await Promise.all([run(), run(), run()]);
    const own = treesOf(churner.exports);
    let posted;
    try {
      structuredClone(churner.exports.pair(1, 2));
    } catch (e) {
      posted = e.name;
    }
    return `${answers.every((x) => x === own)} ${posted}`;
  },
};

function treesOf(exports) {
  let sum = 0;
  for (let k = 0; k < 5; k++) sum += exports.trees(many(20));
  return sum;
}

if (!isMainThread) parentPort.postMessage(treesOf(churner.exports));
else
  (async () => {
    for (const [name, f] of Object.entries(scenarios)) console.log(`${name}: ${await f()}`);
  })();
