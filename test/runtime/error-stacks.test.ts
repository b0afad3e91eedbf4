/**
 * Stacks of traps and of errors made in imported functions: frame by frame those of V8, through every way in which a
 * program can look at them. Programs run in processes of their own, because they change `Error`.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

const BYTES = wat(`(module $calc
  (import "e" "f" (func $f (param i32)))
  (func $inner (param i32) (call $f (local.get 0)))
  (func $outer (export "run") (param i32) (call $inner (local.get 0)))
  (func $deep (export "deep") (param i32)
    (if (i32.eqz (local.get 0)) (then unreachable)) (call $deep (i32.sub (local.get 0) (i32.const 1))))
  (func (export "anonymous") (param i32) (call $outer (local.get 0))))`);

/** Bodies of `function program(W, make)`; what they return is compared. `make(f)` instantiates with the import f. */
const SAME: [string, string][] = [
  [
    'an error thrown by an import',
    `const { run } = make(() => { throw new Error('made'); }); try { run(1) } catch (e) { return e.stack }`,
  ],
  ['an error looked at in an import', `let s; make(() => { s = new Error('made').stack }).run(1); return s`],
  [
    'wasm and JavaScript in turns',
    `let s; const e = make((n) => { if (n === 0) s = new TypeError('low').stack; else e[n & 1 ? 'anonymous' : 'run'](n - 1); }); e.run(3); return s`,
  ],
  [
    'thrown through several levels and looked at later',
    `const e = make((n) => { if (n === 0) throw new Error('low'); e.run(n - 1); }); let x; try { e.run(3) } catch (e) { x = e } return x.stack`,
  ],
  [
    'a trap below JavaScript below wasm',
    `const e = make((n) => e.deep(n)); try { e.run(3) } catch (e) { return e.stack }`,
  ],
  [
    'stackTraceLimit of traps',
    `const { deep } = make(() => {}); return [0, 1, 5, 10, 40].map((n) => { Error.stackTraceLimit = n; try { deep(30) } catch (e) { return e.stack } })`,
  ],
  [
    'stackTraceLimit of errors in imports',
    `const { run } = make(() => { throw new Error('made') }); return [0, 1, 2, 3].map((n) => { Error.stackTraceLimit = n; try { run(1) } catch (e) { return e.stack } })`,
  ],
  [
    'stackTraceLimit that is no number',
    `const { deep } = make(() => {}); return ['x', null].map((n) => { Error.stackTraceLimit = n; try { deep(3) } catch (e) { return String(e.stack) } })`,
  ],
  [
    'stackTraceLimit that is gone or throws',
    `const { deep } = make(() => {}); const out = []; const go = () => { try { deep(3) } catch (e) { out.push(e.name, e.message) } }; delete Error.stackTraceLimit; go(); Object.defineProperty(Error, 'stackTraceLimit', { get() { throw new Error('get') }, set() { throw new Error('set') }, configurable: true }); go(); return out`,
  ],
  [
    'prepareStackTrace with traps: call sites',
    `const { deep } = make(() => {}); Error.prepareStackTrace = (e, s) => [e.message, s.slice(0, 3).map((c) => [c.getFunctionName(), c.getFileName(), c.getScriptNameOrSourceURL(), c.getLineNumber(), c.getColumnNumber(), c.getPosition(), c.isNative(), c.isEval(), c.isConstructor(), c.isAsync(), c.isToplevel(), c.getTypeName(), c.getMethodName(), c.getFunction() !== undefined, String(c)])]; try { deep(2) } catch (e) { return e.stack }`,
  ],
  [
    'prepareStackTrace with errors in imports',
    `Error.prepareStackTrace = (e, s) => s.map((c) => c.getFunctionName()); const { run } = make(() => { throw new Error('made') }); try { run(1) } catch (e) { return e.stack }`,
  ],
  [
    'prepareStackTrace that throws',
    `const { deep } = make(() => {}); Error.prepareStackTrace = () => { throw new RangeError('prepare') }; let x; try { deep(2) } catch (e) { x = e } const first = x.message; try { return [first, x.stack] } catch (e) { return [first, e.message] }`,
  ],
  [
    'prepareStackTrace saved, replaced and put back',
    `const { deep } = make(() => {}); const old = Error.prepareStackTrace; Error.prepareStackTrace = () => 'mine'; const s = new Error('x').stack; Error.prepareStackTrace = old; try { deep(2) } catch (e) { return [s, e.stack] }`,
  ],
  [
    'prepareStackTrace unset again',
    `const { deep } = make(() => {}); Error.prepareStackTrace = () => 'mine'; Error.prepareStackTrace = undefined; try { deep(2) } catch (e) { return e.stack }`,
  ],
  [
    'no captureStackTrace',
    `const { deep } = make(() => {}); delete Error.captureStackTrace; try { deep(2) } catch (e) { return [e.name, e.message, e.stack] }`,
  ],
  ['an error that is not one', `const { run } = make(() => { throw 'text' }); try { run(1) } catch (e) { return e }`],
  [
    'errors without wasm',
    `make(() => {}).run(1); class E extends Error { name = 'Mine' } return [new E('a').stack.split('\\n')[0], new Error().stack.split('\\n')[0], new RangeError('x').stack]`,
  ],
];

/**
 * Runs a program on V8 or on ours in a process of its own. V8 puts the module's name before the function's and a hash
 * behind it.
 */
function answer(engine: 'v8' | 'ours', body: string, flags: string[] = [], env: NodeJS.ProcessEnv = {}): unknown {
  const script = `
    const W = ${engine === 'v8' ? 'WebAssembly' : `require(${JSON.stringify(ROOT)}).WebAssembly`};
    const bytes = Uint8Array.of(${[...BYTES].join()});
    Error.stackTraceLimit = 30;
    const make = (f) => new W.Instance(new W.Module(bytes), { e: { f } }).exports;
    function program() { ${body} }
    const result = program();
    process.stdout.write(JSON.stringify(result === undefined ? null : result));`;
  const r = spawnSync(process.execPath, [...flags, '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  expect(r.stderr).toBe('');
  return JSON.parse(
    r.stdout
      .replace(/wasm:\/\/wasm\/calc-[0-9a-f]+/g, 'wasm://wasm/calc')
      .replaceAll('calc.', '')
      .replace(/calc \((wasm:[^)]*)\)/g, '$1'),
  );
}

/** Places in the script differ by the text of `require`. */
const withoutColumns = (x: unknown): unknown => JSON.parse(JSON.stringify(x).replace(/\[eval\]:\d+:\d+/g, '[eval]'));

describe('stacks are those of V8', () => {
  it.each(SAME)('%s', (_, body) => {
    expect(withoutColumns(answer('ours', body))).toEqual(withoutColumns(answer('v8', body)));
  });

  it('without code generation', () => {
    const flags = ['--disallow-code-generation-from-strings'];
    for (const [, body] of SAME.slice(0, 4))
      expect(withoutColumns(answer('ours', body, flags))).toEqual(withoutColumns(answer('v8', body, flags)));
  });
});

describe('where Error.prepareStackTrace cannot be ours', () => {
  it.each([[['--frozen-intrinsics', '--no-warnings']], [['--enable-source-maps']]])(
    'traps have their frames: %j',
    (flags) => {
      const stack = answer('ours', `try { make(() => {}).deep(2) } catch (e) { return e.stack }`, flags);
      expect(stack).toMatch(
        /^RuntimeError: unreachable\n {4}at deep \(wasm:\/\/wasm\/calc:wasm-function\[3\]:0x[0-9a-f]+\)\n/,
      );
    },
  );
});

it('uncaught errors are printed with their wasm frames', () => {
  const script = `const w = require(${JSON.stringify(path.join(ROOT))}); w.instantiate(Uint8Array.of(${[...BYTES].join()}), { e: { f() { throw new Error('uncaught') } } }).exports.run(1)`;
  const { stderr } = spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(stderr).toMatch(/Error: uncaught\n {4}at (Object\.)?f \(.*\n {4}at inner \(wasm:.*\n {4}at outer \(wasm:/);
  expect(stderr.slice(stderr.indexOf('Error:'))).not.toMatch(/settle|dist\/index\.js/);
});
