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

/**
 * Every public function that takes options or a typed argument, by entry: each refuses what it does not know with a
 * TypeError (or the error that is named) that begins with its name. Constructors of the WebAssembly interface are
 * compared with V8's, in test/runtime/js-api.test.ts and interface.test.ts.
 */
describe('every entry point', () => {
  const load = <T>(entry: string): T => createRequire(import.meta.url)(`../../dist/${entry}.js`) as T;
  const component = load<typeof import('../../src-ts/component/index.js')>('component');
  const profile = load<typeof import('../../src-ts/profile/index.js')>('profile');
  const { WasiHost } = load<typeof import('../../src-ts/wasi/index.js')>('wasi');
  const tool = (entry: string): any => {
    const loaded = load<any>(entry);
    return loaded.default ?? loaded.wamr ?? loaded.WamrPlugin;
  };
  const bytes = BYTES as never;
  const WRONG = { tarqet: 1 } as never;
  const loaded = { manifest: { imports: [], functions: [] }, instantiate() {} } as never;

  const TABLE: readonly [what: string, act: () => unknown, message: RegExp][] = [
    ['compile, bytes', () => wamr.compile(1 as never), /^compile\(\): Argument 0 must be the module's bytes/],
    ['compile, option', () => wamr.compile(bytes, WRONG), /^compile\(\): unknown option 'tarqet'/],
    ['compile, value', () => wamr.compile(bytes, { jobs: -1 }), /^compile\(\): option 'jobs' must be an integer/],
    ['compile, target', () => wamr.compile(bytes, { target: 'vax' as never }), /target/],
    ['compile, disable', () => wamr.compile(bytes, { disable: ['nothing'] as never }), /nothing/],
    ['compile, features', () => wamr.compile(bytes, { features: { nothing: false } as never }), /nothing/],
    ['compile, builtins', () => wamr.compile(bytes, { builtins: ['nothing'] as never }), /nothing/],
    ['compileSync, bytes', () => wamr.compileSync('x' as never), /^compileSync\(\): Argument 0/],
    ['compileSync, option', () => wamr.compileSync(bytes, WRONG), /^compileSync\(\): unknown option 'tarqet'/],
    ['instantiate, option', () => wamr.instantiate(bytes, {}, WRONG), /^instantiate\(\): unknown option 'tarqet'/],
    ['instantiate, source', () => wamr.instantiate(Symbol('x') as never), /^instantiate\(\): Argument 0/],
    ['load', () => wamr.load(1n as never), /^load\(\): Argument 0/],
    ['loadCached, bytes', () => wamr.loadCached(1 as never), /^loadCached\(\): Argument 0/],
    ['loadCached, option', () => wamr.loadCached(bytes, WRONG), /unknown option 'tarqet'/],
    ['interrupt', () => wamr.interrupt(1n as never), /^interrupt\(\): Argument 0/],
    ['setStackSize', () => wamr.setStackSize(1n as never), /^setStackSize: a number of bytes/],
    ['parseProfile', () => wamr.parseProfile(1 as never), /^parseProfile\(\): Argument 0/],
    ['WorkerInstance, source', () => wamr.WorkerInstance.create(1 as never), /^WorkerInstance\.create\(\): Argument 0/],
    [
      'WorkerInstance, option',
      () => wamr.WorkerInstance.create(bytes, WRONG),
      /^WorkerInstance\.create\(\): unknown option/,
    ],
    [
      'WorkerInstance, onProgress',
      () => wamr.WorkerInstance.create(bytes, { onProgress() {} } as never),
      /^WorkerInstance\.create\(\): unknown option 'onProgress'/,
    ],
    [
      'WorkerInstance, stackBytes',
      () => wamr.WorkerInstance.create(bytes, { stackBytes: 'x' as never }),
      /^WorkerInstance\.create\(\): option 'stackBytes'/,
    ],
    ['WasiHost, option', () => new WasiHost({ preopens: {} } as never), /^WasiHost\(\): unknown option 'preopens'/],
    [
      'compileComponent, bytes',
      () => component.compileComponent(bytes, { outDir: 'x' }),
      /^compileComponent\(\): Argument 0/,
    ],
    [
      'compileComponent, option',
      () => component.compileComponent(bytes, WRONG),
      /^compileComponent\(\): unknown option/,
    ],
    [
      'loadCachedComponent, option',
      () => component.loadCachedComponent(bytes, WRONG),
      /^loadCachedComponent\(\): unknown option/,
    ],
    ['loadComponent', () => component.loadComponent(1 as never), /must be a path/],
    ['readManifest', () => component.readManifest(1 as never), /must be a path/],
    [
      'runComponent, source',
      () => component.runComponent({} as never),
      /^runComponent\(\): Argument 0 must be a loaded component/,
    ],
    ['runComponent, option', () => component.runComponent('x', WRONG), /^runComponent\(\): unknown option/],
    ['runComponent, dirs', () => component.runComponent('x', { dirs: { a: 1 } } as never), /option 'dirs'/],
    [
      'runComponent, network',
      () => component.runComponent('x', { network: 'yes' } as never),
      /option 'network' must be a boolean/,
    ],
    [
      'runComponent, unknownImports',
      () => component.runComponent('x', { unknownImports: 'zero' } as never),
      /option 'unknownImports' must be 'trap'/,
    ],
    [
      'invokeComponent, component',
      () => component.invokeComponent(1 as never, 'f()'),
      /^invokeComponent\(\): Argument 0/,
    ],
    ['invokeComponent, call', () => component.invokeComponent(loaded, 1 as never), /^invokeComponent\(\): Argument 1/],
    [
      'invokeComponent, option',
      () => component.invokeComponent(loaded, 'f()', WRONG),
      /^invokeComponent\(\): unknown option/,
    ],
    ['wasiImports, program', () => component.wasiImports(1 as never), /^wasiImports\(\): Argument 0/],
    ['wasiImports, option', () => component.wasiImports('x', WRONG), /^wasiImports\(\): unknown option/],
    ['profile.start', () => profile.start(WRONG), /^start\(\): unknown option/],
    ['profile.start, value', () => profile.start({ intervalUs: -1 }), /^start\(\): option 'intervalUs'/],
    ['recordProfile, run', () => profile.recordProfile(bytes, 1 as never), /^recordProfile\(\): Argument 1/],
    ['recordProfile, option', () => profile.recordProfile(bytes, () => 0, WRONG), /unknown option 'tarqet'/],
    ['vitest', () => tool('vitest')(WRONG), /^wamr\(\): unknown option/],
    [
      'vitest, register',
      () => tool('vitest')({ register: 'on' }),
      /^wamr\(\): option 'register' must be 'always' or 'cached' or 'off'/,
    ],
    [
      'vitest, coverage',
      () => tool('vitest')({ coverage: { dir: 1 } }),
      /^wamr\(\): option 'coverage' must be a boolean or/,
    ],
    ['jest, option', () => load<any>('jest').withWamr({}, WRONG), /^withWamr\(\): unknown option/],
    ['vite', () => tool('vite')(WRONG), /^wamr\(\): unknown option/],
    ['vite, aot', () => tool('vite')({ aot: 1 }), /^wamr\(\): option 'aot' must be a boolean/],
    ['esbuild', () => tool('esbuild')(WRONG), /^wamr\(\): unknown option/],
    ['webpack', () => new (tool('webpack'))(WRONG), /^WamrPlugin\(\): unknown option/],
    ['jest', () => load<any>('jest').withWamr(null), /^withWamr\(\): Argument 0/],
  ];

  it.each(TABLE)('%s', async (_, act, message) => {
    const thrown: unknown = await (async () => act())().then(
      () => null,
      (e: unknown) => e,
    );
    expect(thrown).toBeInstanceOf(Error);
    const { name, message: text } = thrown as Error;
    expect(text).toMatch(message);
    expect(text).not.toContain('undefined');
    expect(['TypeError', 'RangeError']).toContain(name);
  });
});
