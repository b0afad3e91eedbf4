/**
 * `wamr-native compile --bisect`: compiles again and again (cli/bisect.ts) and judges each artefact in a process of its
 * own, by a command that the user gives, or by what Node's own engine answers to the call of an export.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TRAPS } from '../abi/trap-codes.js';
import { compile, InternalError } from '../index.js';
import type { CompileOptions } from '../options.js';
import type { Disabled } from '../util/switches.js';
import { decodeModule } from '../wasm/module.js';
import { readNames } from '../wasm/names.js';
import { bisect, type Verdict } from './bisect.js';
import { ExitCode, UsageError } from './exit.js';
import type { Input } from './files.js';
import { note, print } from './output.js';

export interface BisectFlags {
  /** Shell command that ends with 0 if the artefact `{}` is good. */
  check?: string;
  /** Export to call with `args`. */
  invoke?: string;
  args: string[];
  /** Seconds after which a run counts as bad. */
  timeout: number;
}

/** Searches and reports; the result is the exit code: 0 if there was nothing to find, 1 otherwise. */
export async function runBisect(input: Input, options: CompileOptions, flags: BisectFlags): Promise<number> {
  if ((flags.check === undefined) === (flags.invoke === undefined))
    throw new UsageError('--bisect needs either --check COMMAND or --invoke EXPORT');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-bisect-'));
  try {
    const artefact = path.join(folder, 'candidate.aot');
    const judge = flags.check === undefined ? byOracle(input, flags) : byCommand(flags.check, flags.timeout);
    const given = options.disable ?? [];
    // A fault of the compiler can be looked for in the same way as a wrong answer.
    const compiles = async (disable: Disabled[]): Promise<boolean> => {
      try {
        fs.writeFileSync(artefact, await compile(input.bytes, { ...options, disable: [...given, ...disable] }));
        return true;
      } catch (e) {
        if (e instanceof InternalError) return false;
        throw e;
      }
    };
    const check = async (disable: Disabled[]): Promise<boolean> => {
      const good = (await compiles(disable)) && judge(artefact);
      note(`${good ? 'good' : 'bad '}  ${disable.length === 0 ? 'everything on' : `without ${disable.join(',')}`}`);
      return good;
    };
    const module = decodeModule(input.bytes);
    const verdict = await bisect(check, module.importedFuncs, module.funcTypes.length);
    report(verdict, input.path, (index) => readNames(module).functions.get(index));
    return verdict.kind === 'good' ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Judges by a shell command: `{}` is the artefact's path, which comes last where there is none. */
function byCommand(command: string, timeout: number): (artefact: string) => boolean {
  return (artefact) => {
    const quoted = `'${artefact.replaceAll("'", "'\\''")}'`;
    const text = command.includes('{}') ? command.replaceAll('{}', quoted) : `${command} ${quoted}`;
    const r = spawnSync('sh', ['-c', text], { stdio: 'ignore', timeout: timeout * 1000, killSignal: 'SIGKILL' });
    if (r.status === 126 || r.status === 127) throw new UsageError(`--check: the shell cannot run '${command}'`);
    return r.status === 0;
  };
}

/** How a call ended. */
interface Outcome {
  /** Exit code, signal and what was printed. */
  ended: string;
  /** The text of the trap, or ''. */
  trap: string;
}

/** Judges by the answer of Node's own engine to the same call: results, output, trap and exit code. */
function byOracle(input: Input, flags: BisectFlags): (artefact: string) => boolean {
  const call = (file: string, more: string[]): Outcome => {
    const args = [process.argv[1], 'run', '--invoke', flags.invoke!, ...more, file, ...flags.args];
    const r = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: flags.timeout * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 28,
    });
    // Wrong usage, not a wrong answer.
    if (r.status === ExitCode.USAGE) throw new UsageError(r.stderr.trim().replace(/^error: /, ''));
    return {
      ended: JSON.stringify([r.status, r.signal, r.stdout]),
      trap: /^trap: (.*)$/m.exec(r.stderr)?.[1] ?? '',
    };
  };
  const wanted = call(input.path, ['--engine', 'v8']);
  return (artefact) => {
    const got = call(artefact, []);
    // This engine prints the specification's words for traps, V8 its own.
    const sameTrap = got.trap === wanted.trap || TRAPS.some((row) => row.spec === got.trap && row.v8 === wanted.trap);
    return got.ended === wanted.ended && sameTrap;
  };
}

function report(verdict: Verdict, file: string, nameOf: (index: number) => string | undefined): void {
  if (verdict.kind === 'good') {
    print('The check passes with every optimisation: nothing to find.');
    return;
  }
  if (verdict.kind === 'not-an-optimisation') {
    print('The check fails without any optimisation too: the fault is in none of them.');
    return;
  }
  const { optimisation, others, functionIndex, alone } = verdict;
  print(`optimisation  ${optimisation}`);
  if (functionIndex !== null) {
    const name = nameOf(functionIndex);
    const note = alone ? '' : '  (the last of several functions that are needed)';
    print(`function      ${functionIndex}${name === undefined ? '' : ` ($${name})`}${note}`);
  }
  const disable = (...list: string[]): string => (list.length === 0 ? '' : ` --disable ${list.join(',')}`);
  const culprit = functionIndex === null ? optimisation : `${optimisation}@${functionIndex}`;
  const one = functionIndex === null ? '' : ` WAMR_FUNC=${functionIndex}`;
  print(`bad           wamr-native compile${disable(...others)} ${file}`);
  print(`good          wamr-native compile${disable(...others, culprit)} ${file}`);
  print(`dumps         WAMR_DUMP=all WAMR_DUMP_DIR=bad${one} wamr-native compile${disable(...others)} ${file}`);
}
