/**
 * The other commands: compile, inspect, objdump, cache, help, and errors about files that are not what they should be.
 */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { Workspace } from '../support/cli.js';
import { ARGS, MATH } from '../support/guests.js';

const w = new Workspace();
beforeAll(() => {
  w.wasm('math.wasm', MATH);
  w.wasm('args.wasm', ARGS);
});
afterAll(() => w.remove());

describe('help', () => {
  it('explains the program and every command, with examples', () => {
    const { code, out } = w.run(['--help']);
    expect(code).toBe(0);
    for (const command of ['compile', 'run', 'objdump', 'inspect', 'cache']) {
      expect(out).toContain(`\n  ${command}`);
      const help = w.run(['help', command]);
      expect(help.code).toBe(0);
      expect(help.out).toMatch(
        new RegExp(`Usage: wamr-native ${command}[\\s\\S]*Examples:\\n  wamr-native ${command}`),
      );
    }
  });

  it('prints the version of the package', () => {
    expect(w.run(['--version']).out).toBe(`${pkg.version}\n`);
  });

  it.each([
    [[]],
    [['bogus']],
    [['run']],
    [['compile', '--bogus', 'x.wasm']],
    [['compile', '--jobs', '0', 'x.wasm']],
    [['compile', '--target', 'vax', 'x.wasm']],
    [['compile', 'x.wasm', '--target']],
    [['run', '--dir', 'nowhere', 'x.wasm']],
    [['cache', 'prune', '--max-age', 'soon']],
  ])('wrong usage %j ends with 2 and a message', (args) => {
    const r = w.run(args as string[]);
    expect(r.code).toBe(2);
    expect(r.out).toBe('');
    expect(r.err).not.toBe('');
  });
});

describe('compile', () => {
  it('writes the artefact beside the module, the same bytes whatever --jobs is', () => {
    const r = w.run(['compile', 'math.wasm']);
    expect(r).toMatchObject({ code: 0, err: '' });
    expect(r.out).toMatch(/^wrote math\.aot \(.*\) in .*\n$/);
    expect(w.run(['compile', 'math.wasm', '-o', 'two.aot', '--jobs', '2']).code).toBe(0);
    expect(fs.readFileSync(w.path('math.aot')).equals(fs.readFileSync(w.path('two.aot')))).toBe(true);
  });

  it('for a CPU gives the same bytes however the options are written', () => {
    // The second is read by the parser of all options.
    expect(w.run(['compile', '--target', 'aarch64', 'math.wasm', '-o', 'near.aot']).code).toBe(0);
    expect(w.run(['compile', 'math.wasm', '-ofar.aot', '--target=aarch64']).code).toBe(0);
    const near = fs.readFileSync(w.path('near.aot'));
    expect(near.equals(fs.readFileSync(w.path('far.aot')))).toBe(true);
    expect(w.run(['compile', 'math.wasm', '-o', 'other.aot', '--target', 'x86-64-v2']).code).toBe(0);
    expect(near.equals(fs.readFileSync(w.path('other.aot')))).toBe(false);
  });

  it('leaves optimisations out on request, and knows their names', () => {
    w.wasm(
      'twice.wasm',
      '(module (memory 1) (func (export "f") (param i32) (result i32) (i32.mul (i32.load (local.get 0)) (i32.load (local.get 0)))))',
    );
    expect(w.run(['compile', 'twice.wasm', '-o', 'plain.aot']).code).toBe(0);
    expect(w.run(['compile', 'twice.wasm', '-o', 'less.aot', '--disable', 'gvn,forwarding']).code).toBe(0);
    expect(fs.readFileSync(w.path('plain.aot')).equals(fs.readFileSync(w.path('less.aot')))).toBe(false);
    expect(w.run(['compile', 'twice.wasm', '--disable', 'speed'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no optimisation 'speed'"),
    });
  });

  it('says where an invalid module is wrong, and writes nothing', () => {
    const bytes = fs.readFileSync(w.path('math.wasm'));
    // The first body's `i32.add` becomes an f32.add, which its operands don't fit.
    bytes[bytes.indexOf(0x6a, bytes.length / 4)] = 0x92;
    w.write('invalid.wasm', bytes);
    const r = w.run(['compile', 'invalid.wasm']);
    expect(r.code).toBe(1);
    expect(r.err).toMatch(/^error: invalid\.wasm: .* @\+\d+ \(function 0\)\n$/);
    expect(fs.existsSync(w.path('invalid.aot'))).toBe(false);
  });
});

describe('wrong files', () => {
  it.each([
    ['empty.wasm', '', /the file is empty/],
    ['short.wasm', '\0asm', /truncated/],
    ['text.wat', '(module)', /WebAssembly text: assembling it needs the package .*npm install/],
    ['page.html', '<html>', /not a WebAssembly module/],
    ['packed.wasm.gz', '\x1f\x8b\x08', /gzipped/],
  ])('%s', (name, contents, message) => {
    w.write(name, Buffer.from(contents, 'latin1'));
    for (const command of ['compile', 'run', 'inspect', 'objdump']) {
      const r = w.run([command, name]);
      expect(r.code).toBe(1);
      expect(r.err).toMatch(message);
    }
  });

  it('a missing file, a folder, a component, an artefact where a module is wanted', () => {
    expect(w.run(['compile', 'nowhere.wasm'])).toMatchObject({
      code: 1,
      err: 'error: nowhere.wasm: no such file or folder\n',
    });
    expect(w.run(['run', '.'])).toMatchObject({ code: 1, err: expect.stringContaining('not a compiled component') });
    w.write('c.component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0));
    expect(w.run(['compile', '--bisect', '--invoke', 'f', 'c.component.wasm'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('wamr-native compile c.component.wasm -o c'),
    });
    w.run(['compile', 'math.wasm', '-o', 'again.aot']);
    expect(w.run(['compile', 'again.aot'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('compiled already'),
    });
  });

  it('a truncated and a damaged artefact', () => {
    w.run(['compile', 'args.wasm', '-o', 'whole.aot']);
    const whole = fs.readFileSync(w.path('whole.aot'));
    w.write('cut.aot', whole.subarray(0, whole.length - 5000));
    const flipped = Buffer.from(whole);
    flipped[flipped.length >> 1] ^= 4;
    w.write('flipped.aot', flipped);
    for (const name of ['cut.aot', 'flipped.aot']) {
      for (const command of ['run', 'inspect', 'objdump']) {
        const r = w.run([command, name]);
        expect(r.code).toBe(1);
        expect(r.err).toMatch(/truncated|damaged/);
      }
    }
  });
});

describe('inspect', () => {
  it('describes a module and its artefact alike', () => {
    const ofModule = JSON.parse(w.run(['inspect', '--json', 'args.wasm']).out);
    w.run(['compile', 'args.wasm', '-o', 'a.aot']);
    const ofArtefact = JSON.parse(w.run(['inspect', '--json', 'a.aot']).out);
    expect(ofArtefact.imports).toEqual(ofModule.imports);
    expect(ofArtefact.exports).toEqual(ofModule.exports);
    expect(ofModule.exports).toContainEqual({ name: 'memory', what: 'memory 2.. pages' });
    expect(ofModule.imports).toContainEqual({
      name: 'wasi_snapshot_preview1.args_get',
      what: 'func (i32, i32) -> i32',
    });
    expect(ofArtefact.sections.map((s: { name: string }) => s.name)).toContain('code');
  });

  it('prints the same for people', () => {
    w.run(['compile', 'math.wasm', '-o', 'm.aot']);
    const { out } = w.run(['inspect', 'm.aot']);
    expect(out).toMatch(/m\.aot: artefact/);
    expect(out).toMatch(/target +x86-64-v2/);
    expect(out).toMatch(/swap +func \(i32, i64\) -> \(i64, i32\)/);
    expect(out).not.toContain('\x1b');
  });
});

describe('objdump', () => {
  it('shows a function with its name, wasm offsets and trap sites', () => {
    w.run(['compile', 'math.wasm', '-o', 'd.aot']);
    const { out, code } = w.run(['objdump', 'd.aot', '--function', 'divide']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\ndivide \[5\] \(i32, i32\) -> i32: \d+ bytes, frame \d+\n/);
    expect(out).toMatch(/idiv/);
    expect(out).toMatch(/; \+0x[0-9a-f]+ trap: integer divide by zero/);
    expect(out).toMatch(/trap: integer overflow/);
    expect(w.run(['objdump', 'd.aot', '-f', '5']).out).toBe(out);
    expect(w.run(['objdump', 'd.aot', '-f', 'div']).out).toBe(out);
  });

  it('shows constants and jump tables as data', () => {
    w.wasm(
      'constants.wasm',
      `(module (func (export "f") (param f64 i32) (result f64)
        (block (block (block (block (block (block (br_table 0 1 2 3 4 5 (local.get 1))) (return (f64.const 3.5)))
          (return (f64.const 7.5))) (return (f64.const 8.25)))) (return (f64.const 1.125)))
        (f64.mul (f64.neg (local.get 0)) (f64.const 2.2))))`,
    );
    const { out, code } = w.run(['objdump', 'constants.wasm']);
    expect(code).toBe(0);
    expect(out).toMatch(/ dd 0x00000000, 0x400c0000\n/);
    expect(out).toMatch(/ dd 0x9999999a, 0x40019999\n/);
    // The entries of the table lead back into the code.
    expect(out).toMatch(/ dd 0xffffff[0-9a-f]{2}, 0xffffff[0-9a-f]{2}\n/);
    const lines = out.trimEnd().split('\n').slice(1);
    const firstData = lines.findIndex((line) => line.includes(' dd '));
    expect(lines.slice(firstData).every((line) => line.includes(' dd '))).toBe(true);
    expect(lines[firstData - 1]).toMatch(/ (ret|jmp|call) ?/);
  });

  it('marks a call by its return address, which is the place of the access behind it', () => {
    w.wasm(
      'call-load.wasm',
      '(module (import "h" "f" (func $f)) (memory 1) (func (export "g") (result i32) (call $f) (i32.load (i32.const 70000))))',
    );
    const { out, code } = w.run(['objdump', 'call-load.wasm']);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    const at = lines.findIndex((line) => line.includes('0x11170]'));
    expect(lines[at]).toMatch(/ mov .*; \+0x[0-9a-f]+ trap: out of bounds memory access$/);
    expect(lines[at - 1]).toMatch(/ call .*; \+0x[0-9a-f]+$/);
  });

  it('shows where exceptions go', () => {
    w.wasm(
      'throws.wasm',
      `(module (tag $e) (func $f (param i32) (if (local.get 0) (then (throw $e))))
        (func (export "g") (param i32) (result i32) try (result i32) (call $f (local.get 0)) (i32.const 1) catch $e (i32.const 2) end))`,
    );
    const { out, code } = w.run(['objdump', 'throws.wasm']);
    expect(code).toBe(0);
    const pad = /call .*throws to ([0-9a-f]+)\n/.exec(out)![1];
    expect(out).toMatch(new RegExp(`\\n +${pad} .*; exceptions land here\\n`));
  });

  it('lists functions, and names a missing one', () => {
    const { out } = w.run(['objdump', '--list', 'math.wasm']);
    expect(out).toMatch(/7 functions/);
    expect(out).toMatch(/\[1\].*fac \(i64\) -> i64/);
    expect(w.run(['objdump', 'math.wasm', '-f', 'nope'])).toMatchObject({
      code: 1,
      err: expect.stringContaining("no function 'nope'"),
    });
  });
});

it('names of a module do not steer the terminal, whatever prints them', () => {
  // Clears the screen, conceals what follows, turns its direction, and so without an escape (C1).
  const names: [string, string, string][] = [
    ['NAMEA', '\x1b[2J!', '\\u001b[2J!'],
    ['NAMEB', '\x1b[8m\r', '\\u001b[8m\\u000d'],
    ['NAMECC', '\u202e\u009b1', '\\u202e\\u009b1'],
  ];
  const text = `(module (memory (export "memory") 1) (func $NAMEA (call $NAMEB)) (func $NAMEB (call $NAMECC)) (func $NAMECC unreachable)
    (func (export "NAMEA") (call $NAMEA)) (export "_start" (func $NAMEA)))`;
  let bytes = Buffer.from(fs.readFileSync(w.wasm('names.wasm', text))).toString('latin1');
  for (const [plain, hostile] of names) bytes = bytes.replaceAll(plain, Buffer.from(hostile).toString('latin1'));
  w.write('names.wasm', Buffer.from(bytes, 'latin1'));
  expect(w.run(['compile', 'names.wasm']).code).toBe(0);
  for (const args of [
    ['run', 'names.wasm'],
    ['objdump', 'names.aot'],
    ['inspect', 'names.wasm'],
    ['inspect', 'names.aot', '--json'],
  ]) {
    const r = w.run(args);
    expect(r.out + r.err, args.join(' ')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    if (args[0] !== 'inspect') for (const [, , shown] of names) expect(r.out + r.err, args.join(' ')).toContain(shown);
    if (args.includes('--json')) expect(r.out).toContain('001b');
  }
});

describe('cache', () => {
  it('is filled by run, listed, pruned and cleared', () => {
    const env = { WAMR_CACHE_DIR: w.path('another-cache') };
    const entries = (): { key: string }[] => JSON.parse(w.run(['cache', 'ls', '--json'], { env }).out).entries;
    expect(entries()).toEqual([]);
    w.run(['run', '--invoke', 'add', 'math.wasm', '1', '2'], { env });
    const first = entries();
    // The module, and V8's code of the compiler.
    expect(first).toHaveLength(2);
    w.run(['run', '--invoke', 'add', 'math.wasm', '1', '2'], { env });
    expect(entries().map((e) => e.key)).toEqual(first.map((e) => e.key));
    w.run(['run', '--no-cache', '--invoke', 'add', '--bounds', 'explicit', 'math.wasm', '1', '2'], { env });
    expect(entries()).toHaveLength(2);
    w.run(['run', '--bounds', 'explicit', '--invoke', 'add', 'math.wasm', '1', '2'], { env });
    expect(entries()).toHaveLength(3);
    expect(w.run(['cache', 'prune', '--max-age', '1d'], { env }).out).toMatch(/removed 0 entries/);
    expect(w.run(['cache', 'prune', '--max-size', '1kB'], { env }).out).toMatch(/removed 3 entries/);
    w.run(['run', '--invoke', 'add', 'math.wasm', '1', '2'], { env });
    expect(w.run(['cache', 'clear'], { env }).out).toMatch(/removed 2 entries/);
    expect(entries()).toEqual([]);
  });

  it('survives a damaged entry', () => {
    const env = { WAMR_CACHE_DIR: w.path('damaged-cache') };
    const call = (): string => w.run(['run', '--invoke', 'fac', 'math.wasm', '5'], { env }).out;
    expect(call()).toBe('120\n');
    const file = `${env.WAMR_CACHE_DIR}/small.pack`;
    const bytes = fs.readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(file, bytes);
    expect(call()).toBe('120\n');
    expect(fs.readFileSync(file).equals(bytes)).toBe(false);
  });
});
