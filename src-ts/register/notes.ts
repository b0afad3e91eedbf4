/** Writes what later starts read before they load anything: rows of past-runs.ts, bytes of presence.ts. */
import fs from 'node:fs';
import { Folder } from '../cache/folder.js';
import { PRESENT, RUNS } from '../cache/place.js';
import { log } from '../util/log.js';
import type { StoredRow } from './past-runs.js';
import { PRESENCE_BYTES, presenceOf } from './presence.js';

/** Puts rows at their places in the file `runs`, if there is a cache folder that may be used. */
export function storeRows(rows: readonly StoredRow[]): void {
  put(RUNS, (fd) => {
    for (const { words, at } of rows) fs.writeSync(fd, words, 0, words.byteLength, at);
  });
}

/** From now on the cache has something for this module. */
export function notePresence(wasm: Uint8Array): void {
  put(PRESENT, (fd) => {
    fillUp(fd);
    fs.writeSync(fd, new Uint8Array([1]), 0, 1, presenceOf(wasm));
  });
}

/** The file `present` is there from now on. */
export function beginPresence(): void {
  put(PRESENT, fillUp);
}

function fillUp(fd: number): void {
  if (fs.fstatSync(fd).size < PRESENCE_BYTES) fs.ftruncateSync(fd, PRESENCE_BYTES);
}

function put(name: string, write: (fd: number) => void): void {
  const folder = Folder.open();
  if (folder === null) return;
  let fd = -1;
  try {
    fd = folder.openEntry(name, { writable: true })?.fd ?? folder.openLock(name);
    if (fd >= 0) write(fd);
  } catch (e) {
    log.sayOnce('the cache takes nothing', (e as Error).message);
  } finally {
    if (fd >= 0) fs.closeSync(fd);
    folder.close();
  }
}
