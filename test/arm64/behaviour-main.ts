/** Outcomes on the emulated machine: `behaviour-main A.wasm B.wasm`, a line of JSON. */
import fs from 'node:fs';
import { arm64Engine } from '../support/arm64-guest.js';
import { outcomes } from './behaviour.js';

const [a, b] = process.argv.slice(2).map((file) => new Uint8Array(fs.readFileSync(file)));
const engines = [
  arm64Engine(false, { bounds: 'guard' }),
  arm64Engine(false, { bounds: 'explicit' }),
  // Most calls need veneers.
  arm64Engine(false, { callReach: 128 }),
  // Branches of all three lengths, as in functions of more than 64 MiB.
  arm64Engine(false, { branchReach: 48 }),
];
// Landing pads and signed return addresses, which the emulated processor looks at; also with jumps of all lengths.
if (process.arch === 'arm64')
  engines.push(
    arm64Engine(false, { target: 'aarch64-lse-bti-pac' }),
    arm64Engine(false, { target: 'aarch64-bti-pac', callReach: 128, branchReach: 48 }),
  );
console.log(JSON.stringify(engines.map((engine) => outcomes(engine, { a, b }))));
