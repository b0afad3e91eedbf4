/** Scripts of the specification suite on the emulated machine. Arguments: the bounds mode, or `far`, and parts of scripts. */
import { arm64Engine } from '../support/arm64-guest.js';
import { runParts } from '../support/spec-scripts.js';

const [mode, ...parts] = process.argv.slice(2);
// As if functions and modules were huge: jumps and calls of all lengths.
const options = mode === 'far' ? { callReach: 128, branchReach: 48 } : { bounds: mode as 'guard' };
runParts((only2) => arm64Engine(only2, options), parts);
