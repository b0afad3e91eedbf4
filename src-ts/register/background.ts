/**
 * The background compiler: a process of the lowest priority that compiles what waits in the cache folder, stays for a
 * while in case more comes (the second module takes a fraction of the first one's time), and ends. The lock sees to it
 * that a cache folder has one.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { binding } from '../addon.js';
import { Folder } from '../cache/folder.js';
import { cacheDir } from '../cache/place.js';
import { compileWanted } from './compile-wanted.js';
import { done, hasWanted, lockCompiler, takeWanted } from './requests.js';

const IDLE_MS = 5_000;
const LOOK_MS = 100;

async function main(): Promise<void> {
  for (;;) {
    const folder = Folder.open(cacheDir());
    if (folder === null) return;
    const lock = lockCompiler(binding(), folder);
    if (lock < 0) return folder.close();
    await work(folder);
    fs.closeSync(lock);
    // Whoever asked between the last look and the end of the lock has started no other.
    const more = hasWanted(folder);
    folder.close();
    if (!more) return;
  }
}

/** Compiles until nothing has come for a while, or the folder has gone. */
async function work(folder: Folder): Promise<void> {
  for (let idleSince = Date.now(); Date.now() - idleSince < IDLE_MS; await sleep(LOOK_MS)) {
    for (let wanted = takeWanted(folder); wanted !== null; wanted = takeWanted(folder)) {
      compileWanted(wanted);
      done(folder, wanted);
      idleSince = Date.now();
    }
  }
}

void main();
