/** `wamr-native run`: what a run may take, what it is given beside WASI, and ways to name the program. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ARGS, CAT, ENVIRONMENT, MATH, READ_FILE } from '../support/guests.js';
import { ROOT } from '../support/peers.js';
import { moduleOf, section, string } from '../support/wasm-build.js';

const w = new Workspace();
beforeAll(() => {
  w.wasm('args.wasm', ARGS);
  w.wasm('env.wasm', ENVIRONMENT);
  w.wasm('cat.wasm', CAT);
  w.wasm('read.wasm', READ_FILE);
  w.wasm('math.wasm', MATH);
  w.wasm('spin.wasm', '(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))');
  w.wasm(
    'grow.wasm',
    '(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))) (func $deep (export "deep") (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0)))))',
  );
  w.wasm(
    'needs.wasm',
    `(module (import "lib" "twice" (func $twice (param i32) (result i32))) (import "none" "pair" (func $pair (result i64 f32)))
      (import "none" "g" (global $g i32)) (import "none" "m" (memory 1))
      (func (export "lib") (param i32) (result i32) (call $twice (local.get 0)))
      (func (export "unknown") (result i64 f32) (call $pair))
      (func (export "zero") (result i32) (i32.add (global.get $g) (i32.load (i32.const 0)))))`,
  );
  w.wasm('lib.wasm', '(module (func (export "twice") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))');
  w.write('data/hello.txt', 'hello from the host\n');
});
afterAll(() => w.remove());

describe('the program', () => {
  it('runs without `run`, with and without options', () => {
    expect(w.run(['args.wasm', 'x'])).toMatchObject({ code: 2, out: 'args.wasm\0x\0' });
    expect(w.run(['--argv0', 'me', 'args.wasm', '--x'])).toMatchObject({ code: 2, out: 'me\0--x\0' });
    fs.copyFileSync(w.path('args.wasm'), w.path('plain'));
    expect(w.run(['plain'])).toMatchObject({ code: 1, out: 'plain\0' });
  });

  it('starts without what other commands are for', () => {
    const script = `
      const Module = require('node:module');
      const { _load } = Module;
      const seen = [];
      Module._load = function (id) {
        seen.push(id);
        return _load.apply(this, arguments);
      };
      require(${JSON.stringify(path.join(ROOT, 'dist/cli-run.js'))});
      console.log(JSON.stringify(seen.filter((id) => /commander|child_process|worker_threads|crypto/.test(id))));`;
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout).toBe('[]\n');
  });

  it('comes from standard input', () => {
    const run = (...args: string[]): string =>
      spawnSync(process.execPath, [path.join(ROOT, 'dist/cli.js'), ...args], {
        input: fs.readFileSync(w.path('math.wasm')),
        env: { ...process.env, WAMR_CACHE_DIR: w.path('cache') },
      }).stdout.toString();
    expect(run('run', '--invoke', 'fac', '-', '5')).toBe('120\n');
    expect(run('inspect', '-')).toMatch(/^stdin: WebAssembly module/);
  });

  it('is called with numbers below zero and hexadecimal ones', () => {
    expect(w.run(['run', '--invoke', 'add', 'math.wasm', '--', '-7', '-1']).out).toBe('-8\n');
    expect(w.run(['run', '--invoke', 'half', 'math.wasm', '--', '-0x.1p0']).out).toBe('-0.03125\n');
  });

  it('sees all variables of this process if it is told to', () => {
    const { out } = w.run(['run', '--env', 'inherit', '--env', 'A=2', 'env.wasm'], { env: { A: '1', B: 'x' } });
    expect(out.split('\0')).toEqual(expect.arrayContaining(['A=2', 'B=x']));
  });
});

describe('limits', () => {
  it('--timeout interrupts wasm, and ends a program that waits', () => {
    const began = Date.now();
    expect(w.run(['run', '--timeout', '200ms', 'spin.wasm'])).toMatchObject({
      code: 134,
      err: expect.stringContaining('trap: interrupt'),
    });
    // Its standard input never ends.
    const { status, signal, stderr } = spawnSync(
      '/bin/sh',
      [
        '-c',
        `sleep 20 | "${process.execPath}" "${path.join(ROOT, 'dist/cli.js')}" run --timeout 0.2 cat.wasm; echo $? >&2; kill $! 2>/dev/null; exit 0`,
      ],
      { cwd: w.dir, timeout: 60_000, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], killSignal: 'SIGKILL' },
    );
    expect({ status, signal, stderr }).toMatchObject({
      stderr: expect.stringMatching(/waited in a host function[\s\S]*143/),
    });
    expect(Date.now() - began).toBeLessThan(55_000);
  }, 70_000);

  it('--max-memory and --stack-size', () => {
    expect(w.run(['run', '--max-memory', '128KiB', '--invoke', 'grow', 'grow.wasm', '1']).out).toBe('1\n');
    expect(w.run(['run', '--max-memory', '128KiB', '--invoke', 'grow', 'grow.wasm', '2']).out).toBe('-1\n');
    expect(w.run(['run', '--invoke', 'deep', 'grow.wasm', '50000']).out).toBe('50000\n');
    expect(w.run(['run', '--stack-size', '256KiB', '--invoke', 'deep', 'grow.wasm', '50000'])).toMatchObject({
      code: 134,
      err: expect.stringContaining('call stack exhausted'),
    });
  });
});

describe('imports', () => {
  const invoke = (name: string, ...flags: string[]): ReturnType<Workspace['run']> =>
    w.run(['run', ...flags, '--invoke', name, 'needs.wasm', ...(name === 'lib' ? ['21'] : [])]);

  it('of a module that was loaded before, and stand-ins', () => {
    expect(invoke('lib', '--preload', 'lib=lib.wasm', '--unknown-imports', 'zero').out).toBe('42\n');
    expect(invoke('unknown', '--unknown-imports', 'zero').out).toBe('0\n0\n');
    expect(invoke('zero', '--unknown-imports', 'trap').out).toBe('0\n');
    expect(invoke('unknown', '--unknown-imports', 'trap')).toMatchObject({
      code: 134,
      err: 'trap: unknown import: none.pair func () -> (i64, f32)\n',
    });
    expect(invoke('lib')).toMatchObject({ code: 1, err: expect.stringContaining('lib') });
  });
});

describe('folders', () => {
  it('can be for reading only', () => {
    for (const dir of ['data::/in::ro', 'data::ro'])
      expect(w.run(['run', '--dir', dir, 'read.wasm'])).toMatchObject({ code: 0, out: 'hello from the host\n' });
    expect(w.run(['run', '--dir', 'data::a::b::ro', 'read.wasm']).code).toBe(2);
  });
});

describe('other commands', () => {
  it('validate says what is wrong and which proposals a module uses', () => {
    w.write('bad.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99, 0));
    w.write('tag.wasm', moduleOf(section(1, 1, 0x60, 0, 0), section(13, 1, 0, 0)));
    expect(w.run(['validate', 'math.wasm', 'bad.wasm', 'tag.wasm'])).toMatchObject({
      code: 1,
      out: 'math.wasm: valid\ntag.wasm: valid, uses exceptions\n',
      err: expect.stringMatching(/^bad\.wasm: .*@\+8/),
    });
    expect(w.run(['validate', '--without', 'exceptions', 'tag.wasm']).code).toBe(1);
  });

  it('string builtins and constants are compiled in on demand', () => {
    const imports = [
      ...[...string('wasm:js-string'), ...string('length'), 0, 0],
      ...[...string('texts'), ...string('hello'), 3, 0x6f, 0],
    ];
    w.write('strings.wasm', moduleOf(section(1, 1, 0x60, 1, 0x6f, 1, 0x7f), section(2, 2, imports)));
    const flags = ['--builtins', 'js-string', '--string-constants', 'texts'];
    expect(w.run(['compile', ...flags, 'strings.wasm']).code).toBe(0);
    const { imports: named } = JSON.parse(w.run(['inspect', '--json', 'strings.aot']).out);
    expect(named).toEqual([
      { name: 'wasm:js-string.length', what: 'func (externref) -> i32, ready-made' },
      { name: 'texts.hello', what: 'global externref, ready-made' },
    ]);
    w.write('wrong.wasm', moduleOf(section(1, 1, 0x60, 0, 0), section(2, 1, imports.slice(0, 24))));
    expect(w.run(['validate', 'wrong.wasm']).code).toBe(0);
    expect(w.run(['validate', ...flags, 'wrong.wasm'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('has incorrect signature @+'),
    });
    expect(w.run(['compile', '--builtins', 'strings', 'strings.wasm']).err).toContain(
      "There is no set of builtins 'strings'.",
    );
  });

  it('settings, help of commands below others, completion', () => {
    fs.mkdirSync(w.path('empty'));
    w.write('empty/packed.txt', '');
    const settings = JSON.parse(w.run(['settings', '--json']).out);
    expect(settings).toMatchObject({ engine: 'wamr', defaultTarget: 'x86-64-v2', proposals: { exceptions: 'on' } });
    expect(w.run(['help', 'cache', 'prune']).out).toContain('Usage: wamr-native cache prune');
    expect(w.run(['help', 'cache', 'nothing'])).toMatchObject({ code: 2 });
    const script = `${w.run(['completion', 'bash']).out}
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wamr_native; echo "\${COMPREPLY[@]}"; }
      try wamr-native run --engine v; try wamr-native cache p; try wamr-native compile --bou`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: w.path('empty') }).stdout).toBe(
      'v8\nprune packed.txt\n--bounds\n',
    );
  });

  it('say which file is full, and write into what is no plain file', () => {
    expect(w.run(['compile', 'math.wasm', '-o', '/dev/full'])).toMatchObject({
      code: 1,
      err: 'error: /dev/full: no space left on the device\n',
    });
    expect(w.run(['compile', 'math.wasm', '-o', 'nowhere/x.aot']).err).toBe(
      'error: nowhere/x.aot: no such file or folder\n',
    );
    fs.symlinkSync('real.aot', w.path('link.aot'));
    w.write('real.aot', 'old');
    expect(w.run(['compile', 'math.wasm', '-o', 'link.aot']).code).toBe(0);
    expect(fs.lstatSync(w.path('link.aot')).isSymbolicLink()).toBe(true);
    expect(fs.statSync(w.path('real.aot')).size).toBeGreaterThan(100);
    const full = fs.openSync('/dev/full', 'w');
    const r = spawnSync(process.execPath, [path.join(ROOT, 'dist/cli.js'), 'inspect', 'math.wasm'], {
      cwd: w.dir,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect(r).toMatchObject({ status: 1, stderr: 'error: standard output: no space left on the device\n' });
  });

  it('says in one line what is wrong with an input, and what to do', () => {
    w.write('empty.wasm', '');
    w.write('page.wasm', '<!doctype html><html></html>');
    w.write('packed.wasm', Uint8Array.of(0x1f, 0x8b, 8, 0));
    fs.mkdirSync(w.path('a folder'), { recursive: true });
    const refused: readonly [args: string[], code: number, message: string][] = [
      [['run', 'empty.wasm'], 1, 'empty.wasm: the file is empty'],
      [['compile', 'page.wasm'], 1, 'page.wasm: this is an HTML or XML page, not a WebAssembly module'],
      [['inspect', 'packed.wasm'], 1, 'packed.wasm: this is gzipped; unpack it first'],
      [['objdump', 'a folder'], 1, 'a folder is not a compiled component'],
      [['wast', 'a folder'], 1, 'a folder is a folder; `wast` takes scripts'],
      [['precompile', 'empty.wasm'], 2, 'empty.wasm is no folder: precompile takes one, or -- and a command'],
      [['precompile', '--', 'no-such-command'], 1, 'no-such-command cannot be started'],
      [['run', '--stack-size', '99GB', 'math.wasm'], 2, 'It must be between 1 byte and 1 GiB.'],
      [['run', '--invoke', 'nowhere', 'math.wasm'], 2, "math.wasm exports no function 'nowhere'"],
      [['compile', '--profile', 'page.wasm', 'math.wasm'], 1, 'page.wasm: not JSON'],
      [['explore', '-o', '/dev/full', 'math.wasm'], 1, '/dev/full: no space left on the device'],
    ];
    for (const [args, code, message] of refused) {
      const r = w.run(args);
      expect(r, args.join(' ')).toMatchObject({ code, out: '', err: expect.stringContaining(message) });
      expect(r.err.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    }
  });

  it('takes artefacts from standard input', () => {
    w.run(['compile', 'math.wasm', '-o', 'math.aot']);
    const r = spawnSync(process.execPath, [path.join(ROOT, 'dist/cli.js'), 'run', '--invoke', 'add', '-', '2', '3'], {
      input: fs.readFileSync(w.path('math.aot')),
      encoding: 'utf8',
    });
    expect(r).toMatchObject({ status: 0, stdout: '5\n', stderr: '' });
  });

  it('a trap stays one where its coredump cannot be written', () => {
    w.wasm('traps.wasm', '(module (memory (export "memory") 1) (func (export "_start") (unreachable)))');
    const r = w.run(['run', '--coredump', 'no/such/folder', 'traps.wasm']);
    expect(r.code).toBe(134);
    expect(r.err).toMatch(/^trap: unreachable\n[\s\S]*no coredump: no\/such\/folder: no such file or folder\n$/);
  });
});
