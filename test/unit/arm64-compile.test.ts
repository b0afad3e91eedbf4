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

const modules = specSuite().flatMap((folder) =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => path.join(folder, name))
    .sort(),
);

/** Compiles what is a module: how many are, and the errors of the others that x86-64 has code for. */
function compileAll(
  target: 'aarch64' | 'aarch64-lse',
  bounds: 'guard' | 'explicit',
): { made: number; refused: string[] } {
  let made = 0;
  const refused: string[] = [];
  for (const file of modules) {
    const wasm = fs.readFileSync(file);
    try {
      compileSync(wasm, { target, bounds, verify: true });
      made++;
    } catch (e) {
      let usual: unknown;
      try {
        compileSync(wasm, { bounds });
      } catch (x) {
        usual = x;
      }
      // The suite has invalid modules.
      if (!(usual instanceof CompileError) || !(e instanceof CompileError) || e.message !== usual.message)
        refused.push(`${file}: ${String(e)}`);
    }
  }
  return { made, refused };
}

describe('the specification suite for aarch64', () => {
  it.each([
    ['aarch64', 'guard'],
    ['aarch64-lse', 'explicit'],
  ] as const)(
    'compiles: %s, %s',
    (target, bounds) => {
      const { made, refused } = compileAll(target, bounds);
      expect(refused).toEqual([]);
      expect(made).toBeGreaterThan(1000);
      console.log(`${target}, ${bounds}: ${made} modules compiled`);
    },
    600_000,
  );
});
