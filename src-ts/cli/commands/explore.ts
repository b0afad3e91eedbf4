/** `wamr-native explore`: a page with what the compiler makes of a module. */
import fs from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { readHeat } from '../../explore/heat.js';
import { explore } from '../../explore/listing.js';
import { explorePage } from '../../explore/page.js';
import { SourceFiles } from '../../explore/sources.js';
import { writeWhole } from '../compile.js';
import { compileOptions, type CompileFlags } from '../compile-flags.js';
import { addTargetFlags, positive } from '../compile-options.js';
import { UsageError } from '../exit.js';
import { coresOf } from '../cores.js';
import { inFile, readInput, stem } from '../files.js';
import { out, print, size } from '../output.js';

const HELP = `
Writes one HTML file that needs nothing else: the functions by size, or by cost with --profile, with a
search; of each its WebAssembly, its source (by DWARF, where the files are found), the optimised IR and
the machine code, side by side. The line under the pointer marks those of the other columns that belong
to it, a click keeps the marks. Places that may trap have a red edge, comparisons with the bounds of
memory a blue one; with --profile the hotter lines are redder.

Of a component all core modules are shown; of an artefact or the folder of a compiled component, which have
no wasm in them, the machine code and the source.

A profile is what \`profile -o\` writes: .json (time by operator), .prof (executions by block), or
.cpuprofile (time by function).

Examples:
  wamr-native explore app.wasm                           app.html beside app.wasm
  wamr-native profile -o app.json -- run app.wasm && wamr-native explore --profile app.json app.wasm
  wamr-native explore --sources ../src --top 2000 -o page.html app.wasm`;

/** Bytes of wasm whose code is shown: some 60 MB of data in the browser. */
const MAX_BYTES = 3_000_000;

interface Flags extends CompileFlags {
  output?: string;
  sources?: string;
  top: number;
}

export function addExplore(program: Command): void {
  const command = program
    .command('explore')
    .description('write a page: wasm, source, IR and machine code of functions side by side')
    .argument('<file>', 'WebAssembly module or component, its text, an artefact, or the folder of a compiled component')
    .option('-o, --output <file>', 'the page to write (default: FILE.html beside the file)')
    .option('--profile <file>', 'how hot functions and lines are')
    .option('--sources <folder>', 'where the files are that the debug information names (default: that of the module)')
    .addOption(new Option('--top <n>', 'functions whose code is in the page').default(1000).argParser(positive));
  addTargetFlags(command).addHelpText('after', HELP).action(run);
}

async function run(file: string, { output, sources, top, profile, ...flags }: Flags): Promise<void> {
  const input = await readInput(file);
  if (profile !== undefined && input.kind !== 'wasm')
    throw new UsageError('--profile goes with a core module: a profile is matched with the bodies of its functions');
  const folder = path.dirname(input.path);
  try {
    const explored = await explore(input.path, await coresOf(input), {
      compile: compileOptions(flags),
      heat: profile === undefined ? null : readHeat(fs.readFileSync(profile, 'utf8'), profile),
      sources: new SourceFiles(sources ?? folder),
      functions: top,
      bytes: MAX_BYTES,
    });
    const page = explorePage(explored);
    const target = output ?? path.join(folder, `${stem(input.path)}.html`);
    writeWhole(target, page);
    print(`${out.green('wrote')} ${target} (${size(page.length)})`);
    if (explored.overview.limit !== null) print(explored.overview.limit);
  } catch (e) {
    throw inFile(input.path, e);
  }
}
