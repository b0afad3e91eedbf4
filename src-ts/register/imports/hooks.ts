/**
 * The hook that gives an ES module in the place of a `.wasm` or `.aot` file, as Node before 22.15 runs it: in a thread of
 * its own, which cannot hand modules over. So it tells names only, and the program's thread reads the file again.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesSource, readArtefact } from '../../aot/format.js';
import { v8WebAssembly } from '../../util/v8-wasm.js';
import { EXTERN_KIND_NAMES } from '../../wasm/types.js';
import { type Links, readLinks } from '../sections.js';
import { kindOf, standIn } from './files.js';

interface Context {
  format?: string | null;
}
interface Loaded {
  format: string;
  source: Uint8Array | string;
  shortCircuit?: boolean;
}

export async function load(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Promise<Loaded>,
): Promise<Loaded> {
  const kind = kindOf(url, context.format);
  if (kind === null) return next(url, context);
  if (kind === 'aot') return module(standIn(url, linksOfArtefact(fileURLToPath(url))));
  const loaded = await next(url, { ...context, format: 'wasm' });
  // By this hook: Node 20 gives `--require` to the thread of the hooks too, which then has it twice.
  if (loaded.format !== 'wasm') return loaded;
  const bytes = loaded.source as Uint8Array;
  return module(standIn(url, linksOf(url, bytes), url.startsWith('file:') ? undefined : bytes));
}

const module = (source: string): Loaded => ({ format: 'module', source, shortCircuit: true });

function linksOf(url: string, bytes: Uint8Array): Links {
  try {
    return readLinks(bytes);
  } catch (e) {
    throw explained(url, bytes) ?? e;
  }
}

/** V8's error for what is no module. On its way to the program it keeps name and message, not its class. */
function explained(url: string, bytes: Uint8Array): Error | null {
  try {
    new (v8WebAssembly as { Module: new (bytes: Uint8Array) => object }).Module(bytes);
    return null;
  } catch (e) {
    (e as Error).message = `${url.startsWith('file:') ? fileURLToPath(url) : url}: ${(e as Error).message}`;
    return e as Error;
  }
}

function linksOfArtefact(file: string): Links {
  const { meta } = readArtefact(bytesSource(fs.readFileSync(file)), null, file);
  const link = ({ name, kind }: { name: string; kind: number }) => ({ name, kind: EXTERN_KIND_NAMES[kind] });
  return {
    imports: meta.imports.map((i) => ({ module: i.module, ...link(i) })),
    exports: meta.exports.map(link),
  };
}
