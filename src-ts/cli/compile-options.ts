/** Options that every command which may compile has in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Disabled, OPTIMISATIONS, parseDisabled } from '../util/switches.js';

/** Adds --target, --bounds, --jobs, --disable, --profile, --debug-info and --count. */
export function addCompileFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--target <cpu>', 'CPU to generate code for')
        .choices(['x86-64-v2', 'x86-64-v3', 'native'])
        .default('x86-64-v2'),
    )
    .addOption(
      new Option('--bounds <how>', 'bound memory accesses by guard pages or by compare instructions')
        .choices(['guard', 'explicit'])
        .default('guard'),
    )
    .addOption(
      new Option('-j, --jobs <n>', 'worker threads that compile (default: by the size of the code)').argParser(
        positive,
      ),
    )
    .addOption(
      new Option(
        '--disable <names>',
        `optimisations to leave out, NAME or NAME@FUNCTIONS (7, 7-20): ${Object.keys(OPTIMISATIONS).join(', ')}`,
      ).argParser(names),
    )
    .option('--profile <file>', 'compile by the block counts of an earlier run (`profile --count -o app.prof`)')
    .option('--debug-info', 'keep tables for profilers in the artefact')
    .option('--count', 'instrument the code: count executions, for `profile --count`');
}

/** Argument parser: names of optimisations, separated by commas, each with `@from-to` for some functions only. */
function names(text: string): Disabled[] {
  const list = text.split(',');
  for (const item of list)
    try {
      parseDisabled(item);
    } catch (e) {
      throw new InvalidArgumentError((e as Error).message);
    }
  return list as Disabled[];
}

/** Argument parser: a whole number from 1. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
}
