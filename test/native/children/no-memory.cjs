'use strict';
/**
 * Runs a scenario again and again, with the first allocation of the addon failing, then the second, and so on until none
 * fails any more; and the same with all allocations failing from there on. Each time the scenario runs once more with
 * memory, and must come to what it comes to otherwise. Prints what failures looked like to JavaScript, what went wrong,
 * and how many allocations there were. Arguments: the package, the file of failing-allocations.cc, an artefact of
 * no-memory.wat.
 */
const fs = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');
const [, , index, failing, file] = process.argv;
const w = require(index);
const { WebAssembly: W } = w;
const { exports: control } = (() => {
  const made = { exports: {} };
  process.dlopen(made, failing);
  return made;
})();
const artefact = new Uint8Array(fs.readFileSync(file));
v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A failure without numbers and remedies. */
const told = (e) =>
  e instanceof Error ? `${e.name}: ${e.message.replace(/\d+/g, 'N').replace(/: raise .*/, '')}` : String(e);

/** The steps of a scenario; each says what it comes to. Most need what the first three make. */
async function scenario(note) {
  const state = {};
  let steps = 0;
  let broken = false;
  const step = async (name, f) => {
    steps++;
    if (broken) return note(name, 'not tried');
    try {
      note(name, String(await f()));
    } catch (e) {
      if (steps <= 3) broken = true;
      note(name, told(e));
    }
  };
  await step('objects of the interface', () => {
    state.memory = new W.Memory({ initial: 1, maximum: 3 });
    state.table = new W.Table({ element: 'anyfunc', initial: 4 });
    state.global = new W.Global({ value: 'externref', mutable: true }, { an: 'object' });
    state.tag = new W.Tag({ parameters: ['i32', 'externref'] });
    new W.Exception(state.tag, [1, {}]).getArg(state.tag, 0);
    return new Uint8Array(state.memory.buffer)[0] + state.memory.grow(1);
  });
  await step('load', () => {
    state.module = w.load(artefact);
    return W.Module.exports(state.module).length;
  });
  let depth = 0;
  await step('instantiate', () => {
    const { memory, table, global } = state;
    const imports = {
      memory,
      table,
      global,
      call: (x) => (depth++ < 3 ? state.exports.call(x + 1) : new Error('stack').stack.length > 0 ? x : 0),
      later: new W.Suspending(async (x) => (await turn(), x + 1)),
    };
    state.exports = new W.Instance(state.module, { h: imports }).exports;
    return Object.keys(state.exports).length;
  });
  await step('nested calls', () => ((depth = 0), state.exports.call(1)));
  await step('indirect calls', () => ((depth = 9), state.exports.indirect(0) + state.exports.indirect(1)));
  await step('segments', () => (state.exports.fills(), state.table.get(1)()));
  await step('tables', () => {
    const old = state.exports.growTable({ some: 'object' }, 3000);
    state.exports.table.set(7, { another: 1 });
    return `${old} ${state.exports.table.get(5).some} ${state.exports.table.grow(1000)}`;
  });
  await step('memories', () => {
    const { memory } = state.exports;
    const seen = memory.buffer.byteLength;
    return `${seen} ${state.exports.growMemory(2)} ${memory.grow(1)} ${state.exports.load(200_000)} ${state.exports.loadTheirs(4)}`;
  });
  await step('trap', () => state.exports.load(-4));
  await step('deep trap', () => state.exports.deep(3000));
  await step('exceptions', () => {
    try {
      state.exports.throws(5, state);
    } catch (e) {
      if (!(e instanceof W.Exception)) throw e;
      return `${e.getArg(state.exports.tag, 0)} ${e.getArg(state.exports.tag, 1) === state} ${state.exports.catches(60)}`;
    }
  });
  await step('objects of the heap', () => {
    const pair = state.exports.pair(9);
    state.exports.global.value = pair;
    return `${state.exports.objects(60_000)} ${state.exports.first(pair)} ${state.exports.global.value === null}`;
  });
  await step('promises', () => W.promising(state.exports.later)(5));
  await step('two promises', async () => {
    const later = W.promising(state.exports.later);
    return (await Promise.all([later(1), later(2)])).join();
  });
  await step('clones', () => {
    const clone = structuredClone(state.module);
    return new W.Instance(clone, {
      h: { memory: state.memory, table: state.table, global: state.global, call: Number, later: Number },
    }).exports.seven();
  });
  await step('a deadline', () => w.internals.withDeadline(w.internals.env(), 60_000, () => state.exports.seven()));
  await step('references', () => {
    for (let i = 0; i < 300; i++) state.exports.table.set(i, { i });
    return state.exports.table.get(299).i;
  });
  await step('collection', async () => {
    gc();
    for (let i = 0; i < 4; i++) await turn();
    return state.exports.seven();
  });
  await step('dispose', () => {
    const instance = w.instantiate(
      w.load(artefact),
      {
        h: {
          memory: state.memory,
          table: state.table,
          global: state.global,
          call: () => (instance.dispose(), 4),
          later: Number,
        },
      },
      { memory: 'v8' },
    );
    return instance.exports.call(1);
  });
}

/** Runs it, and takes note of results that are not those of the reference. */
const differences = async (reference, take) => {
  await scenario((name, result) => {
    if (result !== reference.get(name)) take(name, result);
  });
};

async function main() {
  const reference = new Map();
  // The first time makes what is made once a process.
  for (let i = 0; i < 2; i++) await scenario((name, result) => reference.set(name, result));
  const failed = new Set();
  const wrong = [];
  const allocations = [];
  for (const onwards of [0, 1]) {
    let n = 1;
    for (let over = false; !over && wrong.length < 5; n += onwards ? 7 : 1) {
      control.failAt(n, onwards);
      await differences(reference, (_, result) => failed.add(result));
      over = control.left() > onwards;
      control.failAt(0, 0);
      await differences(reference, (name, result) =>
        wrong.push(`after allocation ${n}${onwards ? ' and on' : ''}: ${name}: ${result}, not ${reference.get(name)}`),
      );
    }
    allocations.push(n);
  }
  console.log(JSON.stringify({ failed: [...failed].sort(), wrong, allocations }));
}

void main();
