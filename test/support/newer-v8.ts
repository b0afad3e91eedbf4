/** V8 of Node 24 in a process of its own, as oracle for proposals that V8 in this process does not have. */
import { spawnSync } from 'node:child_process';
import { buildSync } from 'esbuild';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { FuncRecord, FuzzOptions } from './fuzz-runner.js';
import { nodeOf } from './registry.js';

export interface ChildOptions {
  flags?: string[];
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

/** Runs a file of this folder, bundled, under a Node; its standard output. */
export function runBundled(
  node: string,
  file: string,
  input: string,
  { flags = [], args = [], env = {} }: ChildOptions = {},
): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-bundled-'));
  try {
    const outfile = path.join(dir, 'main.cjs');
    buildSync({
      entryPoints: [path.join(import.meta.dirname, file)],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
      logLevel: 'error',
      define: {
        'import.meta.url': JSON.stringify(import.meta.url),
        'import.meta.dirname': JSON.stringify(import.meta.dirname),
      },
    });
    const { stdout, stderr, status, signal } = spawnSync(node, [...flags, outfile, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      env: { ...process.env, ...env },
    });
    if (status !== 0) throw new Error(`${node}: ${status ?? signal}: ${stderr.slice(-2000)}`);
    return stdout;
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** The same under Node 24. */
export const runUnderNode24 = (file: string, input: string, flags: string[] = []): string =>
  runBundled(nodeOf(24), file, input, { flags });

/** What V8 of Node 24 makes of generated modules; a text where it refuses one. */
export function recordsOfNode24(
  modules: readonly { name: string; bytes: Uint8Array; options?: FuzzOptions }[],
  flags: string[] = [],
): (FuncRecord[] | string)[] {
  const lines = modules.map(({ name, bytes, options }) =>
    JSON.stringify({ name, bytes: Buffer.from(bytes).toString('base64'), options }),
  );
  const out = runUnderNode24('v8-records.ts', `${lines.join('\n')}\n`, flags);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FuncRecord[] | string);
}
