/**
 * A whole arm64 machine by emulation, with pages of 4 and of 16 KiB: what the addon does there gives what it gives here.
 * Takes long, so only by `npm run test:arm64-system` (WAMR_TEST_EMULATED=system).
 */
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { withoutEmulator } from '../support/arm64.js';
import { runOnMachine, withoutMachine } from '../support/arm64-system.js';
import { explicitEngine, wamrEngine } from '../support/engine.js';
import { newWat } from '../support/new-wat.js';
import { outcomes, TEXTS } from './behaviour.js';

const WANTED = process.env.WAMR_TEST_EMULATED === 'system';
const missing = WANTED ? (withoutEmulator() ?? withoutMachine()) : undefined;
if (missing !== undefined) console.warn(`an arm64 machine is not tested: ${missing}`);

describe.skipIf(!WANTED || missing !== undefined)('an arm64 machine', () => {
  it.each([16, 4] as const)(
    'with pages of %d KiB: calls, traps, host functions, exceptions, interruption',
    async (kib) => {
      const modules = { a: newWat(TEXTS.a), b: newWat(TEXTS.b) };
      // Compiles there: nothing is asked of this machine.
      const { outputFiles } = await build({
        entryPoints: [path.join(import.meta.dirname, '../windows/behaviour-main.ts')],
        bundle: true,
        write: false,
        platform: 'node',
        format: 'esm',
        external: ['../../dist/*'],
        banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
      });
      const program = 'programs/main/behaviour.mjs';
      const files = { 'a.wasm': modules.a, 'b.wasm': modules.b, [program]: outputFiles[0].contents };
      const lines = await runOnMachine(kib, files, [program, 'a.wasm', 'b.wasm'], 3_000_000);
      expect(lines[0]).toMatch(new RegExp(`^KernelPageSize: +${kib} kB$`));
      expect(lines.at(-1)).toBe('END 0');
      const expected = [wamrEngine(), explicitEngine()].map((engine) => outcomes(engine, modules));
      expect(JSON.parse(lines[1])).toEqual(expected);
    },
  );
});
