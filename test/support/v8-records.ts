/**
 * The other end of `recordsOfNode24`: a line of standard input is a module (name, bytes), a line of standard output what
 * V8 of this process makes of it, or the error.
 */
import readline from 'node:readline';
import { v8Engine } from './engine.js';
import { type FuzzOptions, runFuzzModule } from './fuzz-runner.js';

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { name, bytes, options } = JSON.parse(line) as { name: string; bytes: string; options?: FuzzOptions };
  let answer: unknown;
  try {
    answer = runFuzzModule(v8Engine, name, new Uint8Array(Buffer.from(bytes, 'base64')), options);
  } catch (e) {
    answer = String(e);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
