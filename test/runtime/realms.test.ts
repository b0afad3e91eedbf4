/**
 * Several copies of the package's JavaScript in one process (jest.resetModules) and in other realms (vm contexts):
 * objects are recognised, errors belong to the copy's realm.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

type Package = typeof import('../../src-ts/index.js');
const require_ = createRequire(import.meta.url);
const bundle = require_.resolve('../../dist/index.js');

/** A context with Node's globals, as test runners make them. */
function newRealm(): object {
  return vm.createContext({ TextDecoder, TextEncoder, process, performance, URL, Buffer });
}

/** The bundle evaluated once more, in this realm or in a new one. */
function anotherCopy(realm: object | null): Package {
  const text = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(bundle, 'utf8')}\n})`;
  const wrapper: Function = realm === null ? vm.runInThisContext(text) : vm.runInContext(text, realm as vm.Context);
  const module = { exports: {} as Package };
  wrapper(module.exports, createRequire(bundle), module, bundle, bundle.replace(/\/[^/]*$/, ''));
  return module.exports;
}

const TEXT =
  '(module (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") (mut i32) (i32.const 3)) (func $f (export "f") (result i32) i32.const 5) (func (export "bad") unreachable) (elem (i32.const 0) $f))';
const IMPORTER =
  '(module (import "x" "m" (memory 1)) (import "x" "t" (table 1 funcref)) (import "x" "g" (global (mut i32))) (import "x" "f" (func $f (result i32))) (func (export "h") (result i32) call $f) (export "f" (func $f)) (export "t" (table 0)))';

const REALMS: [string, () => object | null][] = [
  ['the same realm', () => null],
  ['another realm', newRealm],
];

describe.each(REALMS)('a second copy in %s', (_, realm) => {
  const other = anotherCopy(realm());

  it('has its own classes', () => {
    expect(other.Memory).not.toBe(wamr.Memory);
  });

  it('links objects of the first, and hands them back unchanged', () => {
    const first = new wamr.Instance(new wamr.Module(wat(TEXT)));
    const second = new other.Instance(new other.Module(wat(IMPORTER)), { x: first.exports });
    expect(second.exports.h()).toBe(5);
    expect(second.exports.f).toBe(first.exports.f);
    expect(second.exports.t).toBe(first.exports.t);
    expect(first.exports.t.get(0)).toBe(first.exports.f);
    expect(new other.Instance(new wamr.Module(wat(TEXT))).exports.f()).toBe(5);
  });

  it('waits for promises of imports of the first, and the first for its own', async () => {
    const inner = wat(
      '(module (import "x" "p" (func $p (param i32) (result i32))) (export "p" (func $p)) (func (export "f") (param i32) (result i32) (i32.add (call $p (local.get 0)) (i32.const 1))))',
    );
    const outer = wat(
      '(module (import "x" "f" (func $f (param i32) (result i32))) (import "x" "p" (func $p (param i32) (result i32))) (func (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (call $p (i32.const 100)))))',
    );
    type Space = { promising(f: unknown): (x: number) => Promise<number>; Suspending: new (f: Function) => object };
    const spaces = [wamr, other].map((copy) => copy.WebAssembly as unknown as Space);
    for (const [a, b, made] of [
      [wamr, other, spaces[0]],
      [other, wamr, spaces[0]],
      [wamr, other, spaces[1]],
    ] as const) {
      const x = { p: new made.Suspending((n: number) => Promise.resolve(2 * n)) };
      const first = new a.Instance(new a.Module(inner), { x });
      const second = new b.Instance(new b.Module(outer), { x: first.exports });
      for (const { promising } of spaces) {
        expect(await promising(first.exports.f)(5)).toBe(11);
        expect(await promising(second.exports.f)(5)).toBe(211);
      }
      expect(second.exports.f).toThrow('trying to suspend without WebAssembly.promising');
    }
  });

  it('reads objects of the first by its own methods', () => {
    const { m, g } = new wamr.Instance(new wamr.Module(wat(TEXT))).exports;
    expect(Object.getOwnPropertyDescriptor(other.Memory.prototype, 'buffer')!.get!.call(m)).toBe(m.buffer);
    expect(other.Global.prototype.valueOf.call(g)).toBe(3);
  });
});

it('another installation, with an addon of its own, takes functions and exceptions as any, and refuses the rest', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-installation-'));
  const root = path.join(bundle, '../..');
  for (const name of ['dist', 'package.json', 'build/Release/wamr_native.node'])
    fs.cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
  const A = wamr.WebAssembly as unknown as typeof WebAssembly;
  const B = (require_(path.join(dir, 'dist/index.js')) as Package).WebAssembly as unknown as typeof WebAssembly;
  const bytes = wat(
    '(module (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") (mut i32) (i32.const 3)) (tag $e (export "e") (param i32)) (func (export "f") (result i32) i32.const 5) (func (export "bad") (result i32) unreachable) (func (export "throws") (result i32) (throw $e (i32.const 4))))',
  );
  const a = new A.Instance(new A.Module(bytes)).exports as Record<string, any>;
  const link = (type: string, x: unknown): any => {
    const call = type.startsWith('(func') ? '(func (export "call") (result i32) (call 0))' : '';
    return new B.Instance(new B.Module(wat(`(module (import "x" "x" ${type}) ${call})`)), {
      x: { x: x as WebAssembly.ImportValue },
    }).exports;
  };
  const func = '(func (result i32))';
  expect(link(func, a.f).call()).toBe(5);
  expect(link(func, a.bad).call).toThrow('unreachable');
  expect(link(func, a.throws).call).toThrow(A.Exception);
  const refused: [string, unknown][] = [
    ['(memory 1)', a.m],
    ['(table 1 funcref)', a.t],
    ['(global (mut i32))', a.g],
    ['(tag (param i32))', a.e],
  ];
  for (const [type, x] of refused) expect(() => link(type, x), type).toThrow(B.LinkError);
  expect(() => new B.Instance(new A.Module(bytes))).toThrow(TypeError);
  expect(() => new B.Table({ element: 'anyfunc', initial: 1 }).set(0, a.f)).toThrow(TypeError);
  const shared = new A.Memory({ initial: 1, maximum: 2, shared: true });
  expect(link('(memory 1 2 shared)', shared)).toBeDefined();
  fs.rmSync(dir, { recursive: true });
});

it('throws errors of its realm', () => {
  const context = newRealm();
  const other = anotherCopy(context);
  const realm = vm.runInContext(
    '({ RuntimeError: WebAssembly.RuntimeError, LinkError: WebAssembly.LinkError, CompileError: WebAssembly.CompileError, TypeError, RangeError })',
    context,
  );
  const thrownBy = (f: () => unknown): unknown => {
    try {
      f();
    } catch (e) {
      return e;
    }
    throw new Error('nothing was thrown');
  };
  const bad = thrownBy(() => new other.Instance(new other.Module(wat(TEXT))).exports.bad());
  expect(bad).toBeInstanceOf(realm.RuntimeError);
  expect(bad).not.toBeInstanceOf(WebAssembly.RuntimeError);
  expect(thrownBy(() => new other.Module(new Uint8Array(8)))).toBeInstanceOf(realm.CompileError);
  expect(
    thrownBy(() => new other.Instance(new other.Module(wat('(module (import "a" "b" (func)))')), { a: {} })),
  ).toBeInstanceOf(realm.LinkError);
  expect(
    thrownBy(() => new other.Instance(new other.Module(wat('(module (func $f (export "f") call $f))'))).exports.f()),
  ).toBeInstanceOf(realm.RangeError);
  expect(thrownBy(() => new other.Memory({ initial: -1 }))).toBeInstanceOf(realm.TypeError);
});

it('is loaded where the program has put properties on Object.prototype before', () => {
  const bundles = ['index', 'wasi', 'component', 'profile'].map((name) =>
    path.join(path.dirname(bundle), `${name}.js`),
  );
  const script = `
    Object.prototype.extra = 1;
    Object.prototype.own = function () {};
    const loaded = JSON.parse(process.argv[1]).map(require);
    const [{ compileSync, load, Instance }] = loaded;
    const wasm = Uint8Array.from(JSON.parse(process.argv[2]));
    console.log(loaded.some((m) => Object.hasOwn(m, 'own')), new Instance(load(compileSync(wasm))).exports.f());`;
  const args = ['-e', script, JSON.stringify(bundles), JSON.stringify([...wat(TEXT)])];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr + stdout).toBe('false 5\n');
});
