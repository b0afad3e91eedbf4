/** The map from addresses to code (native/code-map.cc), by itself: threads, alarms, places that change hands. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(__dirname, '../..');

test('each thread finds its own code and no other', { timeout: 120_000 }, () => {
  const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
  const folder = mkdtempSync(join(tmpdir(), 'wamr-code-map-'));
  try {
    const program = join(folder, 'code-map');
    const flags = ['-std=c++17', '-O1', '-pthread', '-DNAPI_VERSION=8', '-D_GNU_SOURCE'];
    // With -iquote: native/stdio.h is not the system's.
    const folders = ['-I', headers, '-iquote', join(root, 'native')];
    const sources = [join(__dirname, 'children/code-map.cc'), join(root, 'native/code-map.cc')];
    const [compiler, ...first] = (process.env.CXX || 'g++').split(' ');
    execFileSync(compiler, [...first, ...flags, ...folders, ...sources, '-o', program]);
    expect(execFileSync(program, { encoding: 'utf8', timeout: 60_000 })).toMatch(/^\d{6,} answers\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
