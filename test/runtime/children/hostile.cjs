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
const { changes, setters, make } = require('./built-in-changes.cjs');
const bytes = new Uint8Array(JSON.parse(process.argv[2]));
const V8 = WebAssembly;
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

ours();
const expected = theirs();
let differences = ours() === expected ? '' : `unchanged: ours ${ours()} V8 ${expected}\n`;
let tried = 0;
const all = [...changes, ...setters(isCommand ? ['0'] : ['0', '1', '5', 'toJSON'])];
for (let i = 0; i < all.length; i++) {
  const undo = make(all[i]);
  if (undo === null) continue;
  tried++;
  let a;
  let b;
  try {
    a = ours();
    // With setters of indices node:wasi ends the process.
    b = isCommand && all[i][4] === 'setter' ? refusal : theirs();
  } catch (e) {
    a = `threw ${words(e)}`;
  }
  undo();
  if (a !== b) differences += `${all[i][0]}\n  ours: ${a}\n  V8:   ${b}\n`;
}
log(stringify({ tried, differences }));
