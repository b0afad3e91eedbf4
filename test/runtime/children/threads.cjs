/**
 * A thread of the tests of shared memories: runs a function of a module on an engine, or of `byHand`, on the memory that it
 * was given, and posts the result.
 */
'use strict';
const { parentPort, workerData } = require('node:worker_threads');

const { dist, engine, bytes, options, memory, name, args, timeoutMs } = workerData;
const words = () => new Int32Array(memory.buffer);

/** The guest's functions in JavaScript. */
const byHand = {
  count(n) {
    const w = words();
    const longs = new BigInt64Array(memory.buffer);
    for (let i = 0; i < n; i++) {
      Atomics.add(w, 0, 1);
      Atomics.add(longs, 1, 1n);
      Atomics.xor(w, 4, 1);
      for (
        let seen = Atomics.load(w, 5), was;
        (was = Atomics.compareExchange(w, 5, seen, seen + 1)) !== seen;
        seen = was
      );
    }
    return 0;
  },
  locked(n) {
    const w = words();
    for (let i = 0; i < n; i++) {
      if (Atomics.compareExchange(w, 16, 0, 1) !== 0) {
        while (Atomics.exchange(w, 16, 2) !== 0) Atomics.wait(w, 16, 2);
      }
      w[17]++;
      if (Atomics.exchange(w, 16, 0) === 2) Atomics.notify(w, 16, 1);
    }
    return 0;
  },
  wait32: (address, expected) => ['ok', 'not-equal', 'timed-out'].indexOf(Atomics.wait(words(), address / 4, expected)),
  notify: (address, count) => Atomics.notify(words(), address / 4, count),
  grow: (pages) => memory.grow(pages),
};

/** The function by its name. */
function prepare() {
  if (engine === 'js') return byHand[name];
  const W = engine === 'v8' ? WebAssembly : require(dist);
  const module = engine === 'v8' ? new W.Module(bytes) : new W.Module(W.compileSync(bytes, options));
  const instance = new W.Instance(module, { '': { m: memory } });
  if (timeoutMs !== undefined) return (...rest) => instance.call(name, rest, { timeoutMs });
  if (engine === 'wamr') parentPort.postMessage({ token: workerData.token ? W.threadToken() : 0 });
  return instance.exports[name];
}

let result;
try {
  const f = prepare();
  parentPort.postMessage({ ready: true });
  result = { value: f(...args) };
} catch (e) {
  result = { error: e.message, kind: e.kind };
}
parentPort.postMessage(result);
