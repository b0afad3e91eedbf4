/**
 * V8 of a newer Node than this one, as an oracle in a process of its own: it knows proposals that V8 of Node 20 does
 * not. The npm package `node` has it; it goes where scripts/test-nodes.cjs puts it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { buildSync } from 'esbuild';
import type { FuncRecord } from './fuzz-runner.js';
import { CACHE } from './peers.js';

const NODE = '24.9.0';

/** Path of the program `node` of that version, installed if need be. */
export function newerNode(): string {
  const dir = path.join(CACHE, 'nodes', '24');
  const program = path.join(dir, 'node_modules/node/bin/node');
  if (!fs.existsSync(program)) {
    fs.mkdirSync(dir, { recursive: true });
    const r = spawnSync('npm', ['install', '--prefix', dir, '--no-save', '--no-audit', '--no-fund', `node@${NODE}`]);
    if (!fs.existsSync(program)) throw new Error(`npm install node@${NODE}: ${String(r.stderr).slice(-300)}`);
  }
  return program;
}

/** Gives V8's records of modules (`runFuzzModule`), one after the other. */
export class V8Oracle {
  private readonly dir = fs.mkdtempSync(path.join(CACHE, 'v8-oracle-'));
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;

  constructor() {
    const script = path.join(this.dir, 'child.cjs');
    buildSync({
      entryPoints: [path.join(import.meta.dirname, 'v8-oracle-child.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      define: { 'import.meta.url': '"file:///"' },
      logLevel: 'error',
    });
    this.child = spawn(newerNode(), ['--experimental-wasm-exnref', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = readline.createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** The records of a module; null: V8 refuses it. */
  async records(name: string, bytes: Uint8Array): Promise<FuncRecord[] | null> {
    const file = path.join(this.dir, 'module.wasm');
    fs.writeFileSync(file, bytes);
    this.child.stdin!.write(`${JSON.stringify([name, file])}\n`);
    const answer = await this.answers.next();
    if (answer.done) throw new Error(`${name}: the process of the oracle ended`);
    return JSON.parse(answer.value) as FuncRecord[] | null;
  }

  close(): void {
    this.child.kill();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
