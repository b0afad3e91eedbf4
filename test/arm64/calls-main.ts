/** All exports without parameters on the emulated machine: `calls-main FILE.wasm`, a line with name and result for each. */
import fs from 'node:fs';
import { arm64Engine } from '../support/arm64-guest.js';

const engine = arm64Engine(false);
const { exports } = engine.instantiate(engine.compile(new Uint8Array(fs.readFileSync(process.argv[2]))), {});
for (const [name, f] of Object.entries(exports)) console.log(JSON.stringify([name, f()]));
