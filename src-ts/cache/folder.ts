/**
 * The cache folder on disk: an artefact is code that will run, so nothing is read that another user may have written,
 * whatever was put into the folder's or an entry's place.
 *
 * Owner and rights are checked on open descriptors, and entries are opened below the descriptor of their folder: what
 * was checked is what is read, also when names change meanwhile. Entries are never symbolic links, pipes or folders.
 * New files are written elsewhere and renamed, so readers see whole ones; a writer that was killed leaves its file in
 * `tmp/`, where the next one removes it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { log } from '../util/log.js';
import { cacheDir } from './place.js';

const TEMPORARY = 'tmp';
/**
 * A temporary file whose writer cannot be asked for (another machine, a process number used again) is left this long.
 */
const STALE_TEMPORARY_MS = 3600_000;
/** Write permission of group and others. */
const WRITABLE_BY_OTHERS = 0o022;

/** An open cache folder (or one of the folders in it) that belongs to this user or to root, and only they can write. */
export class Folder {
  private constructor(
    private readonly fd: number,
    /** For messages and for other processes. */
    readonly path: string,
    private readonly base: string,
    private readonly mode: number,
  ) {}

  /** Opens the folder; null, with a line in the log, when there is none or it may not be used. */
  static open(dir: string | null = cacheDir(), { create = false } = {}): Folder | null {
    if (dir === null) {
      log.sayOnce('no cache', 'there is no home folder; set WAMR_CACHE_DIR');
      return null;
    }
    let fd = -1;
    try {
      if (create) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
      fd = fs.openSync(dir, fs.constants.O_RDONLY | (fs.constants.O_DIRECTORY ?? 0));
      const { mode, uid } = fs.fstatSync(fd);
      if (!isOurs(uid, mode)) throw new Error('it belongs to another user, or others can write to it');
      const below = `/proc/self/fd/${fd}`;
      // On Windows that would be a folder of the current drive, which any user may have made.
      const isThere = process.platform !== 'win32' && fs.existsSync(`${below}/.`);
      return new Folder(fd, dir, isThere ? below : dir, mode);
    } catch (e) {
      if (fd >= 0) fs.closeSync(fd);
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT' || create)
        log.sayOnce('no cache', `${dir} cannot be used: ${(e as Error).message}`);
      return null;
    }
  }

  /** A folder in this one. */
  inner(name: string, { create = false } = {}): Folder | null {
    return Folder.open(this.at(name), { create });
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  /** Path of an entry that reaches this very folder, as long as it is open. */
  private at(name: string): string {
    return path.join(this.base, name);
  }

  /**
   * Opens an entry for reading (`writable`: and for notes in it, where that is allowed). Null when there is none; what
   * is no plain file of ours in an entry's place is removed.
   */
  openEntry(name: string, { writable = false } = {}): { fd: number; stat: fs.Stats } | null {
    const { O_RDONLY, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
    let fd: number;
    try {
      fd = fs.openSync(this.at(name), (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (writable && (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')) return this.openEntry(name);
      // A link, a folder opened for writing, a socket, a pipe without a reader.
      if (code === 'ELOOP' || code === 'EMLINK' || code === 'EISDIR' || code === 'ENXIO') this.remove(name);
      return null;
    }
    const stat = fs.fstatSync(fd);
    if (stat.isFile() && isOurs(stat.uid, stat.mode)) return { fd, stat };
    fs.closeSync(fd);
    this.remove(name);
    return null;
  }

  /** Writes an entry as a whole; false when that was not possible. Readers get the rights that the folder has. */
  write(name: string, contents: Uint8Array): boolean {
    return this.withTemporary((temporary, first, mode) => {
      const mine = temporary.at(first);
      try {
        fs.writeFileSync(mine, contents, { mode, flag: 'wx' });
        this.place(mine, name);
        return true;
      } catch (e) {
        log.sayOnce('the cache takes nothing', (e as Error).message);
        removeQuietly(mine);
        return false;
      }
    });
  }

  /**
   * For who writes an entry in another thread: into which folder, by which name first, to be moved into which folder. The
   * paths are good until `use` returns.
   */
  writeBy(use: (temporary: string, name: string, folder: string, mode: number) => boolean): boolean {
    return this.withTemporary((temporary, name, mode) => use(temporary.base, name, this.base, mode));
  }

  private withTemporary(use: (temporary: Folder, name: string, mode: number) => boolean): boolean {
    const temporary = this.inner(TEMPORARY, { create: true });
    if (temporary === null) return false;
    try {
      temporary.sweep();
      return use(temporary, `${process.pid}.${process.hrtime.bigint()}.tmp`, this.mode & 0o666 & ~WRITABLE_BY_OTHERS);
    } finally {
      temporary.close();
    }
  }

  /** Opens a file that only serves as a lock, and makes it where there is none; -1 when that is not possible. */
  openLock(name: string): number {
    const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
    try {
      return fs.openSync(this.at(name), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    } catch {
      return -1;
    }
  }

  /** What a socket in this folder is bound and connected to, as long as the folder is open; short, as sockets ask for. */
  socketPath(name: string): string {
    return this.at(name);
  }

  /** Gives an entry another name. */
  rename(from: string, to: string): void {
    try {
      fs.renameSync(this.at(from), this.at(to));
    } catch {
      // Gone meanwhile.
    }
  }

  private place(from: string, name: string): void {
    try {
      fs.renameSync(from, this.at(name));
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code !== 'EISDIR' && code !== 'ENOTEMPTY' && code !== 'EEXIST') throw e;
      // A folder in the entry's place.
      this.remove(name);
      fs.renameSync(from, this.at(name));
    }
  }

  /** Removes an entry; one that cannot be removed stays, and is refused again next time. */
  remove(name: string): void {
    removeQuietly(this.at(name));
  }

  /** Names of the entries. */
  names(): string[] {
    try {
      return fs.readdirSync(`${this.base}/.`);
    } catch {
      return [];
    }
  }

  /** Size and last use of an entry; null when it is gone. */
  stat(name: string): fs.Stats | null {
    try {
      return fs.lstatSync(this.at(name));
    } catch {
      return null;
    }
  }

  /** Removes what killed writers left behind. */
  sweepTemporary(): void {
    const temporary = this.inner(TEMPORARY);
    temporary?.sweep();
    temporary?.close();
  }

  private sweep(): void {
    for (const name of this.names()) {
      const stat = this.stat(name);
      if (stat === null) continue;
      const old = Date.now() - stat.mtimeMs > STALE_TEMPORARY_MS;
      if (old || !isAlive(Number.parseInt(name, 10))) this.remove(name);
    }
  }
}

/**
 * Written by this user or by root only. Windows has access lists instead of owner and mode, which Node does not show: the
 * folder is in the user's own (`cacheDir`), where by default no other user may write.
 */
function isOurs(uid: number, mode: number): boolean {
  if (process.platform === 'win32') return true;
  return (mode & WRITABLE_BY_OTHERS) === 0 && (process.getuid === undefined || uid === 0 || uid === process.getuid());
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeQuietly(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch {
    try {
      fs.rmdirSync(file);
    } catch {
      // Gone already, no rights, or a folder with something in it.
    }
  }
}
