/**
 * GDB and compiled code on arm64, by the emulator's GDB stub: names, lines and unwinding, also with signed return
 * addresses. Left out, loudly, where debugger and emulator cannot be had.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arm64Debugger } from '../support/arm64-gdb.js';
import { wamr } from '../support/built.js';
import { DEBUGGED } from '../support/debugged.js';
import { compileC, ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';

/** Instructions of `middle` behind its call, and of `leaf` before its own, that are there for both targets. */
const EPILOGUE = 5;
const PROLOGUE = 6;

const gdb = QUICK ? 'it takes a minute' : arm64Debugger();
if (typeof gdb === 'string') console.warn(`GDB on arm64 is not tested: ${gdb}`);

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-gdb-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

describe.skipIf(typeof gdb === 'string')('GDB on arm64', () => {
  beforeAll(() => {
    compileC(DEBUGGED, path.join(dir, 'app.wasm'), ['-g', '-O1']);
    fs.writeFileSync(
      path.join(dir, 'app.cjs'),
      `const { instantiate, load } = require(${JSON.stringify(path.join(ROOT, 'dist/index.js'))});
process.exit(instantiate(load(process.argv[2]), { env: { host: (x) => x } }).exports.work(2));`,
    );
  });

  it.each(['aarch64', 'aarch64-lse-bti-pac'] as const)('names frames, finds lines and unwinds, %s', async (target) => {
    const artefact = path.join(dir, `${target}.aot`);
    fs.writeFileSync(
      artefact,
      wamr.compileSync(fs.readFileSync(path.join(dir, 'app.wasm')), { target, debugInfo: true }),
    );
    if (typeof gdb === 'string') return;
    /** At each of so many instructions the innermost frames. */
    const steps = (count: number, frames: number): string[] =>
      Array.from({ length: count }, () => [`bt ${frames}`, 'stepi']).flat();
    const commands = [
      ...['break leaf', 'continue', 'bt 5', 'finish', ...steps(EPILOGUE, 2)],
      ...['delete', 'break *leaf', 'continue', ...steps(PROLOGUE, 3), 'delete', 'continue'],
    ];
    const out = await gdb.run(commands, [path.join(dir, 'app.cjs'), artefact], dir);
    const shown = out
      .split('\n')
      .filter((line) => /^#\d/.test(line))
      .map((line) => /^#\d+ +(?:0x[0-9a-f]+ (?:\[PAC\] )?in )?(.*?) \(\)(?: at .*\/(app\.c:\d+))?/.exec(line)!.slice(1))
      .map(([name, place]) => `${name} ${place ?? ''}`.trim());
    expect(shown.slice(0, 4), out).toEqual([
      expect.stringMatching(/^leaf/),
      'middle app.c:4',
      'work app.c:7',
      'wasm entry stub',
    ]);
    // The fifth is of the addon.
    const names = shown.slice(5).map((frame) => frame.split(' ')[0]);
    expect(names, out).toEqual([
      ...Array.from({ length: EPILOGUE }, () => ['middle', 'work']).flat(),
      ...Array.from({ length: PROLOGUE }, () => ['leaf', 'middle', 'work']).flat(),
    ]);
    // Frames with signed addresses are marked.
    expect(/\[PAC\]/.test(out), out).toBe(target.endsWith('pac'));
    expect(out).toMatch(/exited with code 07/);
  });
});
