/**
 * A compiled component: a folder with `component.json` (this file's `Manifest`), the glue that jco made (`NAME.mjs`,
 * without its debug output) and an artefact for each core module. The folder may be moved and copied; it needs nothing of the
 * component it was made from.
 */
import fs from 'node:fs';
import path from 'node:path';
import { compile, CompileError, type CompileOptions } from '../index.js';
import { COMPILE_OPTIONS } from '../options.js';
import { type Check, checkOptions, isFunction, isText } from '../util/check-options.js';
import { utf8 } from '../aot/format.js';
import { viewBytes } from '../runtime/webidl.js';
import { exportedFunctions, externNames } from './exports.js';
import { glueAsScript, leanGlue } from './glue.js';
import { importPeer } from './peers.js';
import type { WitFunction } from './wit.js';

const MANIFEST = 'component.json';
const MANIFEST_FORMAT = 2;

/** `component.json` of a compiled component. */
export interface Manifest {
  /** Of the folder. */
  format: typeof MANIFEST_FORMAT;
  /** Used as the program's name (`argv[0]`). */
  name: string;
  /** File name of the glue. */
  glue: string;
  /** File name of the glue as a script of ASCII, where it can be one: its value has the exports (run.ts says what for). */
  script?: string;
  /** Core modules by the name that the glue asks for, to file names of artefacts. */
  cores: Record<string, string>;
  /** Names of the imported interfaces. */
  imports: string[];
  /** Names of the exported functions and interfaces. */
  exports: string[];
  /** The exported functions with their types; or why they are not known. */
  functions: WitFunction[] | string;
}

export interface CompileComponentOptions extends CompileOptions {
  /** Folder to write; it is made when it does not exist. Files of an earlier compilation are overwritten. */
  outDir: string;
  /** Name of the component and of its files. Default: `component`. */
  name?: string;
  /** How a core module becomes an artefact. Default: `compile`. */
  compileCore?: (wasm: Uint8Array, options: CompileOptions) => Promise<Uint8Array>;
}

/** A transpiled component. */
export interface Transpiled {
  /** As for a folder. */
  manifest: Manifest;
  /** The glue and its types, by the names that they get. */
  files: Record<string, Uint8Array>;
  /** Core modules by the name that the glue asks for. */
  cores: Record<string, Uint8Array>;
}

/**
 * Transpiles a component with jco, which is looked for in `folders` too.
 * @throws Error when jco refuses the component or is not installed.
 */
export async function transpile(component: Uint8Array, name: string, folders: string[]): Promise<Transpiled> {
  const known = readOr(component, externNames);
  const newer = typeof known === 'string' ? undefined : known.find((n) => /^wasi:.*@0\.[3-9]/.test(n));
  if (newer !== undefined) throw new Error(`${name} is made for ${newer}; components of WASI 0.2 run here`);
  const { transpileBytes } = await importPeer('@bytecodealliance/jco-transpile', { folders });
  const transpiled: { files: Record<string, Uint8Array>; imports: string[]; exports: [string, string][] } =
    await transpileBytes(component, {
      name,
      instantiation: 'sync',
      // The glue asks for every core module by name; none is hidden in it as base64.
      base64Cutoff: 0,
      nodejsCompat: false,
      emitTypescriptDeclarations: true,
    });
  const exports = transpiled.exports.map(([n]) => n);
  const made: Transpiled = {
    manifest: {
      format: MANIFEST_FORMAT,
      name,
      glue: `${name}.mjs`,
      cores: {},
      imports: transpiled.imports,
      exports,
      functions: readOr(component, exportedFunctions),
    },
    files: {},
    cores: {},
  };
  for (const [file, contents] of Object.entries(transpiled.files)) {
    if (file.endsWith('.wasm')) {
      made.cores[file] = contents;
      made.manifest.cores[file] = file.replace(/wasm$/, 'aot');
    } else if (file === `${name}.js`)
      made.files[made.manifest.glue] = new Uint8Array(Buffer.from(leanGlue(Buffer.from(contents).toString('utf8'))));
    else made.files[file] = contents;
  }
  return made;
}

/** What is read of a component's bytes; or why it cannot be. */
export function readOr<T>(component: Uint8Array, read: (component: Uint8Array) => T): T | string {
  try {
    return read(component);
  } catch (e) {
    if (!(e instanceof CompileError)) throw e;
    return e.message;
  }
}

const COMPONENT_OPTIONS: Readonly<Record<keyof CompileComponentOptions, Check>> = {
  ...COMPILE_OPTIONS,
  outDir: isText,
  name: isText,
  compileCore: isFunction,
};

/** @throws TypeError for what is no component's bytes */
export function expectComponent(where: string, source: unknown): void {
  const bytes = viewBytes(source);
  if (bytes !== null && isComponent(bytes)) return;
  throw new TypeError(
    `${where}: Argument 0 must be the bytes of a component${bytes === null ? '' : '; a core module is compiled by compile()'}`,
  );
}

/**
 * Compiles a component ahead of time: transpiles it with jco and compiles each of its core modules to machine code.
 * @throws CompileError when a core module is refused, Error when jco refuses the component or is not installed.
 */
export async function compileComponent(component: Uint8Array, options: CompileComponentOptions): Promise<Manifest> {
  checkOptions('compileComponent()', options, COMPONENT_OPTIONS);
  const { outDir, name = 'component', compileCore = compile, ...compileOptions } = options;
  if (outDir === undefined) throw new TypeError("compileComponent(): option 'outDir' must be a path");
  expectComponent('compileComponent()', component);
  const { manifest, files, cores } = await transpile(component, name, [outDir]);
  const script = glueAsScript(Buffer.from(files[manifest.glue]).toString('utf8'));
  if (script !== null && isAscii(script)) {
    manifest.script = `${name}.script.js`;
    files[manifest.script] = utf8(script);
  }
  fs.mkdirSync(outDir, { recursive: true });
  for (const [file, contents] of Object.entries(files)) {
    const target = path.join(outDir, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, contents);
  }
  for (const [file, wasm] of Object.entries(cores))
    fs.writeFileSync(path.join(outDir, manifest.cores[file]), await compileCore(wasm, compileOptions));
  // Last, so that a folder with a manifest is a whole one.
  fs.writeFileSync(path.join(outDir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/**
 * Reads the manifest of a compiled component.
 * @throws Error when the folder is not one.
 */
export async function readManifest(dir: string): Promise<Manifest> {
  if (typeof dir !== 'string') throw new TypeError('the folder of a compiled component must be a path');
  let text: string;
  try {
    text = fs.readFileSync(path.join(dir, MANIFEST), 'utf8');
  } catch {
    throw new Error(
      `${dir} is not a compiled component: it has no ${MANIFEST} (make one with \`wamr-native compile X.component.wasm -o DIR\`)`,
    );
  }
  const where = path.join(dir, MANIFEST);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (e) {
    throw new Error(`${where} is damaged: ${(e as Error).message}; compile the component again`, { cause: e });
  }
  expectFormat(where, manifest);
  return manifest;
}

/** @throws Error for a manifest of another release */
export function expectFormat(where: string, { format }: Manifest): void {
  if (format !== MANIFEST_FORMAT)
    throw new Error(`${where}: format ${format}, this release reads ${MANIFEST_FORMAT}; compile the component again`);
}

/** Whether the bytes start like a component (the layer field after the version is 1, of a core module 0). */
export function isComponent(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 8 &&
    bytes[0] === 0 &&
    bytes[1] === 0x61 &&
    bytes[2] === 0x73 &&
    bytes[3] === 0x6d &&
    bytes[6] === 1 &&
    bytes[7] === 0
  );
}
