/**
 * Runs the command line as a user does: the built `dist/cli.js` in a process of its own, with a cache folder of its
 * own.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './peers.js';
import { wat } from './wat.js';

const CLI = path.join(ROOT, 'dist/cli.js');

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** A folder for the files of one test file; call `remove` in afterAll. */
export class Workspace {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-test-'));

  path(name: string): string {
    return path.join(this.dir, name);
  }

  write(name: string, contents: string | Uint8Array): string {
    const file = this.path(name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, contents);
    return file;
  }

  /** Assembles WebAssembly text, with names. */
  wasm(name: string, text: string): string {
    return this.write(name, wat(text));
  }

  /** Runs `wamr-native ARGS` in this folder. */
  run(args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): CliResult {
    const r = spawnSync(process.execPath, [CLI, ...args], {
      cwd: this.dir,
      input: options.input ?? '',
      encoding: 'utf8',
      timeout: 300_000,
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        WAMR_CACHE_DIR: this.path('cache'),
        WAMR_COMPILE_SERVER: 'off',
        NODE_OPTIONS: '',
        ...options.env,
      },
    });
    return { code: r.status, signal: r.signal, out: r.stdout, err: r.stderr };
  }

  remove(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
