/** Compiles modules for the cache, as `register` looks for them there. */
import { compileSync } from '../aot/compiler.js';
import { binding } from '../addon.js';
import { storeCached } from '../cache/cache.js';
import { closeArtefact, keyOf, lookUp, optionsFor, storeRefusal, type Wanted } from './requests.js';
import { notePresence } from './notes.js';
import type { Source } from './source.js';

/** A module that so many compilers died over (no memory, killed) is given up. */
const MAX_DEATHS = 2;

/** What became of a module. */
export type Outcome = 'compiled' | 'there' | { refused: string };

/** Compiles a module that a program has asked for. */
export function compileWanted({ key, source, deaths }: Wanted): Outcome {
  // What lies under a key decides what runs under it.
  if (keyOf(binding(), source) !== key) return { refused: 'damaged' };
  if (deaths < MAX_DEATHS) return compileInto(key, source);
  const refused = 'the compiler died over it';
  storeRefusal(key, refused);
  notePresence(source.wasm);
  return { refused };
}

/** Compiles a module unless the cache has it. */
export function compileIfMissing(wasm: Uint8Array): Outcome {
  const source: Source = { wasm, resolved: {} };
  const key = keyOf(binding(), source);
  const answer = lookUp(key);
  if (answer !== null) notePresence(wasm);
  if (answer === null) return compileInto(key, source);
  return 'refused' in answer ? answer : (closeArtefact(answer), 'there');
}

function compileInto(key: string, source: Source): Outcome {
  try {
    const artefact = compileSync(source.wasm, optionsFor(source));
    return storeCached(key, artefact) ? 'compiled' : { refused: 'the cache takes nothing (WAMR_LOG=1 tells why)' };
  } catch (e) {
    const refused = (e as Error).message;
    storeRefusal(key, refused);
    return { refused };
  } finally {
    notePresence(source.wasm);
  }
}
