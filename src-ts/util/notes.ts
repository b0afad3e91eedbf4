/** Starts what the environment asks for, which other programs read. Each is in a bundle of its own. */
import { ENV } from '../options.js';
import { packageFile } from './package-files.js';
import { log } from './log.js';

/**
 * Notes for Linux perf (WAMR_PERF) and for debuggers (WAMR_GDB), counts of what is executed (WAMR_COVERAGE), coredumps
 * (WAMR_COREDUMP).
 * @throws RangeError for another WAMR_PERF than `map` or `jitdump`
 */
export function startNotes(): void {
  const { perf } = ENV;
  if (perf !== '') {
    if (perf !== 'map' && perf !== 'jitdump') throw new RangeError(`WAMR_PERF must be map or jitdump, not ${perf}`);
    started('perf', () => (require(packageFile('perf.js')) as typeof import('../profile/perf.js')).notePerf(perf));
  }
  const { coverage } = ENV;
  if (coverage !== '')
    started('coverage', () =>
      (require(packageFile('coverage.js')) as typeof import('../coverage/recorder.js')).recordCoverage(coverage),
    );
  if (ENV.gdb)
    started('debuggers', () =>
      (require(packageFile('gdb.js')) as typeof import('../debugger/gdb.js')).describeToDebuggers(),
    );
  const { coredump } = ENV;
  if (coredump !== '')
    started('coredumps', () =>
      (require(packageFile('coredump.js')) as typeof import('../debugger/coredump.js')).dumpTraps(coredump),
    );
}

function started(whom: string, start: () => void): void {
  try {
    start();
  } catch (e) {
    log.sayOnce(`no notes for ${whom}`, (e as Error).message);
  }
}
