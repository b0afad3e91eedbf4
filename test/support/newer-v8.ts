/** V8 of Node 24 in a process of its own, as oracle for proposals that V8 in this process does not have. */
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FuncRecord } from './fuzz-runner.js';
import { nodeOf } from './registry.js';

/** Runs a file of this folder, bundled, under Node 24; its standard output. */
export function runUnderNode24(file: string, input: string, flags: string[] = []): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-node24-'));
  try {
    const outfile = path.join(dir, 'main.cjs');
    buildSync({
      entryPoints: [path.join(import.meta.dirname, file)],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
      logLevel: 'error',
      define: { 'import.meta.url': JSON.stringify(import.meta.url) },
    });
    const { stdout, stderr, status } = spawnSync(nodeOf(24), [...flags, outfile], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    if (status !== 0) throw new Error(`Node 24: exit code ${status}: ${stderr.slice(-2000)}`);
    return stdout;
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** What V8 of Node 24 makes of generated modules; a text where it refuses one. */
export function recordsOfNode24(modules: readonly { name: string; bytes: Uint8Array }[]): (FuncRecord[] | string)[] {
  const lines = modules.map(({ name, bytes }) =>
    JSON.stringify({ name, bytes: Buffer.from(bytes).toString('base64') }),
  );
  const out = runUnderNode24('v8-records.ts', `${lines.join('\n')}\n`);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FuncRecord[] | string);
}
