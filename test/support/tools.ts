/** Projects of tools from npm (bundlers, test runners) that use the published package, in folders of their own. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { type Packed, unpack } from './packed.js';
import { npmPackages } from './registry.js';
import { wat } from './wat.js';

/** Versions that run on Node 20. */
export const TOOLS = {
  esbuild: '0.28.2',
  jest: '30.5.2',
  rollup: '4.68.8',
  vite: '7.3.8',
  vitest: '4.1.12',
  webpack: '5.113.0',
};

/** Two modules that share a global, and a script that one imports. */
const FILES: Record<string, string | Uint8Array> = {
  'package.json': '{"private":true}',
  'env.mjs': `export const log = (x) => console.log('log', x);`,
  'state.wasm': wat(
    '(module (global (export "n") (mut i32) (i32.const 5)) (func (export "get") (result i32) (global.get 0)))',
  ),
  'math.wasm':
    wat(`(module (import "./env.mjs" "log" (func $log (param i32))) (import "./state.wasm" "n" (global $n (mut i32)))
    (func $divide (export "divide") (param i32 i32) (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "a b") (call $log (global.get $n))))`),
};

export class ToolProject {
  readonly dir: string;
  readonly cache: string;

  constructor() {
    this.dir = fs.mkdtempSync(path.join(npmPackages(TOOLS), 'project-'));
    this.cache = path.join(this.dir, 'cache');
    unpack(inject('packed') as Packed, this.dir);
    for (const [name, content] of Object.entries(FILES)) this.write(name, content);
  }

  write(name: string, content: string | Uint8Array): void {
    fs.writeFileSync(path.join(this.dir, name), content);
  }

  /** Runs a script of the project, or a program of its tools by the path of its file there. */
  run(
    args: string[],
    { cwd = this.dir, env = {} as NodeJS.ProcessEnv } = {},
  ): { out: string; err: string; code: number | null } {
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd,
      encoding: 'utf8',
      env: { ...cleanEnvironment(), WAMR_CACHE_DIR: this.cache, NO_COLOR: '1', CI: '1', ...env },
    });
    return { out: stdout, err: stderr, code: status };
  }

  /** Path of a tool's file. */
  tool(file: string): string {
    return path.join(path.dirname(this.dir), 'node_modules', file);
  }

  dispose(): void {
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Without what the runner of these tests tells its own workers. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST|VITE_|NODE_ENV|NODE_OPTIONS|TEST|PROD|DEV|MODE|SSR|BASE_URL|WAMR_)/.test(name),
  );
  return Object.fromEntries(kept);
}
