/**
 * Input files: what a path (or `-`, standard input) holds, told by its contents, and errors that say what to do when it
 * is the wrong thing. WebAssembly text is assembled on the way in, so commands see modules and components only.
 */
import fs from 'node:fs';
import path from 'node:path';
import { isArtefact } from '../aot/format.js';
import { isComponent } from '../component/bundle.js';

export type FileKind = 'wasm' | 'component' | 'artefact' | 'folder';

/** Stands for standard input on the command line, and what it is called in messages and as the program's name. */
const STDIN = '-';
const STDIN_NAME = 'stdin';

export interface Input {
  /** `stdin` for standard input. */
  readonly path: string;
  readonly kind: FileKind;
  /** Its path cannot be read again: standard input, a pipe, what was assembled. */
  readonly inMemory: boolean;
  /** The contents, read when asked for: artefacts are big and mostly mapped instead. Empty for a folder. */
  readonly bytes: Uint8Array;
}

/**
 * Looks at a file and tells what it is; assembles text.
 * @throws Error with a helpful message when it is nothing of ours.
 */
export async function readInput(file: string): Promise<Input> {
  const input = file === STDIN ? readStdin() : readPath(file);
  return input.kind === 'text' ? assemble(input) : (input as Input);
}

type RawInput = Omit<Input, 'kind'> & { readonly kind: FileKind | 'text' };

function readStdin(): RawInput {
  const bytes = fs.readFileSync(0);
  return { path: STDIN_NAME, kind: sniff(STDIN_NAME, bytes), inMemory: true, bytes };
}

function readPath(file: string): RawInput {
  const stat = fs.statSync(file);
  if (stat.isDirectory()) return { path: file, kind: 'folder', inMemory: false, bytes: new Uint8Array(0) };
  // A pipe (`<(…)` of a shell) can be read once only.
  if (!stat.isFile()) {
    const bytes = fs.readFileSync(file);
    return { path: file, kind: sniff(file, bytes), inMemory: true, bytes };
  }
  const kind = sniff(file, readStart(file));
  return {
    path: file,
    kind,
    inMemory: false,
    get bytes() {
      return fs.readFileSync(file);
    },
  };
}

async function assemble({ path: file, bytes }: RawInput): Promise<Input> {
  const { assemblerFor } = await import('./wat.js');
  const binary = await (await assemblerFor(file))(Buffer.from(bytes).toString('utf8'));
  return { path: file, kind: isComponent(binary) ? 'component' : 'wasm', inMemory: true, bytes: binary };
}

function readStart(file: string): Uint8Array {
  const fd = fs.openSync(file, 'r');
  try {
    const start = new Uint8Array(4096);
    return start.subarray(0, fs.readSync(fd, start));
  } finally {
    fs.closeSync(fd);
  }
}

function sniff(file: string, bytes: Uint8Array): FileKind | 'text' {
  if (isArtefact(bytes)) return 'artefact';
  if (isComponent(bytes)) return 'component';
  if (bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d) {
    if (bytes.length < 8)
      throw new Error(`${file} is truncated: ${bytes.length} bytes, not even the WebAssembly header`);
    return 'wasm';
  }
  const start = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  if (/^(\xef\xbb\xbf)?\s*(;;|\()/.test(start)) return 'text';
  throw new Error(`${file}: ${whatElse(start)}`);
}

function whatElse(start: string): string {
  if (start === '') return 'the file is empty';
  if (start.startsWith('\x7fELF')) return 'this is an ELF file, not a WebAssembly module';
  if (start.startsWith('PK')) return 'this is a zip archive, not a WebAssembly module';
  if (start.startsWith('\x1f\x8b')) return 'this is gzipped; unpack it first (gunzip)';
  if (/^\s*<(!doctype|html|\?xml)/i.test(start))
    return 'this is an HTML or XML page, not a WebAssembly module: perhaps the answer to a download that failed';
  return 'not a WebAssembly module (it does not start with \\0asm) and not an artefact of this program';
}

/** The input as one of the wanted kinds, else an error that tells which command is meant for it. */
export function expectKind<K extends FileKind>(input: Input, command: string, ...kinds: K[]): Input & { kind: K } {
  if ((kinds as FileKind[]).includes(input.kind)) return input as Input & { kind: K };
  const { path: file } = input;
  switch (input.kind) {
    case 'component':
      throw new Error(
        `${file} is a component, which \`${command}\` does not take; compile it first: wamr-native compile ${file} -o ${stem(file)}`,
      );
    case 'folder':
      throw new Error(`${file} is a folder; \`${command}\` takes ${kinds.join(' or ')} files`);
    case 'artefact':
      throw new Error(`${file} is compiled already; \`${command}\` takes ${kinds.join(' or ')} files`);
    default:
      throw new Error(`${file} is a core module; \`${command}\` takes ${kinds.join(' or ')} files`);
  }
}

/** The error of a module that was refused, with the file's name in front; other errors as they are. */
export function inFile(file: string, e: unknown): unknown {
  return e instanceof Error && e.name === 'CompileError' ? new Error(`${file}: ${e.message}`, { cause: e }) : e;
}

/** `dir/app.component.wasm` → `app`. */
export function stem(file: string): string {
  return path.basename(file).replace(/(\.component)?\.(wasm|wat|aot)$/, '');
}
