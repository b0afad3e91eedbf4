/** JavaScript string builtins and string constants: as V8 of Node 24. */
import { afterAll, describe, expect, it } from 'vitest';
import { PROPOSALS } from '../../src-ts/wasm/proposals.js';
import { wamr } from '../support/built.js';
import { runUnderNode24 } from '../support/newer-v8.js';
import { newWat } from '../support/new-wat.js';
import { Registered } from '../support/register.js';
import { nodeOf } from '../support/registry.js';
import { ARRAY_MODULES, outcomes, STRING_MODULES } from '../support/string-programs.js';

const withArrays = PROPOSALS.find((p) => p.name === 'gc')!.supported;
const modules = Object.fromEntries(
  Object.entries({ ...STRING_MODULES, ...(withArrays ? ARRAY_MODULES : {}) }).map(([k, text]) => [k, newWat(text)]),
);
const W = wamr.WebAssembly as any;
const ON = { builtins: ['js-string'], importedStringConstants: "'" };

it('programs end as in V8 of Node 24', () => {
  const encoded = Object.fromEntries(Object.entries(modules).map(([k, b]) => [k, Buffer.from(b).toString('base64')]));
  const theirs = JSON.parse(
    runUnderNode24('string-outcomes.ts', JSON.stringify({ modules: encoded, withArrays }), [
      '--experimental-wasm-exnref',
    ]),
  ) as [string, string][];
  expect(theirs.length).toBeGreaterThan(200);
  const ours = outcomes(W, modules, withArrays);
  const different = ours.flatMap(([name, text], k) =>
    text === theirs[k][1] ? [] : [{ name, ours: text, theirs: theirs[k][1] }],
  );
  expect(different).toEqual([]);
}, 240_000);

describe('every way to compile takes the options', () => {
  const response = (): Response =>
    new Response(modules.length as BodyInit, { headers: { 'Content-Type': 'application/wasm' } });
  const ways: [string, () => unknown][] = [
    ['compile', async () => new W.Instance(await W.compile(modules.length, ON))],
    ['instantiate', async () => (await W.instantiate(modules.length, undefined, ON)).instance],
    ['compileStreaming', async () => new W.Instance(await W.compileStreaming(response(), ON))],
    ['instantiateStreaming', async () => (await W.instantiateStreaming(response(), undefined, ON)).instance],
    ['the package’s instantiate', () => wamr.instantiate(modules.length, undefined, { builtins: ['js-string'] })],
    [
      'compileSync and load',
      () => new wamr.Instance(wamr.load(wamr.compileSync(modules.length, { builtins: ['js-string'] }))),
    ],
  ];
  it.each(ways)('%s', async (_, make) => {
    const { exports } = (await make()) as { exports: { f(s: string): number } };
    expect(exports.f('four')).toBe(4);
  });

  it('a module with them is another one than the same bytes without, also when small ones are remembered', () => {
    expect(W.Module.imports(new W.Module(modules.length))).toHaveLength(1);
    expect(W.Module.imports(new W.Module(modules.length, ON))).toHaveLength(0);
    expect(W.Module.imports(new W.Module(modules.length))).toHaveLength(1);
  });

  it('the package refuses sets that there are not', () => {
    expect(() => wamr.compileSync(modules.length, { builtins: ['js-numbers' as never] })).toThrow(
      "builtins: unknown set 'js-numbers'; known: js-string",
    );
  });
});

it('what is loaded when the engine is counts, not what the program does to strings later', () => {
  const e = new W.Instance(new W.Module(modules.calls, ON)).exports;
  const { charCodeAt, substring } = String.prototype;
  const { fromCodePoint } = String;
  try {
    String.prototype.charCodeAt = String.prototype.substring = (): never => {
      throw new Error('patched');
    };
    String.fromCodePoint = () => 'patched';
    expect([e.charCodeAt('abc', 1), e.substring('abc', 1, 2), e.fromCodePoint(0x1f600)]).toEqual([98, 'b', '😀']);
  } finally {
    Object.assign(String.prototype, { charCodeAt, substring });
    String.fromCodePoint = fromCodePoint;
  }
});

it('a trap has the wasm frames, and no clause takes it', () => {
  const e = new W.Instance(new W.Module(modules.calls, ON)).exports;
  for (const [f, kind] of [
    [() => e.length(5), 'cast-failure'],
    [() => e.caught(5), 'cast-failure'],
    [() => e.at('abc', 3, 0), 'string-out-of-bounds'],
    [() => e.fromCodePoint(-1), 'invalid-code-point'],
  ] as const) {
    let error: any;
    try {
      f();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(wamr.Trap);
    expect([error.kind, error.frames.length, error.stack.split('\n')[1]]).toEqual([
      kind,
      1,
      expect.stringMatching(/^ {4}at wasm:\/\/wasm\/[0-9a-f]{8}:wasm-function/),
    ]);
  }
});

it('strings of wasm are collected', () => {
  const e = new W.Instance(new W.Module(modules.calls, ON)).exports;
  let text = 'x';
  for (let i = 0; i < 200_000; i++) text = e.substring(e.concat(text, e.fromCharCode(97 + (i % 26))), 0, 20);
  expect(text).toHaveLength(20);
});

describe('wamr-native/register', () => {
  const registered = new Registered();
  afterAll(() => registered.dispose());
  const script = `
    const wasm = Buffer.from('${Buffer.from(modules.length).toString('base64')}', 'base64');
    const imports = { 'wasm:js-string': { length: () => -1 } };
    const answer = (module) => new WebAssembly.Instance(module, imports).exports.f('four');
    const options = { builtins: ['js-string'] };
    const response = () => new Response(wasm, { headers: { 'Content-Type': 'application/wasm' } });
    (async () => {
      console.log([
        answer(new WebAssembly.Module(wasm, options)),
        answer(await WebAssembly.compile(wasm, options)),
        answer(await WebAssembly.compileStreaming(response(), options)),
        answer(new WebAssembly.Module(wasm)),
      ].join());
    })();`;

  it('follows V8, which takes the options from Node 24 on', async () => {
    const node = nodeOf(24);
    const plain = registered.run(script, { node, options: [] });
    expect(plain.out).toBe('4,4,4,-1\n');
    const cold = registered.status(script, { node });
    expect([cold.out, cold.status.modules.map((m) => m.engine)]).toEqual(['4,4,4,-1', ['v8', 'v8']]);
    await registered.settle();
    for (const env of [{}, { WAMR_REGISTER: 'always' }]) {
      const warm = registered.status(script, { node, env });
      expect([warm.out, warm.status.modules.map((m) => m.engine)]).toEqual(['4,4,4,-1', ['wamr', 'wamr']]);
    }
  }, 120_000);

  it('passes them over where V8 does', () => {
    const plain = registered.run(script, { options: [] });
    const { out } = registered.status(script, { env: { WAMR_REGISTER: 'always' } });
    expect(`${out}\n`).toBe(plain.out);
  });
});
