/** The programs of ../shared/workloads/suite by `wamr-native run`: the same output and exit code as on V8. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT, SHARED } from '../support/peers.js';
import { QUICK } from '../support/quick.js';

const folder = path.join(SHARED, 'workloads/suite');
const spidermonkey = path.join(folder, 'data/spidermonkey');
const programs = QUICK
  ? ['icall', 'nbody', 'vm', 'simd_bytes']
  : ['chase', 'hash64', 'icall', 'nbody', 'vm', 'simd_bytes', 'simd_float', 'quickjs', 'sqlite', 'spidermonkey'];

const w = new Workspace();
afterAll(() => w.remove());

describe.runIf(fs.existsSync(folder))('programs of the shared suite', () => {
  it.each(programs)('%s', (name) => {
    const file = path.join(folder, 'wasm', `${name}.wasm`);
    const isSpidermonkey = name === 'spidermonkey';
    const dir = isSpidermonkey ? [`${spidermonkey}::.`] : [];
    const input = isSpidermonkey ? fs.readFileSync(path.join(spidermonkey, 'sm.in'), 'utf8') : '';
    const v8 = spawnSync(
      process.execPath,
      ['--no-warnings', '--no-turbo-fast-api-calls', path.join(ROOT, 'test/support/run-v8.mjs'), file, ...dir],
      { input, encoding: 'utf8' },
    );
    const ours = w.run(['run', ...dir.flatMap((d) => ['--dir', d]), file], { input });
    // Programs print how long they took on stderr.
    const timing = /@bench_ns=\d+/;
    expect(v8.stderr).toMatch(timing);
    expect({ ...ours, err: ours.err.replace(timing, '@') }).toEqual({
      code: v8.status,
      signal: null,
      out: v8.stdout,
      err: v8.stderr.replace(timing, '@'),
    });
    expect(v8.stdout).not.toBe('');
  });
});
