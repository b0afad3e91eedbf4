/**
 * Artefacts for AArch64, made on whatever machine this is: the same bytes each time, an architecture that others refuse,
 * and code that Capstone reads as the listing does.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Architecture } from '../../src-ts/abi/architectures.js';
import { compileSync } from '../../src-ts/aot/compile.js';
import { disassemblerFor } from '../../src-ts/aot/disassembly.js';
import { bytesSource, readArtefact } from '../../src-ts/aot/format.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { ArtefactView } from '../../src-ts/cli/artefact.js';
import { loadCapstone } from '../support/arm64-oracle.js';

const GATE = path.join(import.meta.dirname, 'gate');
const modules = fs.readdirSync(GATE).filter((name) => name.endsWith('.wasm'));

describe('artefacts for aarch64', () => {
  it('are the same bytes each time, and say what they are for', () => {
    const wasm = fs.readFileSync(path.join(GATE, modules[0]));
    const artefact = compileSync(wasm, { target: 'aarch64' });
    expect(compileSync(wasm, { target: 'aarch64' })).toEqual(artefact);
    expect(readArtefact(bytesSource(artefact), null).needs).toEqual({
      architecture: Architecture.AARCH64,
      features: 0,
    });
    expect(() => readArtefact(bytesSource(artefact), TARGETS['x86-64-v2'])).toThrow(
      /made for arm64, this machine is x86-64; .* or for --target x86-64-v2$/,
    );
    expect(() => readArtefact(bytesSource(compileSync(wasm, { target: 'x86-64-v2' })), TARGETS.aarch64)).toThrow(
      /made for x86-64, this machine is arm64; .* or for --target aarch64$/,
    );
    const lse = compileSync(wasm, { target: 'aarch64-lse' });
    expect(() => readArtefact(bytesSource(lse), TARGETS.aarch64)).toThrow(/lse.*--target aarch64/);
  });

  it.each(modules)('read the same in Capstone: %s', async (name) => {
    const capstone = await loadCapstone();
    for (const options of [{}, { bounds: 'explicit', count: true }] as const) {
      const artefact = compileSync(fs.readFileSync(path.join(GATE, name)), { target: 'aarch64', ...options });
      const view = new ArtefactView(artefact, name);
      const { disassembleLines } = disassemblerFor(Architecture.AARCH64);
      let n = 0;
      for (const f of view.functions) {
        const code = view.code.slice(f.offset, f.offset + f.bytes);
        const lines = disassembleLines(code, f.offset);
        const end = lines.findIndex(({ text }) => text.startsWith('.word'));
        const ours = lines.slice(0, end < 0 ? lines.length : end);
        expect(capstone(code.slice(0, 4 * ours.length), f.offset)).toEqual(ours.map(({ text }) => text));
        n += ours.length;
      }
      expect(n).toBeGreaterThan(10);
    }
  });
});
