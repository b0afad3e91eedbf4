/**
 * Windows by Wine: fast calls, and what needs several processes: the background compiler of `wamr-native/register`, and
 * the compile server. Left out, loudly, where there is no Wine.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../src-ts/register/index.js';
import { wamr } from '../support/built.js';
import { writeModules } from '../support/hot-calls.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { wat } from '../support/wat.js';
import { runNodeOnWindows, runOnWindows, WINDOWS_NODES, type WindowsNode, withoutWine } from '../support/windows.js';

const ALL = process.env.WAMR_TEST_EMULATED === 'all';
const missing = withoutWine();
const nodes = Object.keys(WINDOWS_NODES).map(Number) as WindowsNode[];
const some = ALL ? nodes : nodes.slice(0, 1);
const timeoutMs = 300_000;

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-windows-'));
afterAll(() => fs.rmSync(base, { recursive: true }));
let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(base, 'test-'));
});
/** Processes with this folder among their arguments or in their environment, which go when they are not needed. */
afterEach(() => {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const texts = ['cmdline', 'environ'].map((f) => fs.readFileSync(`/proc/${pid}/${f}`, 'latin1'));
      if (texts.some((text) => text.includes(path.basename(dir)))) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone meanwhile, or of another user.
    }
});

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`${what} did not come`);
}

const files = (folder: string, suffix: string): string[] =>
  fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(suffix)) : [];

describe.skipIf(missing !== undefined || QUICK)('on Windows', () => {
  it.each(some)('Node %d has fast calls, and hot calls do with them what they do on Linux', async (node) => {
    const main = path.join(import.meta.dirname, 'fast-calls-main.ts');
    expect(await runOnWindows(main, [], { timeoutMs, node })).toMatchObject({ out: 'true\n', err: '' });
    writeModules(dir);
    const program = path.join(ROOT, 'test/runtime/children/hot-calls.cjs');
    const args = ['--expose-gc', program, path.join(ROOT, 'dist/index.js'), dir];
    const here = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: timeoutMs });
    const there = await runNodeOnWindows(args, { timeoutMs, node });
    expect(there).toMatchObject({ code: 0, err: '' });
    const times = { stackOverflows: expect.any(Number) as number, deadlines: expect.any(Number) as number };
    expect(JSON.parse(there.out)).toEqual({ ...(JSON.parse(here.stdout) as object), ...times });
  });

  it.each(some)('what the cache does not have is compiled in the background, Node %d', async (node) => {
    const bytes = Buffer.from(wat('(module (func (export "f") (result i32) i32.const 42))')).toString('base64');
    const register = JSON.stringify(path.join(ROOT, 'dist/register.js'));
    const script = path.join(dir, 'script.cjs');
    fs.writeFileSync(
      script,
      `const made = new WebAssembly.Module(Buffer.from('${bytes}', 'base64'));
      console.log(new WebAssembly.Instance(made).exports.f());
      process.on('exit', () => console.log(JSON.stringify(require(${register}).status())));`,
    );
    const cache = path.join(dir, 'cache');
    const run = async (): Promise<string[]> => {
      const args = ['--require', path.join(ROOT, 'dist/register.js'), script];
      const { code, out, err } = await runNodeOnWindows(args, { timeoutMs, node, env: { WAMR_CACHE_DIR: cache } });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const [answer, status] = out.trim().split(/\r?\n/);
      return [answer, ...(JSON.parse(status) as Status).modules.map((m) => m.engine)];
    };
    expect(await run()).toEqual(['42', 'v8']);
    const wanted = path.join(cache, 'wanted');
    await until('the artefact', () => fs.existsSync(wanted) && files(wanted, '.wasm').length === 0);
    expect(await run()).toEqual(['42', 'wamr']);
  });

  it.each(some)('the compile server compiles, and is not believed without a proof, Node %d', async (node) => {
    const wasm = path.join(dir, 'm.wasm');
    fs.writeFileSync(wasm, wat('(module (func (export "f") (result i32) i32.const 42))'));
    const expected = wamr.compileSync(fs.readFileSync(wasm), { target: 'x86-64-v2-windows' });
    const compile = async (): Promise<void> => {
      const out = path.join(dir, 'out.aot');
      const env = { WAMR_CACHE_DIR: path.join(dir, 'cache'), WAMR_COMPILE_SERVER: 'always' };
      const args = [path.join(ROOT, 'dist/cli.js'), 'compile', wasm, '-o', out];
      expect(await runNodeOnWindows(args, { timeoutMs, node, env })).toMatchObject({ code: 0, err: '' });
      expect(Buffer.compare(fs.readFileSync(out), expected)).toBe(0);
    };
    await compile();
    const folder = path.join(dir, 'cache/server');
    const [address] = files(folder, '.sock').map((name) => path.join(folder, name));
    const text = fs.readFileSync(address, 'utf8');
    const { key } = JSON.parse(text) as { path: string; key: string };
    await compile();
    expect(fs.readFileSync(address, 'utf8')).toBe(text);
    // Whoever has another key is asked for nothing: this command compiles by itself.
    fs.writeFileSync(address, text.replace(key, key.replace(/./g, '0')));
    await compile();
  });
});
