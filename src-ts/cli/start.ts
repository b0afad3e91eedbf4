#!/usr/bin/env node
/**
 * Where the command line `wamr-native` starts. `run FILE …` or `FILE …` without options goes straight to running,
 * `compile FILE -o OUT` to compiling; everything else is parsed by main.ts, whose modules take longer to load than most
 * programs to run. Each of the three is a bundle of its own. Exit codes: the guest's own, 134 after a trap, 1 for other failures, 2 for wrong usage.
 */
import fs from 'node:fs';
import { addonHere } from '../addon.js';
import { TARGETS } from '../aot/targets.js';
import { CodeCache } from '../cache/code-cache.js';
import { ReadAhead } from '../component/read-ahead.js';
import { packageFile } from '../util/package-files.js';
import { ExitCode, exitCodeOf } from './exit.js';
import { errorText } from './system-errors.js';

async function start(argv: string[]): Promise<number> {
  const act = plainRun(argv) ?? plainCompile(argv);
  if (act === null) return (await import('./main.js')).main(argv);
  try {
    await act();
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (e) {
    (await import('./output.js')).printError(e);
    return exitCodeOf(e);
  }
}

/** What `run FILE …` and `FILE …` do, or null. */
function plainRun(argv: string[]): (() => Promise<void>) | null {
  const [file, ...args] = argv[0] === 'run' ? argv.slice(1) : argv;
  // No command has a dot or a slash in its name.
  const isFile =
    file !== undefined && (file === '-' || (!file.startsWith('-') && (argv[0] === 'run' || /[./]/.test(file))));
  return isFile ? async () => (await loadRun(file))(args) : null;
}

/** Loads what runs a program, which other threads read meanwhile, by V8's code of the bundles. */
async function loadRun(file: string): Promise<(args: string[]) => Promise<void>> {
  const native = addonHere();
  if (native === null) {
    const { run } = await import('./run.js');
    return (args) => run(file, args, { cache: true });
  }
  const ahead = new ReadAhead(native, file);
  const codes = new CodeCache(native);
  const { internals } = codes.require(packageFile('index.js')) as typeof import('../index.js');
  internals.useBinding(native);
  const { run, storeCode } = codes.require(packageFile('cli-run.js')) as typeof import('./run.js');
  codes.store = storeCode;
  return (args) => run(file, args, { cache: true, started: { ahead, codes } });
}

/** What `compile FILE [-o OUT] [--target CPU]` does, or null. */
function plainCompile(argv: string[]): (() => Promise<void>) | null {
  const [command, ...rest] = argv;
  // The text after an option; '': there is none.
  const take = (option: string): string | undefined => {
    const at = rest.indexOf(option);
    return at < 0 ? undefined : (rest.splice(at, 2)[1] ?? '');
  };
  const named = (text: string): boolean => text === '-' || (text !== '' && !text.startsWith('-'));
  if (command !== 'compile') return null;
  const output = take('-o');
  const target = take('--target') as keyof typeof TARGETS | undefined;
  if (rest.length !== 1 || ![rest[0], output ?? '-'].every(named)) return null;
  if (target !== undefined && !Object.hasOwn(TARGETS, target)) return null;
  return async () => {
    await (await import('./compile.js')).compileFile(rest[0], { output, target });
  };
}

// A reader that went away (`wamr-native objdump … | head`) is no failure worth a message; a full disk is one, in words.
// Streams are only made when they are used.
for (const name of ['stdout', 'stderr'] as const) {
  const stream = Object.getOwnPropertyDescriptor(process, name)!;
  Object.defineProperty(process, name, {
    ...stream,
    get() {
      const made = stream.get!.call(process) as NodeJS.WriteStream;
      Object.defineProperty(process, name, stream);
      made.on('error', (e: NodeJS.ErrnoException) => {
        if (e.code === 'EPIPE') process.exit(0);
        if (name === 'stdout') fs.writeSync(2, `error: standard output: ${errorText(e)}\n`);
        process.exit(ExitCode.FAILURE);
      });
      return made;
    },
  });
}

void start(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
