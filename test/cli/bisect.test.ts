/** `compile --bisect` end to end: with a copy of the package whose compiler has a fault put into it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';

const w = new Workspace();
const copy = w.path('package');

/** Runs the faulty copy's command line. */
function run(...args: string[]): { code: number | null; out: string; err: string } {
  const r = spawnSync(process.execPath, [path.join(copy, 'dist/cli.js'), ...args], {
    cwd: w.dir,
    encoding: 'utf8',
    env: { ...process.env, WAMR_CACHE_DIR: w.path('cache') },
  });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

beforeAll(() => {
  for (const name of ['dist', 'build', 'prebuilds', 'package.json'])
    if (fs.existsSync(path.join(ROOT, name)))
      fs.cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  // Passes as JavaScript: what is translated has no fault.
  fs.rmSync(path.join(copy, 'dist/ahead-x64.wasm'));
  // The fault: in function 3, known-branches adds one to a constant.
  const file = path.join(copy, 'dist/compiler.js');
  const source = fs.readFileSync(file, 'utf8');
  const faulty = source.replace(
    /KnownBranches ?= ?class[^]*?\brun\((\w+)\b[^)]*\) ?\{/,
    (head, f) =>
      `${head} if (${f}.index === 3) for (let v = 0; v < ${f}.nv; v++) if (${f}.imm[v] === 40) ${f}.imm[v]++;`,
  );
  expect(faulty).not.toBe(source);
  fs.writeFileSync(file, faulty);
  const body = '(i32.add (local.get 0) (i32.const 40))';
  w.wasm(
    'app.wasm',
    `(module (func $a) (func $b (param i32) (result i32) ${body}) (func $c (param i32) (result i32) ${body})
       (func $wrong (param i32) (result i32) ${body})
       (func (export "sum") (param i32) (result i32) (i32.add (call $b (local.get 0)) (call $wrong (local.get 0))))
       (func (export "fine") (param i32) (result i32) (call $c (local.get 0)))
       (func (export "trap") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
       (func (export "rem") (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 0)))
       (func $deep (export "deep") (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
       (table 9 funcref)
       (func (export "null") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))`,
  );
});
afterAll(() => w.remove());

describe('compile --bisect', () => {
  const FOUND =
    /^optimisation {2}known-branches\nfunction {6}3 \(\$wrong\)\n.*--disable known-branches@3 app\.wasm\n/ms;

  it("finds optimisation and function by Node's own engine", () => {
    const { code, out, err } = run('compile', '--bisect', '--invoke', 'sum', 'app.wasm', '2');
    expect(out).toMatch(FOUND);
    expect(err).toContain('bad   everything on\n');
    expect(code).toBe(1);
    // Nothing is written.
    expect(fs.existsSync(w.path('app.aot'))).toBe(false);
  });

  it('what it tells is true', () => {
    const answer = (...flags: string[]): string => run('run', '--invoke', 'sum', ...flags, 'app.wasm', '2').out;
    expect(answer()).toBe('85\n');
    expect(answer('--disable', 'known-branches@3')).toBe('84\n');
    expect(answer('--disable', 'known-branches@0-2,known-branches@4-')).toBe('85\n');
    expect(answer('--engine', 'v8')).toBe('84\n');
  });

  it('finds them by a command', () => {
    const check = `test "$('${process.execPath}' package/dist/cli.js run --invoke sum {} 2)" = 84`;
    expect(run('compile', '--bisect', '--check', check, 'app.wasm').out).toMatch(FOUND);
  });

  it('says when there is nothing to find: equal results, equal traps', () => {
    for (const name of ['fine', 'trap', 'rem', 'deep', 'null']) {
      const { code, out } = run('compile', '--bisect', '--invoke', name, 'app.wasm', '2');
      expect(out).toBe('The check passes with every optimisation: nothing to find.\n');
      expect(code).toBe(0);
    }
  });

  it('says when no optimisation is to blame', () => {
    const { code, out } = run('compile', '--bisect', '--check', 'false', 'app.wasm');
    expect(out).toContain('the fault is in none of them');
    expect(code).toBe(1);
  });

  it.each([
    [['compile', '--bisect', 'app.wasm'], /needs either --check COMMAND or --invoke EXPORT/],
    [['compile', '--check', 'true', 'app.wasm'], /go with --bisect/],
    [['compile', '--bisect', '--invoke', 'nothing', 'app.wasm'], /exports no function 'nothing'/],
    [
      ['compile', '--bisect', '--invoke', 'sum', 'app.wasm'],
      /^error: sum has type \(i32\) -> i32: it takes 1 argument, not 0\n$/,
    ],
    [['compile', '--bisect', '--check', 'no-such-command', 'app.wasm'], /the shell cannot run/],
  ])('refuses %j', (args, message) => {
    const { code, err } = run(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});
