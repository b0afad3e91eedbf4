/** Compiling one file after another by the command line and its compile server: processor time of both. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.js';
import { OWN_CLI } from './paths.js';
import type { Program } from './programs.js';
import type { Row, Table } from './tables.js';

/** Which compilations of a server are shown. */
const SHOWN = [1, 2, 3, 5, 12];
/** Linux counts the processor time of a process in these. */
const TICK_MS = 10;

export function serverTable(list: Program[]): Table {
  const rows: Row[] = SHOWN.map((n) => ({
    id: `compilation number ${n}`,
    unit: 'ms',
    figures: list.map((p) => ({ engine: p.id, label: p.id, samples: [] })),
  }));
  for (const [k, p] of list.entries()) {
    const cache = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
    const env = { WAMR_CACHE_DIR: cache, WAMR_COMPILE_SERVER: 'always' };
    const argv = [process.execPath, OWN_CLI, 'compile', p.wasm, '-o', join(cache, 'out.aot')];
    for (let n = 1, before = 0; n <= Math.max(...SHOWN); n++) {
      const s = measure({ argv, env });
      const { pid, ms } = serverTime(cache);
      if (s.exit !== 0 || pid === 0) break;
      const row = SHOWN.indexOf(n);
      if (row >= 0) rows[row].figures[k].samples.push(s.cpu * 1000 + ms - before);
      before = ms;
      if (n === Math.max(...SHOWN)) process.kill(pid);
    }
    rmSync(cache, { recursive: true });
  }
  return { id: 'server', about: 'wamr-native compile with its server: processor time of both', rows };
}

/** The server of a cache folder and its processor time so far. */
function serverTime(cache: string): { pid: number; ms: number } {
  for (const entry of readdirSync('/proc'))
    if (/^\d+$/.test(entry))
      try {
        if (!readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`compile-server.js\0${cache}`)) continue;
        // Behind the name in brackets, which may hold spaces: fields 3 and on; 14 and 15 are the times.
        const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1].split(' ');
        return { pid: Number(entry), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
      } catch {
        // It has ended meanwhile.
      }
  return { pid: 0, ms: 0 };
}
