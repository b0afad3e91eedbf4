/** Collects what a page shows of a module: wat, source, IR and machine code of its functions, matched by wasm offset. */
import path from 'node:path';
import { DebugInfo } from '../aot/debug-info.js';
import { disassemblerFor } from '../aot/disassembly.js';
import type { SourceLookup } from '../aot/custom-sections.js';
import { Section } from '../aot/format.js';
import { ArtefactView, type FunctionRow as CodeRow, type Site, sitesByLine } from '../cli/artefact.js';
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
 * @param file the module's path, beside which its source map is
 * @throws CompileError when the module is refused
 */
export async function explore(file: string, wasm: Uint8Array, options: ExploreOptions): Promise<Explored> {
  const compileOptions = { ...options.compile, debugInfo: true };
  const artefact = await compile(wasm, compileOptions);
  const module = decodeModule(wasm);
  const lister = new Lister(module, new ArtefactView(artefact, file), options);
  const rows = lister.rows();
  const chosen = choose(rows, options);
  chosen.forEach((row, k) => (row.detail = k));
  const ir = internals.listIr(
    wasm,
    compileOptions,
    chosen.map((row) => row.index),
  );
  const details = chosen.map((row, k) =>
    lister.detail(
      row.index,
      ir[k].map(({ text, offset }) => ({ text, offset })),
    ),
  );
  const left = rows.length - chosen.length;
  const overview: Overview = {
    file: path.basename(file),
    wasmBytes: wasm.length,
    codeBytes: lister.view.code.length,
    target: lister.view.artefact.meta.target,
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
  const order = [...rows].sort((x, y) => y.cost - x.cost || y.wasmBytes - x.wasmBytes || x.index - y.index);
  const chosen: FunctionRow[] = [];
  let sum = 0;
  for (const row of order) {
    if (chosen.length === functions) break;
    // One that is larger than the whole bound is shown alone.
    if (sum + row.wasmBytes > bytes && chosen.length > 0) continue;
    chosen.push(row);
    sum += row.wasmBytes;
  }
  return chosen;
}

class Lister {
  private readonly names: string[];
  private readonly debug: DebugInfo;
  private readonly sites: Site[];
  private readonly lookup: SourceLookup | null;
  private readonly heats = new Map<number, FunctionHeat>();

  constructor(
    private readonly module: WasmModule,
    readonly view: ArtefactView,
    private readonly options: ExploreOptions,
  ) {
    const { artefact } = view;
    this.debug = new DebugInfo(artefact.read(Section.DEBUG));
    this.sites = view.readSites();
    this.lookup = view.openSources();
    this.names = this.functionNames();
  }

  /** As profiles name them: by the name section, else by an export. */
  private functionNames(): string[] {
    const names: string[] = [];
    for (const i of this.module.imports) if (i.kind === ExternKind.FUNC) names.push(`${i.module}.${i.name}`);
    for (const e of this.module.exports) if (e.kind === ExternKind.FUNC) names[e.index] ??= e.name;
    for (const f of this.view.functions) names[f.index] = f.name ?? names[f.index] ?? `function[${f.index}]`;
    return names;
  }

  rows(): FunctionRow[] {
    const { bytes, bodyStart, bodyEnd, importedFuncs } = this.module;
    return this.view.functions.map((f) => {
      const d = f.index - importedFuncs;
      const place = {
        index: f.index,
        name: this.names[f.index],
        body: bytes.subarray(bodyStart[d], bodyEnd[d]),
        bodyStart: bodyStart[d],
      };
      const heat = this.options.heat?.of(place) ?? null;
      if (heat !== null) this.heats.set(f.index, heat);
      return {
        index: f.index,
        name: place.name,
        type: funcType(f.type),
        wasmBytes: place.body.length,
        codeBytes: f.bytes,
        cost: heat?.cost ?? 0,
        detail: -1,
      };
    });
  }

  /** The columns of a function. */
  detail(index: number, ir: Line[]): Detail {
    const d = index - this.module.importedFuncs;
    const wat = this.wat(index, d);
    const code = this.code(this.view.functions[d], d);
    const traps = new Map<number, Set<string>>();
    for (const { offset, trap } of code)
      if (trap !== undefined) traps.set(offset, (traps.get(offset) ?? new Set()).add(trap));
    for (const line of [...wat, ...ir]) {
      const own = traps.get(line.offset);
      if (own !== undefined) line.trap = [...own].join(', ');
    }
    return { wat, source: this.source(wat), ir, code };
  }

  private wat(index: number, d: number): Line[] {
    const heat = this.heats.get(index);
    const known = new Map(heat?.operators);
    let last: number | undefined;
    return listBody(this.module, d, (func) => `${func} $${this.names[func]}`).map(({ pos, depth, text }) => {
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
    const record = this.debug.record(d);
    const end = f.offset + f.bytes;
    const { disassembleLines } = disassemblerFor(view.artefact.needs.architecture);
    const lines = disassembleLines(view.code.subarray(f.offset, end), f.offset);
    const own = sitesByLine(lines, f.offset, sites);
    return lines.map((line, k) => {
      const run = runAt(record, line.offset);
      const isCode = run >= 0 && line.offset < record.codeBytes;
      const made: Line = {
        offset: isCode ? record.runs.pos[run] : -1,
        text: line.text,
        label: (f.offset + line.offset).toString(16),
      };
      const trap = own[k]?.trap ?? null;
      if (trap !== null) made.trap = trap;
      if (isCode && record.runs.kind[run] === CodeKind.BOUNDS) made.bounds = true;
      return made;
    });
  }

  /** The lines that the operators belong to, file by file, with what stands between them. */
  private source(wat: readonly Line[]): Line[] {
    if (this.lookup === null) return [];
    const files = new Map<string, Map<number, Line>>();
    for (const { offset, heat } of wat) {
      const [place] = this.lookup(offset);
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

/** Lines between two that have code. */
const MAX_GAP = 8;
