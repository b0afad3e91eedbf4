/**
 * The process of test/support/v8-oracle.ts: reads lines [name, path of a module], answers each with a line of JSON, the
 * records that V8 gives or null where it refuses the module.
 */
import fs from 'node:fs';
import readline from 'node:readline';
import { v8Engine } from './engine.js';
import { runFuzzModule } from './fuzz-runner.js';

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, file] = JSON.parse(line) as [string, string];
  const bytes = new Uint8Array(fs.readFileSync(file));
  const records = WebAssembly.validate(bytes) ? runFuzzModule(v8Engine, name, bytes) : null;
  process.stdout.write(`${JSON.stringify(records)}\n`);
});
