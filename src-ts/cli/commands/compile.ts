/** `wamr-native compile`: a core module to an artefact, a component to a folder. */
import type { Command } from 'commander';
import { compileInput, type OutputFlags } from '../compile.js';
import { compileOptions } from '../compile-flags.js';
import { addCompileFlags, positive } from '../compile-options.js';
import { UsageError } from '../exit.js';
import { expectKind, inFile, readInput } from '../files.js';
import { withHeapFlag } from '../js-heap.js';
import { jsHeapFlag } from '../js-heap-flag.js';

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
    .addOption(jsHeapFlag())
    .option('--bisect', 'find the optimisation and the function that make the module misbehave')
    .option('--check <command>', 'with --bisect: ends with 0 if the artefact {} is good')
    .option('--invoke <export>', "with --bisect: good is what Node's own engine answers to this call")
    .option('--timeout <seconds>', 'with --bisect: a run that takes longer is bad', positive, 60);
  addCompileFlags(command).addHelpText('after', HELP).action(run);
}

interface Flags extends OutputFlags {
  jsHeap?: number;
  bisect?: boolean;
  check?: string;
  invoke?: string;
  timeout: number;
}

async function run(file: string, args: string[], flags: Flags): Promise<void> {
  if (flags.bisect !== true && (args.length > 0 || flags.check !== undefined || flags.invoke !== undefined))
    throw new UsageError('ARGS, --check and --invoke go with --bisect');
  const input = expectKind(withHeapFlag(await readInput(file), flags.jsHeap), 'compile', 'wasm', 'component');
  if (flags.bisect !== true) return compileInput(input, flags);
  try {
    const { runBisect } = await import('../bisect-run.js');
    process.exitCode = await runBisect(expectKind(input, 'compile --bisect', 'wasm'), compileOptions(flags), {
      ...flags,
      args,
    });
  } catch (e) {
    throw inFile(file, e);
  }
}
