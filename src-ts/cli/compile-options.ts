/** Options that every command which may compile has in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_TARGET, type TARGET_HERE, TARGETS } from '../aot/targets.js';
import { type Disabled, OPTIMISATIONS, parseDisabled } from '../util/switches.js';
import { BUILTIN_SETS } from '../wasm/compile-time-imports.js';
import { PROPOSALS, proposalNames, SUPPORTED_FEATURES } from '../wasm/proposals.js';

type Default = typeof DEFAULT_TARGET | typeof TARGET_HERE;

/**
 * Adds what says how code is made: --target, --bounds, --deterministic, --jobs, --disable, --without, --builtins,
 * --string-constants.
 */
export function addTargetFlags(command: Command, target: Default = DEFAULT_TARGET): Command {
  return command
    .addOption(
      new Option('--target <cpu>', 'CPU to generate code for')
        .choices([...Object.keys(TARGETS), 'native'])
        .default(target),
    )
    .addOption(
      new Option(
        '--bounds <how>',
        'bound memory accesses by guard pages (default; not of shared memories for aarch64) or by compare instructions',
      ).choices(['guard', 'explicit']),
    )
    .option('--deterministic', 'the same results on every machine: canonical NaNs, strict relaxed SIMD')
    .addOption(
      new Option('-j, --jobs <n>', 'worker threads that compile (default: by the size of the code)').argParser(
        positive,
      ),
    )
    .addOption(
      new Option(
        '--disable <names>',
        `optimisations to leave out, NAME or NAME@FUNCTIONS (7, 7-20): ${Object.keys(OPTIMISATIONS).join(', ')}`,
      ).argParser(disabledList),
    )
    .addOption(proposalsFlag())
    .addOption(builtinsFlag())
    .addOption(stringConstantsFlag());
}

/** The same, and --profile, --debug-info, --count and --coverage. */
export function addCompileFlags(command: Command, target: Default = DEFAULT_TARGET): Command {
  return addTargetFlags(command, target)
    .option('--profile <file>', 'compile by the block counts of an earlier run (`profile --count -o app.prof`)')
    .option('--debug-info', 'keep tables for profilers in the artefact')
    .option('--count', 'instrument the code: count executions, for `profile --count`')
    .option('--coverage', 'instrument the code: count executions, for `coverage`');
}

/** The flag --without. */
export function proposalsFlag(): Option {
  return new Option(
    '--without <names>',
    `proposals beyond WebAssembly 2.0 to refuse: ${proposalNames(SUPPORTED_FEATURES).join(', ')}`,
  ).argParser(
    listOf(
      'proposal',
      PROPOSALS.map((p) => p.name),
    ),
  );
}

/** The flag --builtins. */
export function builtinsFlag(): Option {
  return new Option(
    '--builtins <names>',
    `sets of functions that the module may import ready-made: ${BUILTIN_SETS.join(', ')}`,
  ).argParser(listOf('set of builtins', BUILTIN_SETS));
}

/** The flag --string-constants. */
export const stringConstantsFlag = (): Option =>
  new Option('--string-constants <module>', 'imports from this module name are strings: their own names');

/** Argument parser: optimisations, separated by commas, each with `@from-to` for some functions only. */
function disabledList(text: string): Disabled[] {
  listOf('optimisation', Object.keys(OPTIMISATIONS))(text.replaceAll(/@[^,]*/g, ''));
  try {
    text.split(',').forEach(parseDisabled);
  } catch (e) {
    throw new InvalidArgumentError((e as Error).message);
  }
  return text.split(',') as Disabled[];
}

/** Argument parser: names out of `known`, separated by commas. */
function listOf(what: string, known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const list = text.split(',');
    const unknown = list.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${what} '${unknown}'.`);
    return list;
  };
}

/** Argument parser: a whole number from 1. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
}
