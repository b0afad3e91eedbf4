/** The core modules that a file holds, as wasm or compiled. */
import fs from 'node:fs';
import path from 'node:path';
import { readManifest, transpile } from '../component/bundle.js';
import { type Input, stem } from './files.js';

export interface Core {
  /** The file, or the file of it that a compiled component has. */
  file: string;
  /** Distinguishes the modules of a component (`core2`); empty where there is one only. */
  name: string;
  /** The module or the artefact. */
  bytes: Uint8Array;
  isArtefact: boolean;
}

/** The module or artefact itself; of a component all of them. */
export async function coresOf(input: Input): Promise<Core[]> {
  const { path: file, kind } = input;
  if (kind === 'wasm' || kind === 'artefact')
    return [{ file, name: '', bytes: input.bytes, isArtefact: kind === 'artefact' }];
  const name = (core: string): string => core.replace(/^.*\.(core\d*)\.\w+$/, '$1');
  if (kind === 'folder') {
    const { cores } = await readManifest(file);
    return Object.values(cores).map((core) => {
      const inside = path.join(file, core);
      return { file: inside, name: name(core), bytes: fs.readFileSync(inside), isArtefact: true };
    });
  }
  const { cores } = await transpile(input.bytes, stem(file), [path.dirname(file)]);
  return Object.entries(cores).map(([core, bytes]) => ({
    file: `${file} (${name(core)})`,
    name: name(core),
    bytes,
    isArtefact: false,
  }));
}
