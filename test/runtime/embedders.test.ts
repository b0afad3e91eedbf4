/**
 * Hosts that are not plain Node: embedders that refuse external buffers, processes without run-time code generation,
 * other test runners' realms.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';

const root = join(__dirname, '../..');
const bundle = join(root, 'dist/index.js');
const dir = mkdtempSync(join(tmpdir(), 'wamr-embedders-'));
afterAll(() => rmSync(dir, { recursive: true }));
wamr.threadToken();
const addon =
  process.env.WAMR_NATIVE_ADDON ?? Object.keys(createRequire(import.meta.url).cache).find((f) => f.endsWith('.node'))!;

function child(script: string, options: { node?: string[]; env?: object } = {}): string {
  const r = spawnSync(process.execPath, [...(options.node ?? []), '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    cwd: root,
  });
  return r.stdout + r.stderr;
}

const TEXT = `(module (import "h" "f" (func $f (param i32) (result i32))) (memory (export "m") 1 100)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))`;
const WASM = Buffer.from(wat(TEXT)).toString('base64');
const USE = `
const { instantiate, Memory, Trap } = require(${JSON.stringify(bundle)});
const { exports } = instantiate(Buffer.from('${WASM}', 'base64'), { h: { f: (x) => x + 1 } }, { cache: false });
new Uint8Array(exports.m.buffer)[65535] = 7;
exports.grow(2);
let trap;
try { exports.load(3 * 65536); } catch (e) { trap = e; }
console.log(exports.load(65532), exports.call(4), exports.m.buffer.byteLength, trap instanceof WebAssembly.RuntimeError, trap instanceof Trap, trap.kind, new Memory({ initial: 2 }).buffer.byteLength);`;
const WORKS = `${7 << 24} 5 196608 true true memory-out-of-bounds 131072\n`;

it('Node', () => expect(child(USE)).toBe(WORKS));

it("an embedder that refuses external buffers (Electron): memories are V8's", () => {
  const stub = join(dir, 'refusing.cjs');
  writeFileSync(
    stub,
    `
    const native = require(${JSON.stringify(addon)});
    const memoryBuffer = native.memoryBuffer;
    let adopted = new Set();
    module.exports = new Proxy(native, { get: (t, k) => k === 'memoryAdopt' ? (...a) => { const id = native.memoryAdopt(...a); adopted.add(id); return id; }
      : k === 'memoryBuffer' ? (id) => { if (!adopted.has(id)) throw Object.assign(new Error('refused'), { code: 'WAMR_NO_EXTERNAL_BUFFERS' }); return memoryBuffer(id); } : t[k] });`,
  );
  expect(child(USE, { env: { WAMR_NATIVE_ADDON: stub } })).toBe(WORKS);
});

it.each([
  ['--disallow-code-generation-from-strings'],
  ['--frozen-intrinsics'],
  ['--disable-wasm-trap-handler'],
  ['--no-opt'],
])('node %s', (flag) => {
  const out = child(USE, { node: ['--no-warnings', flag] });
  expect(out).toBe(WORKS);
});

it("says once that somebody's SIGSEGV handler breaks traps", () => {
  const out = child(`${USE.replace(/let trap[^]*/, '')}
    process.on('SIGSEGV', () => {});
    for (let i = 0; i < 3; i++) instantiate(Buffer.from('${WASM}', 'base64'), { h: { f: (x) => x } }, { cache: false });
    console.log(exports.call(4));`);
  expect(out.match(/the SIGSEGV handler was replaced/g)).toHaveLength(1);
  expect(out).toMatch(/^5\n/);
});

describe('Vitest', () => {
  const test = `
    import { createRequire } from 'node:module';
    import { expect, test } from 'vitest';
    const { instantiate, Trap } = createRequire(import.meta.url)(${JSON.stringify(bundle)});
    test('traps are errors of this realm or of Node\\'s', () => {
      const { exports } = instantiate(Buffer.from('${WASM}', 'base64'), { h: { f: () => { throw 42; } } }, { cache: false });
      let trap;
      for (let i = 0; i < 100; i++) { try { exports.load(-1); } catch (e) { trap = e; } }
      expect(trap).toBeInstanceOf(Trap);
      expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
      expect(trap).toBeInstanceOf(Error);
      expect(() => exports.load(-1)).toThrow(/out of bounds/);
      let thrown;
      try { exports.call(1); } catch (e) { thrown = e; }
      expect(thrown).toBe(42);
    });`;
  writeFileSync(join(dir, 'pool.test.mjs'), test);
  it.each(['forks', 'threads', 'vmForks', 'vmThreads'])('pool %s', (pool) => {
    const config = join(dir, `vitest.${pool}.config.mjs`);
    writeFileSync(
      config,
      `export default { root: ${JSON.stringify(root)}, cacheDir: ${JSON.stringify(dir)}, test: { include: [${JSON.stringify(join(dir, 'pool.test.mjs'))}], pool: ${JSON.stringify(pool)}, projects: undefined }, resolve: { alias: { vitest: ${JSON.stringify(join(root, 'node_modules/vitest'))} } }, server: { fs: { strict: false } } };`,
    );
    const r = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config], {
      encoding: 'utf8',
      cwd: root,
      env: {
        ...process.env,
        NO_COLOR: '1',
        VITEST: undefined,
        VITEST_POOL_ID: undefined,
        VITEST_WORKER_ID: undefined,
        VITEST_MODE: undefined,
      } as NodeJS.ProcessEnv,
    });
    expect(r.stdout + r.stderr).toMatch(/1 passed/);
  });
});

// Jest comes from the registry that npm is set up with; where that one cannot be reached, test/runtime/realms.test.ts
// still has Jest's realms (vm contexts) without Jest.
describe.skipIf(QUICK)('Jest', () => {
  it('traps, resetModules, 20 test files', (context) => {
    const project = join(dir, 'jest');
    const body = (n: number): string => `
      for (let k = 0; k < 5; k++) test('traps ' + k, () => {
        jest.resetModules();
        const { instantiate, Trap } = require(${JSON.stringify(bundle)});
        const { exports } = instantiate(Buffer.from('${WASM}', 'base64'), { h: { f: (x) => x + ${n} } }, { cache: false });
        let trap;
        try { exports.load(-1); } catch (e) { trap = e; }
        expect(trap).toBeInstanceOf(Trap);
        expect(trap).toBeInstanceOf(WebAssembly.RuntimeError);
        expect(trap).toBeInstanceOf(Error);
        expect(exports.call(1)).toBe(${n + 1});
      });`;
    mkdirSync(project);
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'jest-realms', private: true, jest: { testEnvironment: 'node', roots: [project] } }),
    );
    for (let n = 0; n < 20; n++) writeFileSync(join(project, `t${n}.test.js`), body(n));
    const options = { encoding: 'utf8', cwd: project } as const;
    const npm = spawnSync(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--prefer-offline',
        '--fetch-retries=1',
        '--fetch-retry-mintimeout=1000',
        'jest@30.5.2',
      ],
      options,
    );
    if (
      npm.status !== 0 &&
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/.test(npm.stderr)
    ) {
      const reason = 'the package registry cannot be reached: not tested under Jest';
      console.warn(reason);
      context.skip(reason);
    }
    expect(npm.status, /code \w+/.exec(npm.stderr)?.[0]).toBe(0);
    const r = spawnSync(process.execPath, [join(project, 'node_modules/jest/bin/jest.js')], options);
    expect(r.stdout + r.stderr).toMatch(/Tests:\s+100 passed, 100 total/);
  });
});
