/** Scripts of the specification suite on Windows: a line of JSON for each. */
import { edition2Engine, wamrEngine } from '../support/engine.js';
import { runSpecScript } from '../support/spec-runner.js';

for (const file of process.argv.slice(2)) {
  try {
    const { passed, failures } = runSpecScript(file.includes('/spec-2.0/') ? edition2Engine() : wamrEngine(), file);
    console.log(JSON.stringify({ file, passed, failures: failures.slice(0, 10), failed: failures.length }));
  } catch (e) {
    console.log(JSON.stringify({ file, passed: 0, failures: [String((e as Error).stack)], failed: 1 }));
  }
}
