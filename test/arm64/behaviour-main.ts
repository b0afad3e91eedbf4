/** Outcomes on the emulated machine: `behaviour-main A.wasm B.wasm`, a line of JSON. */
import fs from 'node:fs';
import { arm64Engine } from '../support/arm64-guest.js';
import { outcomes } from './behaviour.js';

const [a, b] = process.argv.slice(2).map((file) => new Uint8Array(fs.readFileSync(file)));
console.log(
  JSON.stringify(
    ['guard', 'explicit'].map((bounds) => outcomes(arm64Engine(false, { bounds: bounds as 'guard' }), { a, b })),
  ),
);
