'use strict';
/**
 * Whatever JavaScript runs between two native steps does anything: `node --expose-gc reentry.cjs ENGINE PLACE BYTES`
 * does every act from one place and prints what came of it, a line an act. ENGINE is `ours` or `v8`; acts that V8 does
 * not have are left out there.
 */
const path = require('node:path');
const vm = require('node:vm');
const { writeSync } = require('node:fs');

const [engine, place, base64 = '[]'] = process.argv.slice(2);
const ours = engine === 'ours';
const W = ours ? require(path.join(__dirname, '../../..')).WebAssembly : WebAssembly;
const bytes = JSON.parse(base64).map((text) => Buffer.from(text, 'base64'));
const [whole, guest] = bytes;

const words = (f) => {
  try {
    const value = f();
    return typeof value === 'object' && value !== null ? `[${[...value]}]` : String(value);
  } catch (e) {
    return `${e.name}: ${e.message}`;
  }
};

/** Two instances: `run` is what the place calls, `other` has functions in its table. `host` is replaced by places. */
function world() {
  const host = { f: (x) => x + 1, pair: () => [1, 2n], big: () => 7n };
  const imports = { h: { f: (x) => host.f(x), pair: () => host.pair(), big: () => host.big() } };
  const other = new W.Instance(new W.Module(whole), imports);
  const run = new W.Instance(new W.Module(whole), imports);
  run.exports.t.set(1, other.exports.sub);
  return { host, imports, other, run, e: run.exports };
}

/** What is done from each place. */
const acts = {
  nothing() {},
  grow: ({ e }) => e.m.grow(1),
  'grow the table': ({ e }) => e.t.grow(30),
  'write the table': ({ e, other }) => e.t.set(0, other.exports.sub),
  'clear the table': ({ e }) => e.t.set(0, null),
  'write a global': ({ e }) => (e.g.value = 1000),
  'write memory': ({ e }) => new Uint8Array(e.m.buffer).fill(9),
  call: ({ e, other }) => [e.add(3, 4), other.exports.two(1n), e.t.get(0)(5, 6)],
  'call again': ({ e }) => e.run(1, 2n, 3),
  trap: ({ e }) => words(() => e.trap()),
  'trap uncaught': ({ e }) => e.trap(),
  throw() {
    throw new RangeError('mine');
  },
  instantiate: ({ e }) => new W.Instance(new W.Module(guest), { h: { m: e.m, t: e.t, g: e.g } }).exports.put(),
  'instantiate in vain': ({ e }) => words(() => new W.Instance(new W.Module(guest), { h: { m: e.m, t: 1, g: e.g } })),
  collect() {
    for (let i = 0; i < 3; i++) gc();
  },
  'drop and collect'(w) {
    w.e.t.set(0, new W.Instance(new W.Module(whole), w.imports).exports.sub);
    for (let i = 0; i < 3; i++) gc();
  },
  'overflow the stack': ({ e, host }) => {
    const { f } = host;
    host.f = (x) => e.run(x, 0n, 0);
    try {
      return words(() => e.run(1, 1n, 1)).slice(0, 40);
    } finally {
      host.f = f;
    }
  },
};
if (ours)
  Object.assign(acts, {
    dispose: ({ run }) => run.dispose(),
    'dispose the other': ({ other }) => other.dispose(),
    'dispose and collect'({ run, other }) {
      run.dispose();
      other.dispose();
      for (let i = 0; i < 3; i++) gc();
    },
    'dispose and make anew'(w) {
      w.run.dispose();
      for (let i = 0; i < 20; i++) new W.Instance(new W.Module(whole), w.imports).exports.add(i, i);
    },
    'dispose and grow'({ run, e }) {
      run.dispose();
      return words(() => e.m.grow(1)) + words(() => e.t.grow(1)) + words(() => e.run(1, 1n, 1));
    },
  });

/** Does the act at most once, and with no other inside of it. */
const once = (w, act) => {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act(w);
  };
};

/** Swaps a built-in while `f` runs. */
function patched(owner, key, make, f) {
  const was = Object.getOwnPropertyDescriptor(owner, key);
  Object.defineProperty(owner, key, { ...was, value: make(was.value) });
  try {
    return f();
  } finally {
    Object.defineProperty(owner, key, was);
  }
}

const callAll = ({ e }) => `${words(() => e.run(1, 2n, 3))} ${words(() => e.pairs())} ${words(() => e.bigs())}`;
const patches = (owner, key) => (w, act) =>
  patched(
    owner,
    key,
    (was) =>
      function (...args) {
        act();
        return Reflect.apply(was, this, args);
      },
    () => callAll(w),
  );

/** Where from: each makes something call the act, and says what came of it. */
const places = {
  'a getter of the imports': (w, act) =>
    words(() => {
      const h = {
        get m() {
          act();
          return w.e.m;
        },
        get t() {
          return w.e.t;
        },
        get g() {
          return w.e.g;
        },
      };
      return new W.Instance(new W.Module(guest), { h }).exports.put();
    }),
  'a proxy of the imports': (w, act) =>
    words(() => {
      const h = new Proxy({}, { get: (_, key) => (key === 'g' && act(), w.e[key]) });
      return new W.Instance(new W.Module(guest), { h }).exports.put();
    }),
  'valueOf of an argument': (w, act) => words(() => w.e.run({ valueOf: () => (act(), 5) }, 2n, 3)),
  'toString of an argument': (w, act) =>
    words(() => w.e.run(1, { valueOf: () => ({}), toString: () => (act(), '11') }, 3)),
  'toPrimitive of an argument': (w, act) => words(() => w.e.run(1, 2n, { [Symbol.toPrimitive]: () => (act(), 4.5) })),
  'a result that becomes a BigInt': (w, act) => {
    w.host.big = () => ({ valueOf: () => ({}), toString: () => (act(), '0x12') });
    return words(() => w.e.bigs());
  },
  'a result that becomes a number': (w, act) => {
    w.host.f = () => ({ valueOf: () => (act(), 21) });
    return words(() => w.e.run(1, 2n, 3));
  },
  'the iterator of a result': (w, act) => {
    w.host.pair = () => ({ [Symbol.iterator]: () => (act(), [4, 5n][Symbol.iterator]()) });
    return words(() => w.e.pairs());
  },
  'next of a result': (w, act) => {
    w.host.pair = function* () {
      yield 4;
      act();
      yield 5n;
    };
    return words(() => w.e.pairs());
  },
  'values of a result': (w, act) => {
    w.host.pair = () => [4, { [Symbol.toPrimitive]: () => (act(), 5n) }];
    return words(() => w.e.pairs());
  },
  'the start function': (w, act) =>
    words(() => {
      const { m, t, g } = w.e;
      const started = new W.Instance(new W.Module(bytes[2]), { h: { m, t, g, f: (x) => (act(), x + 1) } });
      return `${g.value} ${words(() => started.exports.get())}`;
    }),
  'a host function': (w, act) => {
    w.host.f = (x) => (act(), x + 1);
    return words(() => w.e.run(1, 2n, 3));
  },
  'a host function in a table': (w, act) => {
    w.host.f = (x) => (act(), x + 1);
    w.e.t.set(2, w.other.exports.f);
    return words(() => w.e.indirect(2, 6));
  },
  'a function of a vm context': (w, act) => {
    const f = vm.runInNewContext('(x) => (act(), x + 1)', { act });
    w.imports.h.f = f;
    w.run = new W.Instance(new W.Module(whole), w.imports);
    w.e = w.run.exports;
    w.e.t.set(1, w.other.exports.sub);
    return words(() => vm.runInNewContext('e.run(1, 2n, 3)', { e: w.e }));
  },
  'a patched Function.prototype.call': patches(Function.prototype, 'call'),
  'a patched Function.prototype.apply': patches(Function.prototype, 'apply'),
  'a patched Array.prototype[Symbol.iterator]': patches(Array.prototype, Symbol.iterator),
  'a patched Array iterator': patches(Object.getPrototypeOf([][Symbol.iterator]()), 'next'),
  'Error.prepareStackTrace': (w, act) => {
    const was = Error.prepareStackTrace;
    Error.prepareStackTrace = (e) => (act(), e.message);
    try {
      w.host.f = () => words(() => w.e.trap()).length + String(new Error('x').stack).length;
      return words(() => {
        try {
          return w.e.run(1, 2n, 3) + w.e.trap();
        } catch (e) {
          return e.stack;
        }
      });
    } finally {
      Error.prepareStackTrace = was;
    }
  },
  'the argument of Memory#grow': (w, act) => words(() => w.e.m.grow({ valueOf: () => (act(), 1) })),
  'the argument of Table#grow': (w, act) => words(() => w.e.t.grow({ valueOf: () => (act(), 1) }, w.other.exports.add)),
  'the argument of Table#set': (w, act) => words(() => w.e.t.set({ valueOf: () => (act(), 0) }, w.other.exports.sub)),
  'the value of a global': (w, act) =>
    words(() => {
      w.e.g.value = { valueOf: () => (act(), 12) };
      return w.e.g.value;
    }),
  'a debugger that evaluates': (w, act) => {
    const { Session } = require('node:inspector');
    const session = new Session();
    session.connect();
    globalThis.act = act;
    w.host.f = (x) => {
      let thrown;
      session.post('Runtime.evaluate', { expression: 'act()', objectGroup: 'x' }, (_, r) => {
        thrown = r.exceptionDetails?.exception?.description?.split('\n')[0];
      });
      return thrown === undefined ? x + 1 : thrown.length;
    };
    try {
      return words(() => w.e.run(1, 2n, 3));
    } finally {
      session.disconnect();
    }
  },
  async 'a FinalizationRegistry'(w, act) {
    let came;
    const called = new Promise((resolve) => (came = resolve));
    // One that is collected itself calls nobody.
    globalThis.registry = new FinalizationRegistry(() => came(words(() => (act(), w.e.run(1, 2n, 3)))));
    (() => globalThis.registry.register({}, 0))();
    const timer = setInterval(gc, 1);
    const text = await called;
    clearInterval(timer);
    return text;
  },
};

/** What is left of the two instances. */
const after = ({ e, other }) =>
  [
    () => e.t.length,
    () => e.m.buffer.byteLength,
    () => e.g.value,
    () => e.add(1, 2),
    () => e.load(0),
    () => e.indirectTwo(0, 10, 4),
    () => e.indirectTwo(1, 10, 4),
    () => e.indirectTwo(3, 10, 4),
    () => other.exports.two(3n),
  ]
    .map(words)
    .join(', ');

if (place === undefined) writeSync(1, JSON.stringify(Object.keys(places)));
else
  (async () => {
    for (const [name, act] of Object.entries(acts)) {
      const w = world();
      const text = await places[place](w, once(w, act));
      writeSync(1, `${name}: ${text} | ${after(w)}\n`);
    }
    for (let i = 0; i < 3; i++) gc();
    const last = world();
    writeSync(1, `at last: ${callAll(last)} | ${after(last)}\n`);
  })();
