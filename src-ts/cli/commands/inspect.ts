/** `wamr-native inspect`: what a module, an artefact or a compiled component holds. */
import path from 'node:path';
import type { Command } from 'commander';
import { Section } from '../../aot/format.js';
import { type Manifest, readManifest, readOr } from '../../component/bundle.js';
import { exportedFunctions } from '../../component/exports.js';
import { signature } from '../../component/wit.js';
import { importPeer } from '../../component/peers.js';
import { decodeModule } from '../../wasm/module.js';
import type { WasmModule } from '../../wasm/decoded-module.js';
import { architectureName } from '../../abi/architectures.js';
import { featureNames } from '../../aot/targets.js';
import { ArtefactView } from '../artefact.js';
import { describeExport, describeImport, type ModuleShape } from '../describe.js';
import { inFile, type Input, readInput } from '../files.js';
import { count, out, print, size, table } from '../output.js';

const HELP = `
Examples:
  wamr-native inspect app.aot            version, target, sections, imports and exports
  wamr-native inspect app.wasm           the same of a module that is not compiled yet
  wamr-native inspect --json app.aot     for programs`;

/** What is printed, as text or as JSON. */
interface Report {
  file: string;
  kind: string;
  facts: Record<string, string | number | string[]>;
  sections?: { name: string; offset: number; bytes: number }[];
  imports?: { name: string; what: string }[];
  exports?: { name: string; what: string }[];
  /** Of a component: what `run --invoke` can call. */
  functions?: { name: string; what: string }[];
  /** Of a component: its world and interfaces. */
  wit?: string;
}

const SECTION_NAMES: [Section, string][] = [
  [Section.META, 'meta'],
  [Section.CODE, 'code'],
  [Section.TRAPS, 'traps'],
  [Section.FUNCS, 'functions'],
  [Section.ELEMS, 'elements'],
  [Section.DATA, 'data'],
  [Section.IMAGE, 'memory image'],
  [Section.NAMES, 'names'],
  [Section.DEBUG, 'debug'],
];

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what a module, an artefact or a compiled component holds')
    .argument('<file>', 'artefact, WebAssembly module, or folder of a compiled component')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const report = await inspect(await readInput(file));
      if (json) print(JSON.stringify(report, null, 2));
      else printReport(report);
    });
}

async function inspect(input: Input): Promise<Report> {
  switch (input.kind) {
    case 'artefact':
      return inspectArtefact(input);
    case 'wasm':
      return inspectModule(input);
    case 'folder':
      return inspectFolder(input);
    case 'component':
      return inspectComponent(input);
  }
}

function inspectArtefact({ path: file, bytes }: Input): Report {
  const view = new ArtefactView(bytes, file);
  const { meta, needs, guardBytes, hash, section } = view.artefact;
  return {
    file,
    kind: 'artefact',
    facts: {
      bytes: bytes.length,
      'made by': `wamr-native ${meta.compiler}`,
      target: meta.target,
      machine: architectureName(needs.architecture),
      'CPU features needed': featureNames(needs),
      bounds:
        meta.bounds === 'guard'
          ? `guard pages (4 GiB and ${size(guardBytes)} of address space for each memory)`
          : 'explicit compares',
      deterministic: meta.deterministic ? 'yes' : 'no',
      module: meta.moduleName ?? '(no name)',
      'proposals used': meta.proposals,
      functions: view.functions.length,
      'SHA-256': hash,
    },
    sections: SECTION_NAMES.flatMap(([id, name]) => {
      const range = section(id);
      return range ? [{ name, offset: range.offset, bytes: range.size }] : [];
    }),
    ...externs(view.shape),
  };
}

function inspectModule({ path: file, bytes }: Input): Report {
  const m = decode(file, bytes);
  const codeBytes = m.bodyEnd.length === 0 ? 0 : m.bodyEnd[m.bodyEnd.length - 1] - m.bodyStart[0];
  return {
    file,
    kind: 'WebAssembly module',
    facts: {
      bytes: bytes.length,
      functions: m.bodyStart.length,
      'bytes of code': codeBytes,
      'data segments': m.datas.length,
      'element segments': m.elems.length,
      'start function': m.start < 0 ? 'none' : m.start,
    },
    ...externs({ ...m, funcTypeOf: (index) => m.types[m.funcTypes[index]] }),
  };
}

function decode(path: string, bytes: Uint8Array): WasmModule {
  try {
    return decodeModule(bytes);
  } catch (e) {
    throw inFile(path, e);
  }
}

async function inspectFolder({ path: file }: Input): Promise<Report> {
  const m = await readManifest(file);
  return {
    file,
    kind: 'compiled component',
    facts: {
      name: m.name,
      glue: m.glue,
      'core modules': Object.values(m.cores),
      imports: m.imports,
      exports: m.exports,
    },
    ...functionsOf(m.functions),
  };
}

/** The exported functions with their types, where those are known. */
function functionsOf(functions: Manifest['functions']): Pick<Report, 'functions'> {
  if (typeof functions === 'string') return {};
  return {
    functions: functions.map((f) => ({
      name: f.interface === null ? f.name : `${f.interface}#${f.name}`,
      what: signature(f),
    })),
  };
}

/** The world in WIT, where jco's tools are installed. */
async function inspectComponent({ path: file, bytes }: Input): Promise<Report> {
  const report: Report = {
    file,
    kind: 'WebAssembly component',
    facts: { bytes: bytes.length },
    ...functionsOf(readOr(bytes, exportedFunctions)),
  };
  try {
    const { componentWit } = await importPeer('@bytecodealliance/jco-transpile', {
      subpath: '/wasm-tools',
      folders: [path.dirname(file)],
      purpose: 'to see its interfaces install',
    });
    report.wit = String(await componentWit(bytes)).trimEnd();
  } catch (e) {
    report.facts.interfaces = (e as Error).message;
  }
  return report;
}

function externs(shape: ModuleShape): Pick<Report, 'imports' | 'exports'> {
  return {
    imports: shape.imports.map((i) => describeImport(shape, i)),
    exports: shape.exports.map((e) => describeExport(shape, e)),
  };
}

function printReport({ file, kind, facts, sections, imports, exports, functions, wit }: Report): void {
  print(`${out.bold(file)}: ${kind}`);
  const text = (v: string | number | string[]): string =>
    Array.isArray(v) ? v.join(', ') || 'none' : typeof v === 'number' ? count(v) : v;
  print(table(Object.entries(facts).map(([k, v]) => [k, text(v)])));
  if (sections)
    printList(
      'Sections',
      sections.map((s) => [s.name, `at 0x${s.offset.toString(16)}`, size(s.bytes)]),
    );
  if (imports)
    printList(
      `Imports (${count(imports.length)})`,
      imports.map((i) => [i.name, i.what]),
    );
  if (exports)
    printList(
      `Exports (${count(exports.length)})`,
      exports.map((e) => [e.name, e.what]),
    );
  if (functions)
    printList(
      `Functions (${count(functions.length)})`,
      functions.map((f) => [f.name, f.what]),
    );
  if (wit !== undefined) print(`\n${out.bold('Interfaces')}\n${wit}`);
}

function printList(title: string, rows: string[][]): void {
  print(`\n${out.bold(title)}`);
  if (rows.length > 0) print(table(rows));
}
