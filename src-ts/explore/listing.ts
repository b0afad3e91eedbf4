/** Collects what a page shows of modules: wat, source, IR and machine code of its functions, matched by wasm offset. */
import path from 'node:path';
import { UNKNOWN_OFFSET } from '../abi/artefact.js';
import { DebugInfo } from '../aot/debug-info.js';
import { disassemblerFor } from '../aot/disassembly.js';
import type { SourceLookup } from '../aot/custom-sections.js';
import { Section } from '../aot/format.js';
import { ArtefactView, type FunctionRow as CodeRow, type Site, sitesByLine } from '../cli/artefact.js';
import type { Core } from '../cli/cores.js';
import { funcType } from '../cli/describe.js';
import { CodeKind } from '../codegen/kinds.js';
import { compile, type CompileOptions, internals } from '../index.js';
import { runAt } from '../profile/attribute.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { decodeModule } from '../wasm/module.js';
import { ExternKind } from '../wasm/types.js';
import type { Detail, FunctionRow, Line, Overview } from './data.js';
import type { FunctionHeat, Heat } from './heat.js';
import type { SourceFiles } from './sources.js';
import { listBody } from './wat.js';

export interface ExploreOptions {
  compile: CompileOptions;
  heat: Heat | null;
  sources: SourceFiles;
  /** Functions whose details are shown: the hottest, or the largest, up to so many, and up to so many bytes of wasm. */
  functions: number;
  bytes: number;
}

export interface Explored {
  overview: Overview;
  details: Detail[];
}

/**
 * @param file the path of what is explored, beside which source maps are
 * @param parts artefacts among them have no wat and no IR to show
 * @throws CompileError when a module is refused
 */
export async function explore(file: string, parts: readonly Core[], options: ExploreOptions): Promise<Explored> {
  const compileOptions = { ...options.compile, debugInfo: true };
  const listers: Lister[] = [];
  for (const { name, bytes, isArtefact } of parts) {
    const view = new ArtefactView(isArtefact ? bytes : await compile(bytes, compileOptions), file);
    listers.push(new Lister(name, isArtefact ? null : decodeModule(bytes), view, options));
  }
  const rows = listers.flatMap((lister) => lister.rows());
  const chosen = choose(rows, options);
  chosen.forEach((row, k) => (row.detail = k));
  const details: Detail[] = [];
  for (const lister of listers) {
    const own = chosen.filter((row) => lister.owns(row));
    const indices = own.map((row) => row.index);
    const ir = lister.module === null ? null : internals.listIr(lister.module.bytes, compileOptions, indices);
    own.forEach((row, k) => {
      const lines = ir?.[k].map(({ text, offset }) => ({ text, offset })) ?? [];
      details[row.detail] = lister.detail(row.index, lines);
    });
  }
  const left = rows.length - chosen.length;
  const overview: Overview = {
    file: path.basename(file),
    wasmBytes: listers.reduce((sum, { module }) => sum + (module?.bytes.length ?? 0), 0),
    codeBytes: listers.reduce((sum, { view }) => sum + view.code.length, 0),
    target: [...new Set(listers.map(({ view }) => view.artefact.meta.target))].join(', '),
    unit: options.heat?.unit ?? null,
    functions: rows,
    limit:
      left === 0
        ? null
        : `${left} of ${rows.length} functions are in the list only: the page has the code of the ${options.heat === null ? 'largest' : 'hottest, then of the largest'} (explore --top)`,
  };
  return { overview, details };
}

/** The hottest first, then the largest. */
function choose(rows: readonly FunctionRow[], { functions, bytes }: ExploreOptions): FunctionRow[] {
  const order = [...rows].sort(
    (x, y) => y.cost - x.cost || y.wasmBytes - x.wasmBytes || y.codeBytes - x.codeBytes || x.index - y.index,
  );
  const chosen: FunctionRow[] = [];
  let sum = 0;
  for (const row of order) {
    if (chosen.length === functions) break;
    // Code is some three times as large.
    const size = row.wasmBytes === 0 ? Math.ceil(row.codeBytes / 3) : row.wasmBytes;
    // One that is larger than the whole bound is shown alone.
    if (sum + size > bytes && chosen.length > 0) continue;
    chosen.push(row);
    sum += size;
  }
  return chosen;
}

class Lister {
  private readonly names: string[];
  private readonly debug: DebugInfo | null;
  private readonly sites: Site[];
  private readonly lookup: SourceLookup | null;
  private readonly heats = new Map<number, FunctionHeat>();

  constructor(
    private readonly name: string,
    /** Null: only the artefact is known. */
    readonly module: WasmModule | null,
    readonly view: ArtefactView,
    private readonly options: ExploreOptions,
  ) {
    const { artefact } = view;
    const debug = artefact.read(Section.DEBUG);
    this.debug = debug.length === 0 ? null : new DebugInfo(debug);
    this.sites = view.readSites();
    this.lookup = view.openSources();
    this.names = this.functionNames();
  }

  /** As profiles name them: by the name section, else by an export. */
  private functionNames(): string[] {
    const names: string[] = [];
    const { imports, exports } = this.view.shape;
    for (const i of imports) if (i.kind === ExternKind.FUNC) names.push(`${i.module}.${i.name}`);
    for (const e of exports) if (e.kind === ExternKind.FUNC) names[e.index] ??= e.name;
    for (const f of this.view.functions) names[f.index] = f.name ?? names[f.index] ?? `function[${f.index}]`;
    return names;
  }

  private idOf(index: number): string {
    return this.name === '' ? String(index) : `${this.name}:${index}`;
  }

  owns(row: FunctionRow): boolean {
    return row.id === this.idOf(row.index);
  }

  rows(): FunctionRow[] {
    return this.view.functions.map((f, d) => {
      const heat = this.heatOf(f.index, d);
      if (heat !== null) this.heats.set(f.index, heat);
      return {
        id: this.idOf(f.index),
        index: f.index,
        name: this.names[f.index],
        type: funcType(f.type),
        wasmBytes: this.module === null ? 0 : this.module.bodyEnd[d] - this.module.bodyStart[d],
        codeBytes: f.bytes,
        cost: heat?.cost ?? 0,
        detail: -1,
      };
    });
  }

  private heatOf(index: number, d: number): FunctionHeat | null {
    if (this.module === null) return null;
    const { bytes, bodyStart, bodyEnd } = this.module;
    const body = bytes.subarray(bodyStart[d], bodyEnd[d]);
    return this.options.heat?.of({ index, name: this.names[index], body, bodyStart: bodyStart[d] }) ?? null;
  }

  /** The columns of a function. */
  detail(index: number, ir: Line[]): Detail {
    const d = index - this.view.artefact.meta.importedFuncs;
    const wat = this.module === null ? [] : this.wat(this.module, index, d);
    const code = this.code(this.view.functions[d], d);
    const traps = new Map<number, Set<string>>();
    for (const { offset, trap } of code)
      if (trap !== undefined) traps.set(offset, (traps.get(offset) ?? new Set()).add(trap));
    for (const line of [...wat, ...ir]) {
      const own = traps.get(line.offset);
      if (own !== undefined) line.trap = [...own].join(', ');
    }
    return { wat, source: this.source(wat.length === 0 ? code : wat), ir, code };
  }

  private wat(module: WasmModule, index: number, d: number): Line[] {
    const heat = this.heats.get(index);
    const known = new Map(heat?.operators);
    let last: number | undefined;
    return listBody(module, d, (func) => `${func} $${this.names[func]}`).map(({ pos, depth, text }) => {
      const own = known.get(pos);
      if (heat?.byBlock === true) last = own ?? last;
      const value = own ?? last;
      return {
        offset: pos,
        depth,
        text,
        label: `+0x${pos.toString(16)}`,
        ...(value === undefined ? {} : { heat: value }),
      };
    });
  }

  private code(f: CodeRow, d: number): Line[] {
    const { view, sites } = this;
    const record = this.debug?.record(d) ?? null;
    const end = f.offset + f.bytes;
    const { disassembleLines } = disassemblerFor(view.artefact.needs.architecture);
    const lines = disassembleLines(view.code.subarray(f.offset, end), f.offset);
    const own = sitesByLine(lines, f.offset, sites);
    return lines.map((line, k) => {
      const run = record !== null && line.offset < record.codeBytes ? runAt(record, line.offset) : -1;
      const made: Line = {
        // Without the table for profilers, places that may trap and calls are known only.
        offset: record === null ? known(own[k]?.wasmOffset) : run >= 0 ? record.runs.pos[run] : -1,
        text: line.text,
        label: (f.offset + line.offset).toString(16),
      };
      const trap = own[k]?.trap ?? null;
      if (trap !== null) made.trap = trap;
      if (run >= 0 && record!.runs.kind[run] === CodeKind.BOUNDS) made.bounds = true;
      return made;
    });
  }

  /** The lines that operators or instructions belong to, file by file, with what stands between them. */
  private source(all: readonly Line[]): Line[] {
    if (this.lookup === null) return [];
    const files = new Map<string, Map<number, Line>>();
    for (const { offset, heat } of all) {
      const [place] = offset < 0 ? [] : this.lookup(offset);
      if (place === undefined || place.line === 0) continue;
      let lines = files.get(place.file);
      if (lines === undefined) files.set(place.file, (lines = new Map()));
      let line = lines.get(place.line);
      if (line === undefined)
        lines.set(place.line, (line = { offset: -1, text: '', label: String(place.line), offsets: [] }));
      line.offsets!.push(offset);
      if (heat !== undefined) line.heat = Math.max(line.heat ?? 0, heat);
    }
    return [...files].flatMap(([file, lines]) => this.sourceOf(file, lines));
  }

  private sourceOf(file: string, lines: Map<number, Line>): Line[] {
    const text = this.options.sources.lines(file);
    const out: Line[] = [
      { offset: -1, text: text === null ? `${file} (not found: explore --sources)` : file, title: true },
    ];
    let last = -1;
    for (const n of [...lines.keys()].sort((x, y) => x - y)) {
      // Short gaps are shown, long ones are not.
      const from = last >= 0 && n - last <= MAX_GAP ? last + 1 : n;
      if (last >= 0 && from === n && n > last + 1) out.push({ offset: -1, text: '⋮' });
      for (let k = from; k < n && text !== null; k++)
        out.push({ offset: -1, text: text[k - 1] ?? '', label: String(k) });
      out.push({ ...lines.get(n)!, text: text?.[n - 1] ?? '' });
      last = n;
    }
    return out;
  }
}

const known = (offset = UNKNOWN_OFFSET): number => (offset === UNKNOWN_OFFSET ? -1 : offset);

/** Lines between two that have code. */
const MAX_GAP = 8;
