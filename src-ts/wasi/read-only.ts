/**
 * Folders that a program may read and not change, which `node:wasi` does not have. A descriptor of WASI preview 1
 * carries rights, and what is opened below it can have no more: so it is enough to refuse, for the folders themselves,
 * what would change something, and to open below them without the rights to write.
 */
import { handOut } from '../util/hand-out.js';
import type { WasiFunction } from './calls.js';

/** `errno` of a read-only file system (WASI preview 1, `rofs`), of what is not there, and of success. */
const ROFS = 69;
const NOENT = 44;
const SUCCESS = 0;
/** Descriptors of folders follow those of the standard streams, in the order in which they were given. */
const FIRST_FOLDER = 3;

const OFLAGS_CREAT = 1;
const OFLAGS_TRUNC = 8;

/** Bits of `rights` (WASI preview 1). */
const bits = (...list: number[]): bigint => list.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
/** fd_write, fd_allocate, fd_filestat_set_size: a file that is opened with them is opened for writing. */
const FOR_WRITING = bits(6, 8, 22);
/**
 * Those, and all that change a folder or a file's times; linking, since a link elsewhere could be written to; and
 * fd_datasync, for which files are opened for writing.
 */
const CHANGING = FOR_WRITING | bits(0, 9, 10, 11, 12, 16, 17, 19, 20, 23, 24, 25, 26);

/** Functions that change something below the folders whose descriptors are these arguments. */
const CHANGES: Readonly<Record<string, readonly number[]>> = {
  fd_allocate: [0],
  fd_filestat_set_size: [0],
  fd_filestat_set_times: [0],
  path_create_directory: [0],
  path_filestat_set_times: [0],
  path_link: [0, 4],
  path_remove_directory: [0],
  path_rename: [0, 3],
  path_symlink: [2],
  path_unlink_file: [0],
};

/** Wraps the functions of one WASI host; `readOnly` says it of each folder. */
export function readOnlyFolders(
  functions: Record<string, WasiFunction>,
  readOnly: readonly boolean[],
): Record<string, WasiFunction> {
  const folders = new Set<unknown>(readOnly.flatMap((is, i) => (is ? [FIRST_FOLDER + i] : [])));
  if (folders.size === 0) return functions;
  const out = { ...functions };
  for (const [name, at] of Object.entries(CHANGES))
    out[name] = (...args) =>
      at.some((i) => folders.has(args[i])) ? ROFS : (Reflect.apply(functions[name], undefined, args) as number);
  out.path_open = (...args) =>
    folders.has(args[0])
      ? openBelow(functions.path_open, args)
      : (Reflect.apply(functions.path_open, undefined, args) as number);
  out.fd_close = (fd) => {
    const errno = functions.fd_close(fd);
    if (errno === SUCCESS) folders.delete(fd);
    return errno;
  };
  out.fd_renumber = (from, to) => {
    const errno = functions.fd_renumber(from, to);
    if (errno === SUCCESS && from !== to && !(folders.delete(from) && folders.add(to))) folders.delete(to);
    return errno;
  };
  return out;
}

/** `path_open(fd, dirflags, path, pathLength, oflags, rights, inheriting, fdflags, opened)`. */
function openBelow(open: WasiFunction, args: (number | bigint)[]): number {
  const [oflags, rights, inheriting] = [args[4] as number, args[5] as bigint, args[6] as bigint];
  if ((oflags & OFLAGS_TRUNC) !== 0 || (rights & FOR_WRITING) !== 0n) return ROFS;
  const reduced = handOut(args);
  reduced[4] = oflags & ~OFLAGS_CREAT;
  reduced[5] = rights & ~CHANGING;
  reduced[6] = inheriting & ~CHANGING;
  const errno = Reflect.apply(open, undefined, reduced) as number;
  return errno === NOENT && (oflags & OFLAGS_CREAT) !== 0 ? ROFS : errno;
}
