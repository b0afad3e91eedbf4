/** Folders of the bench. The bundle runs from `.cache/bench/`, the sources are in `bench/`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '..', '..');
export const BENCH = join(ROOT, 'bench');
/** Peers, built programs and precompiled artefacts; can be deleted at any time. */
export const CACHE = join(ROOT, '.cache', 'bench');
/** The shared references, where a checkout has them beside it. */
export const SHARED = join(ROOT, '..', 'shared');
export const hasShared = existsSync(join(SHARED, 'workloads', 'suite', 'wasm'));
