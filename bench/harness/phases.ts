/** phases.ts FILE.wasm: compiles the module in this process and prints the milliseconds of each phase as JSON. */
import { readFileSync } from 'node:fs';
import { compileTimed } from '../../src-ts/aot/compile.js';
import { PHASE_NAMES } from '../../src-ts/aot/phases.js';

const { times } = compileTimed(readFileSync(process.argv[2]));
process.stdout.write(`${JSON.stringify(Object.fromEntries(PHASE_NAMES.map((name, i) => [name, times.ms[i]])))}\n`);
