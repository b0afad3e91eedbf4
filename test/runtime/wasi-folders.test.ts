/** Folders of WASI programs that may be read and not changed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createRequire } from 'node:module';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const TYPES: Record<string, string> = {
  path_open: 'i32 i32 i32 i32 i32 i64 i64 i32 i32',
  path_create_directory: 'i32 i32 i32',
  path_remove_directory: 'i32 i32 i32',
  path_unlink_file: 'i32 i32 i32',
  path_rename: 'i32 i32 i32 i32 i32 i32',
  path_link: 'i32 i32 i32 i32 i32 i32 i32',
  path_symlink: 'i32 i32 i32 i32 i32',
  path_filestat_set_times: 'i32 i32 i32 i32 i64 i64 i32',
  fd_filestat_set_times: 'i32 i64 i64 i32',
  fd_write: 'i32 i32 i32 i32',
  fd_read: 'i32 i32 i32 i32',
  fd_renumber: 'i32 i32',
  fd_close: 'i32',
};
const { WasiHost } = createRequire(import.meta.url)(
  '../../dist/wasi.js',
) as typeof import('../../src-ts/wasi/index.js');
const module = wamr.compileSync(
  wat(
    `(module ${Object.entries(TYPES)
      .map(
        ([name, params]) =>
          `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${params}) (result i32)))`,
      )
      .join('\n')} (memory (export "memory") 1) ${Object.keys(TYPES)
      .map((name) => `(export "${name}" (func $${name}))`)
      .join('\n')})`,
  ),
);

const ROFS = 69;
const NOTCAPABLE = 76;
const READ = 2n;
const WRITE = 64n;
const ALL = (1n << 28n) - 1n;
const CREAT = 1;
const DIRECTORY = 2;
const TRUNC = 8;

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-folders-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** A program with `ro` as descriptor 3 and `rw` as 4. */
class Program {
  private readonly exports: Record<string, any>;
  constructor() {
    for (const name of ['ro', 'rw']) {
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
      fs.mkdirSync(path.join(root, name, 'inner'), { recursive: true });
      fs.writeFileSync(path.join(root, name, 'file'), 'text');
    }
    const wasi = new WasiHost({
      dirs: { '/ro': { path: path.join(root, 'ro'), readOnly: true }, '/rw': path.join(root, 'rw') },
    });
    const instance = wasi.instantiate(wamr.load(module));
    wasi.initialize(instance);
    this.exports = instance.exports;
  }

  /** Calls a function; texts are put into memory and become address and length. */
  call(name: string, ...args: (number | bigint | string)[]): number {
    let at = 1024;
    const flat = args.flatMap((a) => {
      if (typeof a !== 'string') return [a];
      const bytes = Buffer.from(a);
      new Uint8Array(this.exports.memory.buffer).set(bytes, at);
      const words = [at, bytes.length];
      at += bytes.length;
      return words;
    });
    return this.exports[name](...flat);
  }

  open(dir: number, name: string, rights: bigint, oflags = 0): { errno: number; fd: number } {
    const errno = this.call('path_open', dir, 0, name, oflags, rights, rights, 0, 16);
    return { errno, fd: new DataView(this.exports.memory.buffer).getInt32(16, true) };
  }
}

let p: Program;
beforeEach(() => {
  p = new Program();
});
const [RO, RW] = [3, 4];

describe('a read-only folder', () => {
  it('can be read', () => {
    const { errno, fd } = p.open(RO, 'file', READ);
    expect(errno).toBe(0);
    expect(p.call('fd_write', fd, 32, 0, 48)).not.toBe(0);
    expect(p.open(RO, 'inner', READ, DIRECTORY).errno).toBe(0);
    // Existing files may be opened "or created".
    expect(p.open(RO, 'file', READ, CREAT).errno).toBe(0);
  });

  const changes: [string, (dir: number) => number][] = [
    ['open for writing', (dir) => p.open(dir, 'file', READ | WRITE).errno],
    ['truncate', (dir) => p.open(dir, 'file', READ, TRUNC).errno],
    ['create', (dir) => p.open(dir, 'new', READ, CREAT).errno],
    ['make a folder', (dir) => p.call('path_create_directory', dir, 'made')],
    ['remove a folder', (dir) => p.call('path_remove_directory', dir, 'inner')],
    ['remove a file', (dir) => p.call('path_unlink_file', dir, 'file')],
    ['rename', (dir) => p.call('path_rename', dir, 'file', dir, 'other')],
    ['move out', (dir) => p.call('path_rename', dir, 'file', RW, 'moved')],
    ['move in', (dir) => p.call('path_rename', RW, 'file', dir, 'moved')],
    ['link out', (dir) => p.call('path_link', dir, 0, 'file', RW, 'linked')],
    ['link in', (dir) => p.call('path_link', RW, 0, 'file', dir, 'linked')],
    ['make a symbolic link', (dir) => p.call('path_symlink', 'file', dir, 'symbolic')],
    ['set times', (dir) => p.call('path_filestat_set_times', dir, 0, 'file', 5n, 5n, 5)],
    ['set its own times', (dir) => p.call('fd_filestat_set_times', dir, 5n, 5n, 5)],
  ];
  it.each(changes)('%s: refused there, done in another', (_, change) => {
    const before = fs.statSync(path.join(root, 'ro')).mtimeMs;
    expect(change(RO)).toBe(ROFS);
    expect(fs.readdirSync(path.join(root, 'ro')).sort()).toEqual(['file', 'inner']);
    expect(fs.readFileSync(path.join(root, 'ro/file'), 'utf8')).toBe('text');
    expect(fs.statSync(path.join(root, 'ro')).mtimeMs).toBe(before);
    p = new Program();
    expect(change(RW)).toBe(0);
  });

  it('gives no more rights to what is opened below it', () => {
    const { errno, fd } = p.open(RO, 'inner', ALL & ~(1n | WRITE | (1n << 8n) | (1n << 22n)), DIRECTORY);
    expect(errno).toBe(0);
    expect(p.call('path_create_directory', fd, 'made')).toBe(NOTCAPABLE);
    expect(p.open(fd, 'new', READ | WRITE, CREAT).errno).toBe(NOTCAPABLE);
    expect(fs.readdirSync(path.join(root, 'ro/inner'))).toEqual([]);
  });

  it('stays so under another number, and gives its number up', () => {
    expect(p.call('fd_renumber', RO, RW)).toBe(0);
    expect(p.call('path_create_directory', RW, 'made')).toBe(ROFS);
    expect(p.call('fd_close', RW)).toBe(0);
    expect(p.call('path_create_directory', RW, 'made')).not.toBe(ROFS);
  });
});
