/**
 * A whole arm64 machine by emulation (QEMU): Debian's kernel with pages of its own size, and Node as its only program.
 * Slower than arm64.ts, and nearer to a machine: addresses of 48 bits and more, real page sizes and signal frames.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { unpackPackages } from './debian.js';
import { CACHE, once, ROOT } from './peers.js';

const { addon, node } = createRequire(import.meta.url)('../../scripts/emulated.cjs') as {
  addon(): string;
  node(): string;
};
const QEMU = '/usr/bin/qemu-system-aarch64';
const SYSROOT = '/usr/aarch64-linux-gnu/lib';
const LIBRARIES = /^(ld-linux-aarch64|lib(c|m|stdc\+\+|gcc_s|dl|pthread|rt))\.so(\.\d+)?$/;
const RELEASE = 'trixie';
/** Kernels by the size of their pages in KiB. */
const KERNELS = { 4: 'linux-image-cloud-arm64', 16: 'linux-image-arm64-16k' } as const;
export type PageKib = keyof typeof KERNELS;

/** Why there is no such machine here, after an attempt to install it; undefined when there is. */
export function withoutMachine(): string | undefined {
  if (fs.existsSync(QEMU)) return undefined;
  const args = ['install', '-y', '--no-install-recommends', 'qemu-system-arm'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const r = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 300_000 });
  return r.status === 0 ? undefined : `apt-get install: ${r.error?.message ?? r.stderr.slice(-300)}`;
}

/** The kernel's file, and a shell for the machine. */
function system(pages: PageKib): { kernel: string; shell: string } {
  const dir = once(path.join(CACHE, 'arm64-system', `${RELEASE}-${pages}`), (d) =>
    unpackPackages(d, RELEASE, 'arm64', [KERNELS[pages], 'busybox-static']),
  );
  const kernel = fs.readdirSync(path.join(dir, 'boot')).find((name) => name.startsWith('vmlinuz'))!;
  return { kernel: path.join(dir, 'boot', kernel), shell: path.join(dir, 'usr/bin/busybox') };
}

/** An archive as the kernel unpacks it ("initramfs buffer format" of its documentation): contents by path; null: a folder. */
function archive(entries: Record<string, Buffer | null>): Buffer {
  const pad = (n: number): Buffer => Buffer.alloc((4 - (n % 4)) % 4);
  const parts: Buffer[] = [];
  Object.entries({ ...entries, 'TRAILER!!!': Buffer.alloc(0) }).forEach(([name, contents], k) => {
    const mode = contents === null ? 0o40755 : 0o100755;
    const bytes = contents ?? Buffer.alloc(0);
    const fields = [k + 1, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
    const head = Buffer.from(`070701${fields.map((n) => n.toString(16).padStart(8, '0')).join('')}${name}\0`);
    parts.push(head, pad(head.length), bytes, pad(bytes.length));
  });
  return Buffer.concat(parts);
}

const INIT = `#!/bin/busybox sh
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t devtmpfs dev /dev
$busybox mount -t tmpfs tmp /tmp
exec >/dev/ttyAMA0 2>&1 </dev/null
cd /app
$busybox stty -onlcr </dev/ttyAMA0
echo BEGIN
$busybox grep -m 1 KernelPageSize /proc/self/smaps
HOME=/tmp WAMR_NATIVE_ADDON=/app/wamr_native.node WAMR_COMPILE_SERVER=off /bin/node ARGUMENTS
echo "END $?"
$busybox poweroff -f
`;

/**
 * Runs Node there. `files`: what the machine has in /app beside dist/; arguments are paths below it. What it wrote, in
 * lines, the first of which is about the size of pages, and the last its exit code.
 */
export async function runOnMachine(
  pages: PageKib,
  files: Record<string, Uint8Array>,
  args: string[],
  timeoutMs: number,
): Promise<string[]> {
  const { kernel, shell } = system(pages);
  const dist = path.join(ROOT, 'dist');
  const entries: Record<string, Buffer | null> = {};
  for (const folder of ['bin', 'lib', 'proc', 'dev', 'tmp', 'app', 'app/dist', 'app/programs', 'app/programs/main'])
    entries[folder] = null;
  entries['bin/busybox'] = fs.readFileSync(shell);
  entries['bin/node'] = fs.readFileSync(node());
  for (const name of fs.readdirSync(SYSROOT).filter((n) => LIBRARIES.test(n)))
    entries[`lib/${name}`] = fs.readFileSync(path.join(SYSROOT, name));
  for (const name of fs.readdirSync(dist).filter((n) => n.endsWith('.js')))
    entries[`app/dist/${name}`] = fs.readFileSync(path.join(dist, name));
  entries['app/package.json'] = fs.readFileSync(path.join(ROOT, 'package.json'));
  entries['app/wamr_native.node'] = fs.readFileSync(addon());
  for (const [name, bytes] of Object.entries(files)) entries[`app/${name}`] = Buffer.from(bytes);
  entries.init = Buffer.from(INIT.replace('ARGUMENTS', args.join(' ')));
  const dir = fs.mkdtempSync(path.join(CACHE, 'arm64-system/run-'));
  try {
    const initrd = path.join(dir, 'initrd');
    fs.writeFileSync(initrd, archive(entries));
    const machine = ['-M', 'virt', '-cpu', 'max', '-m', '3072', '-nic', 'none', '-nographic', '-no-reboot'];
    const console = ['-append', 'console=ttyAMA0 quiet'];
    const child = spawn(QEMU, [...machine, '-kernel', kernel, '-initrd', initrd, ...console], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let out = '';
    child.stdout!.on('data', (text) => (out += text));
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const [, said] = /^BEGIN\r?\n([^]*?^END \d+)/m.exec(out) ?? [];
    if (said === undefined) throw new Error(`the machine ended early: ${out.slice(-2000)}`);
    return said.split(/\r?\n/);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}
