/** Compiles modules for the cache, as `register` looks for them there. */
import { compile, compileSync } from '../aot/compiler.js';
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
  return refuse(key, source, new Error('the compiler died over it'));
}

/** Compiles a module unless the cache has it. */
export function compileIfMissing(wasm: Uint8Array): Outcome {
  const { key, source, known } = inCache(wasm);
  return known ?? compileInto(key, source);
}

/** The same beside this thread, by the compile server where there is one. */
export async function compileAhead(wasm: Uint8Array): Promise<Outcome> {
  const { key, source, known } = inCache(wasm);
  if (known !== null) return known;
  try {
    return store(key, source, await compile(source.wasm, { ...optionsFor(source), server: true }));
  } catch (e) {
    return refuse(key, source, e as Error);
  }
}

/** What the cache says of a module; `known` is null where it has nothing. */
function inCache(wasm: Uint8Array): { key: string; source: Source; known: Outcome | null } {
  const source: Source = { wasm, resolved: {} };
  const key = keyOf(binding(), source);
  const answer = lookUp(key);
  if (answer !== null) notePresence(wasm);
  const known = answer === null || 'refused' in answer ? answer : (closeArtefact(answer), 'there' as const);
  return { key, source, known };
}

function compileInto(key: string, source: Source): Outcome {
  try {
    return store(key, source, compileSync(source.wasm, optionsFor(source)));
  } catch (e) {
    return refuse(key, source, e as Error);
  }
}

function store(key: string, { wasm }: Source, artefact: Uint8Array): Outcome {
  const stored = storeCached(key, artefact);
  notePresence(wasm);
  return stored ? 'compiled' : { refused: 'the cache takes nothing (WAMR_LOG=1 tells why)' };
}

function refuse(key: string, { wasm }: Source, { message: refused }: Error): Outcome {
  storeRefusal(key, refused);
  notePresence(wasm);
  return { refused };
}
