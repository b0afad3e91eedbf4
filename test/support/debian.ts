/** Packages of other releases and machines than this one's, from the archive that this machine's apt takes Debian from. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export function run(command: string, args: string[], cwd?: string): string {
  const r = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000, cwd, maxBuffer: 1 << 28 });
  if (r.status !== 0) throw new Error(`${command} ${args[0]}: ${r.error?.message ?? r.stderr.slice(-400)}`);
  return r.stdout;
}

function archive(): string {
  const out = run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)', 'Created-By: Packages']);
  const line = out.split('\n').find((l) => l.endsWith(' Debian') && !l.includes('security'));
  if (line === undefined) throw new Error('apt has no archive of Debian here');
  return line.split(' ')[0];
}

/**
 * Unpacks packages into a folder, by an apt that knows of nothing else: no dependencies, but of a package that only
 * stands for another one (`linux-image-arm64`) that one.
 */
export function unpackPackages(folder: string, release: string, architecture: string, names: readonly string[]): void {
  const state = path.join(folder, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial'])
    fs.mkdirSync(path.join(state, part), { recursive: true });
  fs.writeFileSync(path.join(state, 'sources.list'), `deb ${archive()} ${release} main\n`);
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
  for (const name of names) {
    const [, other] = /^Depends: (\S+) \(= [^)]*\)$/m.exec(run('apt-cache', [...options, 'show', name])) ?? [];
    run('apt-get', [...options, '-qq', 'download', other ?? name], state);
  }
  for (const file of fs.readdirSync(state).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['-x', path.join(state, file), folder]);
  fs.rmSync(state, { recursive: true });
}
