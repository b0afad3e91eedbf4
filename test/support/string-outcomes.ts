/** Prints what comes of the programs in string-programs.ts on V8 of this process; the modules are on standard input. */
import fs from 'node:fs';
import { outcomes } from './string-programs.js';

const { modules, withArrays } = JSON.parse(fs.readFileSync(0, 'utf8')) as {
  modules: Record<string, string>;
  withArrays: boolean;
};
const bytes = Object.fromEntries(Object.entries(modules).map(([k, v]) => [k, Buffer.from(v, 'base64')]));
process.stdout.write(JSON.stringify(outcomes(WebAssembly, bytes, withArrays)));
