/** `wamr-native coverage`: which lines of WebAssembly a program has executed. */
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { coverage, toLcov } from '../../coverage/report.js';
import { note, print, table } from '../output.js';

const HELP = `
A program that runs with WAMR_COVERAGE=FOLDER counts what it executes of its modules (through this package, wamr-native
run or wamr-native/register) and leaves that in the folder when it ends; several programs may use one. This command makes
an lcov file of it: lines and functions of source files by the debug information (DWARF, source maps), where they are
below --root; other modules are printed, an operator a line, into files beside the lcov file. genhtml, editors and
services that show coverage read it.

Examples:
  WAMR_COVERAGE=counts wamr-native run app.wasm && wamr-native coverage counts
  WAMR_COVERAGE=counts node --import wamr-native/register app.mjs
  wamr-native coverage counts -o coverage/wasm.lcov --root src`;

interface Flags {
  output: string;
  maps?: string[];
  root: string;
}

export function addCoverage(program: Command): void {
  program
    .command('coverage')
    .description('make an lcov file of what programs have counted')
    .argument('<folder>', 'what WAMR_COVERAGE was')
    .option('-o, --output <file>', 'the file to write', 'coverage/wasm.lcov')
    .option('--root <folder>', 'where the sources are; paths in the file are relative to it', '.')
    .option('--maps <folder...>', 'where source maps of modules are')
    .addHelpText('after', HELP)
    .action(run);
}

function run(counted: string, { output, root, maps }: Flags): void {
  const listings = path.join(path.dirname(output), 'wasm');
  const report = coverage({ counted, root, listings, maps });
  fs.mkdirSync(path.dirname(output), { recursive: true });
  fs.writeFileSync(output, toLcov(report));
  const share = (values: number[]): string => `${values.filter((n) => n > 0).length} of ${values.length}`;
  const rows = [...report.files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { lines, functions }]) => [
      share([...lines.values()]),
      share([...functions.values()].map((f) => f.calls)),
      file,
    ]);
  print(table([['lines', 'functions', 'file'], ...rows], [0, 1]));
  if (report.elsewhere.size > 0) note(`${report.elsewhere.size} source files are not below ${root}: they are left out`);
}
