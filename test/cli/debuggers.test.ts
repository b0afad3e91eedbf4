/** What debuggers are told: GDB's frames in compiled code, and coredumps. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { DEBUGGED } from '../support/debugged.js';
import { compileC, ROOT, runWasmTools } from '../support/peers.js';

const w = new Workspace();
afterAll(() => w.remove());

beforeAll(() => {
  compileC(DEBUGGED, w.path('app.wasm'), ['-g', '-O1']);
  w.write(
    'app.cjs',
    `const w = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
const m = w.load(w.compileSync(require('node:fs').readFileSync('app.wasm'), { debugInfo: process.argv[2] === 'debug' }));
console.log(w.instantiate(m, { env: { host: (x) => x } }).exports.work(2));`,
  );
});

describe('GDB', () => {
  beforeAll(() => {
    if (spawnSync('gdb', ['--version']).status !== 0) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      spawnSync('apt-get', ['update', '-qq'], { env });
      spawnSync('apt-get', ['install', '-qq', '--no-install-recommends', 'gdb'], { env });
    }
  });

  it.each(['debug', 'plain'])('names frames, finds lines and unwinds, %s', (kind) => {
    const commands = [
      'set breakpoint pending on',
      'handle SIGUSR1 SIGSEGV SIG41 nostop noprint pass',
      'break leaf',
      'run',
      'bt 5',
      'finish',
      'bt 3',
      'delete',
      'continue',
    ];
    const r = spawnSync(
      'gdb',
      ['-q', '-batch', '-nx', ...commands.flatMap((c) => ['-ex', c]), '--args', process.execPath, 'app.cjs', kind],
      {
        cwd: w.dir,
        encoding: 'utf8',
        timeout: 120_000,
        env: { ...process.env, WAMR_GDB: '1', NODE_OPTIONS: '' },
      },
    );
    const frames = r.stdout
      .split('\n')
      .filter((line) => /^#\d/.test(line))
      .map((line) =>
        line
          .replace(/0x[0-9a-f]+ in /, '')
          .replace(/ at .*\/(app\.c)/, ' at $1')
          .replace(/\s+/g, ' '),
      );
    const shown = frames.join('\n');
    expect(shown, r.stdout + r.stderr).toMatch(
      /#0 leaf \(\).*\n#1 middle \(\) at app\.c:4\n#2 work \(\) at app\.c:7\n#3 wasm entry stub \(\).*\n#4 wn_enter \(\)/,
    );
    // After `finish` the caller is innermost.
    expect(shown).toMatch(/#0 middle \(\).*\n#1 work \(\)/);
    expect(r.stdout).toContain('exited normally');
  });
});

describe.skipIf(spawnSync('lldb', ['--version']).status !== 0)('LLDB, where it is installed', () => {
  it('names frames, finds lines and unwinds', () => {
    // Signals can be handled once there is a process.
    const commands = [
      'settings set plugin.jit-loader.gdb.enable on',
      'breakpoint set -n leaf',
      'breakpoint set -n main',
      'run',
      'process handle SIGSEGV -s false -n false -p true',
      'process handle 41 -s false -n false -p true',
      'continue',
      'bt 5',
      'process kill',
    ];
    const r = spawnSync(
      'lldb',
      ['--no-lldbinit', '--batch', ...commands.flatMap((c) => ['-o', c]), '--', process.execPath, 'app.cjs', 'debug'],
      {
        cwd: w.dir,
        encoding: 'utf8',
        timeout: 170_000,
        env: { ...process.env, WAMR_GDB: '1', NODE_OPTIONS: '' },
      },
    );
    expect(r.stdout, r.stderr).toMatch(
      /`leaf\n.*`middle at app\.c:4:\d+\n.*`work at app\.c:7:\d+\n.*`wasm entry stub.*\n.*`wn_enter/,
    );
  }, 180_000);
});

describe('coredumps', () => {
  it('have the stack, memories and globals, as wasm-tools reads them', () => {
    w.wasm(
      'trap.wasm',
      `(module $trapper (memory 2 5) (global $g (mut i32) (i32.const -7)) (global f64 (f64.const 1.5)) (data (i32.const 70000) "core")
        (func $inner (param i32) (i32.store (i32.const 8) (i32.const 99)) (global.set $g (local.get 0)) (unreachable))
        (func (export "work") (param i32 i64) (call $inner (local.get 0)) (nop)))`,
    );
    const r = w.run(['run', '--coredump', 'core.wasm', '--invoke', 'work', 'trap.wasm', '42', '1']);
    expect(r).toMatchObject({
      code: 134,
      err: expect.stringMatching(/^trap: unreachable\n[\s\S]*\nwrote core\.wasm\n$/),
    });
    // The program that they are in accepts it, and shows what was there.
    const core = new Uint8Array(fs.readFileSync(w.path('core.wasm')));
    runWasmTools(['validate', '-'], core);
    const text = runWasmTools(['print', '-'], core).toString();
    expect(text).toMatch(/\(memory \(;0;\) 2 5\)/);
    expect(text).toMatch(/\(global \(;0;\) i32 i32\.const 42\)/);
    expect(text).toMatch(/\(global \(;1;\) f64 f64\.const .*1\.5/);
    const dump = runWasmTools(['dump', '-'], core).toString();
    for (const section of ['core', 'coremodules', 'coreinstances', 'corestack']) expect(dump).toContain(`"${section}"`);
    const read = readCore(core);
    expect(read.program).toBe('trap.wasm');
    expect(read.modules).toEqual(['trapper']);
    expect(read.instances).toEqual([{ module: 0, memories: [0], globals: [0, 1] }]);
    // Places from the start of the function's body: behind the store and the global's, and behind one local.get at the call.
    const module = new Uint8Array(fs.readFileSync(w.path('trap.wasm')));
    const starts = bodies(module);
    expect(read.frames.map((f) => [f.instance, f.func, f.locals])).toEqual([
      [0, 0, 1],
      [0, 1, 2],
    ]);
    expect(read.frames.map((f) => module[starts[f.func] + f.offset])).toEqual([0x00, 0x10]);
    const memory = read.segments.reduce((all, s) => (all.set(s.bytes, s.at), all), new Uint8Array(2 * 65536));
    expect(memory[8]).toBe(99);
    expect(Buffer.from(memory.subarray(70000, 70004)).toString()).toBe('core');
    expect(read.segments.reduce((sum, s) => sum + s.bytes.length, 0)).toBeLessThan(20_000);
  });

  it('have all of a memory of no whole number of pages, and of what lies beyond 2 GiB', () => {
    const dumped = (file: string): ReturnType<typeof readCore> => {
      const r = w.run(['run', '--coredump', 'core.wasm', '--invoke', 'work', file]);
      expect(r).toMatchObject({ code: 134, err: expect.stringMatching(/wrote core\.wasm\n$/) });
      const core = new Uint8Array(fs.readFileSync(w.path('core.wasm')));
      runWasmTools(['validate', '--features', 'all', '-'], core);
      return readCore(core);
    };
    const small =
      '(module (memory 5 (pagesize 1)) (func (export "work") (i32.store8 (i32.const 3) (i32.const 7)) unreachable))';
    w.write('small.wasm', runWasmTools(['parse', '-'], Buffer.from(small)));
    expect(dumped('small.wasm').segments.map((s) => [s.at, [...s.bytes]])).toEqual([[0, [0, 0, 0, 7, 0]]]);
    w.wasm(
      'large.wasm',
      '(module (memory 32770) (func (export "work") (i32.store8 (i32.const 0x80000005) (i32.const 7)) unreachable))',
    );
    expect(dumped('large.wasm').segments.map((s) => [s.at >>> 0, s.bytes[5]])).toEqual([[0x80000000, 7]]);
  });

  it('are written by any program that is told so, of each trap', () => {
    w.wasm(
      'two.wasm',
      `(module $second (import "env" "call" (func $call)) (memory 1) (data (i32.const 16) "mark")
        (func (export "outer") (nop) (call $call)) (func (export "trap") (param i32) (drop (i32.div_s (i32.const 1) (local.get 0)))))`,
    );
    w.write(
      'app.cjs',
      `const { compileSync, load, instantiate } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
      const made = load(compileSync(require('node:fs').readFileSync('two.wasm'), { debugInfo: true }));
      const inner = instantiate(made, { env: { call() {} } });
      const outer = instantiate(made, { env: { call: () => inner.exports.trap(0) } });
      for (let k = 0; k < 12; k++) try { outer.exports.outer(); } catch (e) { console.log(e.trap); }`,
    );
    const r = spawnSync(process.execPath, ['app.cjs'], {
      cwd: w.dir,
      encoding: 'utf8',
      env: { ...process.env, WAMR_COREDUMP: w.path('cores'), NODE_OPTIONS: '' },
    });
    expect(r).toMatchObject({ stderr: '', stdout: 'integer divide by zero\n'.repeat(12) });
    const files = fs.readdirSync(w.path('cores')).sort();
    expect(files).toHaveLength(10);
    const core = new Uint8Array(fs.readFileSync(path.join(w.path('cores'), files[0])));
    runWasmTools(['validate', '-'], core);
    const read = readCore(core);
    expect(read.program).toBe('app.cjs');
    expect(read.modules).toEqual(['second']);
    // Only the instance whose wasm trapped: the other's call is still under way, in JavaScript.
    expect(read.instances).toEqual([{ module: 0, memories: [0], globals: [] }]);
    const module = new Uint8Array(fs.readFileSync(w.path('two.wasm')));
    const starts = bodies(module);
    expect(read.frames.map((f) => [f.func, f.locals])).toEqual([[2, 1]]);
    // The division.
    expect(module[starts[1] + read.frames[0].offset]).toBe(0x6d);
    expect(Buffer.from(read.segments[0].bytes.subarray(16, 20)).toString()).toBe('mark');
  });

  it('do not stand in a program’s way', () => {
    w.write('file', '');
    w.wasm('trap2.wasm', '(module (func (export "work") (unreachable)))');
    const r = w.run(['run', '--invoke', 'work', 'trap2.wasm'], { env: { WAMR_COREDUMP: w.path('file/below') } });
    expect(r).toMatchObject({ code: 134, err: expect.stringMatching(/^trap: unreachable\n/) });
  });

  it('are not written without a trap', () => {
    w.wasm('fine.wasm', '(module (func (export "work")))');
    expect(w.run(['run', '--coredump', 'none.wasm', '--invoke', 'work', 'fine.wasm']).code).toBe(0);
    expect(fs.existsSync(w.path('none.wasm'))).toBe(false);
  });
});

/** A reader of numbers and names in wasm bytes. */
class Bytes {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {}
  u8 = (): number => this.bytes[this.at++];
  leb = (): number => {
    for (let n = 0, scale = 1; ; scale *= 128) {
      const byte = this.u8();
      n += (byte & 0x7f) * scale;
      if (byte < 0x80) return n;
    }
  };
  take = (n: number): Uint8Array => this.bytes.subarray(this.at, (this.at += n));
  name = (): string => Buffer.from(this.take(this.leb())).toString();
  list = <T>(read: () => T): T[] => Array.from({ length: this.leb() }, read);
  get more(): boolean {
    return this.at < this.bytes.length;
  }
}

/** Where the bodies of functions begin, in the module. */
function bodies(module: Uint8Array): number[] {
  const r = new Bytes(module, 8);
  while (r.more) {
    const id = r.u8();
    const size = r.leb();
    if (id !== 10) r.take(size);
    else
      return r.list(() => {
        const length = r.leb();
        r.take(length);
        return r.at - length;
      });
  }
  return [];
}

function readCore(core: Uint8Array): {
  program: string;
  modules: string[];
  instances: { module: number; memories: number[]; globals: number[] }[];
  frames: { instance: number; func: number; offset: number; locals: number }[];
  segments: { at: number; bytes: Uint8Array }[];
} {
  const out: ReturnType<typeof readCore> = { program: '', modules: [], instances: [], frames: [], segments: [] };
  const zero = (r: Bytes): void => expect(r.u8()).toBe(0);
  const r = new Bytes(core, 8);
  while (r.more) {
    const id = r.u8();
    const s = new Bytes(r.take(r.leb()));
    if (id === 11)
      out.segments = s.list(() => {
        zero(s);
        expect(s.u8()).toBe(0x41);
        const at = s.leb();
        expect(s.u8()).toBe(0x0b);
        return { at, bytes: s.take(s.leb()) };
      });
    if (id !== 0) continue;
    switch (s.name()) {
      case 'core':
        zero(s);
        out.program = s.name();
        break;
      case 'coremodules':
        out.modules = s.list(() => (zero(s), s.name()));
        break;
      case 'coreinstances':
        out.instances = s.list(() => (zero(s), { module: s.leb(), memories: s.list(s.leb), globals: s.list(s.leb) }));
        break;
      case 'corestack':
        zero(s);
        expect(s.name()).toBe('main');
        out.frames = s.list(() => {
          zero(s);
          const frame = { instance: s.leb(), func: s.leb(), offset: s.leb() };
          const locals = s.list(() => expect(s.u8()).toBe(1)).length;
          expect(s.leb()).toBe(0);
          return { ...frame, locals };
        });
    }
  }
  return out;
}
