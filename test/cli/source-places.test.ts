/** Source places in traps, stacks and listings: C with debug information, compiled by Zig's clang. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { Workspace } from '../support/cli.js';
import type { Profile } from '../../src-ts/profile/attribute.js';
import { compileC, installZig, ROOT } from '../support/peers.js';

const SOURCE = `
#define EXPORT(name) __attribute__((export_name(name)))
__attribute__((import_module("env"), import_name("host"))) void host(int);
static inline __attribute__((always_inline)) int element(const int *p, int n) {
  return p[n];
}
__attribute__((noinline)) static int depth(int *p, int n) {
  if (n == 0)
    __builtin_trap();
  int below = depth(p, n - 1);
  return below + element(p, n);
}
EXPORT("trap") int trap(int n) {
  int x[4] = {1, 2, 3, n};
  return depth(x, 2);
}
EXPORT("outside") int outside(int at) {
  return 1 + element((const int *)at, 0x10000000);
}
EXPORT("import") void import(int n) {
  host(n);
  host(n + 1);
}
`;
const w = new Workspace();
afterAll(() => w.remove());
const { WorkerInstance } = wamr;

const TARGET = ['--target=wasm32-freestanding'];
/** Runs Zig's compilers in the workspace. */
function zig(args: string[]): void {
  const r = spawnSync(installZig(), args, { cwd: w.dir, encoding: 'utf8' });
  expect([r.status, r.stderr]).toEqual([0, '']);
}

describe.each(['-gdwarf-4', '-gdwarf-5'])('%s', (version) => {
  const name = `debug${version}.wasm`;
  let bytes: Uint8Array;
  beforeAll(() => {
    compileC(SOURCE, w.path(name), ['-g', version, '-O1']);
    bytes = fs.readFileSync(w.path(name));
  });
  const file = w.path(`debug${version}.c`);

  it('a trap shows functions of the source, inlined ones too', () => {
    const { exports } = wamr.instantiate(bytes, { env: { host() {} } });
    let error = new wamr.Trap();
    try {
      exports.outside(0x7fff0000);
    } catch (e) {
      error = e as InstanceType<typeof wamr.Trap>;
    }
    expect(error.stack!.split('\n').slice(1, 3)).toEqual([
      `    at element (${file}:5:10)`,
      `    at outside (${file}:18:14)`,
    ]);
    expect(error.frames[0].source).toEqual([
      { name: 'element', file, line: 5, column: 10 },
      { name: 'outside', file, line: 18, column: 14 },
    ]);
    expect(error.frames[0].offset).toBeGreaterThan(0);
  });

  it('an error made in an import shows who called it', () => {
    const stacks: string[] = [];
    const host = (): void => {
      stacks.push(new Error('here').stack!);
    };
    wamr.instantiate(bytes, { env: { host } }).exports.import(1);
    expect(stacks).toHaveLength(2);
    expect(stacks[0]).toContain(`at import (${file}:21:3)`);
    expect(stacks[1]).toContain(`at import (${file}:22:3)`);
  });

  it('tools that format stacks see them', () => {
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = (_, sites) =>
      sites.slice(0, 1).map((s) => [s.getFunctionName(), s.getFileName(), s.getLineNumber(), s.getColumnNumber()]);
    try {
      wamr.instantiate(bytes, { env: { host() {} } }).exports.trap(1);
    } catch (e) {
      expect((e as Error).stack).toEqual([['depth', file, 9, 5]]);
    } finally {
      Error.prepareStackTrace = before;
    }
  });

  it('the command line', () => {
    const r = w.run(['run', '--unknown-imports', 'trap', '--invoke', 'trap', name, '1']);
    expect(r.code).toBe(134);
    expect(r.err.trim().split('\n')).toEqual([
      'trap: unreachable',
      `    at depth (${file}:9:5)`,
      `    at depth (${file}:10:15)`,
      `    at depth (${file}:10:15)`,
      `    at trap (${file}:15:10)`,
    ]);
    const listing = w.run(['objdump', name, '-f', 'outside']).out;
    expect(listing).toContain(`${file}:5:10 trap: out of bounds memory access`);
    // The artefact carries what it needs.
    w.run(['compile', name, '-o', 'debug.aot']);
    expect(w.run(['run', '--unknown-imports', 'trap', '--invoke', 'trap', 'debug.aot', '1']).err).toBe(r.err);
  });

  it('an installation without the reader of debug information shows what it has', () => {
    w.run(['compile', name, '-o', 'alone.aot']);
    w.write('package/native/addon.cc', '');
    w.write('package/dist/index.js', fs.readFileSync(path.join(ROOT, 'dist/index.js')));
    const script = `const { exports } = require('./package/dist/index.js').instantiate('alone.aot', { env: { host() {} } });
      try { exports.trap(1); } catch (e) { console.log(e.stack); }`;
    const addon = path.join(ROOT, 'build/Release/wamr_native.node');
    const r = spawnSync(process.execPath, ['-e', script], {
      cwd: w.dir,
      env: { ...process.env, WAMR_NATIVE_ADDON: addon },
      encoding: 'utf8',
    });
    expect(r.stdout + r.stderr).toMatch(/^RuntimeError: unreachable\n    at depth \(wasm:\/\/wasm\/.*wasm-function/);
  });

  it('a worker', async () => {
    const imports = w.write('imports.mjs', 'export default { env: { host() {} } };');
    const instance = await WorkerInstance.create(bytes, { imports });
    const error = await instance.call('trap', [1]).then(
      () => null,
      (e: Error) => e,
    );
    expect(error!.stack).toContain(`at depth (${file}:9:5)`);
    await instance.terminate();
  });
});

const CPP = `
#define EXPORT extern "C" __attribute__((visibility("default")))
template <int N> static inline __attribute__((always_inline)) int over(const int *p) {
  return p[N];
}
struct Box {
  const int *p;
  inline __attribute__((always_inline)) int get() const { return over<0x4000000>(p); }
};
EXPORT int outside(int at) {
  Box box{(const int *)at};
  return 1 + box.get();
}
`;
const RUST = `#![feature(no_core, lang_items)]
#![no_core]
#![no_std]
#![allow(internal_features)]
#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for i32 {}
impl<T: PointeeSized> Copy for *const T {}

pub struct Cell {
    value: *const i32,
}
impl Copy for Cell {}
#[inline(always)]
fn get(cell: Cell) -> i32 {
    unsafe { *cell.value }
}
#[no_mangle]
pub extern "C" fn outside(at: *const i32) -> i32 {
    let cell = Cell { value: at };
    get(cell)
}
`;
const ZIG = `
inline fn element(p: [*]const i32, at: usize) i32 {
    return p[at];
}
export fn outside(at: usize) i32 {
    const p: [*]const i32 = @ptrFromInt(at | 4);
    return 1 +% element(p, 0x4000000);
}
`;

describe('other languages', () => {
  const stackOf = (file: string): string[] => {
    try {
      wamr.instantiate(fs.readFileSync(w.path(file))).exports.outside(0x7fff0000);
    } catch (e) {
      return (e as Error).stack!.split('\n').slice(1, 4);
    }
    return [];
  };

  it('C++: templates and member functions that were inlined', () => {
    w.write('plus.cpp', CPP);
    zig([
      'c++',
      '-O1',
      '-g',
      '-nostdlib',
      '-Wl,--no-entry',
      '-Wl,--export=outside',
      ...TARGET,
      // Zig keeps what it has compiled by the path that it is given.
      w.path('plus.cpp'),
      '-o',
      'plus.wasm',
    ]);
    const file = w.path('plus.cpp');
    expect(stackOf('plus.wasm')).toEqual([
      `    at over<67108864> (${file}:4:10)`,
      `    at get (${file}:8:66)`,
      `    at outside (${file}:12:18)`,
    ]);
  });

  // Without its library, which a compiler has for its own machine only.
  it.skipIf(spawnSync('rustc', ['--version']).status !== 0)('Rust: inline functions', ({ skip }) => {
    w.write('plus.rs', RUST);
    const flags = ['--target', 'wasm32-unknown-unknown', '-g', '-O', '--emit=obj', '--crate-type=lib', '-o', 'plus.o'];
    const env = { ...process.env, RUSTC_BOOTSTRAP: '1' };
    const r = spawnSync('rustc', [...flags, 'plus.rs'], { cwd: w.dir, encoding: 'utf8', env });
    // An internal interface of the compiler, of this edition.
    if (r.status !== 0 && /lang_item|lang item/.test(r.stderr)) skip(r.stderr);
    expect(r.status, r.stderr).toBe(0);
    zig(['wasm-ld', '--no-entry', '--export=outside', 'plus.o', '-o', 'rust.wasm']);
    const [inner, outer] = stackOf('rust.wasm');
    expect(inner).toMatch(/^ {4}at get \(.*plus\.rs:22:\d+\)$/);
    expect(outer).toMatch(/^ {4}at outside \(.*plus\.rs:27:\d+\)$/);
  });

  it('Zig: inline functions', () => {
    w.write('plus.zig', ZIG);
    zig([
      'build-exe',
      '-target',
      'wasm32-freestanding',
      '-O',
      'ReleaseSmall',
      '-fno-strip',
      '-fno-entry',
      '--export=outside',
      'plus.zig',
      '-femit-bin=zig.wasm',
    ]);
    const [inner, outer] = stackOf('zig.wasm');
    expect(inner).toMatch(/^ {4}at (plus\.)?element \(.*plus\.zig:3:\d+\)$/);
    expect(outer).toMatch(/^ {4}at (plus\.)?outside \(.*plus\.zig:7:\d+\)$/);
  });
});

describe('profiles by line', () => {
  it('tell lines and inlined calls apart', () => {
    const source = `#define EXPORT(name) __attribute__((export_name(name)))
static inline __attribute__((always_inline)) unsigned step(unsigned x) {
  return 1234567u % x;
}
EXPORT("run") unsigned run(unsigned n) {
  unsigned s = 0;
  for (unsigned i = n; i > 0; i--)
    s += step(i);
  return s;
}
`;
    compileC(source, w.path('lines.wasm'), ['-g', '-O1']);
    const args = ['-o', 'lines.json', '-o', 'lines.folded', '-o', 'lines.cpuprofile', '--', 'run', '--invoke', 'run'];
    const r = w.run(['profile', '--lines', ...args, 'lines.wasm', '60000000']);
    expect([r.code, r.err]).toEqual([0, expect.stringContaining('step (lines.c:3)')]);
    const { frames, total } = JSON.parse(fs.readFileSync(w.path('lines.json'), 'utf8')) as Profile;
    const step = frames.find((f) => f.name === 'step')!;
    expect(step).toMatchObject({ file: w.path('lines.c'), line: 3 });
    expect(step.self / total).toBeGreaterThan(0.5);
    expect(fs.readFileSync(w.path('lines.folded'), 'utf8')).toMatch(/run_\(lines\.c:8\);step_\(lines\.c:3\) \d+/);
    const { nodes } = JSON.parse(fs.readFileSync(w.path('lines.cpuprofile'), 'utf8')) as {
      nodes: { callFrame: { functionName: string; url: string; lineNumber: number } }[];
    };
    expect(nodes.map((n) => n.callFrame)).toContainEqual(
      expect.objectContaining({ functionName: 'step (lines.c:3)', url: w.path('lines.c'), lineNumber: 2 }),
    );
    expect(w.run(['profile', '--count', '--lines', '--', 'run', 'lines.wasm']).code).toBe(2);
    // The page of the module takes it.
    expect(w.run(['explore', '--profile', 'lines.json', 'lines.wasm']).code).toBe(0);
  });
});
