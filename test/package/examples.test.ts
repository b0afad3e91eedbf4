/** The examples that need no input, run as a reader would: `node examples/NAME`. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';

const run = (name: string): string =>
  execFileSync(process.execPath, [path.join('examples', name)], { cwd: ROOT, encoding: 'utf8' });

it('call.cjs', () => {
  expect(run('call.cjs')).toBe(
    'the guest says 5050\n5050\nRuntimeError: divide by zero (integer divide by zero) in function 2, offset 0x65\n',
  );
});

it('two-modules.mjs', () => {
  expect(run('two-modules.mjs')).toBe('1 stored at 16: 1\n22 stored at 20: 22\n333 stored at 24: 333\n');
});
