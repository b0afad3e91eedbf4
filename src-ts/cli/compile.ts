/** Compiling a file for the command line: by the server where there is one, and the artefact written as a whole. */
import fs from 'node:fs';
import path from 'node:path';
import { compile as compileHere } from '../aot/compile.js';
import { compileByServer } from '../compile-server/client.js';
import type { CompileOptions } from '../options.js';
import { type CompileFlags, compileOptions } from './compile-flags.js';
import { expectKind, inFile, type Input, readInput, stem } from './files.js';
import { duration, out, plural, print, size } from './output.js';
import { startProgress } from './progress.js';
import { tunedForCompiling } from './tuning.js';

export interface OutputFlags extends CompileFlags {
  /** Where the artefact or the folder goes; `-` is standard output. Default: beside the input. */
  output?: string;
}

/** Compiles what a file holds. */
export async function compileFile(file: string, flags: OutputFlags): Promise<void> {
  await compileInput(expectKind(await readInput(file), 'compile', 'wasm', 'component'), flags);
}

/** Compiles a module to an artefact, a component to a folder. */
export async function compileInput(input: Input & { kind: 'wasm' | 'component' }, flags: OutputFlags): Promise<void> {
  try {
    await (input.kind === 'component' ? compileFolder(input, flags) : compileModule(input, flags));
  } catch (e) {
    throw inFile(input.path, e);
  }
}

async function compileModule(input: Input, flags: OutputFlags): Promise<void> {
  const target = flags.output ?? path.join(path.dirname(input.path), `${stem(input.path)}.aot`);
  const began = Date.now();
  const artefact = await withProgress(stem(input.path), (onProgress) =>
    compile(input.bytes, { ...compileOptions(flags), onProgress }),
  );
  if (target === '-') {
    try {
      fs.writeFileSync(1, artefact);
    } catch (e) {
      // As with everything that is printed: a reader that went away is no failure.
      if ((e as NodeJS.ErrnoException).code === 'EPIPE') return;
      throw Object.assign(e as NodeJS.ErrnoException, { path: 'standard output' });
    }
    return;
  }
  writeWhole(target, artefact);
  print(`${out.green('wrote')} ${target} (${size(artefact.length)}) in ${duration(Date.now() - began)}`);
}

async function compileFolder(input: Input, flags: OutputFlags): Promise<void> {
  const outDir = flags.output ?? path.join(path.dirname(input.path), stem(input.path));
  const began = Date.now();
  let total = 0;
  const { compileComponent } = await import('../component/bundle.js');
  const manifest = await compileComponent(input.bytes, {
    ...compileOptions(flags),
    outDir,
    name: stem(input.path),
    compileCore: async (wasm, options) => {
      const artefact = await withProgress(`${stem(input.path)} (${size(wasm.length)})`, (onProgress) =>
        compile(wasm, { ...options, onProgress }),
      );
      total += artefact.length;
      return artefact;
    },
  });
  print(
    `${out.green('wrote')} ${outDir}: ${plural(Object.keys(manifest.cores).length, 'core module')} (${size(total)}) in ${duration(Date.now() - began)}`,
  );
}

/** By the server that stays, where there is one; otherwise here. */
async function compile(wasm: Uint8Array, options: CompileOptions): Promise<Uint8Array> {
  const artefact = await compileByServer(wasm, options);
  return artefact ?? tunedForCompiling(wasm.length, () => compileHere(wasm, options));
}

async function withProgress<T>(
  label: string,
  action: (onProgress: ((done: number, total: number) => void) | undefined) => Promise<T>,
): Promise<T> {
  const progress = await startProgress(label);
  try {
    return await action(progress.onProgress);
  } finally {
    progress.stop();
  }
}

/**
 * By rename, so that no reader sees half an artefact, and a full disk leaves the old one. What is no plain file
 * (`/dev/stdout`, a pipe) is written to, and a link stays one.
 */
export function writeWhole(target: string, bytes: Uint8Array | string): void {
  const there = fs.statSync(target, { throwIfNoEntry: false });
  const special = there !== undefined && !there.isFile();
  const file = there === undefined ? target : fs.realpathSync(target);
  const making = special ? target : `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(making, bytes);
    if (!special) fs.renameSync(making, file);
  } catch (e) {
    if (!special) fs.rmSync(making, { force: true });
    // The name of the file that the user knows.
    throw Object.assign(e as NodeJS.ErrnoException, { path: target });
  }
}
