/**
 * The commands of docs/hacking.md, run as they stand there: every `sh` block in one folder, with the module of the
 * document in it. What follows `#=>` must be in the output of the command before.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { ROOT } from '../support/peers.js';

const text = fs.readFileSync(path.join(ROOT, 'docs/hacking.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((m) => m[1]);

/** Commands with the lines that they must print. */
const commands: [string, string[]][] = [];
for (const line of blocks('sh').flatMap((block) => block.trim().split('\n'))) {
  const output = /^#=> (.*)$/.exec(line)?.[1];
  if (output === undefined) commands.push([line, []]);
  else commands.at(-1)![1].push(output);
}

const w = new Workspace();
beforeAll(() => {
  w.wasm('app.wasm', blocks('wat')[0]);
  // `wamr-native` as an installed package has it.
  fs.mkdirSync(w.path('bin'));
  fs.writeFileSync(w.path('bin/wamr-native'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/dist/cli.js' "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => w.remove());

it('has commands', () => expect(commands.length).toBeGreaterThan(10));

it.each(commands)('%s', (command, outputs) => {
  const r = spawnSync('sh', ['-c', command], {
    cwd: w.dir,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${w.path('bin')}:${process.env.PATH}`, WAMR_CACHE_DIR: w.path('cache') },
  });
  expect(r.status, r.stderr).toBe(0);
  for (const output of outputs) expect(r.stdout + r.stderr).toContain(output);
});
