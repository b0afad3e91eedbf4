/** `wamr-native run`: its options. What it does is in cli/run.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCompileFlags } from '../compile-options.js';
import { run } from '../run.js';

const HELP = `
FILE is a WebAssembly module (compiled first, or taken from the cache), an artefact, or the folder
of a compiled component. Everything after FILE goes to the guest.

The guest gets its arguments, the standard streams, and nothing else of this machine but what --env
and --dir give it. Its exit code becomes that of this command; a trap prints its message and the
wasm stack, and the exit code is 134.

Examples:
  wamr-native run app.wasm one two
  wamr-native run --dir . --dir /data::/in --env LANG=C --env HOME app.aot
  wamr-native run --invoke fac math.wasm 20          call an export; results are printed one a line
  wamr-native compile tool.component.wasm -o tool && wamr-native run tool`;

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('run a module, an artefact or a compiled component')
    .argument('<file>', 'module, artefact or folder')
    .argument('[args...]', 'arguments of the guest')
    .option(
      '--env <name=value>',
      'give the guest an environment variable; without =value, the one of this process',
      collectEnv,
    )
    .option('--dir <host::guest>', 'give the guest a folder; without ::guest, under the same name', collectDir)
    .option('--invoke <export>', 'call this function with ARGS instead of starting the program')
    .addOption(
      new Option('--engine <name>', "run a module in Node's own engine (v8) instead, to compare").choices([
        'wamr',
        'v8',
      ]),
    )
    .option('--no-cache', 'compile even if the cache has the module, and store nothing');
  addCompileFlags(command).addHelpText('after', HELP).passThroughOptions().action(run);
}

function collectEnv(text: string, all: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  if (name === '') throw new InvalidArgumentError('It must be NAME=VALUE or NAME.');
  const value = at < 0 ? process.env[name] : text.slice(at + 1);
  return value === undefined ? all : { ...all, [name]: value };
}

function collectDir(text: string, all: Record<string, string> = {}): Record<string, string> {
  const [host, guest = host, ...more] = text.split('::');
  if (host === '' || guest === '' || more.length > 0) throw new InvalidArgumentError('It must be HOST::GUEST or HOST.');
  if (!fs.statSync(host, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError(`${host} is no folder.`);
  return { ...all, [guest]: path.resolve(host) };
}
