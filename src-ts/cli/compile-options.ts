/** Options that every command which may compile has in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_TARGET, TARGETS } from '../aot/targets.js';
import { OPTIMISATIONS } from '../util/switches.js';

/** Adds --target, --bounds, --jobs, --disable, --profile, --debug-info and --count. */
export function addCompileFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--target <cpu>', 'CPU to generate code for')
        .choices([...Object.keys(TARGETS), 'native'])
        .default(DEFAULT_TARGET),
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
        `optimisations to leave out, for measurements: ${Object.keys(OPTIMISATIONS).join(', ')}`,
      ).argParser(names),
    )
    .option('--profile <file>', 'compile by the block counts of an earlier run (`profile --count -o app.prof`)')
    .option('--debug-info', 'keep tables for profilers in the artefact')
    .option('--count', 'instrument the code: count executions, for `profile --count`');
}

/** Argument parser: names of optimisations, separated by commas. */
function names(text: string): string[] {
  const list = text.split(',');
  const unknown = list.find((name) => !(name in OPTIMISATIONS));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no optimisation '${unknown}'.`);
  return list;
}

/** Argument parser: a whole number from 1. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
}
