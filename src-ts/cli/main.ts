/**
 * The command line `wamr-native`. One file per command in commands/; results go to stdout, everything else to stderr.
 */
import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import { addCache } from './commands/cache.js';
import { addCompile } from './commands/compile.js';
import { addCompletion } from './commands/completion.js';
import { addCoverage } from './commands/coverage.js';
import { addExplore } from './commands/explore.js';
import { addInspect } from './commands/inspect.js';
import { addObjdump } from './commands/objdump.js';
import { addPrecompile } from './commands/precompile.js';
import { addProfile } from './commands/profile.js';
import { addRun } from './commands/run.js';
import { addServe } from './commands/serve.js';
import { addSettings } from './commands/settings.js';
import { addValidate } from './commands/validate.js';
import { addWast } from './commands/wast.js';
import { ExitCode, exitCodeOf, UsageError } from './exit.js';
import { printError } from './output.js';

const EXAMPLES = `
Examples:
  wamr-native compile app.wasm                     compile ahead of time to app.aot
  wamr-native run app.aot one two                  run a WASI command with two arguments
  wamr-native run --dir .::/work app.wasm          compile (or take from the cache) and run, with this folder as /work
  wamr-native run --invoke add math.wasm 2 3       call an exported function
  wamr-native app.wasm                             \`run\` may be left out
  wamr-native tool.component.wasm --help           run a component
  wamr-native compile tool.component.wasm -o tool  compile it to the folder tool, which \`run\` takes too
  wamr-native objdump app.aot --function main      read the machine code of one function

\`wamr-native help COMMAND\` explains a command.`;

function makeProgram(): Command {
  const program = new Command('wamr-native')
    .description('Compiles WebAssembly ahead of time to machine code and runs it.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    // Options after the file belong to the guest.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false });
  addCompile(program);
  addRun(program);
  addServe(program);
  addProfile(program, makeProgram);
  addCoverage(program);
  addObjdump(program);
  addExplore(program);
  addInspect(program);
  addValidate(program);
  addWast(program);
  addPrecompile(program);
  addCache(program);
  addSettings(program);
  addCompletion(program);
  addHelp(program);
  return program;
}

/** `help COMMAND`, also of a command below another: `help cache ls`. */
function addHelp(program: Command): void {
  program
    .command('help')
    .description('explain a command')
    .argument('[command...]')
    .action((names: string[]) => {
      let command: Command = program;
      for (const name of names) {
        const inner = command.commands.find((c) => c.name() === name);
        if (inner === undefined) throw new UsageError(`there is no command '${names.join(' ')}'`);
        command = inner;
      }
      command.outputHelp();
    });
}

/** Options of the program itself. */
const OWN = ['-h', '--help', '-V', '--version'];

/** `run` in front where it was left out: before a file, or before options that are not the program's. */
function withCommand(program: Command, argv: string[]): string[] {
  const [first] = argv;
  const named = first === 'help' || program.commands.some((c) => c.name() === first);
  const toRun = first.startsWith('-') ? !OWN.includes(first) : !named && fs.existsSync(first);
  return toRun ? ['run', ...argv] : argv;
}

/** Runs the command line; the result is the exit code. */
export async function main(argv: string[]): Promise<number> {
  const program = makeProgram();
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return ExitCode.USAGE;
    }
    await program.parseAsync(withCommand(program, argv), { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (e) {
    // Commander has printed its message; help and version end with code 0.
    if (e instanceof CommanderError) return e.exitCode === 0 ? 0 : ExitCode.USAGE;
    printError(e);
    return exitCodeOf(e);
  }
}
