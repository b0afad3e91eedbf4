/**
 * Generated modules on the emulated machine: a line of standard input is a module (name, bytes, options), a line of
 * standard output what is seen of it. Argument: `guard` or `explicit`.
 */
import readline from 'node:readline';
import { arm64Engine } from '../support/arm64-guest.js';
import { type FuzzOptions, runFuzzModule } from '../support/fuzz-runner.js';

const engine = arm64Engine(false, { bounds: process.argv[2] as 'guard' });

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { name, bytes, options } = JSON.parse(line) as { name: string; bytes: string; options?: FuzzOptions };
  let answer: unknown;
  try {
    answer = runFuzzModule(engine, name, new Uint8Array(Buffer.from(bytes, 'base64')), options);
  } catch (e) {
    answer = String((e as Error).stack);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
