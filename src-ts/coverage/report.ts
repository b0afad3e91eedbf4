/**
 * Coverage as lcov tells it (the format of geninfo(1)): lines and functions of sources by a module's debug information,
 * else of the module itself, printed into a file.
 */
import fs from 'node:fs';
import path from 'node:path';
import { type SourceLookup, sourceLookup, writeCustomSections } from '../aot/custom-sections.js';
import type { SourceFrame } from '../dwarf/index.js';
import { SourceFiles } from '../explore/sources.js';
import { listBody } from '../explore/wat.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { decodeModule } from '../wasm/module.js';
import { readNames } from '../wasm/names.js';
import { ExternKind } from '../wasm/types.js';
import { type CountedModule, readCounted } from './counted.js';
import { executionsOf } from './executions.js';

export interface ReportOptions {
  /** What recorder.ts has left. */
  counted: string;
  /** Sources are files below this folder, which paths in the report are relative to. */
  root: string;
  /** Folder for modules that have no such sources. */
  listings: string;
  /** Folders where source maps of modules are, beside the root. */
  maps?: readonly string[];
}

/** What is reported of a file. */
export class FileCoverage {
  /** Executions by line. */
  readonly lines = new Map<number, number>();
  /** By name: where they begin, and how often they were called. */
  readonly functions = new Map<string, { line: number; calls: number }>();

  addLine(line: number, executions: number): void {
    this.lines.set(line, (this.lines.get(line) ?? 0) + executions);
  }

  addFunction(name: string, line: number, calls: number): void {
    const known = this.functions.get(name);
    if (known === undefined) this.functions.set(name, { line, calls });
    else known.calls += calls;
  }
}

export interface Report {
  /** By path, relative to the root. */
  files: Map<string, FileCoverage>;
  /** Sources that debug information names and that are not below the root. */
  elsewhere: Set<string>;
}

/**
 * Reads what was counted; writes listings where they are needed.
 * @throws ProfileError where nothing was counted
 */
export function coverage(options: ReportOptions): Report {
  const report: Report = { files: new Map(), elsewhere: new Set() };
  const sources = new SourceFiles(options.root);
  for (const module of readCounted(options.counted)) new ModuleCoverage(module, sources, report, options).add();
  return report;
}

/** The report as text. */
export function toLcov({ files }: Report): string {
  const lines: string[] = [];
  for (const [file, { functions, lines: executed }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const calls = [...functions];
    lines.push('TN:', `SF:${file}`);
    for (const [name, { line }] of calls) lines.push(`FN:${line},${name}`);
    for (const [name, f] of calls) lines.push(`FNDA:${f.calls},${name}`);
    lines.push(`FNF:${calls.length}`, `FNH:${calls.filter(([, f]) => f.calls > 0).length}`);
    const rows = [...executed].sort(([a], [b]) => a - b);
    for (const [line, n] of rows) lines.push(`DA:${line},${n}`);
    lines.push(`LF:${rows.length}`, `LH:${rows.filter(([, n]) => n > 0).length}`, 'end_of_record');
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Adds what was counted of one module. */
class ModuleCoverage {
  private readonly m: WasmModule;
  private readonly names: string[] = [];
  private readonly moduleName: string | null;
  private readonly lookup: SourceLookup | null;
  /** By what debug information says. */
  private readonly files = new Map<string, FileCoverage | null>();

  constructor(
    private readonly counted: CountedModule,
    private readonly sources: SourceFiles,
    private readonly report: Report,
    private readonly options: ReportOptions,
  ) {
    const m = decodeModule(counted.bytes);
    const { module, functions } = readNames(m);
    this.m = m;
    this.moduleName = module;
    for (const e of m.exports) if (e.kind === ExternKind.FUNC) this.names[e.index] ??= e.name;
    for (let f = 0; f < m.funcTypes.length; f++)
      this.names[f] = oneLine(functions.get(f) ?? this.names[f] ?? `function[${f}]`);
    this.lookup = sourceLookup(writeCustomSections(m), m.codeStart, [...(options.maps ?? []), options.root]);
  }

  add(): void {
    let inSources = false;
    if (this.lookup !== null)
      for (let d = 0; d < this.m.bodyStart.length; d++) if (this.addSources(d, this.lookup)) inSources = true;
    if (!inSources) this.addListing();
  }

  /** Adds the source lines of a function; whether there are any. */
  private addSources(d: number, lookup: SourceLookup): boolean {
    /** By inlined call and line: the most executions of an operator. */
    const lines = new Map<string, { file: FileCoverage; line: number; executions: number }>();
    let begins = true;
    for (const [pos, executions] of executionsOf(this.m, d, this.counted.places)) {
      const frames = lookup(pos);
      let calls = '';
      // The outermost first, so that what is inlined twice is told apart by its calls.
      for (let k = frames.length - 1; k >= 0; k--) {
        const { file: name, line } = frames[k];
        const file = line === 0 ? null : this.fileOf(frames[k]);
        const key = `${calls}${name}:${line}`;
        calls = `${key}:${frames[k].column} `;
        if (file === null) continue;
        if (begins && k === frames.length - 1) file.addFunction(this.names[this.m.importedFuncs + d], line, executions);
        begins = false;
        const known = lines.get(key);
        if (known === undefined) lines.set(key, { file, line, executions });
        else known.executions = Math.max(known.executions, executions);
      }
    }
    for (const { file, line, executions } of lines.values()) file.addLine(line, executions);
    return lines.size > 0;
  }

  /** Of the file that a frame is in; null where that is not below the root. */
  private fileOf({ file }: SourceFrame): FileCoverage | null {
    let found = this.files.get(file);
    if (found === undefined) {
      const real = this.sources.find(file);
      if (real === null) this.report.elsewhere.add(file);
      found = real === null ? null : this.coverageOf(real);
      this.files.set(file, found);
    }
    return found;
  }

  private coverageOf(file: string): FileCoverage {
    const name = path.relative(this.sources.root, file).split(path.sep).join('/');
    let found = this.report.files.get(name);
    if (found === undefined) this.report.files.set(name, (found = new FileCoverage()));
    return found;
  }

  /** Prints the module, an operator a line. */
  private addListing(): void {
    const { m, names, counted } = this;
    const title = (this.moduleName ?? 'module').replaceAll(/[^\w.-]+/g, '-');
    const { listings } = this.options;
    fs.mkdirSync(listings, { recursive: true });
    const file = path.join(fs.realpathSync(listings), `${title}-${counted.key.slice(0, 8)}.wat`);
    const lines = [';; Printed by wamr-native for coverage: one operator a line; not a text that can be assembled.'];
    const found = this.coverageOf(file);
    for (let d = 0; d < m.bodyStart.length; d++) {
      const executions = executionsOf(m, d, counted.places);
      const [first = 0] = executions.values();
      const index = m.importedFuncs + d;
      found.addFunction(names[index], lines.push(`(func $${names[index]} (;${index};)`), first);
      for (const { pos, depth, text } of listBody(m, d, (func) => `$${names[func]}`)) {
        const line = lines.push(`${'  '.repeat(depth + 1)}${text}`);
        const n = executions.get(pos);
        if (n !== undefined) found.addLine(line, n);
      }
    }
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
  }
}

const oneLine = (name: string): string => name.replaceAll(/[\r\n]+/g, ' ');
