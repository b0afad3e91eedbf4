/**
 * What the cache does not have, told without the addon and without hashing a module as a whole: the file `present` of the
 * cache folder has a byte for each value of a quick hash, which is set when a module with that hash is compiled or refused.
 * A byte that is not set means that there is nothing; one that is means no more than that it is to be looked for.
 */
import { cacheDir, PRESENT } from '../cache/place.js';
import { files } from '../util/builtin.js';

export const PRESENCE_BYTES = 65_536;
/** So much of a module is looked at, evenly spread. */
const SAMPLES = 256;

/** A module's byte in the file. */
export function presenceOf(wasm: Uint8Array): number {
  const { length } = wasm;
  let h = 0x811c9dc5 ^ length;
  const step = Math.max(1, length / SAMPLES);
  for (let at = 0; at < length; at += step) h = Math.imul(h ^ wasm[Math.floor(at)], 0x01000193);
  return (h ^ (h >>> 16)) & (PRESENCE_BYTES - 1);
}

/**
 * Whether the cache surely has neither an artefact nor a refusal for a module with this byte. Whatever is in the file's place,
 * only speed depends on it.
 */
export function isMissing(presence: number): boolean {
  const fs = files();
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  const dir = cacheDir();
  const set = new Uint8Array([1]);
  let fd = -1;
  try {
    if (dir !== null) fd = fs.openSync(`${dir}/${PRESENT}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    // `readSync` is larger, and takes a start longer.
    if (fd >= 0) fs.readvSync(fd, [set], presence);
  } catch {
    // No file.
  }
  if (fd >= 0) fs.closeSync(fd);
  return set[0] === 0;
}
