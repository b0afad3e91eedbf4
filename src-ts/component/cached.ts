/**
 * Components by way of the content cache: transpiled and compiled once, run ever after. An entry is a component in one
 * piece: a length, a JSON header with the manifest and the sizes of the parts, the glue, the artefacts, and a hash of all
 * that, since the glue is code without a check of its own.
 */
import fs from 'node:fs';
import path from 'node:path';
import { binding } from '../addon.js';
import { dropCached, findCached, storeCached } from '../cache/cache.js';
import { compile, type CompileOptions, internals, load } from '../index.js';
import { COMPILE_OPTIONS } from '../options.js';
import { type Check, checkOptions, isBoolean, isText } from '../util/check-options.js';
import { expectComponent, expectFormat, type Manifest, readManifest, transpile } from './bundle.js';
import { reusableGlue } from './glue.js';
import { type Component, type Glue, makeComponent } from './run.js';

export interface CachedComponentOptions extends CompileOptions {
  /** Name of the component. Default: `component`. */
  name?: string;
  /** Where to look for the component tools too. */
  folder?: string;
  /** Take from and add to the content cache. Default: true. */
  cache?: boolean;
}

const OPTIONS: Readonly<Record<keyof CachedComponentOptions, Check>> = {
  ...COMPILE_OPTIONS,
  name: isText,
  folder: isText,
  cache: isBoolean,
};

/** A compiled component in memory; it can be sent to other threads. */
export interface Compiled {
  manifest: Manifest;
  glue: Uint8Array;
  /** In the order of `manifest.cores`. */
  artefacts: Uint8Array[];
}

const HASH_BYTES = 32;

/**
 * Loads a component's compiled form from the cache; compiles and stores it first when it isn't there.
 * @throws CompileError when a core module is refused, Error when jco refuses the component or is not installed.
 */
export async function loadCachedComponent(bytes: Uint8Array, given: CachedComponentOptions = {}): Promise<Component> {
  return instantiable(await compileCached(bytes, given));
}

/** The same, not loaded. */
export async function compileCached(bytes: Uint8Array, given: CachedComponentOptions): Promise<Compiled> {
  checkOptions('loadCachedComponent()', given, OPTIONS);
  expectComponent('loadCachedComponent()', bytes);
  const { name = 'component', folder = '.', cache = true, ...rest } = given;
  const options = internals.forHere(rest);
  // The name is in the glue and in the manifest.
  const key = internals.artefactKey(withName(bytes, name), options);
  const known = cache ? open(key) : null;
  const compiled = known ?? (await compileInMemory(bytes, name, folder, options));
  if (cache && known === null) storeCached(key, pack(compiled));
  return compiled;
}

/** A folder that `compileComponent` made, in memory. */
export async function readCompiled(dir: string): Promise<Compiled> {
  const manifest = await readManifest(dir);
  const read = (name: string): Uint8Array => new Uint8Array(fs.readFileSync(path.join(dir, name)));
  return { manifest, glue: read(manifest.glue), artefacts: Object.values(manifest.cores).map(read) };
}

const withName = (bytes: Uint8Array, name: string): Uint8Array =>
  new Uint8Array(Buffer.concat([bytes, Buffer.from(name)]));

async function compileInMemory(
  bytes: Uint8Array,
  name: string,
  folder: string,
  options: CompileOptions,
): Promise<Compiled> {
  const { manifest, files, cores } = await transpile(bytes, name, [folder]);
  const artefacts: Uint8Array[] = [];
  for (const wasm of Object.values(cores)) artefacts.push(await compile(wasm, options));
  return { manifest, glue: files[manifest.glue], artefacts };
}

/** A component out of its compiled form. `reusable`: for many instances, one after the other (`Component.prepare`). */
export function instantiable({ manifest, glue, artefacts }: Compiled, reusable = false): Promise<Component> {
  const cores = Object.keys(manifest.cores);
  const text = Buffer.from(glue).toString('utf8');
  const source = `${(reusable ? reusableGlue(text) : null) ?? text}\n//# sourceURL=${encodeURI(manifest.name)}/${encodeURI(manifest.glue)}\n`;
  return makeComponent(
    manifest,
    async () => (await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`)) as Glue,
    (core) => load(artefacts[cores.indexOf(core)]),
  );
}

function pack({ manifest, glue, artefacts }: Compiled): Uint8Array {
  const header = Buffer.from(JSON.stringify({ manifest, sizes: [glue.length, ...artefacts.map((a) => a.length)] }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const all = Buffer.concat([length, header, glue, ...artefacts]);
  return new Uint8Array(Buffer.concat([all, hash(all)]));
}

const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(binding().hash(bytes) as ArrayBuffer);

/** The entry, or null; a damaged one is removed. */
function open(key: string): Compiled | null {
  const found = findCached(key);
  if (found === null) return null;
  try {
    return unpack('bytes' in found ? found.bytes : new Uint8Array(fs.readFileSync(found.fd)));
  } catch {
    dropCached(key);
    return null;
  } finally {
    if ('fd' in found) fs.closeSync(found.fd);
  }
}

function unpack(entry: Uint8Array): Compiled {
  const all = entry.subarray(0, entry.length - HASH_BYTES);
  if (!Buffer.from(hash(all)).equals(entry.subarray(all.length))) throw new Error('damaged');
  const headerEnd = 4 + Buffer.from(all.buffer, all.byteOffset, 4).readUInt32LE();
  const { manifest, sizes } = JSON.parse(Buffer.from(all.subarray(4, headerEnd)).toString('utf8')) as {
    manifest: Manifest;
    sizes: number[];
  };
  expectFormat('the entry', manifest);
  let at = headerEnd;
  const [glue, ...artefacts] = sizes.map((size) => all.subarray(at, (at += size)));
  return { manifest, glue, artefacts };
}
