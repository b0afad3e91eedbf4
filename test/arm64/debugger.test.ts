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
    // `middle` keeps what it needs behind the call in registers that it saves.
    compileC(
      `__attribute__((import_module("env"), import_name("host"))) int host(int);
__attribute__((noinline)) int leaf(int x) { return host(x) + 1; }
__attribute__((noinline)) int middle(int x, int y) {
  int a = leaf(x) * y;
  return a + x;
}
__attribute__((export_name("work"))) int work(int n) { int s = 0; for (int i = 0; i < n; i++) s += middle(i, n); return s; }
`,
      path.join(dir, 'app.wasm'),
      ['-g', '-O1'],
    );
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
