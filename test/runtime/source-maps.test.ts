/** Source places by source maps: AssemblyScript, compiled by its own compiler. And stacks as tools for V8's read them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';
import { npmPackages } from '../support/registry.js';

const SOURCE = `@external("env", "host")
declare function host(n: i32): void;

class Box {
  constructor(public value: i32) {}
}

function pick(values: StaticArray<Box | null>, at: i32): i32 {
  const box = values[at];
  return box!.value;
}

export function run(at: i32): i32 {
  const values = new StaticArray<Box | null>(4);
  values[1] = new Box(7);
  host(at);
  return pick(values, at) + 1;
}
`;
/** Lines of the source. */
const [PICKS, CALLS_HOST, CALLS_PICK] = [10, 16, 17];

const PROGRAM = `
const { instantiate } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
const fs = require('node:fs');
const stacks = [];
const env = { host() { stacks.push(new Error('here').stack) }, abort() { throw new Error('aborted') } };
const instance = instantiate(fs.readFileSync(process.argv[2]), { env }, { cache: false });
try { stacks.push(instance.exports.run(1)) } catch (e) { stacks.push(e.stack) }
try { instance.exports.run(2) } catch (e) { stacks.push(e.stack, (e.frames ?? []).map((f) => f.source)) }
console.log(JSON.stringify(stacks));
`;

const w = new Workspace();
let modules: string;
/** As an installation has them. */
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  modules = path.join(
    npmPackages({
      '@jridgewell/trace-mapping': '0.3.31',
      '@sentry/core': '9.47.1',
      assemblyscript: '0.28.20',
      'error-stack-parser': '2.1.4',
      'stacktrace-parser': '0.1.11',
    }),
    'node_modules',
  );
  env = { NODE_PATH: modules };
  w.write('assembly/index.ts', SOURCE);
  w.write('program.cjs', PROGRAM);
  const asc = (...flags: string[]): void => {
    const args = [path.join(modules, 'assemblyscript/bin/asc.js'), 'assembly/index.ts', '--debug', '--runtime', 'stub'];
    const r = spawnSync(process.execPath, [...args, '--sourceMap', ...flags], { cwd: w.dir, encoding: 'utf8' });
    expect([r.status, r.stderr]).toEqual([0, '']);
  };
  asc('--outFile', 'build/a.wasm');
  // The same with the map in the module.
  const map = fs.readFileSync(w.path('build/a.wasm.map'));
  const url = `data:application/json;base64,${map.toString('base64')}`;
  w.write('inside.wasm', withUrl(fs.readFileSync(w.path('build/a.wasm')), url));
});
afterAll(() => w.remove());

/** A module whose custom section \`sourceMappingURL\` says something else. */
function withUrl(wasm: Uint8Array, url: string): Uint8Array {
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
  const name = [...Buffer.from('sourceMappingURL')];
  const text = [...leb(url.length), ...Buffer.from(url)];
  const at = Buffer.from(wasm).lastIndexOf('sourceMappingURL');
  // It is the last section: its id, size and the length of the name stand before the name.
  let start = at - 1;
  while (wasm[start] !== 0 || start > at - 3) start--;
  const contents = [name.length, ...name, ...text];
  return Buffer.concat([wasm.subarray(0, start), Uint8Array.from([0, ...leb(contents.length), ...contents])]);
}

function run(file: string, more: NodeJS.ProcessEnv = {}): any[] {
  const r = spawnSync(process.execPath, ['program.cjs', file], {
    cwd: w.dir,
    encoding: 'utf8',
    env: { ...process.env, ...env, ...more },
  });
  expect([r.status, r.stderr]).toEqual([0, '']);
  return JSON.parse(r.stdout) as any[];
}

const PLACE = (line: number): RegExp => new RegExp(`\\(/\\S*/assembly/index\\.ts:${line}:\\d+\\)`);

describe('a source map', () => {
  it.each([
    ['beside the module', 'build/a.wasm', { WAMR_SOURCE_MAPS: 'build' }],
    ['in the module', 'inside.wasm', {}],
  ])('%s', (_, file, more) => {
    const [fromHost, result] = run(file, more);
    expect(result).toBe(8);
    const line = (fromHost as string).split('\n').find((l) => l.includes('index.ts'))!;
    expect(line).toMatch(/^ {4}at assembly\/index\/run /);
    expect(line).toMatch(PLACE(CALLS_HOST));
  });

  it('that is not there leaves places in the module', () => {
    const [fromHost, result] = run('build/a.wasm');
    expect(result).toBe(8);
    expect(fromHost).toMatch(/at assembly\/index\/run \(wasm:\/\/wasm\//);
  });

  it('that is no map, a pipe or on the network does not matter', () => {
    const wasm = fs.readFileSync(w.path('build/a.wasm'));
    spawnSync('mkfifo', [w.path('pipe.map')]);
    w.write('text.map', 'no JSON');
    for (const url of ['pipe.map', 'text.map', 'https://127.0.0.1:9/a.map', '/etc/passwd', 'data:,{}', 'file:///x']) {
      w.write('odd.wasm', withUrl(wasm, url));
      expect(run('odd.wasm')[0]).toMatch(/at assembly\/index\/run \(wasm:\/\/wasm\//);
    }
  });

  it('the command line finds beside the module', () => {
    const options = ['--unknown-imports', 'zero', '--invoke', 'run', 'build/a.wasm', '2'];
    const r = w.run(['run', ...options], { env });
    expect(r.err).toMatch(new RegExp(`at assembly/index/run ${PLACE(CALLS_PICK).source}`));
    expect(w.run(['objdump', 'build/a.wasm', '-f', 'run'], { env }).out).toMatch(/assembly\/index\.ts:17:\d+/);
    const folded = w.run(['profile', '--lines', '-o', 'a.json', '--', 'run', ...options], { env });
    expect(folded.err).toContain('processor time');
  });

  it('coverage goes by it', () => {
    run('build/a.wasm', { WAMR_COVERAGE: w.path('counts') });
    const r = w.run(['coverage', 'counts', '-o', 'a.lcov', '--maps', 'build'], { env });
    expect(r.code).toBe(0);
    const report = fs.readFileSync(w.path('a.lcov'), 'utf8');
    expect(report).toContain('SF:assembly/index.ts\n');
    expect(report).toContain(`DA:${CALLS_PICK},2\n`);
    expect(report).toContain(`DA:${PICKS},`);
  });
});

describe('stacks are read by', () => {
  let stack: string;
  const require = createRequire(import.meta.url);
  beforeAll(() => {
    [stack] = run('inside.wasm');
  });
  const expected = {
    name: 'assembly/index/run',
    line: CALLS_HOST,
  };

  it('error-stack-parser', () => {
    const parser = require(path.join(modules, 'error-stack-parser')) as {
      parse(e: Error): { functionName?: string; fileName?: string; lineNumber?: number; columnNumber?: number }[];
    };
    const frames = parser.parse(Object.assign(new Error(), { stack }));
    const frame = frames.find((f) => f.functionName === expected.name);
    expect(frame).toMatchObject({ lineNumber: expected.line, columnNumber: expect.any(Number) });
    expect(frame!.fileName).toMatch(/assembly\/index\.ts$/);
  });

  it('stacktrace-parser', () => {
    const parser = require(path.join(modules, 'stacktrace-parser')) as {
      parse(stack: string): { methodName: string; file: string | null; lineNumber: number | null }[];
    };
    const frame = parser.parse(stack).find((f) => f.methodName === expected.name);
    expect(frame).toMatchObject({ lineNumber: expected.line, file: expect.stringMatching(/assembly\/index\.ts$/) });
  });

  it("Sentry's parser", () => {
    const { createStackParser, nodeStackLineParser } = require(path.join(modules, '@sentry/core')) as {
      createStackParser(
        ...parsers: unknown[]
      ): (stack: string) => { function?: string; filename?: string; lineno?: number }[];
      nodeStackLineParser(): unknown;
    };
    const frame = createStackParser(nodeStackLineParser())(stack).find((f) => f.function === expected.name);
    expect(frame).toMatchObject({ lineno: expected.line, filename: expect.stringMatching(/assembly\/index\.ts$/) });
  });
});
