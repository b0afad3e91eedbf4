/**
 * Texts of source files that debug information names. A module may name any file, and a page may be given away: only
 * files with the name of a program's source, below one folder, are read.
 */
import fs from 'node:fs';
import path from 'node:path';

const SOURCE = /\.(c|cc|cpp|cxx|h|hh|hpp|inc|rs|zig|go|ts|js|mjs|swift|d|nim|kt|java|cs|hs|ml|f90|as)$/i;
const MAX_BYTES = 4 << 20;

export class SourceFiles {
  /** With its links resolved. */
  readonly root: string;
  private readonly read = new Map<string, string[] | null>();

  /** @param folder below which sources are, whatever folders the debug information says */
  constructor(folder: string) {
    this.root = fs.realpathSync(folder);
  }

  /** The lines of a file, or null: it is not there. */
  lines(file: string): string[] | null {
    let lines = this.read.get(file);
    if (lines === undefined) this.read.set(file, (lines = this.load(file)));
    return lines;
  }

  private load(file: string): string[] | null {
    const real = this.find(file);
    return real === null ? null : fs.readFileSync(real, 'utf8').split(/\r?\n/);
  }

  /** The file that debug information means, with its links resolved, or null. */
  find(file: string): string | null {
    if (!SOURCE.test(file)) return null;
    const parts = file.split(/[/\\]+/).filter((part) => part !== '' && part !== '.');
    const candidates = [file, ...parts.map((_, k) => path.join(this.root, ...parts.slice(k)))];
    for (const candidate of candidates) {
      try {
        const real = fs.realpathSync(candidate);
        const stat = fs.statSync(real);
        if (!real.startsWith(this.root + path.sep) || !stat.isFile() || stat.size > MAX_BYTES) continue;
        fs.accessSync(real, fs.constants.R_OK);
        return real;
      } catch {
        // Not there, or not readable: the next.
      }
    }
    return null;
  }
}
