/**
 * The package as it is published, once for all tests of the area `package`: prebuilt for glibc, packed. (For all
 * systems with WAMR_TEST_PREBUILDS=all; Zig's C++ library takes a minute for each.)
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import buildOnce from './global-setup.js';
import { CACHE, ROOT } from './peers.js';
import { QUICK } from './quick.js';

export interface Packed {
  /** The tarball. */
  file: string;
  /** Paths in it. */
  files: string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed | null;
  }
}

const which = (name: string): string => fs.realpathSync(execFileSync('which', [name], { encoding: 'utf8' }).trim());

/** Runs npm by this Node, with nothing on the path that `environment` has not put there. */
export function npm(args: string[], cwd: string, environment: NodeJS.ProcessEnv): string {
  return execFileSync(process.execPath, [which('npm'), ...args], {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A copy of the sources in a folder, since a prebuild in the working tree would hide later builds. */
export function sourceCopy(dir: string): string {
  const source = path.join(dir, 'source');
  const git = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  for (const file of execFileSync('git', git, { cwd: ROOT, encoding: 'utf8' }).split('\0'))
    if (file !== '' && fs.existsSync(path.join(ROOT, file)))
      fs.cpSync(path.join(ROOT, file), path.join(source, file), { preserveTimestamps: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(source, 'node_modules'));
  fs.mkdirSync(CACHE, { recursive: true });
  fs.symlinkSync(CACHE, path.join(source, '.cache'));
  return source;
}

export default function setup({ provide }: TestProject): (() => void) | undefined {
  buildOnce();
  if (QUICK) {
    provide('packed', null);
    return undefined;
  }
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-packed-'));
  const source = sourceCopy(dir);
  const all = process.env.WAMR_TEST_PREBUILDS === 'all';
  npm(['run', 'prebuild', ...(all ? [] : ['--', 'glibc'])], source, process.env);
  const env = { ...process.env, WAMR_PACK_PARTIAL: all ? '' : '1' };
  const output = npm(['pack', '--json', '--pack-destination', dir], source, env).replace(/^[^[{]*/, '');
  const [info] = Object.values(JSON.parse(output) as object) as { filename: string; files: { path: string }[] }[];
  provide('packed', { file: path.join(dir, info.filename), files: info.files.map((f) => f.path) });
  return () => fs.rmSync(dir, { recursive: true, force: true });
}

/** Puts the package into a folder's node_modules, without what it depends on: only the command line needs that. */
export function unpack({ file }: Packed, folder: string): void {
  const at = path.join(folder, 'node_modules/wamr-native');
  fs.mkdirSync(at, { recursive: true });
  execFileSync('tar', ['xzf', file, '-C', at, '--strip-components', '1']);
}
