/** Projects tested by Vitest, in each of its pools, and by Jest, with the package's plug-ins. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK } from '../support/quick.js';
import { ToolProject } from '../support/tools.js';

/** The body of a test file. Its modules are small, of which Node's own and the runner's are not. */
const TESTS = `
it('runs on this engine, compiled ahead', () => {
  expect(divide(4, 2)).toBe(2);
  expect(state.get()).toBe(6);
  const ran = status().modules.filter((m) => m.bytes < 500).map((m) => m.engine + ': ' + m.why);
  expect(ran).toEqual(['wamr: it is in the cache', 'wamr: it is in the cache']);
});
it('compiles what it makes itself now', () => {
  const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  expect(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports).toEqual({});
  expect(status().modules.find((m) => m.bytes === 8).engine).toBe('wamr');
});
it('has toTrap', async () => {
  expect(() => divide(1, 0)).toTrap();
  expect(() => divide(1, 0)).toTrap({ kind: 'integer-divide-by-zero', func: 'divide' });
  expect(() => divide(1, 1)).not.toTrap();
  expect(() => divide(1, 0)).not.toTrap({ func: 'other' });
  await expect((async () => divide(1, 0))()).rejects.toTrap({ func: /div/ });
  await expect(async () => divide(1, 0)).toTrap();
  expect(() => expect(() => divide(1, 0)).toTrap({ kind: 'unreachable' })).toThrow(/a trap of kind unreachable, and it was a trap of kind integer-divide-by-zero in divide/);
  expect(() => expect(() => {}).toTrap()).toThrow('nothing was thrown');
  expect(() => expect(() => { throw new Error('other') }).toTrap()).toThrow('Error: other');
});
it('throws errors of the realm', () => {
  let trap;
  try { divide(1, 0) } catch (e) { trap = e }
  expect(trap instanceof WebAssembly.RuntimeError && trap instanceof Error).toBe(true);
  expect(() => new WebAssembly.Module(Uint8Array.of(1))).toThrow(WebAssembly.CompileError);
});
it('takes snapshots', () => {
  let trap;
  try { divide(1, 0) } catch (e) { trap = e }
  expect({ trap, divide, memory: new WebAssembly.Memory({ initial: 2 }), global: new WebAssembly.Global({ value: 'i32' }, 7) }).toMatchSnapshot();
});
`;
const SNAPSHOT = `{
  "divide": [WebAssembly function of 2],
  "global": WebAssembly.Global 7,
  "memory": WebAssembly.Memory of 2 pages,
  "trap": [WebAssembly trap: divide by zero in divide],
}`;

describe.skipIf(QUICK)('tests run by', () => {
  let project: ToolProject;
  beforeAll(() => {
    project = new ToolProject();
    const imports = (load: (name: string, from: string) => string): string =>
      [
        load('{ divide }', './math.wasm'),
        load('state', './state.wasm'),
        load('{ status }', 'wamr-native/register'),
      ].join('\n');
    const load = (what: string, from: string): string =>
      `import ${what.startsWith('{') ? what : `* as ${what}`} from '${from}';`;
    project.write(
      'vitest.test.mjs',
      `import { expect, it } from 'vitest';\n${imports((n, f) => `import ${n === 'state' ? '* as state' : n} from '${f}';`)}${TESTS}`,
    );
    project.write(
      'vitest.config.mjs',
      `import wamr from 'wamr-native/vitest'; export default { plugins: [wamr()], test: { include: ['vitest.test.mjs'] } };`,
    );
    project.write('jest.test.cjs', imports((n, f) => `const ${n} = require('${f}');`) + TESTS);
    project.write(
      'jest.config.cjs',
      `const { withWamr } = require('wamr-native/jest');
       module.exports = withWamr({ testMatch: ['**/jest.test.cjs'], transform: {}, moduleNameMapper: { 'env.mjs$': '<rootDir>/env.cjs' } });`,
    );
    project.write('env.cjs', `exports.log = console.log;`);
    // The same with coverage, in two files, of which one runs half of a module.
    for (const [name, call] of [
      ['one', 'expect(divide(9, 3)).toBe(3); expect(divide(8, 3)).toBe(2)'],
      ['two', 'expect(state.get()).toBeGreaterThan(0); expect(() => divide(1, 0)).toThrow()'],
    ]) {
      const lines = [load('{ divide }', './math.wasm'), load('state', './state.wasm')];
      project.write(
        `${name}.covered.mjs`,
        `import { expect, it } from 'vitest';\n${lines.join('\n')}\nit('runs', () => { ${call} });`,
      );
      project.write(
        `${name}.covered.cjs`,
        `const { divide } = require('./math.wasm'); const state = require('./state.wasm');\nit('runs', () => { ${call} });`,
      );
    }
    project.write(
      'covered.config.mjs',
      `import wamr from 'wamr-native/vitest'; export default { plugins: [wamr({ coverage: true })], test: { include: ['*.covered.mjs'] } };`,
    );
    project.write(
      'covered.config.cjs',
      `const { withWamr } = require('wamr-native/jest');
       module.exports = withWamr({ testMatch: ['**/*.covered.cjs'], transform: {}, moduleNameMapper: { 'env.mjs$': '<rootDir>/env.cjs' } }, { coverage: { file: 'jest/wasm.lcov' } });`,
    );
  });
  afterAll(() => project.dispose());

  it.each(['threads', 'forks', 'vmThreads', 'vmForks'])('Vitest, pool %s', (pool) => {
    const { out, err, code } = project.run([project.tool('vitest/vitest.mjs'), 'run', '--pool', pool, '--update']);
    expect([code, err, out]).toEqual([0, '', expect.stringContaining('5 passed')]);
    expect(fs.readFileSync(path.join(project.dir, '__snapshots__/vitest.test.mjs.snap'), 'utf8')).toContain(SNAPSHOT);
  });

  it('Vitest, on V8: matchers and snapshots are the same', () => {
    const { out } = project.run([project.tool('vitest/vitest.mjs'), 'run', '-t', 'toTrap|snapshots|realm'], {
      env: { WAMR_REGISTER: 'off' },
    });
    expect(out).toContain('3 passed');
  });

  /** Executions of `divide`, `get` and the exported function that no test calls. */
  const covered = (file: string): Record<string, number> =>
    Object.fromEntries(
      [...fs.readFileSync(path.join(project.dir, file), 'utf8').matchAll(/^FNDA:(\d+),(.*)$/gm)].map((m) => [
        m[2],
        Number(m[1]),
      ]),
    );
  const COVERED = { divide: 3, get: 1, 'a b': 0 };

  it.each([
    ['threads', []],
    ['forks', []],
    ['vmThreads', []],
    ['threads', ['--no-isolate', '--maxWorkers=1']],
  ])('Vitest with coverage, pool %s %j', (pool, flags) => {
    fs.rmSync(path.join(project.dir, 'coverage'), { recursive: true, force: true });
    const args = ['run', '--config', 'covered.config.mjs', '--pool', pool, ...flags];
    const { out, err, code } = project.run([project.tool('vitest/vitest.mjs'), ...args]);
    expect([code, err, out]).toEqual([0, '', expect.stringContaining('2 passed')]);
    expect(covered('coverage/wasm.lcov')).toEqual(COVERED);
  });

  it('Jest with coverage', () => {
    const args = ['--ci=false', '--config', 'covered.config.cjs'];
    const { err, code } = project.run([project.tool('jest/bin/jest.js'), ...args]);
    expect([code, err]).toEqual([0, expect.stringContaining('2 passed, 2 total')]);
    expect(covered('jest/wasm.lcov')).toEqual(COVERED);
  });

  it('Jest', () => {
    const { err, code } = project.run([project.tool('jest/bin/jest.js'), '--ci=false', '--config', 'jest.config.cjs']);
    expect([code, err]).toEqual([0, expect.stringContaining('5 passed, 5 total')]);
    expect(fs.readFileSync(path.join(project.dir, '__snapshots__/jest.test.cjs.snap'), 'utf8')).toContain(SNAPSHOT);
  });
});
