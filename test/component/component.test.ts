/**
 * Components: `wamr-native compile X.component.wasm -o DIR`, `wamr-native run DIR`, and the same by the public
 * interface.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { COMMAND } from '../support/command-component.js';
import { ROOT, runWasmTools } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';

const w = new Workspace();
/** The optional peers are installed with the TCGC workload, not with this package. */
const env = { NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules') };

beforeAll(() => {
  ensureTcgc();
  w.write('small.wat', COMMAND);
  runWasmTools(['parse', w.path('small.wat'), '-o', w.path('small.component.wasm')]);
});
afterAll(() => w.remove());

it('under built-ins that the program has changed runs come to the same or to an error', () => {
  // Third-party glue runs in the program's realm: what it writes to the guest's memory by a changed DataView is wrong.
  w.run(['compile', 'small.component.wasm', '-o', 'hostile'], { env });
  const child = path.join(import.meta.dirname, 'hostile.cjs');
  const r = spawnSync(process.execPath, [child, path.join(ROOT, 'dist/component.js'), 'hostile'], {
    cwd: w.dir,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, ...env },
  });
  expect([r.stderr, r.signal]).toEqual(['', null]);
  const { expected, tried, same, wrong } = JSON.parse(r.stdout) as Record<string, any>;
  expect(expected).toEqual(['0', '1', 'error RuntimeError', '1']);
  expect((wrong as string[]).filter((line) => !line.startsWith('DataView.prototype.set'))).toEqual([]);
  expect([tried > 800, same > 3.5 * tried]).toEqual([true, true]);
}, 300_000);

it('under built-ins that a preloaded module has changed the command line does its work or says an error', () => {
  const changes = [
    'Array.prototype.push',
    'String.prototype.split',
    'Object.entries',
    'JSON.parse',
    'Map.prototype.get',
  ];
  for (const change of changes) {
    w.write('change.cjs', `${change} = () => { throw new Error('changed'); };`);
    for (const args of [
      ['run', 'small.component.wasm', 'exit'],
      ['inspect', 'small.component.wasm'],
    ]) {
      const r = w.run(args, { env: { ...env, NODE_OPTIONS: `--require ${w.path('change.cjs')}` } });
      expect(r.signal, change).toBe(null);
      expect(r.code === (args[0] === 'run' ? 1 : 0) || /changed|error/.test(r.err), `${change}: ${r.err}`).toBe(true);
    }
  }
}, 300_000);

describe('command line', () => {
  it('compiles a component to a folder and runs it, wherever the folder is', () => {
    const r = w.run(['compile', 'small.component.wasm', '-o', 'made'], { env });
    expect(r.err).toBe('');
    expect(r).toMatchObject({ code: 0, out: expect.stringMatching(/^wrote made: 2 core modules/) });
    expect(fs.readdirSync(w.path('made')).sort()).toEqual([
      'component.json',
      'interfaces',
      'small.core.aot',
      'small.core2.aot',
      'small.d.ts',
      'small.mjs',
      'small.script.js',
    ]);
    fs.renameSync(w.path('made'), w.path('moved'));
    expect(w.run(['run', 'moved'], { env })).toEqual({ code: 0, signal: null, out: '', err: '' });
    // The glue as a script is for a quick start only.
    for (const damage of ['(() => {', '']) {
      w.write('moved/small.script.js', damage);
      expect(w.run(['run', 'moved'], { env })).toEqual({ code: 0, signal: null, out: '', err: '' });
    }
    const { script: _, ...manifest } = JSON.parse(fs.readFileSync(w.path('moved/component.json'), 'utf8'));
    w.write('moved/component.json', JSON.stringify(manifest));
    expect(w.run(['run', 'moved'], { env })).toEqual({ code: 0, signal: null, out: '', err: '' });
  });

  it('passes exit codes, traps and errors on', () => {
    w.run(['compile', 'small.component.wasm', '-o', 'small'], { env });
    expect(w.run(['run', 'small', 'exit'], { env })).toEqual({ code: 1, signal: null, out: '', err: '' });
    expect(w.run(['run', 'small', 'a', 'trap'], { env })).toMatchObject({
      code: 134,
      err: expect.stringMatching(/^trap: unreachable\n.*wasm-function/),
    });
    expect(w.run(['run', 'small', 'an', 'error', 'result'], { env })).toMatchObject({ code: 1, err: '' });
  });

  it('runs a component in one step, compiled once', () => {
    const own = { ...env, WAMR_CACHE_DIR: w.path('component-cache') };
    const entries = (): number => JSON.parse(w.run(['cache', 'ls', '--json'], { env: own }).out).entries.length;
    expect(w.run(['small.component.wasm'], { env: own })).toEqual({ code: 0, signal: null, out: '', err: '' });
    const stored = entries();
    expect(stored).toBeGreaterThan(0);
    // Without the tools: nothing is transpiled again.
    const cached = { WAMR_CACHE_DIR: own.WAMR_CACHE_DIR };
    expect(w.run(['run', 'small.component.wasm', 'exit'], { env: cached })).toMatchObject({ code: 1, err: '' });
    expect(w.run(['run', 'small.component.wasm', 'a', 'trap'], { env: cached }).code).toBe(134);
    expect(entries()).toBe(stored);
    expect(w.run(['run', '--invoke', 'run()', 'small.component.wasm'], { env: own })).toMatchObject({
      code: 0,
      out: 'ok\n',
    });
  });

  it('takes the text of modules and components', () => {
    w.write('fac.wat', '(module (func (export "inc") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))');
    expect(w.run(['run', '--invoke', 'inc', 'fac.wat', '41'], { env }).out).toBe('42\n');
    expect(w.run(['small.wat', 'exit'], { env }).code).toBe(1);
    w.write('bad.wat', '(module\n  (func (call $nothing)))');
    expect(w.run(['compile', 'bad.wat'], { env })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: bad\.wat:2:15: unknown func/),
    });
  });

  it('shows interfaces and code', () => {
    expect(w.run(['inspect', 'small.component.wasm'], { env }).out).toMatch(
      /Interfaces\n[\s\S]*export wasi:cli\/run@0\.2\.0/,
    );
    expect(w.run(['inspect', 'small.component.wasm'], { env }).out).toMatch(
      /Functions \(1\)\n\s+wasi:cli\/run@0\.2\.0#run +\(\) -> result\n/,
    );
    expect(w.run(['objdump', '-l', 'small.component.wasm'], { env }).out).toMatch(
      /small\.component\.wasm \(core\)[\s\S]*\(core2\)/,
    );
    expect(w.run(['validate', 'small.component.wasm'], { env })).toMatchObject({
      code: 0,
      out: 'small.component.wasm (core): valid\nsmall.component.wasm (core2): valid\n',
    });
    w.run(['compile', 'small.component.wasm', '-o', 'shown'], { env });
    expect(w.run(['inspect', 'shown']).out).toContain('wasi:cli/run@0.2.0#run');
    expect(w.run(['objdump', 'shown', '-l']).out).toMatch(/small\.core\.aot[\s\S]*small\.core2\.aot/);
  });

  it('says what to install when the tools are missing', () => {
    const r = w.run(['compile', 'small.component.wasm', '-o', 'no']);
    expect(r).toMatchObject({
      code: 1,
      err: expect.stringContaining('npm install @bytecodealliance/jco-transpile@0.15.0'),
    });
  });

  it('refuses a damaged component, and a folder that is none', () => {
    w.write('bad.component.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, 9, 9));
    expect(w.run(['compile', 'bad.component.wasm', '-o', 'bad'], { env }).code).toBe(1);
    expect(fs.existsSync(w.path('bad/component.json'))).toBe(false);
  });
});

describe('public interface', () => {
  it('gives the exports to the caller', async () => {
    w.run(['compile', 'small.component.wasm', '-o', 'lib'], { env });
    const { loadComponent } = createRequire(import.meta.url)(
      '../../dist/component.js',
    ) as typeof import('../../src-ts/component/index.js');
    const component = await loadComponent(w.path('lib'));
    expect(component.manifest.exports).toContain('wasi:cli/run@0.2.0');
    let args = ['lib'];
    const codes: unknown[] = [];
    const exports = component.instantiate({
      'wasi:cli/environment@0.2.0': { getArguments: () => args },
      'wasi:cli/exit': { exit: (status: unknown) => codes.push(status) },
    });
    exports.run.run();
    args = ['lib', 'x'];
    exports.run.run();
    expect(codes).toEqual([{ tag: 'err', val: undefined }]);
  });

  it('loads modules again whose initial data an instance has taken', async () => {
    w.run(['compile', 'small.component.wasm', '-o', 'taken'], { env });
    const { loadComponent } = createRequire(import.meta.url)(
      '../../dist/component.js',
    ) as typeof import('../../src-ts/component/index.js');
    const component = await loadComponent(w.path('taken'));
    for (const onlyInstance of [true, true, false, undefined]) {
      const codes: unknown[] = [];
      const exports = component.instantiate(
        {
          'wasi:cli/environment@0.2.0': { getArguments: () => ['taken', 'x'] },
          'wasi:cli/exit': { exit: (status: unknown) => codes.push(status) },
        },
        { onlyInstance },
      );
      exports.run.run();
      expect(codes).toHaveLength(1);
    }
  });
});
