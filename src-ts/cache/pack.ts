/**
 * Small entries share one file, because a module of some dozen bytes must not cost a file of its own.
 *
 *    0   8  magic                     8  4  number of entries
 *   16  64 each: key (32 bytes), offset u64, bytes u32, last use u32 (seconds since the epoch)
 *
 * and the entries behind it. The file is replaced as a whole. Two writers at once may lose one another's entry, which
 * costs a compilation; the time of the last use is written in place.
 */
import fs from 'node:fs';
import type { Folder } from './folder.js';

const NAME = 'small.pack';
const MAGIC = Buffer.from('wamrpck1');
const HEADER = 16;
const ROW = 64;
const KEY = 32;
/** Bound of the whole file: the least recently used entries go. */
const MAX_BYTES = 4 << 20;
const MAX_ENTRIES = 4096;
/** The largest entry that goes into the pack. */
export const PACKED_BYTES = 64 << 10;
/** A use is noted again after this time. */
const NOTE_USE_S = 600;

interface Row {
  key: string;
  offset: number;
  bytes: number;
  used: number;
}

const now = (): number => Math.floor(Date.now() / 1000);

/** The rows of an open pack; none when it is damaged. */
function readRows(fd: number, size: number): Row[] {
  const head = Buffer.alloc(HEADER);
  if (fs.readSync(fd, head, 0, HEADER, 0) < HEADER || !head.subarray(0, 8).equals(MAGIC)) return [];
  const count = head.readUInt32LE(8);
  if (count > MAX_ENTRIES) return [];
  const table = Buffer.alloc(count * ROW);
  if (fs.readSync(fd, table, 0, table.length, HEADER) < table.length) return [];
  const rows: Row[] = [];
  for (let at = 0; at < table.length; at += ROW) {
    const offset = Number(table.readBigUInt64LE(at + 32));
    const bytes = table.readUInt32LE(at + 40);
    if (offset + bytes <= size)
      rows.push({ key: table.toString('hex', at, at + KEY), offset, bytes, used: table.readUInt32LE(at + 44) });
  }
  return rows;
}

function readEntry(fd: number, { offset, bytes }: Row): Buffer | null {
  const entry = Buffer.alloc(bytes);
  return fs.readSync(fd, entry, 0, bytes, offset) === bytes ? entry : null;
}

/** The contents of an entry, or null. Notes the use. */
export function findPacked(folder: Folder, key: string): Uint8Array | null {
  const file = folder.openEntry(NAME, { writable: true });
  if (file === null) return null;
  try {
    const rows = readRows(file.fd, file.stat.size);
    const index = rows.findIndex((r) => r.key === key);
    if (index < 0) return null;
    if (now() - rows[index].used > NOTE_USE_S) noteUse(file.fd, index);
    return readEntry(file.fd, rows[index]);
  } catch {
    return null;
  } finally {
    fs.closeSync(file.fd);
  }
}

function noteUse(fd: number, index: number): void {
  const time = Buffer.alloc(4);
  time.writeUInt32LE(now());
  try {
    fs.writeSync(fd, time, 0, 4, HEADER + index * ROW + 44);
  } catch {
    // Opened for reading only.
  }
}

/** Puts entries in and takes entries out; false when the file could not be written. */
export function changePack(folder: Folder, add: ReadonlyMap<string, Uint8Array>, drop: ReadonlySet<string>): boolean {
  const kept: { key: string; used: number; contents: Uint8Array }[] = [];
  for (const [key, contents] of add) kept.push({ key, used: now(), contents });
  const file = folder.openEntry(NAME);
  if (file !== null) {
    try {
      for (const row of readRows(file.fd, file.stat.size)) {
        if (add.has(row.key) || drop.has(row.key)) continue;
        const contents = readEntry(file.fd, row);
        if (contents !== null) kept.push({ ...row, contents });
      }
    } catch {
      // Damaged: what could be read is kept.
    } finally {
      fs.closeSync(file.fd);
    }
  }
  return folder.write(NAME, layOut(kept));
}

function layOut(entries: { key: string; used: number; contents: Uint8Array }[]): Uint8Array {
  const recent = entries.sort((a, b) => b.used - a.used).slice(0, MAX_ENTRIES);
  let total = HEADER;
  let count = 0;
  while (count < recent.length && total + ROW + recent[count].contents.length <= MAX_BYTES)
    total += ROW + recent[count++].contents.length;
  const out = Buffer.alloc(total);
  MAGIC.copy(out);
  out.writeUInt32LE(count, 8);
  let at = HEADER + count * ROW;
  for (let i = 0; i < count; i++) {
    const { key, used, contents } = recent[i];
    const row = HEADER + i * ROW;
    out.write(key, row, KEY, 'hex');
    out.writeBigUInt64LE(BigInt(at), row + 32);
    out.writeUInt32LE(contents.length, row + 40);
    out.writeUInt32LE(used, row + 44);
    out.set(contents, at);
    at += contents.length;
  }
  return out;
}

/** Key, size and last use (milliseconds since the epoch) of all entries. */
export function listPacked(folder: Folder): { key: string; bytes: number; used: number }[] {
  const file = folder.openEntry(NAME);
  if (file === null) return [];
  try {
    return readRows(file.fd, file.stat.size).map(({ key, bytes, used }) => ({ key, bytes, used: used * 1000 }));
  } catch {
    return [];
  } finally {
    fs.closeSync(file.fd);
  }
}
