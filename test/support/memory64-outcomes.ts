/** Prints what comes of the programs in memory64-programs.ts on V8 of this process. */
import { outcomes } from './memory64-programs.js';

process.stdout.write(JSON.stringify(outcomes(WebAssembly)));
