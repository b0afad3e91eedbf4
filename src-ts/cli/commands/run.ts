/** `wamr-native run`: its options. What it does is in cli/run.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MAX_STACK } from '../../abi/objects.js';
import { TARGET_HERE } from '../../aot/targets.js';
import { addCompileFlags } from '../compile-options.js';
import { jsHeapFlag } from '../js-heap-flag.js';
import { parseSize, parseTime } from '../quantities.js';
import { run, type RunFlags } from '../run.js';

const HELP = `
FILE is a WebAssembly module or component (compiled first, or taken from the cache), its text, an
artefact, the folder of a compiled component, or - for standard input. Everything after FILE goes
to the guest. \`run\` may be left out: wamr-native app.wasm.

The guest gets its arguments, the standard streams, and nothing else of this machine but what --env
and --dir give it. Its exit code becomes that of this command; a trap prints its message and the
wasm stack, and the exit code is 134. A program that is past its --timeout in a host function (it
sleeps, or waits for input) ends by SIGTERM.

Examples:
  wamr-native run app.wasm one two
  wamr-native run --dir . --dir /data::/in::ro --env LANG=C --env HOME app.aot
  wamr-native run --threads workers.wasm             a program compiled for wasm32-wasip1-threads
  wamr-native run --timeout 2s --max-memory 256MB --stack-size 8MB untrusted.wasm
  wamr-native run --invoke fac math.wasm 20          call an export; results are printed one a line
  wamr-native run --invoke 'greet({name: "Ann"})' greeter.component.wasm
  wamr-native run --preload env=library.wasm app.wasm
  wamr-native run tool.component.wasm --help`;

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('run a module, component or artefact')
    .argument('<file>', 'module, component, text, artefact, folder of a compiled component, or -')
    .argument('[args...]', 'arguments of the guest')
    .option(
      '--env <name=value>',
      "give the guest an environment variable; without =value, this process's; `inherit`: all of this process",
      collectEnv,
    )
    .option(
      '--dir <host::guest::ro>',
      'give the guest a folder; without ::guest, under the same name; ::ro to read only',
      collectDir,
    )
    .option('--coredump <file>', 'if the program traps, write its stack, memories and globals (wasm coredump)')
    .option('--argv0 <name>', "the program's name as the guest sees it (default: the file's)")
    .option('--network', 'a component may use sockets, look up names and send HTTP requests')
    .option('--outgoing', 'a component may send HTTP requests')
    .option(
      '--invoke <export>',
      "call this function with ARGS instead of starting the program; of a component with its arguments: 'add(1, 2)'",
    )
    .option('--threads', 'a module compiled for wasi-threads may start threads')
    .addOption(
      new Option('--max-threads <n>', 'so many threads at a time, the first one included (default: 128)').argParser(
        parseThreads,
      ),
    )
    .option('--preload <name=file>', 'the exports of this module are imports called NAME (repeatable)', collectPreload)
    .addOption(
      new Option(
        '--unknown-imports <how>',
        'functions that nobody gives end the program when called (trap) or return zeros (zero)',
      ).choices(['trap', 'zero']),
    )
    .addOption(new Option('--timeout <time>', 'interrupt the guest after 500ms, 2s, 1m').argParser(parseTime))
    .addOption(new Option('--max-memory <size>', 'a memory grows to 256MB, say, and no further').argParser(parseSize))
    .addOption(jsHeapFlag())
    .addOption(new Option('--stack-size <size>', 'stack of wasm, such as 8MB (default: 64 MiB)').argParser(parseStack))
    .addOption(
      new Option('--engine <name>', "run a module in Node's own engine (v8) instead, to compare").choices([
        'wamr',
        'v8',
      ]),
    )
    .option('--no-cache', 'compile even if the cache has the module, and store nothing');
  addCompileFlags(command, TARGET_HERE).addHelpText('after', HELP).passThroughOptions().action(run);
}

function parseThreads(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('It must be a number of threads.');
  return n;
}

function parseStack(text: string): number {
  const bytes = parseSize(text);
  if (bytes === 0 || bytes > MAX_STACK) throw new InvalidArgumentError('It must be between 1 byte and 1 GiB.');
  return bytes;
}

/** Stands for all variables of this process. */
const INHERIT = 'inherit';

/** Argument parser of --env, which may be repeated. */
export function collectEnv(text: string, all: Record<string, string> = {}): Record<string, string> {
  if (text === INHERIT) return { ...(process.env as Record<string, string>), ...all };
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '') throw new InvalidArgumentError('It must be NAME=VALUE, NAME or inherit.');
  const value = at < 0 ? process.env[name] : text.slice(at + 1);
  return value === undefined ? all : { ...all, [name]: value };
}

type Dirs = NonNullable<RunFlags['dir']>;

/** Argument parser of --dir, which may be repeated. */
export function collectDir(text: string, all: Dirs = {}): Dirs {
  const parts = text.split('::');
  const readOnly = parts.length > 1 && parts.at(-1) === 'ro';
  if (readOnly) parts.pop();
  const [host, guest = host, ...more] = parts;
  if (host === '' || guest === '' || more.length > 0)
    throw new InvalidArgumentError('It must be HOST, HOST::GUEST, HOST::ro or HOST::GUEST::ro.');
  if (!fs.statSync(host, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError(`${host} is no folder.`);
  return { ...all, [guest]: { path: path.resolve(host), readOnly } };
}

function collectPreload(text: string, all: Record<string, string> = {}): Record<string, string> {
  const [, name, file] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be NAME=FILE.');
  return { ...all, [name]: file };
}
