/**
 * What hostile modules cost in time and memory: every shape of test/support/shapes.ts, in the built package and one
 * process. That both are linear in the bytes is test/unit/linear-work.test.ts's matter.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { moduleOfBytes, SHAPES } from '../support/shapes.js';
import { ROOT } from '../support/peers.js';
import { leb, moduleOf, repeat, section } from '../support/wasm-build.js';

const BYTES = 250_000;
/** Processor time of one, on any machine that is not much slower than those of today; most took 0.3 to 0.8 s. */
const MOST_SECONDS = 5;
/**
 * Peak of the process above what it had before the first. V8 lets garbage lie for longer from Node 24 on: where 20 ends
 * with less than 500 MB, 24 has 510 MB.
 */
const MOST_PER_BYTE = Number.parseInt(process.versions.node) < 24 ? 2_000 : 3_000;

const peak = (): number => process.resourceUsage().maxRSS * 1024;

it('every shape takes bounded time and memory', { timeout: 900_000 }, () => {
  const names = Object.keys(SHAPES).slice(0, amount(Object.keys(SHAPES).length, 10));
  wamr.compileSync(moduleOfBytes(SHAPES[names[0]], 1000) as BufferSource);
  const before = peak();
  const dear: string[] = [];
  for (const name of names) {
    const bytes = moduleOfBytes(SHAPES[name], BYTES) as Uint8Array & BufferSource;
    const highest = peak();
    const start = process.cpuUsage();
    try {
      wamr.compileSync(bytes);
    } catch (e) {
      // Beyond a limit that V8 has as well.
      expect(e).toBeInstanceOf(wamr.CompileError);
    }
    const { user, system } = process.cpuUsage(start);
    // Of the one that raised it.
    const perByte = peak() > highest ? (peak() - before) / bytes.length : 0;
    if ((user + system) / 1e6 > MOST_SECONDS || perByte > MOST_PER_BYTE)
      dear.push(`${name}: ${(user + system) / 1e6} s, the peak is ${Math.round(perByte)} bytes a byte above the start`);
  }
  expect(dear).toEqual([]);
});

it('many functions take time by their number, also in what V8 does for us', () => {
  const body = [2, 0, 0x0b];
  const make = (n: number): Uint8Array =>
    moduleOf(
      section(1, 1, 0x60, 0, 0),
      section(3, leb(n), new Uint8Array(n)),
      section(10, leb(n), Buffer.concat(Array<Buffer>(n).fill(Buffer.from(body)))),
    );
  const seconds = (n: number): number => {
    const bytes = make(n) as BufferSource;
    const start = process.cpuUsage();
    wamr.compileSync(bytes);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  seconds(20_000);
  // Ten times as long if every function looked through the rest of the module.
  expect(seconds(160_000)).toBeLessThan(MOST_SECONDS);
});

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-test-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Peak memory of a process that compiles these bytes and does nothing else. */
function peakOf(bytes: Uint8Array): number {
  const file = path.join(folder, 'm.wasm');
  fs.writeFileSync(file, bytes);
  const script = `require(process.argv[1]).compileSync(require('fs').readFileSync(process.argv[2]));
    console.log(process.resourceUsage().maxRSS * 1024);`;
  const r = spawnSync(process.execPath, ['-e', script, path.join(ROOT, 'dist/index.js'), file], { encoding: 'utf8' });
  expect(r.stderr).toBe('');
  return Number(r.stdout);
}

/** What a process that compiles anything takes beyond one that compiles nothing. */
const FIXED_BYTES = 50e6;

it('memory is at most 300 bytes a byte of module', { timeout: 300_000 }, () => {
  const least = peakOf(moduleOf());
  const beyond = (bytes: Uint8Array): number => (peakOf(bytes) - least - FIXED_BYTES) / bytes.length;
  const code = moduleOfBytes(SHAPES.smallFunctions, amount(2_000_000, 400_000));
  expect(beyond(code)).toBeLessThan(300);
  // One function of that size too.
  expect(beyond(moduleOfBytes(SHAPES.wideExpression, amount(1_000_000, 400_000)))).toBeLessThan(300);
});

it('sixty million element entries take some bytes each', { timeout: 300_000 }, () => {
  const segment = Buffer.concat([Uint8Array.of(1, 0), repeat(10_000_000, [0])]);
  const functions = 20_000;
  const bytes = moduleOf(
    section(1, 1, 0x60, 0, 0),
    section(3, repeat(functions, [0])),
    section(9, [6], ...Array<Uint8Array>(6).fill(segment)),
    section(10, repeat(functions, [4, 0, 0x01, 0x01, 0x0b])),
  );
  const least = peakOf(moduleOf());
  expect((peakOf(bytes) - least - FIXED_BYTES) / bytes.length).toBeLessThan(MOST_OF_ELEMENTS);
});

/** The bytes, an item of 4 bytes in an array that grows by doubling, one in the artefact. */
const MOST_OF_ELEMENTS = 25;
