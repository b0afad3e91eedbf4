/** Outcomes on Windows: `behaviour-main A.wasm B.wasm`, a line of JSON. */
import fs from 'node:fs';
import { outcomes } from '../arm64/behaviour.js';
import { explicitEngine, wamrEngine } from '../support/engine.js';

const [a, b] = process.argv.slice(2).map((file) => new Uint8Array(fs.readFileSync(file)));
console.log(JSON.stringify([wamrEngine(), explicitEngine()].map((engine) => outcomes(engine, { a, b }))));
