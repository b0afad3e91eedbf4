/**
 * The command line `wamr-native`. One file per command in commands/; results go to stdout, everything else to stderr.
 */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import { addCache } from './commands/cache.js';
import { addCompile } from './commands/compile.js';
import { addInspect } from './commands/inspect.js';
import { addObjdump } from './commands/objdump.js';
import { addPrecompile } from './commands/precompile.js';
import { addProfile } from './commands/profile.js';
import { addRun } from './commands/run.js';
import { ExitCode, UsageError } from './exit.js';
import { printError } from './output.js';

const EXAMPLES = `
Examples:
  wamr-native compile app.wasm                     compile ahead of time to app.aot
  wamr-native run app.aot one two                  run a WASI command with two arguments
  wamr-native run --dir .::/work app.wasm          compile (or take from the cache) and run, with this folder as /work
  wamr-native run --invoke add math.wasm 2 3       call an exported function
  wamr-native compile tool.component.wasm -o tool  compile a component to the folder tool
  wamr-native run tool --help                      run it
  wamr-native objdump app.aot --function main      read the machine code of one function

\`wamr-native help COMMAND\` explains a command.`;

function makeProgram(): Command {
  const program = new Command('wamr-native')
    .description('Compiles WebAssembly ahead of time to x86-64 machine code and runs it.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', EXAMPLES)
    // Options after the file belong to the guest.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false });
  addCompile(program);
  addRun(program);
  addProfile(program, makeProgram);
  addObjdump(program);
  addInspect(program);
  addPrecompile(program);
  addCache(program);
  return program;
}

/** Runs the command line; the result is the exit code. */
export async function main(argv: string[]): Promise<number> {
  const program = makeProgram();
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return ExitCode.USAGE;
    }
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (e) {
    // Commander has printed its message; help and version end with code 0.
    if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : ExitCode.USAGE;
    printError(e);
    return e instanceof UsageError ? ExitCode.USAGE : ExitCode.FAILURE;
  }
}
