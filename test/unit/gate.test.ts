/**
 * The gate: code size, number of instructions and weighted spill code of fixed modules against a committed baseline.
 * All of it is deterministic, so it cannot flake: more than 1 % worse fails, more than 1 % better asks to bless (`npm
 * run bless`). The modules are programs of bench/programs, as zig cc makes them.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChunkBuilder } from '../../src-ts/aot/chunk.js';
import { FunctionCompiler } from '../../src-ts/aot/compile-func.js';
import { compileSync } from '../../src-ts/aot/compile.js';
import { DebugInfo } from '../../src-ts/aot/debug-info.js';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { PhaseTimes } from '../../src-ts/aot/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { countInstructions } from '../../src-ts/x64/asm/disasm.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { SHARED } from '../support/peers.js';
import { QUICK } from '../support/quick.js';

const HERE = path.join(import.meta.dirname, 'gate');
const BASELINE = path.join(HERE, 'baseline.json');
const SUITE = path.join(SHARED, 'workloads/suite/wasm');
const BLESS = process.env.WAMR_BLESS === '1';
const TOLERANCE = 0.01;
const TARGET = 'x86-64-v2';

type Figures = Record<'code bytes' | 'instructions' | 'spill cost' | 'moves', number>;
type Baseline = Record<string, Figures>;

const modules: [string, string][] = ['vm', 'chase', 'nbody', 'simd_bytes', 'simd_float'].map((name) => [
  name,
  path.join(HERE, `${name}.wasm`),
]);
const sqlite = path.join(SUITE, 'sqlite.wasm');
if (fs.existsSync(sqlite) && !QUICK) modules.push(['sqlite', sqlite]);

function measure(wasm: Uint8Array): Figures {
  const bytes = compileSync(wasm, { target: TARGET, debugInfo: true });
  const artefact = readArtefact(bytesSource(bytes), null);
  const rows = new Uint32Array(artefact.read(Section.FUNCS).slice().buffer);
  const debug = new DebugInfo(artefact.read(Section.DEBUG));
  const code = artefact.read(Section.CODE);
  let size = 0;
  let instructions = 0;
  for (let d = 0; d < debug.functions; d++) {
    const start = rows[4 * d];
    size += rows[4 * d + 1];
    instructions += countInstructions(code.subarray(start, start + debug.record(d).codeBytes), [0])[0];
  }
  const weights = weigh(wasm);
  expect(artefact.meta.target).toBe(TARGET);
  return {
    'code bytes': size,
    instructions,
    'spill cost': round(weights.reloads + weights.stores + weights.saves),
    moves: round(weights.moves),
  };
}

function weigh(wasm: Uint8Array): FunctionCompiler['weights'] {
  const m = decodeModule(wasm);
  const { mutatedTables } = validateModule(m);
  const compiler = new FunctionCompiler(
    m,
    computeVmLayout(m, mutatedTables),
    { ...TARGETS[TARGET], bounds: 'guard', verify: false },
    new PhaseTimes(),
  );
  const out = new ChunkBuilder();
  for (let d = 0; d < m.bodyStart.length; d++) compiler.compile(m.importedFuncs + d, out);
  return compiler.weights;
}

const round = (x: number): number => Number(x.toPrecision(6));

describe('gate', () => {
  const baseline: Baseline = fs.existsSync(BASELINE) ? (JSON.parse(fs.readFileSync(BASELINE, 'utf8')) as Baseline) : {};
  const measured: Baseline = {};

  test.each(modules)('%s', { timeout: 120_000 }, (name, file) => {
    const now = measure(fs.readFileSync(file));
    measured[name] = now;
    if (BLESS) {
      fs.writeFileSync(BASELINE, `${JSON.stringify({ ...baseline, ...measured }, null, 1)}\n`);
      return;
    }
    expect(baseline, `no baseline for ${name}: npm run bless`).toHaveProperty(name);
    const worse: string[] = [];
    for (const [what, value] of Object.entries(now) as [keyof Figures, number][]) {
      const old = baseline[name][what];
      const change = old === 0 ? (value === 0 ? 0 : 1) : value / old - 1;
      const text = `${name}: ${what} ${old} → ${value} (${(100 * change).toFixed(1)} %)`;
      if (change > TOLERANCE) worse.push(text);
      else if (change < -TOLERANCE) console.log(`better: ${text}; keep it with npm run bless`);
    }
    expect(worse, 'worse than the baseline: mend it, or bless it with a reason (npm run bless)').toEqual([]);
  });
});
