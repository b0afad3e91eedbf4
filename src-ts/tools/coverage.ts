/** Coverage of WebAssembly in test runners: where its files are, and the report at the end of a run. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { coverage, toLcov } from '../coverage/report.js';
import { type Check, isText, objectOf } from '../util/check-options.js';

/** Options of coverage. */
export interface CoverageOptions {
  /**
   * The lcov file, relative to the project's folder. Default: `coverage/wasm.lcov`. Modules without sources are printed
   * into the folder `wasm` beside it.
   */
  file?: string;
}

const FILE = objectOf({ file: isText });
/** What the option `coverage` of the runners must be. */
export const COVERAGE: Check = ['a boolean or { file }', (v) => typeof v === 'boolean' || FILE[1](v)];

/** What WAMR_COVERAGE is for the tests: a folder that goes with this process. */
export function countingFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-coverage-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the report of what the tests have left there, if they have run any module. `root`: the project's folder. */
export function writeReport(folder: string, root: string, { file = 'coverage/wasm.lcov' }: CoverageOptions): void {
  const counted = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (counted.length === 0) return;
  const target = path.resolve(root, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  const listings = path.join(path.dirname(target), 'wasm');
  fs.writeFileSync(target, toLcov(coverage({ counted: folder, root, listings })));
  // Another run of a watcher begins anew.
  for (const name of counted) fs.rmSync(path.join(folder, name));
}
