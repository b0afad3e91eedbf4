/**
 * Reads large artefacts in other threads while this one loads what will run them: TCGC's 61 MB take as long as that. An
 * artefact is believed no sooner than it would be otherwise: it is the same copy, which is checked as a whole when it is
 * loaded (native/artefact-copy.cc).
 */
import fs from 'node:fs';
import path from 'node:path';
import { Header } from '../abi/artefact.js';
import { codeRange } from '../aot/format.js';
import type { NativeBinding } from '../binding.js';

/** Smaller ones are read in less time than a thread takes to start. */
const LEAST_BYTES = 4 << 20;

export class ReadAhead {
  /** Open files by path. */
  private readonly files = new Map<string, number>();

  /** Begins with an artefact, or with those of a compiled component's folder. What is wrong with them loading will say. */
  constructor(
    private readonly native: NativeBinding,
    file: string,
  ) {
    for (const artefact of artefactsOf(file)) {
      try {
        if (fs.statSync(artefact).isFile()) this.open(artefact);
      } catch {
        // It cannot be read.
      }
    }
  }

  private open(file: string): void {
    const fd = fs.openSync(file, 'r');
    const { size } = fs.fstatSync(fd);
    const header = new Uint8Array(Header.BYTES);
    const code = size < LEAST_BYTES || fs.readSync(fd, header) < header.length ? null : codeRange(header, size);
    if (code === null) {
      fs.closeSync(fd);
      return;
    }
    this.native.readAhead(fd, code.offset, code.size);
    this.files.set(file, fd);
  }

  /** The open file of an artefact that was begun, which belongs to the caller from then on; null for any other. */
  take(file: string): number | null {
    const fd = this.files.get(path.resolve(file)) ?? null;
    this.files.delete(path.resolve(file));
    return fd;
  }

  /** Leaves what was not taken. */
  end(): void {
    this.native.endReadAhead();
    for (const fd of this.files.values()) fs.closeSync(fd);
    this.files.clear();
  }
}

/** Absolute paths. */
function artefactsOf(file: string): string[] {
  try {
    const { cores } = JSON.parse(fs.readFileSync(path.join(file, 'component.json'), 'utf8')) as {
      cores: Record<string, string>;
    };
    return Object.values(cores).map((core) => path.resolve(file, core));
  } catch {
    return [path.resolve(file)];
  }
}
