/** Starts the notes for Linux perf that WAMR_PERF asks for. They are in a bundle of their own (profile/perf.ts). */
import { packageFile } from './package-files.js';
import { log } from './log.js';

/** @throws RangeError for another value than `map` or `jitdump` */
export function perfNotes(kind: string): void {
  if (kind !== 'map' && kind !== 'jitdump') throw new RangeError(`WAMR_PERF must be map or jitdump, not ${kind}`);
  try {
    (require(packageFile('perf.js')) as typeof import('../profile/perf.js')).notePerf(kind);
  } catch (e) {
    log.sayOnce('no notes for perf', (e as Error).message);
  }
}
