/** Programs about objects (../support/gc-acts.ts) on the emulated machine, compiled outside of it. */
import readline from 'node:readline';
import { arm64Engine } from '../support/arm64-guest.js';
import { type Case, collector, runCase } from '../support/gc-acts.js';

async function main(): Promise<void> {
  const engine = arm64Engine(false);
  const collect = collector(engine);
  for await (const line of readline.createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await runCase(engine, JSON.parse(line) as Case, collect))}\n`);
}
void main();
