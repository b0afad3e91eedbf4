/**
 * Structured cloning: modules go to other threads and run there, everything else throws V8's DataCloneError; with
 * `register` too. What a guest's bytes contain is never taken for a module that was sent.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type * as Api from '../../src-ts/index.js';
import { Registered } from '../support/register.js';
import { wat } from '../support/wat.js';

const DIST = path.resolve('dist/index.js');
const { WebAssembly: W, AotError, compileSync, load, Module } = require(DIST) as typeof Api;
const V8 = WebAssembly;

const ADD = wat(`(module (import "m" "k" (global i32)) (memory (export "memory") 1) (data (i32.const 3) "x")
  (func (export "add") (param i32) (result i32)
    (i32.add (i32.add (local.get 0) (global.get 0)) (i32.load8_u (i32.const 3)))))`);
const CARRIER = 'wamr-native.module';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cloning-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const inFile = (name: string): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, compileSync(ADD));
  return file;
};
const run = (m: object): unknown => new W.Instance(m, { m: { k: 7 } }).exports.add(5);

describe('modules', () => {
  const made: Record<string, () => object> = {
    'new Module': () => new W.Module(ADD),
    'load of bytes': () => load(compileSync(ADD)),
    'load of a file': () => load(inFile('load.aot')),
  };
  const receiver = `const { parentPort, workerData } = require('node:worker_threads');
    const { WebAssembly: W } = require(workerData.dist);
    const answer = (m) => {
      const out = [new W.Instance(m, { m: { k: 7 } }).exports.add(5), m instanceof W.Module, W.Module.imports(m), W.Module.exports(m), m.engine];
      parentPort.postMessage([out, m]);
    };
    if (workerData.deep) answer(workerData.deep[0].module);
    parentPort.on('message', (x) => answer(x.get('module')));`;
  const described = [
    132,
    true,
    [{ module: 'm', name: 'k', kind: 'global' }],
    Module.exports(new W.Module(ADD)),
    'wamr',
  ];

  it.each(Object.keys(made))('go to workers and back, by workerData and postMessage: %s', async (how) => {
    const module = made[how]();
    const worker = new Worker(receiver, { eval: true, workerData: { dist: DIST, deep: [{ module }] } });
    const next = async (): Promise<[unknown, object]> =>
      new Promise((resolve, reject) => void worker.once('message', resolve).once('error', reject));
    try {
      const [first, back] = await next();
      expect([first, run(back)]).toEqual([described, 132]);
      // One that has come by cloning goes on.
      worker.postMessage(new Map([['module', back]]));
      expect((await next())[0]).toEqual(described);
    } finally {
      await worker.terminate();
    }
  });

  it('are cloned in the same thread, and accepted by all functions', async () => {
    const module = new W.Module(ADD);
    for (const use of [
      run,
      async (m: object) =>
        ((await W.instantiate(m as never, { m: { k: 7 } })) as unknown as Api.Instance).invoke('add', 5),
      (m: object) => (W.Module.exports(m as never).length === 2 ? 132 : 0),
    ])
      expect(await use(structuredClone([{ module }])[0].module)).toBe(132);
    expect(Object.getOwnPropertyNames(module)).toEqual([]);
  });

  it('outlive the sender', () => {
    let copy: object | null = null;
    v8.setFlagsFromString('--expose-gc');
    const collect = vm.runInNewContext('gc') as () => void;
    const bytes = compileSync(ADD);
    for (let i = 0; i < 200; i++) {
      copy = structuredClone(load(bytes));
      if (i % 50 === 0) collect();
    }
    collect();
    expect(run(copy!)).toBe(132);
  });

  it('keep subclass and prototype', () => {
    class Mine extends W.Module {}
    expect([new Mine(ADD) instanceof Mine, run(new Mine(ADD)), run(structuredClone(new Mine(ADD)))]).toEqual([
      true,
      132,
      132,
    ]);
  });

  it("do not run on V8's engine, which says what is missing", () => {
    for (const m of [new W.Module(ADD), structuredClone(new W.Module(ADD))])
      expect(() => new V8.Instance(m as never, { m: { k: 7 } })).toThrow(
        /wamr-native, which this module was compiled for/,
      );
  });

  it('say when their file is gone, or another one', () => {
    const file = inFile('gone.aot');
    const [a, b] = [structuredClone(load(file)), structuredClone(load(file))];
    fs.rmSync(file);
    expect(() => run(a)).toThrow(AotError);
    expect(() => run(a)).toThrow(/gone\.aot.*ENOENT/);
    fs.writeFileSync(file, compileSync(wat('(module)')));
    expect(() => run(b)).toThrow(/gone\.aot: is another artefact now/);
  });

  it('are not forged by what a module contains', () => {
    const file = inFile('forged.aot');
    const genuine = (m: object): Uint8Array =>
      new Uint8Array(V8.Module.customSections(m as WebAssembly.Module, CARRIER)[0]);
    const wrapped = (payload: Uint8Array): WebAssembly.Module => {
      const size = CARRIER.length + 1 + payload.length;
      const leb = [0, 1, 2, 3, 4].map((k) => ((size >>> (7 * k)) & 0x7f) | (k < 4 ? 0x80 : 0));
      const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, ...leb, CARRIER.length, ...Buffer.from(CARRIER)];
      return new V8.Module(Uint8Array.from([...head, ...payload]));
    };
    const refused = (m: object): void => expect(() => run(m)).toThrow(/Argument 0 must be a WebAssembly.Module/);
    // Too large to be kept in the addon: the artefact is in the module.
    const large = (text: string): Uint8Array =>
      wat(`(module (memory 1) (data (i32.const 0) "${text.repeat(20_000)}") (func (export "add")))`);
    const payloads = [genuine(new W.Module(ADD)), genuine(new W.Module(large('a'))), genuine(load(file))];
    expect(payloads.map((p) => String.fromCharCode(p[32]))).toEqual(['k', 'b', 'f']);
    for (const payload of payloads) {
      // The signature, the kind, the hash; then the path.
      for (const at of [0, 31, 32, 33, 96, payload.length - 1]) {
        const changed = payload.slice();
        changed[at] ^= 1;
        const isContent = at >= 97 && payload[32] === 0x62;
        if (isContent) expect(() => run(wrapped(changed))).toThrow(/SHA-256 does not match/);
        else refused(wrapped(changed));
      }
      for (const length of [0, 31, 96]) refused(wrapped(payload.subarray(0, length)));
    }
    // Another artefact under the signature of the first.
    const [a, b] = [genuine(new W.Module(large('a'))), genuine(new W.Module(large('b')))];
    expect(() => run(wrapped(Buffer.concat([a.subarray(0, 97), b.subarray(97)])))).toThrow(/is another artefact now/);
    refused(new V8.Module(wat('(module)')));
  });
});

describe('everything else', () => {
  const objects = (w: typeof W): Record<string, object> => {
    const { exports } = new w.Instance(
      new w.Module(
        wat(`(module (memory (export "memory") 1) (table (export "table") 1 funcref) (global (export "global") i32 (i32.const 1))
          (func (export "func")))`),
      ),
    );
    return {
      Instance: new w.Instance(new w.Module(wat('(module)'))),
      Memory: new w.Memory({ initial: 1 }),
      Table: new w.Table({ initial: 1, element: 'anyfunc' }),
      Global: new w.Global({ value: 'i32' }, 1),
      Tag: new w.Tag({ parameters: [] }),
      Exception: new w.Exception(new w.Tag({ parameters: [] }), []),
      memory: exports.memory as object,
      table: exports.table as object,
      global: exports.global as object,
      func: exports.func as object,
      subclass: new (class Mine extends w.Table {})({ initial: 1, element: 'anyfunc' }),
    };
  };

  it.each(Object.keys(objects(W)))("throws V8's DataCloneError: %s", (name) => {
    const errorOf = (w: typeof W, send: (value: unknown) => void): string[] => {
      try {
        send({ deep: [objects(w)[name]] });
      } catch (e) {
        const { name: kind, message, code } = e as DOMException;
        // Functions are named by their source.
        return [kind, name === 'func' ? 'func' : message, String(code)];
      }
      throw new Error('was cloned');
    };
    const { port1, port2 } = new MessageChannel();
    for (const send of [structuredClone, (value: unknown) => port1.postMessage(value)]) {
      const ours = errorOf(W, send);
      expect(ours).toEqual(errorOf(V8 as unknown as typeof W, send));
      expect(ours[0]).toBe('DataCloneError');
    }
    port1.close();
    port2.close();
  });
});

describe('with register', () => {
  let r: Registered | null = null;
  afterEach(() => r?.dispose());

  it('a module that arrives runs on the engine that it was compiled for', async () => {
    r = new Registered();
    const script = `const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
      const answer = (m) => { const i = new WebAssembly.Instance(m, { m: { k: 7 } });
        return JSON.stringify([i.exports.add(5), m instanceof WebAssembly.Module, m.constructor === WebAssembly.Module, WebAssembly.Module.exports(m),
          Object.getPrototypeOf(i) === WebAssembly.Instance.prototype ? 'V8' : 'ours']); };
      if (isMainThread) {
        const w = new Worker(__filename, { workerData: [new WebAssembly.Module(Buffer.from('${Buffer.from(ADD).toString('base64')}', 'base64'))] });
        w.on('message', ([text, m]) => { console.log(text, answer(m)); });
      } else WebAssembly.instantiate(workerData[0], { m: { k: 7 } }).then(() => parentPort.postMessage([answer(workerData[0]), workerData[0]]));`;
    const expected = (engine: string): string => {
      const one = `[132,true,true,${JSON.stringify(V8.Module.exports(new V8.Module(ADD)))},"${engine}"]`;
      return `${one} ${one}`;
    };
    expect(r.run(script, { options: [] }).out.trim()).toBe(expected('V8'));
    expect(r.run(script).out.trim()).toBe(expected('V8'));
    await r.settle();
    expect(r.run(script).out.trim()).toBe(expected('ours'));
  });
});
