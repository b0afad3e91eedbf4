/** A browser for tests of pages: Chromium of the system, else Debian's. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

function onPath(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome'])
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
      const file = path.join(folder, name);
      if (folder !== '' && fs.existsSync(file)) return file;
    }
  return null;
}

/** Path of the program. */
function browser(): string {
  const there = onPath();
  if (there !== null) return there;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env });
  const r = spawnSync('apt-get', ['install', '-qq', '--no-install-recommends', 'chromium'], { encoding: 'utf8', env });
  const installed = onPath();
  if (installed === null) throw new Error(`no Chromium here, and apt-get gives none: ${r.stderr ?? r.error?.message}`);
  return installed;
}

/**
 * Opens a file of this machine and returns the page as it is when its scripts have come to rest.
 * @param hash of the address, with `#`
 * @throws Error with what the browser said when it fails
 */
export function dumpPage(file: string, hash = ''): string {
  const program = browser();
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-browser-'));
  try {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--single-process', '--no-zygote'];
    const r = spawnSync(
      program,
      [...flags, `--user-data-dir=${profile}`, '--virtual-time-budget=20000', '--dump-dom', `file://${file}${hash}`],
      { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 },
    );
    if (r.error || r.stdout === '') throw new Error(`${program}: ${r.error?.message ?? r.stderr.slice(-1000)}`);
    return r.stdout;
  } finally {
    fs.rmSync(profile, { recursive: true, force: true });
  }
}
