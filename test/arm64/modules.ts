/**
 * Generated modules on the emulated machine: a line of standard input is a module (name, bytes, options), a line of
 * standard output what is seen of it. Argument: `guard` or `explicit`.
 */
import readline from 'node:readline';
import { arm64Engine } from '../support/arm64-guest.js';
import { collectGarbage } from '../support/built.js';
import { type FuzzOptions, runFuzzModule } from '../support/fuzz-runner.js';

const engine = arm64Engine(false, { bounds: process.argv[2] as 'guard' });

/** The emulator keeps some 100 MB for each reservation that there ever was: those of so many modules serve the next ones. */
const TOGETHER = 10;
let n = 0;

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { name, bytes, options } = JSON.parse(line) as { name: string; bytes: string; options?: FuzzOptions };
  let answer: unknown;
  try {
    answer = runFuzzModule(engine, name, new Uint8Array(Buffer.from(bytes, 'base64')), options);
  } catch (e) {
    answer = String((e as Error).stack);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (++n % TOGETHER === 0) await collectGarbage();
}
