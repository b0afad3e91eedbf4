/** The addon for macOS can be compiled and linked. Nothing here runs it. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { QUICK } from '../support/quick.js';

const { buildMac } = createRequire(import.meta.url)('../../scripts/prebuild.cjs') as {
  buildMac: (machine: string, out: string) => void;
};
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-macos-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

// Magic number, machine, and what kind of file it is, by Apple's mach-o/loader.h.
const MAGIC_64 = 0xfeedfacf;
const DYNAMIC_LIBRARY = 6;
const MACHINES = { x86_64: 0x01000007, aarch64: 0x0100000c };

describe.skipIf(QUICK)('macOS', () => {
  it.each(['aarch64', 'x86_64'] as const)('the addon for %s', (machine) => {
    const file = path.join(dir, `${machine}.node`);
    buildMac(machine, file);
    const bytes = fs.readFileSync(file);
    expect([0, 4, 12].map((at) => bytes.readUInt32LE(at))).toEqual([MAGIC_64, MACHINES[machine], DYNAMIC_LIBRARY]);
    expect(bytes.includes('_napi_register_module_v1')).toBe(true);
  });
});
