/** Scripts of the specification suite on Windows. Arguments: the bounds mode, and parts of scripts. */
import { edition2Engine, explicitEngine, wamrEngine } from '../support/engine.js';
import { runParts } from '../support/spec-scripts.js';

const [mode, ...parts] = process.argv.slice(2);
await runParts(
  (only2) => (mode === 'explicit' ? explicitEngine(only2) : only2 ? edition2Engine() : wamrEngine()),
  parts,
);
