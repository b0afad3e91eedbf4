/**
 * Every module of the specification suite, compiled for AArch64 with the IR verifier and the allocation checker on. Code
 * runs on the machine itself only (or an emulator); that it can be made is seen everywhere.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSync } from '../../src-ts/aot/compile.js';
import { CompileError } from '../../src-ts/errors.js';
import { specSuite } from '../support/peers.js';
import { sample } from '../support/quick.js';

const modules = specSuite().flatMap((folder) =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => path.join(folder, name))
    .sort(),
);

describe('the specification suite for aarch64', () => {
  // Each module in one of the two ways.
  it.each([
    ['aarch64', 'guard', 0],
    ['aarch64-lse', 'explicit', 1],
  ] as const)(
    'compiles: %s, %s',
    (target, bounds, turn) => {
      let made = 0;
      const refused: string[] = [];
      for (const file of sample(
        modules.filter((_, k) => k % 2 === turn),
        8,
      )) {
        const wasm = fs.readFileSync(file);
        try {
          compileSync(wasm, { target, bounds, verify: true });
          made++;
        } catch (e) {
          // The suite has invalid modules.
          if (!(e instanceof CompileError)) refused.push(`${file}: ${String(e)}`);
        }
      }
      expect(refused).toEqual([]);
      expect(made).toBeGreaterThan(100);
      console.log(`${target}, ${bounds}: ${made} modules compiled`);
    },
    600_000,
  );
});
