/** Stores of young objects into old ones on the emulated machine: `gc-writes-main FILE.wasm COUNT`, a line for each kind. */
import fs from 'node:fs';
import { arm64Engine } from '../support/arm64-guest.js';
import { writes } from '../support/gc-writes.js';

const [file, many] = process.argv.slice(2);
console.log(writes(arm64Engine(false), new Uint8Array(fs.readFileSync(file)), Number(many)).join('\n'));
