/** `node:wasi` as this package's options have it. */
import fs from 'node:fs';
import type { WASI } from 'node:wasi';
import { builtin } from '../util/builtin.js';
import {
  arrayOf,
  type Check,
  checkOptions,
  isBoolean,
  isDescriptor,
  isText,
  objectOf,
  recordOf,
} from '../util/check-options.js';
import { handOut } from '../util/hand-out.js';
import { type Impatient, wasiCalls, type WasiFunction } from './calls.js';
import type { WasiOptions } from './options.js';
import { readOnlyFolders } from './read-only.js';

const FOLDER = objectOf({ path: isText, readOnly: isBoolean });

const WASI_OPTIONS: Readonly<Record<keyof WasiOptions, Check>> = {
  args: arrayOf(isText),
  env: recordOf(isText),
  dirs: recordOf(['a path or { path, readOnly }', (v) => isText[1](v) || FOLDER[1](v)]),
  stdin: isDescriptor,
  stdout: isDescriptor,
  stderr: isDescriptor,
};

/** A WASI host of Node's, and its functions as compiled wasm needs them. */
export interface NodeWasi {
  wasi: WASI;
  functions: Record<string, WasiFunction>;
}

/**
 * Makes one. `impatient`: the standard streams that the program does not want to wait for.
 * @throws TypeError, Error that begins with `where`: for options that are none, and folders that are not there
 */
export function openWasi(where: string, options: WasiOptions, impatient?: Impatient): NodeWasi {
  checkOptions(where, options, WASI_OPTIONS);
  const { args = [], env = {}, dirs = {}, stdin = 0, stdout = 1, stderr = 2 } = options;
  const { WASI } = loadNodeWasi();
  const folders = Object.entries(dirs).map(([guest, dir]) => ({
    guest,
    ...(typeof dir === 'string' ? { path: dir } : dir),
  }));
  for (const { guest, path } of folders)
    if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`${where}: dirs['${guest}']: ${path} is no folder`);
  const preopens = Object.fromEntries(folders.map((f) => [f.guest, f.path]));
  if (!takesElements(Math.max(Object.keys(env).length, 2 * folders.length)))
    throw new TypeError(`${where}: Array.prototype has setters for indices, with which node:wasi ends the process`);
  const wasi = new WASI({ version: 'preview1', args, env, preopens, stdin, stdout, stderr, returnOnExit: true });
  const functions = readOnlyFolders(
    wasiCalls(wasi.wasiImport as Record<string, WasiFunction>, impatient),
    folders.map((f) => f.readOnly === true),
  );
  return { wasi, functions };
}

/** Whether an array of the program's realm takes so many elements: setters of its prototype may take them instead. */
function takesElements(n: number): boolean {
  const list = handOut<string>([]);
  for (let i = 0; i < n; i++) {
    list[i] = '';
    if (list[i] !== '') return false;
  }
  return true;
}

/** Loads node:wasi without the warning that it is experimental, which would stand in the output of every program. */
function loadNodeWasi(): typeof import('node:wasi') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return builtin('node:wasi');
  } finally {
    process.emitWarning = emitWarning;
  }
}
