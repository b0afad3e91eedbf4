/** `wamr-native objdump`: the machine code of an artefact with what the tables know about it. */
import type { Command } from 'commander';
import { compile } from '../../index.js';
import { disassemblerFor } from '../../aot/disassembly.js';
import { UNKNOWN_OFFSET } from '../../abi/artefact.js';
import { ArtefactView, type FunctionRow, isCall, type Site, sitesByLine } from '../artefact.js';
import { funcType } from '../describe.js';
import { coresOf } from '../cores.js';
import { inFile, type Input, readInput } from '../files.js';
import { count, out, print, size, table } from '../output.js';

const HELP = `
Each line shows the offset in the code section, the instruction's bytes and its text (Intel syntax),
and for places that the artefact's tables know the offset in the wasm module (+0x…) and the trap that
is raised there. Needs the package iced-x86 (an optional dependency).

Examples:
  wamr-native objdump app.aot --function main        one function, by name, export or index
  wamr-native objdump app.aot --function 17
  wamr-native objdump app.aot --list                 functions with sizes, largest first
  wamr-native objdump app.wasm                       compiles first, writes nothing`;

interface Flags {
  function?: string[];
  list?: boolean;
  bytes: boolean;
}

export function addObjdump(program: Command): void {
  program
    .command('objdump')
    .description('disassemble an artefact, with wasm offsets, trap sites and names')
    .argument('<file>', 'artefact, WebAssembly module or component, or folder of a compiled component')
    .option('-f, --function <which...>', 'only these functions: index, name or export name')
    .option('-l, --list', 'list the functions instead')
    .option('--no-bytes', 'leave the bytes of instructions out')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(file: string, flags: Flags): Promise<void> {
  const input = await readInput(file);
  const views = await viewsOf(input);
  const missing = flags.function?.find((which) => !views.some(({ view }) => view.find(which)));
  if (missing !== undefined)
    throw new Error(`${file} has no function '${missing}' (\`wamr-native objdump --list ${file}\` lists them)`);
  for (const { name, view } of views) {
    if (views.length > 1) print(`\n${out.bold(name)}`);
    if (flags.list) listFunctions(view);
    else printFunctions(view, flags);
  }
}

/** The artefact, or those of a component's core modules. */
async function viewsOf(input: Input): Promise<{ name: string; view: ArtefactView }[]> {
  const views: { name: string; view: ArtefactView }[] = [];
  for (const { file, bytes, isArtefact } of await coresOf(input))
    views.push({ name: file, view: new ArtefactView(isArtefact ? bytes : await compileCore(file, bytes), file) });
  return views;
}

function printFunctions(view: ArtefactView, flags: Flags): void {
  const chosen = flags.function?.flatMap((which) => view.find(which) ?? []);
  const sites = view.readSites();
  const pads = view.readLandingPads();
  for (const f of chosen ?? view.functions) printFunction(view, f, sites, pads, flags.bytes);
}

async function compileCore(file: string, wasm: Uint8Array): Promise<Uint8Array> {
  try {
    return await compile(wasm);
  } catch (e) {
    throw inFile(file, e);
  }
}

function listFunctions({ functions, code }: ArtefactView): void {
  print(`${count(functions.length)} functions, ${size(code.length)} of code`);
  const rows = [...functions]
    .sort((a, b) => b.bytes - a.bytes)
    .map((f) => [`[${f.index}]`, count(f.bytes), `0x${f.offset.toString(16)}`, `${f.name ?? ''} ${funcType(f.type)}`]);
  print(table(rows, [0, 1, 2]));
}

function printFunction(
  view: ArtefactView,
  f: FunctionRow,
  sites: Site[],
  pads: ReadonlyMap<number, number>,
  withBytes: boolean,
): void {
  const { code, artefact } = view;
  print(
    `\n${out.bold(`${f.name ?? 'function'} [${f.index}]`)} ${funcType(f.type)}: ${count(f.bytes)} bytes, frame ${f.frameBytes}`,
  );
  const end = f.offset + f.bytes;
  const { disassembleLines } = disassemblerFor(artefact.needs.architecture);
  const landings = new Set(pads.values());
  const lines = disassembleLines(code.subarray(f.offset, end), f.offset);
  const own = sitesByLine(lines, f.offset, sites);
  for (const [k, line] of lines.entries()) {
    const pc = f.offset + line.offset;
    const next = pc + line.length;
    const notes: string[] = landings.has(pc) ? ['exceptions land here'] : [];
    const site = own[k];
    if (site !== null) notes.push(siteText(view, site));
    const pad = isCall(line.text) ? pads.get(next) : undefined;
    if (pad !== undefined) notes.push(`throws to ${pad.toString(16)}`);
    const bytes = withBytes ? ` ${Buffer.from(code.subarray(pc, next)).toString('hex').padEnd(22)}` : '';
    print(
      `${pc.toString(16).padStart(8)}${out.dim(bytes)}  ${notes.length === 0 ? line.text : `${line.text.padEnd(44)} ${out.cyan(`; ${notes.join('; ')}`)}`}`,
    );
  }
}

function siteText(view: ArtefactView, { wasmOffset, trap }: Site): string {
  const parts: string[] = [];
  if (wasmOffset !== UNKNOWN_OFFSET) {
    const source = view.sourceAt(wasmOffset);
    parts.push(`+0x${wasmOffset.toString(16)}`, ...(source === null ? [] : [source]));
  }
  if (trap !== null) parts.push(`trap: ${trap}`);
  return parts.join(' ');
}
