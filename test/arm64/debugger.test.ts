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
let again = 0;
const app = instantiate(load(process.argv[2]), { env: { host: (x) => (again++ < 1 ? app.exports.work(1) : x) } });
process.exit(app.exports.work(2) === 0 ? 1 : 7);`,
    );
  });

  it.each(['aarch64', 'aarch64-lse-bti-pac'] as const)('names frames, finds lines and unwinds, %s', async (target) => {
    const artefact = path.join(dir, `${target}.aot`);
    fs.writeFileSync(
      artefact,
      wamr.compileSync(fs.readFileSync(path.join(dir, 'app.wasm')), { target, debugInfo: true }),
    );
    if (typeof gdb === 'string') return;
    const commands = ['break leaf', 'continue', 'bt 5', 'finish', 'bt 3', 'delete', 'continue'];
    const out = await gdb.run(commands, [path.join(dir, 'app.cjs'), artefact], dir);
    const shown = out
      .split('\n')
      .filter((line) => /^#\d/.test(line))
      .map((line) =>
        line
          .replace(/0x[0-9a-f]+ (\[PAC\] )?in /, '')
          .replace(/ at .*\/(app\.c)/, ' at $1')
          .replace(/\s+/g, ' '),
      )
      .join('\n');
    expect(shown, out).toMatch(
      /#0 leaf \(\).*\n#1 middle \(\) at app\.c:4\n#2 work \(\) at app\.c:7\n#3 wasm entry stub \(\).*\n#4 wn_enter \(\)/,
    );
    expect(shown).toMatch(/#0 middle \(\).*\n#1 work \(\)/);
    expect(out).toMatch(/exited with code 07/);
  });
});
