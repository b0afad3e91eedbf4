/** Scripts of the specification suite on the emulated machine: a line of JSON for each. First argument: the bounds mode, or `far`. */
import { runSpecScript } from '../support/spec-runner.js';
import type { CompileOptions } from '../../src-ts/options.js';
import type { Reach } from '../support/arm64.js';
import { arm64Engine } from '../support/arm64-guest.js';

const [mode, ...files] = process.argv.slice(2);
// By default guard pages, but for shared memories; `far`: as if functions and modules were huge, with jumps and calls of
// all lengths.
const options: CompileOptions & Reach =
  mode === 'far' ? { callReach: 128, branchReach: 48 } : mode === 'explicit' ? { bounds: mode } : {};
const engines = [false, true].map((only2) => arm64Engine(only2, options));
for (const file of files) {
  try {
    const { passed, failures } = runSpecScript(engines[file.includes('/spec-2.0/') ? 1 : 0], file);
    console.log(JSON.stringify({ file, passed, failures: failures.slice(0, 10), failed: failures.length }));
  } catch (e) {
    console.log(JSON.stringify({ file, passed: 0, failures: [String((e as Error).stack)], failed: 1 }));
  }
}
