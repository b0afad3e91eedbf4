/** The files that recorder.ts leaves in a folder: what threads have counted, and the modules. */
import fs from 'node:fs';
import path from 'node:path';
import { ProfileError } from '../errors.js';

export const FORMAT = 'wamr-native coverage';
export const VERSION = 1;

export interface CountedFile {
  format: typeof FORMAT;
  version: typeof VERSION;
  modules: CountedRow[];
}

export interface CountedRow {
  /** SHA-256 of the module, which is beside this file under that name. */
  wasm: string;
  /** Byte offset of the first operator of a straight run (wasm/straight-runs.ts), its executions; no row: none. */
  places: [offset: number, executions: number][];
}

/** A module, with the sums of all threads. */
export interface CountedModule {
  /** SHA-256. */
  key: string;
  bytes: Uint8Array;
  places: Map<number, number>;
}

/**
 * All modules of a folder, in the order of their keys.
 * @throws ProfileError for a file that is none, and when there is nothing
 */
export function readCounted(folder: string): CountedModule[] {
  const modules = new Map<string, CountedModule>();
  for (const name of fs.readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue;
    for (const { wasm, places } of readFile(path.join(folder, name))) {
      let module = modules.get(wasm);
      if (module === undefined) {
        const bytes = new Uint8Array(fs.readFileSync(path.join(folder, `${wasm}.wasm`)));
        modules.set(wasm, (module = { key: wasm, bytes, places: new Map() }));
      }
      for (const [at, n] of places) module.places.set(at, (module.places.get(at) ?? 0) + n);
    }
  }
  if (modules.size === 0)
    throw new ProfileError(`${folder}: nothing was counted there: run the program with WAMR_COVERAGE=${folder}`);
  return [...modules.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function readFile(file: string): CountedRow[] {
  let value: Partial<CountedFile> | null;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<CountedFile> | null;
  } catch (e) {
    throw new ProfileError(`${file}: ${(e as Error).message}`);
  }
  const isPair = (row: unknown): boolean => Array.isArray(row) && row.length === 2 && row.every(Number.isSafeInteger);
  const isRow = (m: Partial<CountedRow> | null): boolean =>
    typeof m === 'object' &&
    /^[0-9a-f]{64}$/.test(String(m?.wasm)) &&
    Array.isArray(m?.places) &&
    m.places.every(isPair);
  if (value?.format !== FORMAT || !Array.isArray(value.modules) || !value.modules.every(isRow))
    throw new ProfileError(`${file}: no counts of wamr-native (WAMR_COVERAGE writes them)`);
  if (value.version !== VERSION)
    throw new ProfileError(`${file}: version ${String(value.version)}, this release reads ${VERSION}`);
  return value.modules;
}
