'use strict';
/**
 * A program that changes one built-in at a time and then uses WebAssembly, ours and V8's: `node hostile.cjs BYTES`
 * prints for each change where ours ends otherwise. With `wasi` behind the bytes (as JSON) the module is a command of
 * WASI, run by our host and by node:wasi. Nothing here may use what it changes.
 */
process.removeAllListeners('warning');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { WASI } = require('node:wasi');
const wamr = require(path.join(__dirname, '../../..'));
const { WasiHost } = require('../../../dist/wasi.js');
const bytes = new Uint8Array(JSON.parse(process.argv[2]));
const V8 = WebAssembly;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { stringify } = JSON;
const { log } = console;

const words = (e) => {
  try {
    return `${e.name}: ${e.message}`;
  } catch {
    return 'unprintable';
  }
};

const junk = new Uint8Array(3);

/** What a module does, as text. */
function outcome(W) {
  let text = '';
  const step = (f) => {
    try {
      text += f() + '; ';
    } catch (e) {
      text += words(e) + '; ';
    }
  };
  let e;
  step(() => {
    e = new W.Instance(new W.Module(bytes), {
      h: {
        fn: (x, y) => ({ __proto__: null, 0: x, 1: +`${y}`, length: 2, [Symbol.iterator]: pair }),
        one: (x) => x + 1,
      },
    }).exports;
    return 'instance';
  });
  if (e === undefined) return text;
  step(() => e.add(1, 2));
  step(() => e.twice(20));
  step(() => {
    const r = e.two();
    return r[0] + ' ' + r[1];
  });
  step(() => e.load(-4));
  step(() => e.big(5n));
  step(() => e.table.get(0)(4, 5));
  step(() => e.table.length);
  step(() => e.memory.grow(1) + ' ' + e.memory.buffer.byteLength);
  step(() => new W.Memory({ initial: 1, maximum: 3 }).buffer.byteLength);
  step(() => new W.Global({ value: 'i64', mutable: true }, 3n).value);
  step(() => new W.Table({ element: 'anyfunc', initial: 2 }).get(1));
  step(() => W.Module.exports(new W.Module(bytes)).length);
  step(() => W.Module.exports(new W.Module(bytes))[0].name);
  step(() => W.validate(bytes));
  step(() => {
    try {
      e.load(-4);
    } catch (x) {
      return x.constructor === W.RuntimeError && typeof x.stack;
    }
  });
  // The two engines word this differently.
  try {
    new W.Module(junk);
  } catch (x) {
    text += x.name;
  }
  return text;
}
function pair() {
  let i = 0;
  const it = this;
  return {
    __proto__: null,
    next: () =>
      i < 2 ? { __proto__: null, value: it[i++], done: false } : { __proto__: null, value: undefined, done: true },
  };
}

const OPTIONS = { args: ['prog', 'x'], env: { KEY: 'value' } };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-hostile-'));
const fd = fs.openSync(path.join(folder, 'out'), 'a+');
const { readSync, ftruncateSync } = fs;
const written = new Uint8Array(100);
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const hosts = {
  ours() {
    const host = new WasiHost({ ...OPTIONS, dirs: { '/d': { path: folder, readOnly: true } }, stdout: fd });
    return host.start(host.instantiate(new wamr.Module(bytes)));
  },
  theirs() {
    const wasi = new WASI({
      version: 'preview1',
      ...OPTIONS,
      preopens: { '/d': folder },
      stdout: fd,
      returnOnExit: true,
    });
    return wasi.start(new V8.Instance(new V8.Module(bytes), { wasi_snapshot_preview1: wasi.wasiImport }));
  },
};

/** What a command gives and writes, as text. */
function outcomeOfCommand(start) {
  let text;
  try {
    ftruncateSync(fd);
    text = start() + '';
    const n = readSync(fd, written, 0, 100, 0);
    for (let i = 0; i < n; i++) text += ' ' + written[i];
  } catch (e) {
    text = words(e);
  }
  return text;
}

const isCommand = process.argv[3] === 'wasi';
const refusal = 'TypeError: WasiHost(): Array.prototype has setters for indices, with which node:wasi ends the process';
const [ours, theirs] = isCommand
  ? [() => outcomeOfCommand(hosts.ours), () => outcomeOfCommand(hosts.theirs)]
  : [() => outcome(wamr.WebAssembly), () => outcome(V8)];

const bad = () => {
  throw new Error('changed');
};
const useless = () => undefined;
const changes = [];
const prototypes = {
  Array,
  String,
  Number,
  BigInt,
  Boolean,
  Function,
  Map,
  Set,
  WeakMap,
  WeakSet,
  WeakRef,
  Promise,
  RegExp,
  Symbol,
  DataView,
  ArrayBuffer,
  Uint8Array,
  Int32Array,
  Error,
  TypedArray: getPrototypeOf(Uint8Array),
};
const statics = {
  Object,
  Array,
  Reflect,
  JSON,
  Math,
  Number,
  BigInt,
  String,
  Promise,
  Symbol,
  ArrayBuffer,
  Uint8Array,
  TypedArray: getPrototypeOf(Uint8Array),
  Error,
};
for (const which of ['bad', 'useless'])
  for (const [name, c] of Object.entries(prototypes))
    for (const key of Reflect.ownKeys(c.prototype))
      changes.push([`${name}.prototype.${String(key)} ${which}`, c.prototype, key, which === 'bad' ? bad : useless]);
for (const which of ['bad', 'useless'])
  for (const [name, c] of Object.entries(statics))
    for (const key of Reflect.ownKeys(c))
      if (key !== 'prototype')
        changes.push([`${name}.${String(key)} ${which}`, c, key, which === 'bad' ? bad : useless]);
for (const [name, it] of Object.entries({
  ArrayIterator: [][Symbol.iterator](),
  MapIterator: new Map().entries(),
  SetIterator: new Set().values(),
  StringIterator: ''[Symbol.iterator](),
  RegExpStringIterator: ''.matchAll(/x/g),
}))
  changes.push([`${name}.next`, getPrototypeOf(it), 'next', bad]);
for (const name of [
  'Array',
  'Map',
  'Set',
  'WeakMap',
  'WeakRef',
  'FinalizationRegistry',
  'Uint8Array',
  'Int32Array',
  'DataView',
  'Reflect',
  'JSON',
  'Math',
  'BigInt',
  'TextDecoder',
  'WebAssembly',
])
  changes.push([`globalThis.${name}`, globalThis, name, undefined]);
/** 'address' and 'shared' are not here: ours knows the former where older V8s do not, and refuses the latter. */
for (const key of [
  'get',
  'set',
  'value',
  'writable',
  'enumerable',
  'configurable',
  'then',
  'toJSON',
  'length',
  '0',
  '1',
  'limits',
  'memory',
  'timeoutMs',
  'target',
  'bounds',
  'features',
  'profile',
  'count',
  'debugInfo',
  'verify',
  'disable',
  'jobs',
  'signal',
  'cache',
  'message',
  'rows',
  'name',
  'kind',
  'offset',
  'create',
  'mutable',
])
  for (const value of [1, bad, { a: 1 }])
    changes.push([`Object.prototype.${key} = ${typeof value}`, Object.prototype, key, value, true]);
for (const key of isCommand ? ['0'] : ['0', '1', '5', 'toJSON'])
  changes.push([`Array.prototype setter ${key}`, Array.prototype, key, null, 'setter']);

ours();
const expected = theirs();
let differences = ours() === expected ? '' : `unchanged: ours ${ours()} V8 ${expected}\n`;
let tried = 0;
for (let i = 0; i < changes.length; i++) {
  const [label, target, key, value, added] = changes[i];
  const before = getOwnPropertyDescriptor(target, key);
  if (added === undefined && (before === undefined || (!before.configurable && !before.writable))) continue;
  let a;
  let b;
  const descriptor = { __proto__: null, configurable: before === undefined || before.configurable };
  if (added === 'setter') {
    descriptor.get = () => 77;
    descriptor.set = useless;
  } else if (before !== undefined && before.get !== undefined) descriptor.get = value;
  else {
    descriptor.value = value;
    descriptor.writable = true;
  }
  try {
    defineProperty(target, key, descriptor);
  } catch {
    continue;
  }
  tried++;
  try {
    a = ours();
    // With setters of indices node:wasi ends the process.
    b = isCommand && added === 'setter' ? refusal : theirs();
  } catch (e) {
    a = `threw ${words(e)}`;
  }
  if (before === undefined) delete target[key];
  else {
    const back = { __proto__: null, configurable: before.configurable, enumerable: before.enumerable };
    if (before.get !== undefined || before.set !== undefined) {
      back.get = before.get;
      back.set = before.set;
    } else {
      back.value = before.value;
      back.writable = before.writable;
    }
    defineProperty(target, key, back);
  }
  if (a !== b) differences += `${label}\n  ours: ${a}\n  V8:   ${b}\n`;
}
log(stringify({ tried, differences }));
