/** Writes what is known of a command (past-runs.ts). */
import fs from 'node:fs';
import { Folder } from '../cache/folder.js';
import { RUNS } from '../cache/place.js';
import { log } from '../util/log.js';

/** Puts a row at its place in the file `runs` of the cache folder, if there is one that may be used. */
export function storeRow(row: Uint32Array, at: number): void {
  const folder = Folder.open();
  if (folder === null) return;
  let fd = -1;
  try {
    fd = folder.openEntry(RUNS, { writable: true })?.fd ?? folder.openLock(RUNS);
    if (fd >= 0) fs.writeSync(fd, row, 0, row.byteLength, at);
  } catch (e) {
    log.sayOnce('the cache takes nothing', (e as Error).message);
  } finally {
    if (fd >= 0) fs.closeSync(fd);
    folder.close();
  }
}
