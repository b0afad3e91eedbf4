/** `wamr-native validate`: whether modules are what the compiler accepts, and which proposals they use. */
import type { Command } from 'commander';
import { CompileError, internals } from '../../index.js';
import { type CompileFlags, compileOptions } from '../compile-flags.js';
import { builtinsFlag, proposalsFlag, stringConstantsFlag } from '../compile-options.js';
import { ExitCode } from '../exit.js';
import { coresOf } from '../cores.js';
import { expectKind, readInput } from '../files.js';
import { note, out, print } from '../output.js';

const HELP = `
Says of each file whether it is a module that this compiler accepts, and which proposals beyond
WebAssembly 2.0 it uses; of a component, each of its core modules. The exit code is 1 if one is not.

Examples:
  wamr-native validate app.wasm
  wamr-native validate --without gc,threads *.wasm`;

export function addValidate(program: Command): void {
  program
    .command('validate')
    .description('check modules without compiling them')
    .argument('<files...>', 'WebAssembly modules or components, or their text')
    .addOption(proposalsFlag())
    .addOption(builtinsFlag())
    .addOption(stringConstantsFlag())
    .addHelpText('after', HELP)
    .action(validate);
}

async function validate(files: string[], flags: CompileFlags): Promise<void> {
  const { features, builtins, importedStringConstants } = compileOptions(flags);
  for (const file of files) {
    const input = expectKind(await readInput(file), 'validate', 'wasm', 'component');
    for (const core of await coresOf(input)) {
      try {
        const used = internals.check(core.bytes, { features, builtins, importedStringConstants });
        print(`${core.file}: ${out.green('valid')}${used.length === 0 ? '' : `, uses ${used.join(', ')}`}`);
      } catch (e) {
        if (!(e instanceof CompileError)) throw e;
        note(`${core.file}: ${e.message}`);
        process.exitCode = ExitCode.FAILURE;
      }
    }
  }
}
