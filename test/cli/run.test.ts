/** `wamr-native run`: WASI commands, exit codes, traps, --invoke. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DirectoryRow, Header } from '../../src-ts/abi/artefact.js';
import { Section } from '../../src-ts/aot/format.js';
import { Workspace } from '../support/cli.js';
import { ARGS, CAT, ENVIRONMENT, MATH, READ_FILE, trapping } from '../support/guests.js';

const w = new Workspace();
beforeAll(() => {
  w.wasm('args.wasm', ARGS);
  w.wasm('env.wasm', ENVIRONMENT);
  w.wasm('cat.wasm', CAT);
  w.wasm('read.wasm', READ_FILE);
  w.wasm('math.wasm', MATH);
  w.write('data/hello.txt', 'hello from the host\n');
});
afterAll(() => w.remove());

describe('WASI commands', () => {
  it('passes arguments, options among them, and returns the exit code', () => {
    const r = w.run(['run', 'args.wasm', 'one', '--two', '-h']);
    expect(r).toEqual({ code: 4, signal: null, out: 'args.wasm\0one\0--two\0-h\0', err: '' });
  });

  it('gives only the environment that was asked for', () => {
    expect(w.run(['run', 'env.wasm'], { env: { SECRET: 'x' } }).out).toBe('');
    expect(
      w.run(['run', '--env', 'A=1', '--env', 'B=x=y', '--env', 'INHERITED', '--env', 'ABSENT', 'env.wasm'], {
        env: { INHERITED: 'yes' },
      }).out,
    ).toBe('A=1\0B=x=y\0INHERITED=yes\0');
  });

  it('passes stdin, longer than a page, through a memory that has grown', () => {
    const input = 'line of text\n'.repeat(10_000);
    const r = w.run(['run', 'cat.wasm'], { input });
    expect(r.out === input).toBe(true);
    expect(r.code).toBe(0);
  });

  it('gives a folder by --dir, and none without', () => {
    expect(w.run(['run', '--dir', 'data::/in', 'read.wasm'])).toMatchObject({ code: 0, out: 'hello from the host\n' });
    expect(w.run(['run', '--dir', 'data', 'read.wasm'])).toMatchObject({ code: 0, out: 'hello from the host\n' });
    expect(w.run(['run', 'read.wasm'])).toMatchObject({ code: 1, out: '' });
  });

  it('runs an artefact', () => {
    expect(w.run(['compile', 'args.wasm', '-o', 'args.aot']).code).toBe(0);
    expect(w.run(['run', 'args.aot', 'x'])).toMatchObject({ code: 2, out: 'args.aot\0x\0' });
  });

  it('refuses a module without _start and tells what it exports', () => {
    const r = w.run(['run', 'math.wasm']);
    expect(r.code).toBe(1);
    expect(r.err).toMatch(/math\.wasm is no command.*--invoke: add, fac/);
  });
});

describe('a large artefact, which other threads read meanwhile', () => {
  beforeAll(() => {
    w.wasm(
      'large.wasm',
      `(module (memory (export "memory") 80) (data (i32.const 0) "${'x'.repeat(5_000_000)}")
        (func (export "_start") (if (i32.ne (i32.load8_u (i32.const 4999999)) (i32.const 120)) (then unreachable))))`,
    );
    expect(w.run(['compile', 'large.wasm', '-o', 'large.aot']).code).toBe(0);
  });

  it('runs, with options and without', () => {
    expect(w.run(['run', 'large.aot'])).toEqual({ code: 0, signal: null, out: '', err: '' });
    expect(w.run(['run', '--env', 'A=1', 'large.aot'])).toEqual({ code: 0, signal: null, out: '', err: '' });
  });

  it.each<[string, (b: Buffer) => Buffer, RegExp]>([
    ['shortened', (b) => b.subarray(0, 4_500_000), /truncated or damaged/],
    ['longer', (b) => Buffer.concat([b, Buffer.alloc(4096)]), /truncated or damaged/],
    ['another version', (b) => changed(b, Header.FORMAT), /format \d+, this is/],
    ['no section directory', (b) => changed(b, Header.SECTIONS + 1), /SHA-256|directory/],
    ['code elsewhere', (b) => changed(b, codeRow(b) + DirectoryRow.OFFSET + 1), /SHA-256|contradict|makes no sense/],
    ['other code', (b) => changed(b, b.readUInt32LE(codeRow(b) + DirectoryRow.OFFSET)), /SHA-256/],
    ['other data', (b) => changed(b, b.length - 5000), /SHA-256/],
  ])('is refused when it is damaged: %s', (_, damage, message) => {
    w.write('bad.aot', damage(fs.readFileSync(w.path('large.aot'))));
    const r = w.run(['run', 'bad.aot']);
    expect(r).toMatchObject({ code: 1, signal: null, out: '', err: expect.stringMatching(message) });
  });

  const changed = (bytes: Buffer, at: number): Buffer => {
    bytes[at] ^= 0x10;
    return bytes;
  };
  const codeRow = (bytes: Buffer): number => {
    let at: number = Header.DIRECTORY;
    while (bytes.readUInt32LE(at + DirectoryRow.ID) !== (Section.CODE as number)) at += DirectoryRow.SIZE;
    return at;
  };
});

it('leaves V8’s code of its bundles for the next start, and again where that was damaged; nothing with --no-cache', () => {
  w.run(['compile', 'args.wasm', '-o', 'kept.aot']);
  const folder = w.path('kept');
  const start = (...flags: string[]): Record<string, Buffer> => {
    const r = w.run(['run', ...flags, 'kept.aot'], { env: { WAMR_CACHE_DIR: folder } });
    expect(r).toMatchObject({ code: 1, out: 'kept.aot\0', err: '' });
    const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.aot')) : [];
    return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(folder, name))]));
  };
  expect(start('--no-cache')).toEqual({});
  const first = start();
  expect(Object.keys(first).length).toBe(2);
  const times = (): number[] => Object.keys(first).map((name) => fs.statSync(path.join(folder, name)).mtimeMs);
  const before = times();
  expect(start()).toEqual(first);
  expect(times()).toEqual(before);
  const [damaged] = Object.keys(first);
  fs.writeFileSync(path.join(folder, damaged), first[damaged].subarray(0, -1), { mode: 0o600 });
  const again = start();
  expect(Object.keys(again).sort()).toEqual(Object.keys(first).sort());
  expect(again[damaged].length).toBeGreaterThan(first[damaged].length / 2);
  expect(times()).not.toEqual(before);
});

describe('traps', () => {
  const cases: [string, string, RegExp][] = [
    ['unreachable', '(unreachable)', /trap: unreachable/],
    ['division', '(i32.div_u (i32.const 1) (i32.load (i32.const 0)))', /trap: integer divide by zero/],
    ['memory', '(i32.load (i32.const 0x7fffffff))', /trap: out of bounds memory access/],
    ['conversion', '(i32.trunc_f32_s (f32.const nan))', /trap: invalid conversion to integer/],
    ['null entry', '(call_indirect (result i32) (i32.const 0))', /trap: uninitialized element/],
  ];
  it.each(cases)('%s: exit code 134, message and the wasm stack', (name, body, message) => {
    const file = w.wasm(`trap-${name.replace(' ', '-')}.wasm`, trapping(body));
    const r = w.run(['run', file]);
    expect(r.code).toBe(134);
    expect(r.out).toBe('');
    expect(r.err).toMatch(message);
    expect(r.err).toMatch(
      /at innermost \(.*wasm-function\[0\]:0x[0-9a-f]+\)\n.*at middle \(.*wasm-function\[1\]:0x[0-9a-f]+\)\n.*wasm-function\[2\]/,
    );
  });

  it('stack overflow: exit code 134 and a stack that is not endless', () => {
    const file = w.wasm(
      'deep.wasm',
      '(module (memory (export "memory") 1) (func $f (export "_start") (call $f) (call $f)))',
    );
    const r = w.run(['run', file]);
    expect(r.code).toBe(134);
    expect(r.err).toMatch(/trap: call stack exhausted/);
    expect(r.err.split('\n').length).toBeLessThan(60);
  });
});

describe('--invoke', () => {
  it.each([
    ['add', ['2', '3'], '5\n'],
    ['add', ['-1', '0xffffffff'], '-2\n'],
    ['fac', ['20'], '2432902008176640000\n'],
    ['swap', ['7', '-9'], '-9\n7\n'],
    ['half', ['0.2'], '0.1\n'],
    ['half', ['inf'], 'inf\n'],
    ['neg', ['0'], '-0\n'],
    ['neg', ['nan'], 'nan\n'],
    ['nothing', [], ''],
  ])('%s %j', (name, args, out) => {
    expect(w.run(['run', '--invoke', name, 'math.wasm', ...args])).toEqual({ code: 0, signal: null, out, err: '' });
  });

  it('tells the signature when the arguments are wrong', () => {
    expect(w.run(['run', '--invoke', 'add', 'math.wasm', '1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('(i32, i32) -> i32'),
    });
    expect(w.run(['run', '--invoke', 'add', 'math.wasm', '1', '4294967296'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("'4294967296' is no i32"),
    });
    expect(w.run(['run', '--invoke', 'sub', 'math.wasm', '1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("no function 'sub'"),
    });
  });

  it('reports a trap', () => {
    const r = w.run(['run', '--invoke', 'div', 'math.wasm', '1', '0']);
    expect(r.code).toBe(134);
    expect(r.err).toMatch(/integer divide by zero[\s\S]*at divide/);
  });
});
