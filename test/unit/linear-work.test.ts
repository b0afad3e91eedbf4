/**
 * The compiler's work grows with its input, not with the square of it, whatever the input's shape; verifier and
 * allocation checker too. Work is what V8's precise coverage counts: how often each block of code was executed. That is
 * the same in every run, and says which function it was.
 */
import { Session } from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { compileSync } from '../../src-ts/aot/compile.js';
import { amount } from '../support/quick.js';
import { moduleOfBytes, SHAPES } from '../support/shapes.js';

/** Bytes of the modules, each twice the last. */
const SIZES = [30_000, 60_000, 120_000];
/** Most work for a module of twice the bytes, and the exponent that fits all sizes best. */
const MOST_FOR_TWICE = 2.3;
const MOST_EXPONENT = 1.15;

interface Coverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
}

const session = new Session();
session.connect();

function post(method: string, params: object = {}): unknown {
  let answer: unknown;
  session.post(method, params, (error, result) => {
    if (error) throw new Error(`${method}: ${error.message}`);
    answer = result;
  });
  return answer;
}

/** Executions of blocks of the compiler while `run` runs, by function. */
function work(run: () => void): Map<string, number> {
  post('Profiler.takePreciseCoverage');
  run();
  const { result } = post('Profiler.takePreciseCoverage') as Coverage;
  const sums = new Map<string, number>();
  for (const { url, functions } of result.filter((s) => s.url.includes('/src-ts/'))) {
    const file = url.slice(url.indexOf('/src-ts/') + 8);
    for (const { functionName, ranges } of functions) {
      const name = `${functionName} (${file})`;
      const count = ranges.reduce((sum, r) => sum + r.count, 0);
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  return sums;
}

const total = (sums: Map<string, number>): number => [...sums.values()].reduce((a, b) => a + b, 0);

/** Slope of the line through (log x, log y) that fits best. */
function exponent(x: number[], y: number[]): number {
  const lx = x.map(Math.log);
  const ly = y.map(Math.log);
  const mean = (a: number[]): number => a.reduce((s, v) => s + v, 0) / a.length;
  const mx = mean(lx);
  const my = mean(ly);
  const top = lx.reduce((s, v, i) => s + (v - mx) * (ly[i] - my), 0);
  return top / lx.reduce((s, v) => s + (v - mx) ** 2, 0);
}

/** The functions that grew most. */
function blame(before: Map<string, number>, after: Map<string, number>): string {
  const grown = [...after].map(([name, n]) => ({ name, n, before: before.get(name) ?? 0 }));
  grown.sort((a, b) => b.n - 2 * b.before - (a.n - 2 * a.before));
  return grown
    .slice(0, 3)
    .map(({ name, n, before: b }) => `${name}: ${b} -> ${n}`)
    .join('; ');
}

describe('work grows with the input', () => {
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const names = Object.keys(SHAPES).filter((_, i) => i % amount(1, 6) === 0);
  it.each(names)('%s', { timeout: 300_000 }, (name) => {
    const modules = SIZES.map((size) => moduleOfBytes(SHAPES[name], size));
    const works = modules.map((bytes) => work(() => void compileSync(bytes, { verify: true })));
    const sums = works.map(total);
    for (let k = 1; k < SIZES.length; k++) {
      const ratio = sums[k] / sums[k - 1] / (modules[k].length / modules[k - 1].length / 2);
      expect(ratio, `${SIZES[k]} bytes: ${blame(works[k - 1], works[k])}`).toBeLessThan(MOST_FOR_TWICE);
    }
    const fit = exponent(
      modules.map((m) => m.length),
      sums,
    );
    expect(fit, blame(works[0], works[SIZES.length - 1])).toBeLessThan(MOST_EXPONENT);
  });
});
