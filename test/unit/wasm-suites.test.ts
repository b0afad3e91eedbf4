/**
 * Decoder and validator over the corpora of ../shared: what the specification calls invalid or malformed is rejected,
 * everything else accepted.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompileError } from '../../src-ts/errors.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { type Proposal, proposalNames, SUPPORTED_FEATURES } from '../../src-ts/wasm/proposals.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { SHARED } from '../support/peers.js';

/** A block of tests over a folder of ../shared; where that is absent, one skipped test says so. */
function overShared(folder: string, tests: (folder: string) => void): void {
  const full = path.join(SHARED, folder);
  if (fs.existsSync(full)) {
    describe(folder, () => tests(full));
    return;
  }
  console.warn(`NOT RUN: ../shared/${folder} is absent; its modules were not validated`);
  it.skip(`${folder}: NOT RUN, ../shared is absent`, () => {});
}

/** What a folder's edition of the specification has beyond 2.0. */
const featuresOf = (file: string): number => (file.includes('/spec-2.0/') ? 0 : SUPPORTED_FEATURES);

/** The CompileError that a file gives, or null. Anything else that is thrown fails the test. */
function rejection(file: string): CompileError | null {
  try {
    validateModule(decodeModule(fs.readFileSync(file), featuresOf(file)));
    return null;
  } catch (e) {
    if (e instanceof CompileError) return e;
    throw e;
  }
}

const scripts = (dir: string): string[] =>
  fs
    .readdirSync(dir, { withFileTypes: true })
    .flatMap((e) =>
      e.isDirectory() ? scripts(path.join(dir, e.name)) : e.name === 'test.json' ? [path.join(dir, e.name)] : [],
    );

interface Command {
  type: string;
  line: number;
  filename?: string;
  text?: string;
  text_only?: boolean;
  needs?: string[];
  invalid_unless?: string[];
}

overShared('spec', (folder) => {
  it('has the verdicts of the specification', () => {
    const has = (feature: string): boolean =>
      feature === 'core' || feature === 'simd' || proposalNames(SUPPORTED_FEATURES).includes(feature as Proposal);
    const wrong: string[] = [];
    let accepted = 0;
    let rejected = 0;
    for (const script of scripts(folder)) {
      for (const c of (JSON.parse(fs.readFileSync(script, 'utf8')) as { commands: Command[] }).commands) {
        if (
          !c.filename ||
          c.text_only ||
          !(c.needs ?? []).every(has) ||
          c.invalid_unless?.every(has) ||
          c.type.endsWith('_custom')
        )
          continue;
        const bad = c.type === 'assert_invalid' || c.type === 'assert_malformed';
        const e = rejection(path.join(path.dirname(script), c.filename));
        if (e) rejected++;
        else accepted++;
        if (bad !== (e !== null)) wrong.push(`${script}:${c.line} ${c.type} ${e ? e.message : `accepted: ${c.text}`}`);
      }
    }
    expect(wrong.slice(0, 20), `${wrong.length} wrong`).toEqual([]);
    expect(accepted).toBeGreaterThan(2500);
    expect(rejected).toBeGreaterThan(5500);
  });
});

for (const folder of ['fuzz', 'workloads/suite/wasm']) {
  overShared(folder, (full) => {
    const files = fs.readdirSync(full).filter((f) => f.endsWith('.wasm'));
    it('accepts all modules', () => {
      expect(files.length).toBeGreaterThan(0);
      const rejected = files.map((f) => rejection(path.join(full, f))).filter((e) => e !== null);
      expect(rejected.map(String)).toEqual([]);
    });
  });
}
