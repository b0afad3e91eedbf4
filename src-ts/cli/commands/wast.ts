/** `wamr-native wast`: runs specification scripts. */
import fs from 'node:fs';
import type { Command } from 'commander';
import { runScript } from '../../wast/run.js';
import { Lines, ScriptError } from '../../wast/s-expressions.js';
import { type CompileFlags, compileOptions } from '../compile-flags.js';
import { addCompileFlags } from '../compile-options.js';
import { ExitCode } from '../exit.js';
import { count, note, out, print } from '../output.js';
import { assemblerFor } from '../wat.js';

const HELP = `
Scripts are those of the specification's test suite: modules, calls of their exports, and assertions
(assert_return, assert_trap, assert_invalid, …). Every failure is told with its line; the exit code
is 1 if there was one. Traps must have the specification's text; of the errors of malformed, invalid
and unlinkable modules only the kind is compared. Scripts of components and threads are not known.

Modules are assembled by the wasm-tools of jco: npm install @bytecodealliance/jco-transpile

Examples:
  wamr-native wast i32.wast
  wamr-native wast --bounds explicit memory*.wast`;

export function addWast(program: Command): void {
  const command = program
    .command('wast')
    .description('run specification scripts')
    .argument('<files...>', 'scripts (.wast), or -');
  addCompileFlags(command).addHelpText('after', HELP).action(wast);
}

async function wast(files: string[], flags: CompileFlags): Promise<void> {
  for (const file of files) {
    const source = readText(file);
    const assemble = await assemblerFor(file);
    try {
      const { passed, failures } = await runScript(source, assemble, compileOptions(flags));
      for (const { line, what } of failures) note(`${file}:${line}: ${what}`);
      const failed = failures.length === 0 ? '' : `, ${out.red(`${count(failures.length)} failed`)}`;
      print(`${file}: ${count(passed)} commands passed${failed}`);
      if (failures.length > 0) process.exitCode = ExitCode.FAILURE;
    } catch (e) {
      if (!(e instanceof ScriptError)) throw e;
      note(`${file}:${new Lines(source).at(e.at)}: ${e.message}`);
      process.exitCode = ExitCode.FAILURE;
    }
  }
}

/** `-` is standard input. */
function readText(file: string): string {
  if (file === '-') return fs.readFileSync(0, 'utf8');
  if (fs.statSync(file).isDirectory()) throw new Error(`${file} is a folder; \`wast\` takes scripts`);
  return fs.readFileSync(file, 'utf8');
}
