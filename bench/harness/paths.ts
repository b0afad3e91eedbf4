/** Folders of the bench. The bundle runs from `.cache/bench/`, the sources are in `bench/`. */
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '..', '..');
export const BENCH = join(ROOT, 'bench');
export const TCGC = join(BENCH, 'tcgc');
export const TCGC_COMPONENT = join(TCGC, 'tcgc.component.wasm');
/** Peers, built programs and precompiled artefacts; can be deleted at any time. */
export const CACHE = join(ROOT, '.cache', 'bench');
/** The shared references, where a checkout has them beside it. */
export const SHARED = join(ROOT, '..', 'shared');
export const OWN_CLI = join(ROOT, 'dist', 'cli.js');
export const OWN_INDEX = join(ROOT, 'dist', 'index.js');
