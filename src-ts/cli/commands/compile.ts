/** `wamr-native compile`: a core module to an artefact, a component to a folder. */
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { compileComponent } from '../../component/bundle.js';
import { compile } from '../../index.js';
import { type CompileFlags, compileOptions } from '../compile-flags.js';
import { addCompileFlags, positive } from '../compile-options.js';
import { UsageError } from '../exit.js';
import { expectKind, inFile, type Input, readInput, stem } from '../files.js';
import { count, duration, out, print, size } from '../output.js';
import { startProgress } from '../progress.js';
import { tuneForCompiling } from '../tuning.js';

const HELP = `
A core module becomes an artefact (FILE.aot): machine code with everything that running it needs.
The same module and options give the same bytes, whatever --jobs is. An artefact is code: run only
artefacts that you trust as you trust a program.

A component becomes a folder: glue made by jco (npm install @bytecodealliance/jco-transpile) and an
artefact for each core module in it.

Examples:
  wamr-native compile app.wasm                        app.aot beside app.wasm
  wamr-native compile app.wasm -o build/app.aot
  wamr-native compile --target native app.wasm        for this machine's CPU only
  wamr-native compile tool.component.wasm -o tool     the folder tool; then: wamr-native run tool

A module that misbehaves: --bisect compiles it with fewer and fewer optimisations, checks each time,
and says which optimisation of which function is to blame. Nothing is written.
  wamr-native compile --bisect --invoke fac math.wasm 20        the answer must be that of Node's own engine
  wamr-native compile --bisect --check './good.sh {}' app.wasm  the command must end with 0 for the artefact {}`;

export function addCompile(program: Command): void {
  const command = program
    .command('compile')
    .description('compile a module or component ahead of time')
    .argument('<file>', 'WebAssembly module or component')
    .argument('[args...]', 'with --bisect --invoke: arguments of the export')
    .option(
      '-o, --output <path>',
      'artefact to write (- for standard output), or for a component the folder (default: beside the input)',
    )
    .option('--bisect', 'find the optimisation and the function that make the module misbehave')
    .option('--check <command>', 'with --bisect: ends with 0 if the artefact {} is good')
    .option('--invoke <export>', "with --bisect: good is what Node's own engine answers to this call")
    .option('--timeout <seconds>', 'with --bisect: a run that takes longer is bad', positive, 60);
  addCompileFlags(command).addHelpText('after', HELP).action(run);
}

interface Flags extends CompileFlags {
  output?: string;
  bisect?: boolean;
  check?: string;
  invoke?: string;
  timeout: number;
}

async function run(file: string, args: string[], flags: Flags): Promise<void> {
  if (flags.bisect !== true && (args.length > 0 || flags.check !== undefined || flags.invoke !== undefined))
    throw new UsageError('ARGS, --check and --invoke go with --bisect');
  const input = expectKind(await readInput(file), 'compile', 'wasm', 'component');
  try {
    if (flags.bisect) {
      const { runBisect } = await import('../bisect-run.js');
      process.exitCode = await runBisect(expectKind(input, 'compile --bisect', 'wasm'), compileOptions(flags), {
        ...flags,
        args,
      });
      return;
    }
    await (input.kind === 'component' ? compileFolder(input, flags) : compileModule(input, flags));
  } catch (e) {
    throw inFile(file, e);
  }
}

async function compileModule(input: Input, flags: CompileFlags & { output?: string }): Promise<void> {
  const target = flags.output ?? path.join(path.dirname(input.path), `${stem(input.path)}.aot`);
  const began = performance.now();
  tuneForCompiling(input.bytes.length);
  const artefact = await withProgress(stem(input.path), (onProgress) =>
    compile(input.bytes, { ...compileOptions(flags), onProgress }),
  );
  if (target === '-') {
    fs.writeSync(1, artefact);
    return;
  }
  writeWhole(target, artefact);
  print(`${out.green('wrote')} ${target} (${size(artefact.length)}) in ${duration(performance.now() - began)}`);
}

async function compileFolder(input: Input, flags: CompileFlags & { output?: string }): Promise<void> {
  const outDir = flags.output ?? path.join(path.dirname(input.path), stem(input.path));
  const began = performance.now();
  tuneForCompiling(input.bytes.length);
  let total = 0;
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
    `${out.green('wrote')} ${outDir}: ${count(Object.keys(manifest.cores).length)} core modules (${size(total)}) in ${duration(performance.now() - began)}`,
  );
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
 * By rename, so that nobody ever sees half an artefact, and a disk that is full leaves the old one. What is no plain file
 * (`/dev/stdout`, a pipe) is written to, and a link stays one.
 */
function writeWhole(target: string, bytes: Uint8Array): void {
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
