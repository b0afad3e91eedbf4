/**
 * GDB beside the emulator of arm64, of a Debian that is newer than what they are needed for: an emulator that tells of
 * signed pointers (QEMU 8.1: the feature `org.gnu.gdb.aarch64.pauth_v2`), and a GDB that understands it (13.2).
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withoutEmulator } from './arm64.js';
import { unpackPackages } from './debian.js';
import { CACHE, once } from './peers.js';

const { addon, node } = createRequire(import.meta.url)('../../scripts/emulated.cjs') as {
  addon(): string;
  node(): string;
};
const RELEASE = 'trixie';
const SYSROOT = '/usr/aarch64-linux-gnu';
/** With the libraries that GDB is linked with. */
const PACKAGES = [
  ...['qemu-user', 'gdb-multiarch', 'gdb', 'libc6', 'libstdc++6', 'libgcc-s1', 'libpython3.13', 'libpython3.13-stdlib'],
  ...['libpython3.13-minimal', 'libreadline8t64', 'libncursesw6', 'libtinfo6', 'libmpfr6', 'libgmp10', 'libexpat1'],
  ...['zlib1g', 'libzstd1', 'liblzma5', 'libxxhash0', 'libsource-highlight4t64', 'libdebuginfod1t64'],
];

export interface Arm64Debugger {
  /** Runs GDB's commands on a program of Node's there, and gives what it prints. */
  run(commands: readonly string[], args: readonly string[], cwd: string): Promise<string>;
}

/** The debugger; or why it cannot be had. */
export function arm64Debugger(): Arm64Debugger | string {
  const missing = withoutEmulator();
  if (missing !== undefined) return missing;
  try {
    const root = once(path.join(CACHE, 'arm64-gdb', RELEASE), (d) => unpackPackages(d, RELEASE, 'amd64', PACKAGES));
    return { run: (commands, args, cwd) => debug(root, commands, args, cwd) };
  } catch (e) {
    return (e as Error).message;
  }
}

async function debug(root: string, commands: readonly string[], args: readonly string[], cwd: string): Promise<string> {
  const socket = path.join(cwd, 'gdb.socket');
  fs.rmSync(socket, { force: true });
  const env = { ...process.env, NODE_OPTIONS: '', WAMR_GDB: '1', WAMR_NATIVE_ADDON: addon() };
  const emulated = ['-g', socket, '-L', SYSROOT, node(), ...args];
  const program = spawn(path.join(root, 'usr/bin/qemu-aarch64'), emulated, { cwd, env, stdio: 'ignore' });
  try {
    const start = Date.now();
    while (!fs.existsSync(socket)) {
      if (program.exitCode !== null || Date.now() - start > 60_000) throw new Error('the emulator has no GDB stub');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const all = [
      ...['set pagination off', `set sysroot ${SYSROOT}`, `set solib-search-path ${path.dirname(addon())}`],
      ...[`file ${node()}`, `target remote ${socket}`],
      ...['set breakpoint pending on', 'handle SIGUSR1 SIGSEGV SIG41 nostop noprint pass'],
      ...commands,
    ];
    return await runGdb(root, all, cwd);
  } finally {
    program.kill('SIGKILL');
  }
}

/** GDB with the libraries of its own release. */
function runGdb(root: string, commands: readonly string[], cwd: string): Promise<string> {
  const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu');
  const gdb = [path.join(root, 'usr/bin/gdb-multiarch'), '--data-directory', path.join(root, 'usr/share/gdb')];
  const args = ['--library-path', libraries, ...gdb, '-q', '-batch', '-nx', ...commands.flatMap((c) => ['-ex', c])];
  const child = spawn(path.join(libraries, 'ld-linux-x86-64.so.2'), args, {
    cwd,
    env: { ...process.env, PYTHONHOME: path.join(root, 'usr') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
    killSignal: 'SIGKILL',
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(out));
  });
}
