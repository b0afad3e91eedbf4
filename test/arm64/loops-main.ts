/**
 * Random loops on the emulated machine, in vectors and without: a line of JSON for each on standard input (`Order`), one
 * with the difference, or null, on standard output.
 */
import fs from 'node:fs';
import { arm64Engine } from '../support/arm64-guest.js';
import { collectGarbage } from '../support/built.js';
import { difference, outcomes, type RandomLoop } from '../support/random-loops.js';

export interface Order extends Omit<RandomLoop, 'text'> {
  seed: number;
  /** The module, in base64. */
  bytes: string;
}

/** As in modules.ts. */
const TOGETHER = 5;
let n = 0;

for (const line of fs.readFileSync(0, 'utf8').trim().split('\n')) {
  const order = JSON.parse(line) as Order;
  const bytes = new Uint8Array(Buffer.from(order.bytes, 'base64'));
  const [vectors, scalars] = [[], ['vectorise' as const]].map((disable) => {
    // Which NaN comes out of several is left open.
    const engine = arm64Engine(false, { deterministic: true, disable });
    return outcomes(engine.instantiate(engine.compile(bytes), {}).exports, order, order.seed);
  });
  console.log(JSON.stringify(difference(vectors, scalars) ?? null));
  if (++n % TOGETHER === 0) await collectGarbage();
}
