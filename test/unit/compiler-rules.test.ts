/**
 * The rules that make a compiler in JavaScript fast (docs/performance.md), checked on what is shipped: no function that
 * V8's optimising compiler would refuse, `const enum`s gone from one bundle, flat arrays for the code under
 * construction, no maps, sets or big numbers in passes.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Func } from '../../src-ts/ir/func.js';
import { IntVec } from '../../src-ts/util/vec.js';
import { MachFunc } from '../../src-ts/codegen/mach.js';
import { QUICK } from '../support/quick.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const DIST = path.join(ROOT, 'dist');
/** V8's max_optimized_bytecode_size: functions beyond are interpreted for ever. */
const MAX_BYTECODE = 60 * 1024;

describe('the compiler as a program', () => {
  it.skipIf(QUICK)(
    'has no function that is too long to be optimised',
    () => {
      const modules = ['vm', 'chase', 'nbody', 'simd_bytes', 'simd_float'].map((name) =>
        path.join(import.meta.dirname, 'gate', `${name}.wasm`),
      );
      const script = `const c = require(${JSON.stringify(path.join(DIST, 'compiler.js'))}); for (const f of ${JSON.stringify(modules)}) c.compileSync(require('fs').readFileSync(f), { verify: true });`;
      // Without WebAssembly the passes that are translated to it run as JavaScript, too.
      const flags = ['--print-bytecode', '--no-flush-bytecode', '--no-expose-wasm'];
      const r = spawnSync(process.execPath, [...flags, '-e', script], {
        encoding: 'latin1',
        maxBuffer: 2 ** 30,
      });
      expect(r.status).toBe(0);
      const lengths = [...r.stdout.matchAll(/^Bytecode length: (\d+)/gm)].map((m) => Number(m[1]));
      // All of the compiler ran.
      expect(lengths.length).toBeGreaterThan(700);
      expect(Math.max(...lengths)).toBeLessThan(MAX_BYTECODE);
    },
    120_000,
  );

  it.each(['compiler.js', 'worker.js'])('is one bundle without enum objects: %s', (file) => {
    const text = fs.readFileSync(path.join(DIST, file), 'utf8');
    // What is not needed for the usual target comes when it is.
    expect(text.match(/require\("\.\/[^"]*"\)/g) ?? []).toEqual(['require("./arm64.js")']);
    // What esbuild leaves of an enum that somebody uses as an object.
    expect(text.match(/(\w+)\[\1(?:\.\w+|\["[^"]+"\]) ?= ?-?\d+\] ?= ?"/g) ?? []).toEqual([]);
  });

  it.each([
    ['Func', new Func()],
    ['MachFunc', new MachFunc()],
  ])('keeps code in flat arrays: %s', (_, f) => {
    const others = Object.entries(f).filter(
      ([, v]) =>
        v !== undefined &&
        typeof v !== 'number' &&
        typeof v !== 'boolean' &&
        !ArrayBuffer.isView(v) &&
        !(v instanceof IntVec),
    );
    expect(others.map(([name]) => name)).toEqual([]);
  });

  it('uses no maps, sets or big numbers in passes', () => {
    // Text, verification and tables that are made once may.
    const free = [
      'ir/parse',
      'ir/print',
      'ir/text',
      'ir/verify',
      'x64/asm/disasm',
      'codegen/print',
      'x64/machops',
      'codegen/reciprocals',
      'x64/select/divide',
      'arm64/asm/disasm-general',
      'arm64/asm/disasm-parts',
      'arm64/select/divide',
      'codegen/regalloc/checker',
      'codegen/regalloc/print',
    ];
    const found: string[] = [];
    for (const folder of ['ir', 'opt', 'codegen', 'x64', 'arm64'])
      for (const entry of fs.readdirSync(path.join(ROOT, 'src-ts', folder), { recursive: true, encoding: 'utf8' })) {
        if (!entry.endsWith('.ts')) continue;
        const name = `${folder}/${entry.slice(0, -3)}`;
        const text = fs.readFileSync(path.join(ROOT, 'src-ts', folder, entry), 'utf8');
        if (!free.includes(name) && /new (Map|Set)\b|\bBigInt\(/.test(text)) found.push(name);
      }
    expect(found).toEqual([]);
  });
});
