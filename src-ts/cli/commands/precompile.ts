/** `wamr-native precompile`: fills the cache for `wamr-native/register` ahead, as in a build of a container image. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { binding } from '../../addon.js';
import { Folder } from '../../cache/folder.js';
import { cacheDir } from '../../cache/place.js';
import { compileIfMissing, compileWanted, type Outcome } from '../../register/compile-wanted.js';
import { done, hasWanted, lockCompiler, takeWanted } from '../../register/requests.js';
import { ExitCode, UsageError } from '../exit.js';
import { isComponent } from '../../component/bundle.js';
import { count, out, print } from '../output.js';
import { errorText } from '../system-errors.js';

const HELP = `
Compiles every .wasm file below the folder (default: node_modules) for this machine, so that programs run under
\`node --import wamr-native/register\` find them from their first start on. Packages that carry their modules in
JavaScript (as base64) are found by running a program once: with a command behind --, it is run under register, and
the modules that it compiles are compiled afterwards. The folder of the cache is WAMR_CACHE_DIR, else
$XDG_CACHE_HOME/wamr-native, else ~/.cache/wamr-native.

Examples:
  wamr-native precompile
  wamr-native precompile node_modules/@swc
  wamr-native precompile -- node app.mjs --once`;

export function addPrecompile(program: Command): void {
  program
    .command('precompile')
    .description('compile the modules of a folder, or of a program, for wamr-native/register')
    .argument('[folder-or-command...]', 'folder, or -- and a command with its arguments')
    .addHelpText('after', HELP)
    .action(precompile);
}

/** Outcomes by kind, for the last line. */
class Tally {
  compiled = 0;
  there = 0;
  refused = 0;

  note(what: string, outcome: Outcome): void {
    if (typeof outcome === 'object') {
      this.refused++;
      print(`${out.red('left to V8')} ${what}: ${outcome.refused}`);
    } else {
      this[outcome]++;
      if (outcome === 'compiled') print(`${out.green('compiled')} ${what}`);
    }
  }
}

async function precompile(words: string[]): Promise<void> {
  if (cacheDir() === null)
    throw new UsageError('there is no home folder: set WAMR_CACHE_DIR to the folder of the cache');
  // Commander drops the --, behind which a command stands.
  const isCommand = process.argv.includes('--') && process.argv[process.argv.indexOf('--') + 1] === words[0];
  if (!isCommand && words.length > 1) throw new UsageError('one folder, or -- and a command');
  if (!isCommand && words.length === 1 && !fs.statSync(words[0]).isDirectory())
    throw new UsageError(`${words[0]} is no folder: precompile takes one, or -- and a command`);
  const tally = new Tally();
  if (isCommand) await compileProgram(words, tally);
  else compileFolder(words[0] ?? 'node_modules', tally);
  print(`${count(tally.compiled)} compiled, ${count(tally.there)} there already, ${count(tally.refused)} left to V8`);
}

function compileFolder(folder: string, tally: Tally): void {
  const seen = new Set<string>();
  for (const file of wasmFiles(folder, seen)) {
    const bytes = new Uint8Array(fs.readFileSync(file));
    const isModule = bytes.length >= 8 && Buffer.from(bytes.buffer, 0, 4).equals(Buffer.from('\0asm'));
    if (isModule && !isComponent(bytes)) tally.note(path.relative('.', file), compileIfMissing(bytes));
  }
}

/** The .wasm files below a folder; a folder that several links lead to once. */
function* wasmFiles(folder: string, seen: Set<string>): Generator<string> {
  const real = fs.realpathSync(folder);
  if (seen.has(real)) return;
  seen.add(real);
  for (const entry of fs.readdirSync(real, { withFileTypes: true })) {
    const file = path.join(real, entry.name);
    const stat = entry.isSymbolicLink() ? fs.statSync(file, { throwIfNoEntry: false }) : entry;
    if (stat?.isDirectory()) yield* wasmFiles(file, seen);
    else if (stat?.isFile() && entry.name.endsWith('.wasm')) yield file;
  }
}

/** Runs a command under `register`, which notes what it compiles, and compiles that. */
async function compileProgram([command, ...args]: string[], tally: Tally): Promise<void> {
  const register = path.join(__dirname, 'register.js');
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      WAMR_REGISTER: 'record',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(register)}`,
    },
  });
  if (error) throw new Error(`${command} cannot be started: ${errorText(error)}`, { cause: error });
  if (status !== 0) {
    print(`${command} ended with exit code ${status}; what it compiled until then is compiled`);
    process.exitCode = ExitCode.FAILURE;
  }
  const folder = Folder.open();
  if (folder === null) return;
  let lock = -1;
  // A background compiler that is at work has the lock, and takes what was noted as well.
  while ((lock = lockCompiler(binding(), folder)) < 0 && hasWanted(folder)) await sleep(100);
  for (let wanted = takeWanted(folder); lock >= 0 && wanted !== null; wanted = takeWanted(folder)) {
    tally.note(`a module of ${count(wanted.source.wasm.length)} bytes`, compileWanted(wanted));
    done(folder, wanted);
  }
  if (lock >= 0) fs.closeSync(lock);
  folder.close();
}
