/** Wrong arguments and options are TypeErrors that name them. */
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
