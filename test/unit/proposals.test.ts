/** A module that needs a proposal which is not there is told which, and whether it is off or not supported. */
import { describe, expect, it } from 'vitest';
import { compile, compileSync, validate } from '../../src-ts/aot/compiler.js';
import { bytesSource, readArtefact, writeArtefact } from '../../src-ts/aot/format.js';
import { CompileError } from '../../src-ts/errors.js';
import { featureBits, PROPOSALS, type Proposal } from '../../src-ts/wasm/proposals.js';
import { functionModule, leb, moduleOf, section, string } from '../support/wasm-build.js';

const type = section(1, 1, 0x60, 0, 0);
const body = (...code: number[]): Uint8Array => functionModule([], [], [0, ...code, 0x0b]);
const memory = section(5, 1, 0, 1);

/** Modules by the one proposal that each needs. */
const MODULES: [Proposal, string, Uint8Array][] = [
  ['extended-const', 'arithmetic', moduleOf(section(6, 1, 0x7f, 0, 0x41, 0, 0x41, 1, 0x6a, 0x0b))],
  ['extended-const', 'own global', moduleOf(section(6, 2, 0x7f, 0, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b))],
  ['exceptions', 'tag section', moduleOf(type, section(13, 1, 0, 0))],
  ['exceptions', 'imported tag', moduleOf(type, section(2, 1, string('a'), string('b'), 4, 0, 0))],
  ['exceptions', 'try', body(0x06, 0x40, 0x0b)],
  ['exceptions', 'try_table', body(0x1f, 0x40, 0, 0x0b)],
  ['exceptions', 'exnref', functionModule([0x69], [], [0, 0x0b])],
  ['tail-call', 'return_call', body(0x12, 0)],
  [
    'tail-call',
    'return_call_indirect',
    functionModule([], [], [0, 0x41, 0, 0x13, 0, 0, 0x0b], { beforeCode: [section(4, 1, 0x70, 0, 1)] }),
  ],
  ['function-references', 'typed reference', moduleOf(section(1, 2, 0x60, 0, 0, 0x60, 1, 0x64, 0, 0))],
  ['function-references', 'ref.as_non_null', body(0xd0, 0x70, 0xd4, 0x1a)],
  ['multi-memory', 'two memories', moduleOf(section(5, 2, 0, 0, 0, 0))],
  ['memory64', 'limits', moduleOf(section(5, 1, 4, 1))],
  ['relaxed-simd', 'relaxed_madd', functionModule([0x7b], [0x7b], [0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 2, 0x0b])],
  ['wide-arithmetic', 'add128', body(...[0x42, 0, 0x42, 0, 0x42, 0, 0x42, 0, 0xfc, 0x13, 0x1a, 0x1a])],
  ['threads', 'shared memory', moduleOf(section(5, 1, 3, 1, 1))],
  ['threads', 'atomics', functionModule([], [], [0, 0xfe, 3, 0, 0x0b], { beforeCode: [memory] })],
  ['gc', 'structure', moduleOf(section(1, 1, 0x5f, 0))],
  ['gc', 'recursive types', moduleOf(section(1, 1, 0x4e, 0))],
  ['gc', 'ref.i31', body(0x41, 0, 0xfb, 28, 0x1a)],
  ['gc', 'anyref', functionModule([0x6e], [], [0, 0x0b])],
  ['custom-page-sizes', 'limits', moduleOf(section(5, 1, 8, 1, 0))],
  ['stack-switching', 'cont', moduleOf(section(1, 1, 0x5d, 0))],
  ['memory-control', 'memory.discard', functionModule([], [], [0, 0xfc, 0x12, 0, 0x0b], { beforeCode: [memory] })],
];

const refusalOf = (wasm: Uint8Array, features?: Partial<Record<Proposal, boolean>>): CompileError | null => {
  try {
    compileSync(wasm, { features });
    return null;
  } catch (e) {
    expect(e).toBeInstanceOf(CompileError);
    return e as CompileError;
  }
};

/** The proposals that an artefact says its module uses. */
const proposalsOf = (artefact: Uint8Array): string[] => readArtefact(bytesSource(artefact), null).meta.proposals;

describe('proposals', () => {
  it.each(MODULES)('%s: %s', (name, _, wasm) => {
    const { supported } = PROPOSALS.find((p) => p.name === name)!;
    const e = refusalOf(wasm, supported ? { [name]: false } : undefined);
    expect(e?.proposal).toBe(name);
    expect(e?.offset).toBeGreaterThan(7);
    expect(e?.message).toContain(
      `the proposal '${name}', which is ${supported ? 'turned off (option features)' : 'not supported'}`,
    );
    if (supported) {
      expect(refusalOf(wasm)).toBeNull();
      expect(proposalsOf(compileSync(wasm))).toEqual([name]);
      expect(validate(wasm)).toBe(true);
      expect(validate(wasm, { features: { [name]: false } })).toBe(false);
    }
  });

  it('every proposal has a module', () =>
    expect(PROPOSALS.map((p) => p.name).filter((name) => !MODULES.some((m) => m[0] === name))).toEqual([]));

  it('bytes that mean nothing anywhere are malformed without a proposal', () => {
    for (const wasm of [body(0xff), moduleOf(section(77, 0)), moduleOf(section(5, 1, leb(0x80), 1)), body(0xfc, 0x60)])
      expect(refusalOf(wasm)?.proposal).toBeUndefined();
  });

  it('artefacts list what their modules use, and are refused by an engine that lacks it', () => {
    expect(proposalsOf(compileSync(body(0x41, 0, 0x1a)))).toEqual([]);
    const { meta, needs } = readArtefact(bytesSource(compileSync(body())), null);
    const missing = PROPOSALS.find((p) => !p.supported)!.name;
    for (const name of [missing, 'telepathy']) {
      const artefact = writeArtefact({ ...meta, proposals: ['exceptions', name] }, needs, []);
      expect(() => readArtefact(bytesSource(artefact), needs, 'x.aot')).toThrow(
        expect.objectContaining({
          name: 'AotError',
          proposal: name,
          message: `x.aot: its module uses the proposal '${name}', which this engine does not support; run it with the wamr-native that compiled it`,
        }),
      );
      expect(proposalsOf(artefact)).toEqual(['exceptions', name]);
    }
  });

  it('the option refuses unknown names and what is not supported', async () => {
    expect(() => featureBits({ tailcalls: false } as never)).toThrow(/unknown proposal 'tailcalls'/);
    const missing = PROPOSALS.find((p) => !p.supported)!.name;
    await expect(compile(body(), { features: { [missing]: true } })).rejects.toThrow(`'${missing}' is not supported`);
    expect(refusalOf(body(), { [missing]: false })).toBeNull();
  });
});
