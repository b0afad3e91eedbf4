/** Coverage: exact executions of every operator, whatever the optimiser does, and reports that a parser of lcov reads. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DebugInfo } from '../../src-ts/aot/debug-info.js';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { type CountedModule, readCounted } from '../../src-ts/coverage/counted.js';
import { executionsOf } from '../../src-ts/coverage/executions.js';
import { coverage, toLcov } from '../../src-ts/coverage/report.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { wamr } from '../support/built.js';
import { Workspace } from '../support/cli.js';
import { compileC, ROOT } from '../support/peers.js';
import { npmPackages } from '../support/registry.js';
import { wat } from '../support/wat.js';

const w = new Workspace();
afterAll(() => w.remove());

/** Runs a program that counts into a folder of the workspace. */
function count(folder: string, program: string, env: NodeJS.ProcessEnv = {}, args: string[] = []): string {
  const file = w.write(
    `${folder}.cjs`,
    `const wamr = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))}); {\n${program} }`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, [...args, file], {
    cwd: w.dir,
    encoding: 'utf8',
    env: { ...process.env, WAMR_COVERAGE: w.path(folder), WAMR_CACHE_DIR: w.path('cache'), WAMR_VERIFY: '1', ...env },
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const CALL = 0x10;
const CONST = 0x41;

/** Executions of the calls of `mark`, by its argument: function 0, imported, with a constant in front of each call. */
function marksOf({ bytes, places }: CountedModule): Map<number, number> {
  const m = decodeModule(bytes);
  const marks = new Map<number, number>();
  for (let d = 0; d < m.bodyStart.length; d++)
    for (const [pos, n] of executionsOf(m, d, places)) {
      if (bytes[pos] !== CALL || bytes[pos + 1] !== 0) continue;
      // i32.const of two bytes: marks are 64 to 8191.
      expect(bytes[pos - 3]).toBe(CONST);
      marks.set((bytes[pos - 2] & 0x7f) | (bytes[pos - 1] << 7), n);
    }
  return marks;
}

/** A function of random control flow that says where it comes by. */
class Program {
  private mark = 64;
  private fuel = 60;

  constructor(private random: () => number) {}

  private pick = (n: number): number => Math.floor(this.random() * n);
  private here = (): string => `(call $mark (i32.const ${this.mark++}))`;
  private condition = (): string =>
    [
      '(i32.and (local.get $x) (i32.const 3))',
      '(i32.const 1)',
      '(i32.const 0)',
      '(i32.lt_u (local.get $x) (i32.const 9))',
    ][this.pick(4)];

  /** `depth`: labels around, which are l0 (outermost) and so on. */
  private statement(depth: number): string {
    if (this.fuel-- <= 0) return this.here();
    const body = (): string => Array.from({ length: 1 + this.pick(3) }, () => this.statement(depth + 1)).join('\n');
    const label = `$l${this.pick(depth + 1)}`;
    // So that each loop ends: x grows.
    const step =
      '(local.set $x (i32.add (local.get $x) (i32.const 1))) (br_if $out (i32.gt_u (local.get $x) (i32.const 60)))';
    switch (this.pick(9)) {
      case 0:
        return `(block $l${depth + 1} ${body()})`;
      case 1:
        return `(loop $l${depth + 1} ${step} ${body()})`;
      case 2:
        return `(if $l${depth + 1} ${this.condition()} (then ${body()}))`;
      case 3:
        return `(if $l${depth + 1} ${this.condition()} (then ${body()}) (else ${body()}))`;
      case 4:
        return `${step} (br_if ${label} ${this.condition()}) ${this.here()}`;
      case 5:
        return `${step} (if $l${depth + 1} ${this.condition()} (then (br ${label})))`;
      case 6:
        return `${step} (block $l${depth + 1} (br_table ${label} $l${depth + 1} ${label} (i32.rem_u (local.get $x) (i32.const 4)))) ${this.here()}`;
      case 7:
        return `(call $throws (i32.eq (local.get $x) (i32.const ${this.pick(40)})))`;
      default:
        return this.here();
    }
  }

  text(): string {
    const body = Array.from({ length: 8 }, () => this.statement(0)).join('\n');
    return `(module (import "env" "mark" (func $mark (param i32))) (import "env" "throws" (func $throws (param i32)))
      (func (export "run") (param $x i32) (block $out (loop $l0 (local.set $x (i32.add (local.get $x) (i32.const 1)))
        (br_if $out (i32.gt_u (local.get $x) (i32.const 60))) ${this.here()} ${body}))))`;
  }
}

/** Numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('executions', () => {
  it('are what a program itself counts', () => {
    const modules = Array.from({ length: 60 }, (_, seed) => {
      const bytes = wat(new Program(randomFrom(seed)).text());
      return Buffer.from(bytes).toString('base64');
    });
    const out = count(
      'random',
      `const told = ${JSON.stringify(modules)}.map((text) => {
        const marks = {};
        const env = { mark: (k) => { marks[k] = (marks[k] ?? 0) + 1 }, throws: (x) => { if (x) throw new Error('thrown') } };
        // Instances that are no more count as well.
        for (const x of [0, 7, 30]) try { wamr.instantiate(Buffer.from(text, 'base64'), { env }, { cache: false }).exports.run(x) } catch (e) { if (e.message !== 'thrown') throw e }
        globalThis.gc();
        return { text, marks };
      });
      console.log(JSON.stringify(told));`,
      {},
      ['--expose-gc'],
    );
    const counted = new Map(readCounted(w.path('random')).map((m) => [Buffer.from(m.bytes).toString('base64'), m]));
    let some = 0;
    let none = 0;
    for (const { text, marks } of JSON.parse(out) as { text: string; marks: Record<string, number> }[]) {
      const found = marksOf(counted.get(text)!);
      for (const [k, n] of found) {
        expect([k, n]).toEqual([k, marks[k] ?? 0]);
        if (n > 0) some++;
        else none++;
      }
      for (const k of Object.keys(marks)) expect(found.has(Number(k))).toBe(true);
    }
    expect(some).toBeGreaterThan(200);
    expect(none).toBeGreaterThan(50);
  });

  it('have a counter each on every machine', () => {
    const bytes = wat(new Program(randomFrom(1)).text());
    for (const target of ['x86-64-v2', 'aarch64'] as const) {
      const artefact = readArtefact(bytesSource(wamr.compileSync(bytes, { target, coverage: true })), null);
      expect(artefact.read(Section.MODULE)).toEqual(bytes);
      const { places } = new DebugInfo(artefact.read(Section.DEBUG)).record(0);
      const counted = new Set(places.filter((_, k) => k % 2 === 0));
      // What is folded away has none.
      const executions = executionsOf(decodeModule(bytes), 0, new Map([...counted].map((at) => [at, 1])));
      for (const at of counted) expect(executions.get(at)).toBe(1);
      expect([...executions.values()].filter((n) => n > 0).length).toBeGreaterThan(50);
    }
  });
});

const SOURCE = `#define EXPORT(name) __attribute__((export_name(name)))
__attribute__((import_module("env"), import_name("stop"))) void stop(int);
static inline __attribute__((always_inline)) int twice(int x) {
  return x * 2;
}
EXPORT("run") int run(int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {
    if (i == 3)
      continue;
    if (i == 100)
      break;
    s += twice(i);
  }
  if (n < 0) {
    s = 7;
  }
  return s;
}
EXPORT("dies") int dies(int n) {
  stop(n);
  return n + 1;
}
EXPORT("never") int never(int n) {
  return n - 1;
}
`;

interface Reported {
  path: string;
  lines: { details: { line: number; hit: number }[]; instrumented: number; hit: number };
  functions: { details: { name: string; line: number; hit: number }[]; instrumented: number; hit: number };
}

/** What another program reads of a report. */
async function parse(report: string): Promise<Reported[]> {
  const require = createRequire(path.join(npmPackages({ '@friedemannsommer/lcov-parser': '5.0.2' }), 'x.js'));
  const { lcovParser } = (await import(require.resolve('@friedemannsommer/lcov-parser'))) as {
    lcovParser(options: { from: string }): Promise<Reported[]>;
  };
  return lcovParser({ from: report });
}

describe('a report', () => {
  const RUN = `const { exports } = wamr.instantiate(require('fs').readFileSync('a.wasm'), { env: { stop() { throw new Error('stop') } } });
    exports.run(10);
    try { exports.dies(3) } catch {}`;

  it.each(['-gdwarf-4', '-gdwarf-5'])('has the lines of C, %s', async (version) => {
    w.write('src/a.c', '');
    compileC(SOURCE, w.path('src/a.wasm'), ['-g', version, '-O0']);
    fs.renameSync(w.path('src/a.wasm'), w.path('a.wasm'));
    count(`c${version}`, RUN);
    const options = { counted: w.path(`c${version}`), root: w.dir, listings: w.path('listings') };
    const [section, ...others] = await parse(toLcov(coverage(options)));
    expect(others).toEqual([]);
    expect(section.path).toBe('src/a.c');
    expect(Object.fromEntries(section.lines.details.map(({ line, hit }) => [line, hit]))).toEqual({
      ...{ 4: 9, 6: 1, 7: 1, 8: 11, 9: 10, 10: 1, 11: 9, 12: 0, 13: 9, 15: 1, 16: 0, 18: 1 },
      // What it calls does not come back.
      ...{ 20: 1, 21: 1, 22: 0 },
      ...{ 24: 0, 25: 0 },
    });
    expect([section.lines.instrumented, section.lines.hit]).toEqual([17, 12]);
    expect(section.functions.details.map(({ name, line, hit }) => [name, line, hit])).toEqual([
      ['run', 6, 1],
      ['dies', 20, 1],
      ['never', 24, 0],
    ]);
    expect(fs.existsSync(w.path('listings'))).toBe(false);
  });

  it('by the command; with sources elsewhere the module is printed', async () => {
    compileC(SOURCE, w.path('a.wasm'), ['-g', '-O1']);
    count('command', RUN);
    fs.mkdirSync(w.path('elsewhere'), { recursive: true });
    const r = w.run(['coverage', 'command', '--root', 'elsewhere', '-o', 'out/a.lcov']);
    expect([r.code, r.err]).toEqual([0, '1 source files are not below elsewhere: they are left out\n']);
    const [section] = await parse(fs.readFileSync(w.path('out/a.lcov'), 'utf8'));
    expect(section.path).toMatch(/^\.\.\/out\/wasm\/.*-[0-9a-f]{8}\.wat$/);
    const text = fs.readFileSync(path.join(w.path('elsewhere'), section.path), 'utf8').split('\n');
    expect(section.functions.details.map((f) => [f.name, f.hit, text[f.line - 1]])).toEqual([
      ['run', 1, expect.stringMatching(/^\(func \$run/)],
      ['dies', 1, expect.stringMatching(/^\(func \$dies/)],
      ['never', 0, expect.stringMatching(/^\(func \$never/)],
    ]);
    // Each line that counts is an operator that does something, and behind the call that does not return none ran.
    for (const { line } of section.lines.details) expect(text[line - 1]).toMatch(/^ +(?!end|block|loop|else)[a-z]/);
    const call = text.findIndex((line) => line.includes('call $') && line.includes('stop'));
    const hits = new Map(section.lines.details.map(({ line, hit }) => [line, hit]));
    expect([hits.get(call + 1), hits.get(call + 2)]).toEqual([1, 0]);
  });

  it('adds up threads and processes', async () => {
    compileC(SOURCE, w.path('a.wasm'), ['-g', '-O0']);
    const program = `const { Worker, isMainThread } = require('worker_threads'); ${RUN} if (isMainThread) new Worker(__filename).on('error', (e) => { throw e });`;
    count('threads', program);
    count('threads', program);
    const [section] = await parse(toLcov(coverage({ counted: w.path('threads'), root: w.dir, listings: w.path('l') })));
    expect(section.lines.details.find(({ line }) => line === 9)!.hit).toBe(40);
  });

  it('under register', async () => {
    compileC(SOURCE, w.path('a.wasm'), ['-g', '-O0']);
    count(
      'register',
      `const compiled = new WebAssembly.Module(require('fs').readFileSync('a.wasm'));
      new WebAssembly.Instance(compiled, { env: { stop() {} } }).exports.dies(1);`,
      {},
      ['--require', path.join(ROOT, 'dist/register.js')],
    );
    const [section] = await parse(
      toLcov(coverage({ counted: w.path('register'), root: w.dir, listings: w.path('l') })),
    );
    expect(section.functions.details.map((f) => [f.name, f.hit])).toEqual([
      ['run', 0],
      ['dies', 1],
      ['never', 0],
    ]);
    expect(section.lines.details.find(({ line }) => line === 22)!.hit).toBe(1);
  });

  it('refuses what is none', () => {
    w.write('wrong/a.json', '{"format":"something else"}');
    w.write('empty/readme', '');
    expect(() => readCounted(w.path('wrong'))).toThrow('no counts of wamr-native');
    expect(() => readCounted(w.path('empty'))).toThrow('nothing was counted there');
    expect(w.run(['coverage', 'empty']).code).toBe(1);
  });
});
