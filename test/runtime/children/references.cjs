/**
 * A program of random moves of functions and values: among instances, tables, globals, host functions and JavaScript,
 * with disposals, failing instantiations and collections in between. What each move gives is a line; the lines of V8 and
 * of this engine must be the same for the same seed.
 *
 *   node --expose-gc references.cjs v8|wamr WASM-FILES-AS-JSON SEED STEPS [WORKERS]
 *
 * V8 has no dispose: there a global tells every function that it is dead.
 */
'use strict';
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { setImmediate: turn } = require('node:timers/promises');

const SIZE = 8;
const NAMES = ['ii', 'll', 'hostii', 'peer', 'sum'];

/** A generator of random integers below a bound: mulberry32. */
function random(seed) {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class World {
  constructor(engine, modules, seed) {
    this.ours = engine === 'wamr' ? require('../../../dist/index.js') : null;
    const WA = (this.WA = this.ours ? this.ours.WebAssembly : WebAssembly);
    this.modules = modules.map((b) => new WA.Module(b));
    this.below = random(seed);
    this.lines = [];
    this.labels = new WeakMap();
    this.nextLabel = 0;
    this.nextValue = 0;
    this.nextInstance = 0;
    this.depth = 0;
    this.instances = [];
    this.functions = [];
    this.values = [];
    this.tables = [0, 1].map(() => this.newTable('anyfunc'));
    this.externTables = [0, 1].map(() => this.newTable('externref'));
    this.globals = [0, 1].map(() => new WA.Global({ value: 'anyfunc', mutable: true }, null));
    this.externGlobals = [0, 1].map(() => new WA.Global({ value: 'externref', mutable: true }, null));
  }

  newTable(element) {
    const t = new this.WA.Table({ element, initial: SIZE, maximum: 64 });
    for (let i = 0; element === 'externref' && i < SIZE; i++) t.set(i, null);
    return t;
  }

  pick(list) {
    return list.length === 0 ? undefined : list[this.below(list.length)];
  }

  /** Keeps at most so many of something: a random one gives way. */
  keep(list, item, most) {
    if (list.length < most) list.push(item);
    else list[this.below(most)] = item;
  }

  /** A text for a value that both engines agree on. */
  show(v) {
    if (typeof v === 'function' || (typeof v === 'object' && v !== null && !Array.isArray(v))) {
      if (!this.labels.has(v)) this.labels.set(v, this.nextLabel++);
      return `${typeof v}#${this.labels.get(v)}${typeof v === 'function' ? v.name : v.id}`;
    }
    return Array.isArray(v) ? `[${v.map((x) => this.show(x))}]` : String(v);
  }

  try(what, f) {
    let said;
    try {
      said = this.show(f());
    } catch (e) {
      // Of errors that are no traps the texts depend on V8's version.
      if (e?.kind === 'disposed-function' || e?.message === 'unreachable') said = 'dead';
      else said = e?.name === 'RuntimeError' ? e.message.replace(/.*out of bounds.*/, 'out of bounds') : e?.name;
    }
    this.lines.push(`${'  '.repeat(this.depth)}${what}: ${said}`);
  }

  newValue() {
    switch (this.below(6)) {
      case 0:
        return this.below(100);
      case 1:
        return null;
      case 2:
        return undefined;
      default: {
        // Often a cycle through wasm.
        const v = { id: this.nextValue++, ref: this.pick(this.instances), junk: new Array(100).fill(0) };
        this.keep(this.values, v, 8);
        return v;
      }
    }
  }

  someValue() {
    return this.below(2) === 0 ? this.newValue() : this.pick(this.values);
  }

  someFunction() {
    return this.below(8) === 0 ? null : (this.pick(this.functions) ?? null);
  }

  /** Exports of a new instance that nothing keeps; `which` module: 0 the usual one, 1 one that fails when it has written. */
  make(which) {
    const base = 1000 * ++this.nextInstance;
    const peer = this.pick(this.functions);
    const imports = {
      m: {
        t: this.pick(this.tables),
        e: this.pick(this.externTables),
        g: this.pick(this.globals),
        eg: this.pick(this.externGlobals),
        swap: (f, v) => this.host(f, v),
        pause: () => this.pause(),
        ii: (x) => x + base + 7,
        // Whatever has the wrong type is refused by both.
        peer: peer ?? ((x) => x + 1),
      },
    };
    const instance = new this.WA.Instance(this.modules[which], imports);
    instance.exports.init(base);
    return instance;
  }

  instantiate() {
    const instance = this.make(0);
    const { exports } = instance;
    this.keep(this.instances, instance, 6);
    for (const name of NAMES) if (this.below(2) === 0) this.keep(this.functions, exports[name], 12);
    return exports.ii.name;
  }

  /** A function of an instance that nobody else knows goes somewhere. */
  hand(x) {
    const f = this.make(0).exports[this.pick(NAMES)];
    this.settle();
    const i = this.below(SIZE);
    switch (this.below(x === undefined ? 2 : 5)) {
      case 0:
        return this.pick(this.tables).set(i, f);
      case 1:
        return (this.pick(this.globals).value = f);
      case 2:
        return x.set(this.below(3), i, f);
      case 3:
        return x.fill(this.below(3), i, f, 1);
      default:
        return x.give(i, f, this.someValue());
    }
  }

  /** Collects, and gives the engine a reason to look what that has left. */
  settle() {
    globalThis.gc();
    this.try('settle', () => this.make(0).exports.ii.name);
  }

  /** Lets go of everything but what wasm has on its stack, and collects. */
  storm() {
    for (const { exports } of this.instances)
      for (let k = 0; k < 3; k++) this.try('clear', () => exports.fill(k, 0, null, SIZE));
    for (const t of [...this.tables, ...this.externTables]) for (let i = 0; i < SIZE; i++) t.set(i, null);
    for (const g of [...this.globals, ...this.externGlobals]) g.value = null;
    this.instances.length = this.functions.length = this.values.length = 0;
    for (let n = 0; n < 3; n++) this.settle();
  }

  /** What wasm calls with a function and a value: does something, returns others or the same. */
  host(f, v) {
    this.lines.push(`${'  '.repeat(this.depth)}host ${this.show(f)} ${this.show(v)}`);
    if (f !== null && this.below(3) === 0) this.keep(this.functions, f, 12);
    this.pause();
    if (this.below(10) === 0) throw new Error('host says no');
    return [this.below(2) === 0 ? f : this.someFunction(), this.below(2) === 0 ? v : this.someValue()];
  }

  /** While wasm waits. */
  pause() {
    if (this.depth > 2) return;
    this.depth++;
    for (let n = this.below(4); n > 0; n--) this.move();
    if (this.below(4) === 0) this.storm();
    this.depth--;
  }

  dispose(instance) {
    if (this.ours === null) instance.exports.kill();
    else instance.dispose();
  }

  /** One random move. */
  move() {
    const { below } = this;
    const x = this.pick(this.instances)?.exports;
    switch (below(16)) {
      case 0:
        return this.try('new', () => this.instantiate());
      case 1:
        return this.try('fail', () => this.make(1));
      case 2:
        if (below(2) === 0) globalThis.gc();
        else globalThis.gc({ type: 'minor' });
        return;
      case 3:
        return this.try('call', () => this.pick(this.functions)?.(below(100)));
      case 4: {
        const all = [this.instances, this.functions, this.values];
        const list = all[below(3)];
        list.splice(below(list.length + 1), 1 + below(2));
        return;
      }
      case 5: {
        const list = below(2) === 0 ? this.tables : this.externTables;
        if (below(4) === 0) list[below(2)] = this.newTable(list === this.tables ? 'anyfunc' : 'externref');
        return;
      }
      case 6:
        if (below(6) === 0) return this.try('dispose', () => this.dispose(this.pick(this.instances)));
        return;
      case 7:
        this.try('hand', () => this.hand(x));
        return this.settle();
      case 8:
        // Of an instance that nothing keeps.
        this.try('passing', () => {
          const { exports } = this.make(0);
          this.settle();
          if (below(2) === 0) return this.operate(exports);
          exports.segment(2, 0, 4);
          return exports.globals(0);
        });
        this.settle();
        return this.try('passed', () => this.pick(this.tables).get(below(4))(1));
      default:
        if (x !== undefined) this.operate(x);
    }
  }

  /** One operation of an instance, or on what is shared. */
  operate(x) {
    const { below } = this;
    const i = below(SIZE + 1);
    const k = below(3);
    switch (below(23)) {
      case 0:
        return this.try('Table.set', () => this.pick(this.tables).set(i, this.someFunction()));
      case 1:
        return this.try('Table.get', () => this.taken(this.pick(this.tables).get(i)));
      case 2:
        return this.try('Table.grow', () => this.pick(this.tables).grow(below(3), this.someFunction()));
      case 3:
        return this.try('Global', () => (this.pick(this.globals).value = this.someFunction()));
      case 4:
        return this.try('Global', () => this.taken(this.pick(this.globals).value));
      case 5:
        return this.try('Extern.set', () => this.pick(this.externTables).set(i, this.someValue()));
      case 6:
        return this.try('Extern.get', () => this.pick(this.externTables).get(i));
      case 7:
        return this.try('ExternGlobal', () => (this.pick(this.externGlobals).value = this.someValue()));
      case 8:
        return this.try('ExternGlobal', () => this.pick(this.externGlobals).value);
      case 9:
        return this.try('set', () => x.set(k, i, this.someFunction()));
      case 10:
        return this.try('get', () => this.taken(x.get(k, i)));
      case 11:
        return this.try('copy', () => x.copy(k, below(SIZE), below(SIZE), below(4)));
      case 12:
        return this.try('fill', () => x.fill(k, i, this.someFunction(), below(3)));
      case 13:
        return this.try('grow', () => x.grow(k, this.someFunction(), below(2)));
      case 14:
        return this.try('segment', () => x.segment(k, i, below(3)));
      case 15:
      case 16:
        return this.try('indirect', () => x.indirect(k, i, below(100)));
      case 17:
        return this.try('long', () => x.long(k, i, BigInt(below(100))));
      case 18:
        return this.try('globals', () => x.globals(this.below(4)));
      case 19:
        return this.try('externs', () => x.externs(this.below(6), i, this.someValue()));
      case 20:
      case 21:
        return this.try('via', () => x.via(k, i));
      default:
        return this.try('give', () => x.give(i, this.someFunction(), this.someValue()));
    }
  }

  taken(f) {
    if (f !== null && this.below(2) === 0) this.keep(this.functions, f, 12);
    return f;
  }

  async run(steps) {
    for (let n = 0; n < steps; n++) {
      this.move();
      if (n % 64 === 63) {
        globalThis.gc();
        await turn();
        await turn();
      }
    }
    return this.lines.join('\n');
  }
}

async function main(engine, modules, seed, steps) {
  return new World(engine, modules, seed).run(steps);
}

module.exports = { random, World };

if (require.main !== module) {
  // Only the class is wanted.
} else if (isMainThread) {
  const [engine, modules, seed, steps, workers = 0] = process.argv.slice(2);
  const bytes = JSON.parse(modules).map((m) => Buffer.from(m, 'base64'));
  const all = [main(engine, bytes, Number(seed), Number(steps))];
  for (let w = 1; w <= workers; w++) {
    const worker = new Worker(__filename, { workerData: [engine, bytes, Number(seed) + w, Number(steps)] });
    all.push(new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject)));
  }
  void Promise.all(all).then((texts) => process.stdout.write(texts.join('\n----\n')));
} else {
  const [engine, modules, seed, steps] = workerData;
  void main(
    engine,
    modules.map((m) => Buffer.from(m)),
    seed,
    steps,
  ).then((text) => parentPort.postMessage(text));
}
