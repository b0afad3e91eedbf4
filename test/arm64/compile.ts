/**
 * Compiles modules on the emulated machine itself: a line of standard output is the artefact's SHA-256, as JSON. Arguments: options
 * as JSON, files.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import type { CompileOptions } from '../../src-ts/options.js';

const { compileSync } = createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');
const [options, ...files] = process.argv.slice(2);
for (const file of files) {
  const artefact = compileSync(fs.readFileSync(file), JSON.parse(options) as CompileOptions);
  console.log(JSON.stringify(createHash('sha256').update(artefact).digest('hex')));
}
