/** Wrong arguments and options are TypeErrors that name them. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const BYTES = wat('(module (func (export "f")))');

describe('options', () => {
  it.each([
    [{ tarqet: 'native' }, /unknown option 'tarqet'; known: target, /],
    [{ jobs: -1 }, /option 'jobs' must be an integer of at least 0/],
    [{ jobs: '2' }, /option 'jobs'/],
    [{ onProgress: 1 }, /option 'onProgress' must be a function/],
    [{ signal: {} }, /option 'signal' must be an AbortSignal/],
    [{ bounds: 'none' }, /option 'bounds' must be 'guard' or 'explicit'/],
    [{ verify: 'yes' }, /option 'verify' must be a boolean/],
    [{ constructor: 1 }, /unknown option 'constructor'/],
    [7, /options must be an object/],
  ])('%j', async (options, message) => {
    const refusal = { name: 'TypeError', message: expect.stringMatching(message) };
    await expect(wamr.compile(BYTES, options as never)).rejects.toMatchObject(refusal);
    expect(() => wamr.compileSync(BYTES, options as never)).toThrow(message);
    expect(() => wamr.instantiate(BYTES, {}, options as never)).toThrow(message);
  });

  it('of instantiate', () => {
    expect(() => wamr.instantiate(BYTES, {}, { timeout: 5 } as never)).toThrow(
      "instantiate(): unknown option 'timeout'",
    );
    expect(() => wamr.instantiate(BYTES, {}, { memory: 'mine' } as never)).toThrow(
      "option 'memory' must be 'native' or 'v8'",
    );
    expect(wamr.instantiate(BYTES, {}, { memory: 'native', cache: false, timeoutMs: 1000 })).toBeTruthy();
  });
});

describe('options of options, and other entries', () => {
  const require = createRequire(import.meta.url);
  const { WasiHost } = require('../../dist/wasi.js') as typeof import('../../src-ts/wasi/index.js');
  const component = require('../../dist/component.js') as typeof import('../../src-ts/component/index.js');

  it.each<[string, () => unknown, string]>([
    [
      'limits',
      () => wamr.instantiate(BYTES, {}, { limits: { pages: 1 } } as never),
      "option 'limits' must be an object of memoryPages",
    ],
    ['a limit', () => wamr.instantiate(BYTES, {}, { limits: { memoryPages: -1 } }), "option 'limits'"],
    [
      'interrupt',
      () => wamr.interrupt('x' as never),
      'interrupt(): Argument 0 must be a number that threadToken() returned',
    ],
    [
      'instantiate',
      () => wamr.instantiate(undefined as never),
      'instantiate(): Argument 0 must be a module, or an artefact: ',
    ],
    [
      'env',
      () => new WasiHost({ env: { A: 1 } as never }),
      "WasiHost(): option 'env' must be an object whose members are each a string",
    ],
    [
      'args',
      () => new WasiHost({ args: [1] as never }),
      "WasiHost(): option 'args' must be an array, each element a string",
    ],
    ['dirs', () => new WasiHost({ dirs: { '/': 5 } as never }), "WasiHost(): option 'dirs'"],
    [
      'dirs',
      () => new WasiHost({ dirs: { '/': { path: '/', readonly: true } } as never }),
      "WasiHost(): option 'dirs'",
    ],
    ['start', () => new WasiHost().start(undefined as never), 'WasiHost.start(): Argument 0 must be an instance'],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(TypeError);
    expect(act).toThrow(message);
  });

  it('a folder that is none', () => {
    expect(() => new WasiHost({ dirs: { '/in': '/no/such' } })).toThrow(
      "WasiHost(): dirs['/in']: /no/such is no folder",
    );
  });

  it('of functions that return promises', async () => {
    const refused = (promise: Promise<unknown>, message: string): Promise<void> =>
      expect(promise).rejects.toMatchObject({ name: 'TypeError', message: expect.stringContaining(message) });
    await refused(wamr.loadCached('app.wasm' as never), 'loadCached(): Argument 0 must be');
    await refused(component.compileComponent(BYTES, { outDir: 'x' }), 'a core module is compiled by compile()');
    await refused(component.compileComponent(BYTES, {} as never), "option 'outDir' must be a path");
    await refused(component.compileComponent(BYTES, { outDir: 'x', out: 1 } as never), "unknown option 'out'");
    await refused(
      component.loadCachedComponent('x' as never),
      'loadCachedComponent(): Argument 0 must be the bytes of a component',
    );
    await refused(component.runComponent('x', { preopens: {} } as never), "runComponent(): unknown option 'preopens'");
    await refused(component.loadComponent(undefined as never), 'must be a path');
  });
});

describe('arguments', () => {
  it.each([[undefined], [null], [42], [{}], [[1, 2]]])('load(%j)', (source) =>
    expect(() => wamr.load(source as never)).toThrow(
      new TypeError('load(): Argument 0 must be an artefact: a path, a file URL or bytes'),
    ),
  );

  it('a path where bytes are wanted', async () => {
    await expect(wamr.compile('app.wasm' as never)).rejects.toThrow(
      /^compile\(\): Argument 0 must be the module's bytes .* not a path/,
    );
    expect(() => wamr.compileSync(undefined as never)).toThrow(/^compileSync\(\): Argument 0/);
  });

  it("a module of Node's engine", () => {
    const module = new WebAssembly.Module(BYTES as BufferSource);
    expect(() => wamr.instantiate(module as never)).toThrow(/a module of Node's own WebAssembly/);
  });

  it('a component', async () => {
    const component = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
    await expect(wamr.compile(component)).rejects.toThrow(
      /a component, not a core module \(use wamr-native\/component/,
    );
  });
});
