/**
 * Programs that start threads (wasi-threads): by the command line, with Wasmtime 36 as oracle (later ones have no threads), and by `WasiHost`. Locks,
 * conditions, threads made by threads, files and memory that one thread has made and another one uses, and every way in
 * which a program with threads ends.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peer } from '../../bench/harness/peers.js';
import type { Module } from '../../src-ts/index.js';
import { wamr } from '../support/built.js';
import { Workspace } from '../support/cli.js';
import { newWat } from '../support/new-wat.js';
import { ROOT } from '../support/peers.js';

const w = new Workspace();
const bytes = newWat(fs.readFileSync(path.join(import.meta.dirname, 'threads.wat'), 'utf8'));
const { WasiHost } = createRequire(import.meta.url)(
  '../../dist/wasi.js',
) as typeof import('../../src-ts/wasi/index.js');
const module = (wasm = bytes): Module => new wamr.Module(wamr.compileSync(wasm));

beforeAll(() => {
  w.write('threads.wasm', bytes);
  w.write('data/hello.txt', 'hello from a file\n');
});
afterAll(() => w.remove());

/** Letter of the program → what it prints, its exit code, the trap that ends it. */
const PROGRAMS: Record<string, [what: string, out: string, code: number, trap?: string]> = {
  j: ['eight threads and a lock', '80000\n', 0],
  c: ['a hundred turns of two threads', '200\n', 0],
  n: ['threads made by threads', '6\n', 0],
  f: ['a file that one thread opens, another one reads and closes', '0\n18\nhello from a file\n0\n1008\n', 0],
  g: ['memory that one thread has made and another one prints', 'grown\ngrown\n3\n', 0],
  p: ['fifty threads, one after the other', '50\n', 0],
  o: ['output of two threads', '12345\n678\n', 0],
  t: ['a trap in a thread', '', 134, 'unreachable'],
  d: ['a trap in a thread while the first one runs', '', 134, 'integer divide by zero'],
  x: ['an exit in a thread', '', 7],
  e: ['an exit while another thread waits', '', 9],
  m: ['an end while another thread runs', '', 0],
  s: ['an end while another thread sleeps', '', 0],
};

describe('a program with threads', () => {
  const wasmtime = peer('wasmtime-threads')?.wasmtime;

  it.each(Object.entries(PROGRAMS))('%s: %s', (letter, [, out, code, trap]) => {
    const ours = w.run(['run', '--threads', '--dir', 'data::/', 'threads.wasm', letter]);
    expect(ours.out).toBe(out);
    expect(ours.code).toBe(code);
    expect(ours.err).toMatch(trap === undefined ? /^$/ : new RegExp(`^trap: ${trap}\n    at `));
    const theirs = spawnSync(
      wasmtime!,
      ['run', '-S', 'threads', '-W', 'threads=y', '--dir', 'data::/', 'threads.wasm', letter],
      { cwd: w.dir, encoding: 'utf8' },
    );
    expect([theirs.stdout, theirs.status]).toEqual([out, code]);
  });

  it('ends while another thread waits for input', () => {
    // By a pipe that nobody writes to and nobody closes.
    const r = spawnSync(
      process.execPath,
      [
        '-e',
        `const p = require('child_process').spawn(process.execPath,
          [${JSON.stringify(path.join(ROOT, 'dist/cli.js'))}, 'run', '--threads', 'threads.wasm', 'r'], { stdio: ['pipe', 'inherit', 'inherit'] });
        p.on('exit', (code) => { console.log('code', code); process.exit(); });`,
      ],
      { cwd: w.dir, encoding: 'utf8', timeout: 50_000, env: { ...process.env, WAMR_CACHE_DIR: w.path('cache') } },
    );
    expect([r.stdout, r.stderr]).toEqual(['code 0\n', '']);
  });

  it('is refused more threads than it may have', () => {
    expect(w.run(['run', '--max-threads', '5', 'threads.wasm', 'l'])).toMatchObject({
      code: 0,
      out: '4\n6\n',
      err: 'note: the program wanted another thread and was refused: --max-threads allows more than there are\n',
    });
  });

  it('has its time, its memory, its stack', () => {
    const late = w.run(['run', '--threads', '--timeout', '300ms', 'threads.wasm', 'w']);
    expect([late.code, late.err]).toEqual([134, expect.stringMatching(/^trap: interrupt/)]);
    expect(w.run(['run', '--threads', '--max-memory', '128kB', 'threads.wasm', 'j']).code).toBe(1);
    expect(w.run(['run', '--threads', '--stack-size', '1MB', 'threads.wasm', 'j']).out).toBe('80000\n');
  });

  it('says what it needs, and what does not go with it', () => {
    expect(w.run(['run', 'threads.wasm', 'j'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('threads.wasm starts threads: it needs --threads'),
    });
    for (const args of [
      ['--invoke', 'wasi_thread_start'],
      ['--coredump', 'core'],
      ['--unknown-imports', 'trap'],
      ['--engine', 'v8'],
    ])
      expect(w.run(['run', '--threads', ...args, 'threads.wasm', '1', '2'])).toMatchObject({
        code: 2,
        err: expect.stringContaining(args[0]),
      });
    w.wasm('alone.wasm', '(module (memory (export "memory") 1) (func (export "_start")))');
    expect(w.run(['run', '--threads', 'alone.wasm'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('it exports no function wasi_thread_start (param i32 i32)'),
    });
  });
});

describe('WasiHost.startThreads', () => {
  const output = w.path('out.txt');
  const start = async (letter: string, options: object = {}): Promise<[string, number]> => {
    const stdout = fs.openSync(output, 'w');
    const host = new WasiHost({ args: ['threads', letter], dirs: { '/': w.path('data') }, stdout });
    const code = await host.startThreads(module(), options).finally(() => fs.closeSync(stdout));
    return [fs.readFileSync(output, 'utf8'), code];
  };

  it('gives the exit code, and this thread goes on meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    expect(await start('j')).toEqual(['80000\n', 0]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(await start('x')).toEqual(['', 7]);
    expect(await start('f')).toEqual([PROGRAMS.f[1], 0]);
  });

  it('several programs at a time', async () => {
    const host = (): any => new WasiHost({ args: ['threads', 'x'] });
    const shared = module();
    expect(await Promise.all([1, 2, 3].map(() => host().startThreads(shared)))).toEqual([7, 7, 7]);
  });

  it('rejects with the trap of any thread', async () => {
    const error = await start('d').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(wamr.Trap);
    expect(error).toMatchObject({ kind: 'integer-divide-by-zero', frames: [{ func: expect.any(Number) }] });
  });

  it('ends by a signal, with its reason', async () => {
    const controller = new AbortController();
    const running = start('w', { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await expect(running).rejects.toThrow('enough');
    await expect(start('w', { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses threads, options and modules', async () => {
    let refused = 0;
    expect(await start('l', { maxThreads: 3, onRefused: () => refused++ })).toEqual(['2\n6\n', 0]);
    expect(refused).toBe(1);
    await expect(start('j', { maxThread: 3 })).rejects.toThrow(/unknown option 'maxThread'/);
    await expect(start('j', { limits: { memoryPages: 1 } })).rejects.toThrow(/limits.memoryPages allows 1/);
    const unshared = newWat(`(module (import "env" "memory" (memory 1)) (func (export "_start"))
      (func (export "wasi_thread_start") (param i32 i32)))`);
    await expect(new WasiHost().startThreads(module(unshared))).rejects.toThrow(/it imports no shared memory/);
    await expect(new WasiHost().startThreads({} as Module)).rejects.toThrow(/Argument 0 must be a module/);
  });
});
