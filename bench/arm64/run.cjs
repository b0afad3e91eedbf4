'use strict';
/**
 * Runs an artefact that is a WASI command, with no more of WASI than the programs of the bench need: on Linux on arm64
 * Node's own WASI takes only memories of V8's, which have no guard pages there. Arguments: the artefact, the command's.
 */
const { readFileSync, readSync, writeSync } = require('node:fs');
const { instantiate, load } = require('../../dist/index.js');

const [file, ...args] = process.argv.slice(2);
const BAD_FILE = 8;
const NO_SYSCALL = 52;

let instance;
const view = () => new DataView(instance.exports.memory.buffer);
const bytes = (at, length) => new Uint8Array(instance.exports.memory.buffer, at, length);
const texts = ['program', ...args].map((text) => Buffer.from(`${text}\0`));

/** Calls `io(bytes)` for each of the buffers, until one is not filled; the sum goes to `result`. */
function vectors(at, count, result, io) {
  let sum = 0;
  for (let k = 0; k < count; k++) {
    const length = view().getUint32(at + 8 * k + 4, true);
    const n = length === 0 ? 0 : io(bytes(view().getUint32(at + 8 * k, true), length));
    sum += n;
    if (n < length) break;
  }
  view().setUint32(result, sum, true);
  return 0;
}

const wasi = {
  args_sizes_get(count, size) {
    view().setUint32(count, texts.length, true);
    view().setUint32(
      size,
      texts.reduce((n, text) => n + text.length, 0),
      true,
    );
    return 0;
  },
  args_get(pointers, buffer) {
    for (const text of texts) {
      view().setUint32(pointers, buffer, true);
      bytes(buffer, text.length).set(text);
      pointers += 4;
      buffer += text.length;
    }
    return 0;
  },
  environ_sizes_get(count, size) {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return 0;
  },
  environ_get: () => 0,
  clock_time_get(id, precision, result) {
    view().setBigUint64(result, process.hrtime.bigint(), true);
    return 0;
  },
  clock_res_get(id, result) {
    view().setBigUint64(result, 1n, true);
    return 0;
  },
  random_get(at, length) {
    bytes(at, length).fill(7);
    return 0;
  },
  fd_write: (fd, at, count, result) => (fd > 2 ? BAD_FILE : vectors(at, count, result, (some) => writeSync(fd, some))),
  fd_read: (fd, at, count, result) => (fd > 0 ? BAD_FILE : vectors(at, count, result, (some) => readSync(0, some))),
  fd_fdstat_get(fd, result) {
    if (fd > 2) return BAD_FILE;
    bytes(result, 24).fill(0);
    // A character device that may be read and written.
    view().setUint8(result, 2);
    view().setBigUint64(result + 8, 0x42n, true);
    return 0;
  },
  fd_prestat_get: () => BAD_FILE,
  fd_close: () => 0,
  proc_exit: (code) => process.exit(code),
};
const rest = new Proxy(wasi, { get: (functions, name) => functions[name] ?? (() => NO_SYSCALL) });

instance = instantiate(load(readFileSync(file)), { wasi_snapshot_preview1: rest });
instance.exports._start();
