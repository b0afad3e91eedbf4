/** Scripts of the specification suite on the emulated machine. Arguments: the bounds mode, or `far`, and parts of scripts. */
import type { CompileOptions } from '../../src-ts/options.js';
import type { Reach } from '../support/arm64.js';
import { arm64Engine } from '../support/arm64-guest.js';
import { runParts } from '../support/spec-scripts.js';

const [mode, ...parts] = process.argv.slice(2);
// By default guard pages, but for shared memories; `far`: as if functions and modules were huge, with jumps and calls of
// all lengths.
const options: CompileOptions & Reach =
  mode === 'far' ? { callReach: 128, branchReach: 48 } : mode === 'explicit' ? { bounds: mode } : {};
await runParts((only2) => arm64Engine(only2, options), parts);
