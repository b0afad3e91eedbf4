/**
 * An artefact on its way into the addon. What is checked is the copy that will run: whatever happens to the file, or to
 * bytes that another thread shares, happens too late.
 */
import fs from 'node:fs';
import type { ArtefactSource, SectionRange } from '../aot/format.js';
import type { CodeId } from '../binding.js';
import { AotError, MORE_ROOM } from '../errors.js';
import { builtin } from '../util/builtin.js';
import type { Env } from './env.js';

export class ArtefactCopy implements ArtefactSource {
  readonly size: number;
  /** Of the addon; 0 until it is copied, which `hash` does. */
  code: CodeId = 0;

  /** @param source an open file, or bytes; `what`: its name in messages. */
  constructor(
    private readonly env: Env,
    private readonly source: number | Uint8Array,
    private readonly what: string,
  ) {
    this.size = typeof source === 'number' ? fs.fstatSync(source).size : source.length;
  }

  read(offset: number, size: number): Uint8Array {
    const { source, code } = this;
    if (code > 0) return new Uint8Array(this.env.native.codeRead(code, offset, size));
    if (typeof source !== 'number') return source.slice(offset, offset + size);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, fs.readSync(source, bytes, 0, size, offset));
  }

  hash({ offset, size }: SectionRange, stored: Uint8Array): Uint8Array {
    const { env, source, what } = this;
    const code = env.lifetimes.make(() => env.native.codeCopy(source, offset, size, stored));
    if (code < 0) throw refused(-code, what);
    this.code = code;
    return new Uint8Array(env.native.codeHash(code));
  }

  /** It is not needed. */
  free(): void {
    if (this.code > 0) this.env.native.codeFree(this.code);
    this.code = 0;
  }
}

/** What became of an artefact in the addon, by errno. */
export function refused(error: number, what: string): Error {
  const { EPERM, ENOMEM, EINVAL, EIO } = builtin<typeof import('node:os')>('node:os').constants.errno;
  switch (error) {
    case EINVAL:
      return new AotError(`${what}: its sections contradict each other; compile the module again`);
    case EIO:
      return new AotError(`${what}: was written to while it was read; load it again (and replace artefacts by rename)`);
    case EPERM:
      return new AotError(`${what}: this system lets no memory be executed (SELinux, seccomp or MDWE): allow execmem`);
    case ENOMEM:
      return new RangeError(`${what}: no memory for the code: ${MORE_ROOM}`);
    default:
      return new AotError(`${what}: could not be loaded (error ${error})`);
  }
}
