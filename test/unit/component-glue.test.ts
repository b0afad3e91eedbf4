/** What is changed in jco's glue (component/glue.ts): on text of its form. That jco's own is taken: test/component. */
import { describe, expect, it } from 'vitest';
import vm from 'node:vm';
import { glueAsScript, leanGlue, reusableGlue } from '../../src-ts/component/glue.js';

const glue = (prelude: string): string => `"use components";
export function instantiate(getCoreModule, imports, instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)) {
${prelude}
let gen= (function* _initGenerator () {
  let { exports } = instantiateCore(getCoreModule('a'));
  return { count: () => ++COUNT, note: (x) => { SEEN.add(x); return [...SEEN]; }, task: () => new Task().id, exports, host: host() };
})();
let promise, resolve, reject;
function runNext(value) {
  let done;
  do { ({ value, done } = gen.next(value)); } while (!done);
  return value;
}
const maybeSyncReturn = runNext(null);
return promise || maybeSyncReturn;
};

export const _util = {

}
`;
const PRELUDE = String.raw`
  let COUNT = 0;
  const SEEN = new Set();
  const T_FLAG = 1 << 30;
  const sign = (x) => /[})"'\/]/.test(x) ? 'a { "quoted" brace' : x + "\"{";
  class Task {
    static _ID = 0n;
    static State = { A: 1, B: { C: 2 } };
    id = SEEN.size;
  }
  const symbolKey = Symbol('key');
  const { host } = imports['my:host/it'];
  if (host=== undefined) {
    throw new Error("unexpectedly undefined; { import");
  }
`;
const HOST = { 'my:host/it': { host: () => 'host' } };

async function load(source: string): Promise<any> {
  return import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`);
}

describe('glue as a script', () => {
  const run = (source: string): any => vm.runInThisContext(glueAsScript(source)!, { filename: 'file:///glue.mjs' });

  it('exports what the module does', () => {
    const { instantiate, _util } = run(glue(PRELUDE));
    const made = instantiate(
      () => ({}),
      HOST,
      () => ({ exports: 7 }),
    );
    expect([made.count(), made.count(), made.host, made.exports, _util]).toEqual([1, 2, 'host', 7, {}]);
    expect(run('export const a = 1;\nexport class B {}\nexport async function c() {}\nlet d = "export let e";').a).toBe(
      1,
    );
  });

  it('is strict, and its lines are those of the file', () => {
    const { f, g } = run(
      'export function f() {\n  return this;\n}\nexport function g() {\n  throw new Error("here");\n}',
    );
    expect(f()).toBe(undefined);
    expect(g).toThrow(expect.objectContaining({ stack: expect.stringContaining('file:///glue.mjs:5:9') }));
  });

  it('is left to the loader where it is more than a script', () => {
    for (const more of ["import fs from 'node:fs';", "const m = import('node:fs');", 'const u = import.meta.url;'])
      expect(glueAsScript(`${more}\n${glue('')}`)).toBe(null);
    for (const other of ['export { x };', 'export default 1;', 'await 1;'])
      expect(() => run(`let x;\n${other}\n${glue('')}`)).toThrow(SyntaxError);
  });
});

describe('glue for many instances', () => {
  it('gives each the state of a new one', async () => {
    const source = glue(PRELUDE);
    const { prepare } = await load(reusableGlue(source)!);
    let cores = 0;
    const make = prepare(
      () => 'module',
      HOST,
      () => ({ exports: ++cores }),
    );
    for (let k = 1; k <= 3; k++) {
      const instance = make();
      expect([instance.count(), instance.count()]).toEqual([1, 2]);
      expect(instance.note(k)).toEqual([k]);
      expect(instance.task()).toBe(1);
      expect(instance).toMatchObject({ exports: k, host: 'host' });
    }
    const { instantiate } = await load(source);
    const whole = instantiate(
      () => 'module',
      HOST,
      () => ({ exports: 1 }),
    );
    expect([whole.count(), whole.note('x'), whole.task()]).toEqual([1, ['x'], 1]);
  });

  it.each([
    ['an alias of state, which is reset with it', '  const ALIAS = SEEN;\n', true],
    ['a statement that is none of the known', '  SEEN.add(1);\n', false],
    ['state in a class', '  class Other { static all = new Map(); }\n', false],
    ['a static block', '  class Other { static { SEEN.add(1); } }\n', false],
    ['state taken apart', '  const { a } = makeState();\n', false],
  ])('%s', (_, more, isKnown) => {
    const made = reusableGlue(glue(PRELUDE + more));
    expect(made !== null).toBe(isKnown);
    if (more.includes('ALIAS')) expect(made).toContain('\nALIAS = SEEN;');
  });

  it('is refused where its parts are not found', () => {
    expect(reusableGlue('export const x = 1;')).toBeNull();
    expect(reusableGlue(glue(PRELUDE).replace('let gen=', 'let generator='))).toBeNull();
  });
});

it('debug output and promises of the engine are left out', () => {
  const source = `function f() {
  _debugLog('[f()] (args', { a: \`\${g('))')}\`, b: /[)]/ });
  const kept = "_debugLog('x');";
  try { r = WebAssembly.promising(e.f); } catch (x) { r = e.f; }
}`;
  expect(leanGlue(source)).toBe(`function f() {

  const kept = "_debugLog('x');";
  try { r = (e.f); } catch (x) { r = e.f; }
}`);
});
