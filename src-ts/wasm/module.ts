/**
 * Module decoder: all sections and every rule of module-level validation (core specification 3.0, sections 3.4 and
 * 5.5). Function bodies stay byte ranges; `validate.ts` checks them.
 *
 * Linear in the size of the module. Counts are checked against the implementation limits and the bytes that are left
 * before anything is allocated, so a short module cannot ask for much memory.
 */
import { IntVec } from '../util/vec.js';
import { BRANCH_HINTS, NO_HINTS, readBranchHints } from './branch-hints.js';
import { type CompileTimeImports, resolveAtCompileTime } from './compile-time-imports.js';
import { readConstExpr } from './const-expr.js';
import { ElementSegments, ElemMode } from './elements.js';
import { readMemoryType, readTableType } from './limit-types.js';
import { Limit, tooMany } from './limits.js';
import { Feature, SUPPORTED_FEATURES } from './proposals.js';
import { WasmOp } from './opcodes.js';
import { Reader } from './reader.js';
import { hasDefault, isSubtype, nonNull, readRefType, readValType } from './ref-types.js';
import { TypeSection } from './type-section.js';
import type { DataSegment, WasmModule } from './decoded-module.js';
import { addressType, type ConstExpr, ExternKind, type GlobalType, TypeKind, ValType } from './types.js';

const enum SectionId {
  CUSTOM = 0,
  TYPE = 1,
  IMPORT = 2,
  FUNCTION = 3,
  TABLE = 4,
  MEMORY = 5,
  GLOBAL = 6,
  EXPORT = 7,
  START = 8,
  ELEM = 9,
  CODE = 10,
  DATA = 11,
  DATA_COUNT = 12,
  TAG = 13,
}

/**
 * Rank of each section id in the prescribed order: tags come between memories and globals, data count between elements
 * and code.
 */
const SECTION_RANK = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6];

/**
 * Decodes and validates everything but function bodies; throws CompileError. The module keeps a reference to `bytes`.
 * `features`: the proposals that it may use (`Feature` bits); `resolved`: the imports that it is compiled with.
 */
export function decodeModule(
  bytes: Uint8Array,
  features = SUPPORTED_FEATURES,
  resolved: CompileTimeImports = {},
): WasmModule {
  return new ModuleDecoder(bytes, features, resolved).run();
}

class ModuleDecoder {
  private readonly r: Reader;
  private readonly m: WasmModule;
  /** Type indices of the defined functions. */
  private definedFuncs = new Int32Array(0);
  private sawCode = false;
  /** Contents of the section with branch hints, or -1. */
  private hintsAt = -1;
  private hintsEnd = -1;

  constructor(
    bytes: Uint8Array,
    features: number,
    private readonly resolved: CompileTimeImports,
  ) {
    this.r = new Reader(bytes);
    this.m = {
      bytes,
      features,
      used: 0,
      types: [],
      typeCanon: new Int32Array(0),
      imports: [],
      funcTypes: new Int32Array(0),
      importedFuncs: 0,
      tables: [],
      importedTables: 0,
      memories: [],
      importedMemories: 0,
      globals: [],
      importedGlobals: 0,
      tags: [],
      importedTags: 0,
      tableInits: [],
      globalInits: [],
      exports: [],
      start: -1,
      elems: ElementSegments.ofSize(0),
      datas: [],
      dataCount: -1,
      bodyStart: new Int32Array(0),
      bodyEnd: new Int32Array(0),
      declaredRefs: new Uint8Array(0),
      codeStart: -1,
      namesStart: -1,
      namesEnd: -1,
      branchHints: NO_HINTS,
      custom: new IntVec(),
    };
  }

  run(): WasmModule {
    const { r, m } = this;
    const b = r.bytes;
    if (b.length > Limit.MODULE_BYTES)
      r.fail(`buffer source exceeds maximum size of ${Limit.MODULE_BYTES} (is ${b.length})`, -1);
    if (b.length < 4 || b[0] !== 0 || b[1] !== 0x61 || b[2] !== 0x73 || b[3] !== 0x6d)
      r.fail('magic header not detected', 0);
    if (b.length >= 8 && b[4] === 0x0d && b[6] === 1)
      r.fail(
        'unknown binary version: a component, not a core module (use wamr-native/component, or `wamr-native compile`)',
        4,
      );
    if (b.length < 8 || b[4] !== 1 || b[5] !== 0 || b[6] !== 0 || b[7] !== 0) r.fail('unknown binary version', 4);
    r.pos = 8;
    let rank = 0;
    while (r.pos < b.length) {
      const at = r.pos;
      const id = r.u8();
      const sizeAt = r.pos;
      const size = r.u32();
      if (size > b.length - r.pos) r.fail('length out of bounds', sizeAt);
      const end = r.pos + size;
      r.end = end;
      if (id === SectionId.CUSTOM) {
        this.customSection();
      } else {
        if (id >= SECTION_RANK.length) r.fail('malformed section id', at);
        if (id === SectionId.TAG) r.need(m, Feature.EXCEPTIONS, 'malformed section id', at);
        if (SECTION_RANK[id] <= rank)
          r.fail('unexpected content after last section: section out of order or repeated', at);
        rank = SECTION_RANK[id];
        this.section(id);
        if (r.pos !== end) r.fail('section size mismatch', r.pos);
      }
      r.pos = end;
      r.end = b.length;
    }
    if (!this.sawCode && this.definedFuncs.length > 0) r.fail('function and code section have inconsistent lengths');
    if (m.dataCount >= 0 && m.datas.length !== m.dataCount)
      r.fail('data count and data section have inconsistent lengths');
    if (this.hintsAt >= 0) m.branchHints = readBranchHints(m, this.hintsAt, this.hintsEnd);
    return m;
  }

  private section(id: SectionId): void {
    switch (id) {
      case SectionId.TYPE:
        return this.typeSection();
      case SectionId.IMPORT:
        return this.importSection();
      case SectionId.FUNCTION:
        return this.functionSection();
      case SectionId.TABLE:
        return this.tableSection();
      case SectionId.MEMORY:
        return this.memorySection();
      case SectionId.TAG:
        return this.tagSection();
      case SectionId.GLOBAL:
        return this.globalSection();
      case SectionId.EXPORT:
        return this.exportSection();
      case SectionId.START:
        return this.startSection();
      case SectionId.ELEM:
        return this.elemSection();
      case SectionId.DATA_COUNT:
        return this.dataCountSection();
      case SectionId.CODE:
        return this.codeSection();
      case SectionId.DATA:
        return this.dataSection();
    }
  }

  private customSection(): void {
    const { r, m } = this;
    m.custom.push(r.pos);
    m.custom.push(r.end);
    const name = r.name();
    if (name === BRANCH_HINTS && !this.sawCode && this.hintsAt < 0) {
      this.hintsAt = r.pos;
      this.hintsEnd = r.end;
    }
    if (name !== 'name' || m.namesStart >= 0) return;
    m.namesStart = r.pos;
    m.namesEnd = r.end;
  }

  /** A vector's length: within the limit, and no more items than bytes left (every item has at least one). */
  private count(limit: number, what: string): number {
    const r = this.r;
    const at = r.pos;
    const n = r.u32();
    if (n > limit) r.fail(tooMany(what, n, limit), at);
    if (n > r.end - r.pos) r.fail('length out of bounds', at);
    return n;
  }

  private typeSection(): void {
    new TypeSection(this.r, this.m, (limit, what) => this.count(limit, what)).read();
  }

  private importSection(): void {
    const { r, m } = this;
    const n = this.count(Limit.IMPORTS, 'imports');
    const funcTypes: number[] = [];
    const places: number[] = [];
    for (let i = 0; i < n; i++) {
      places.push(r.pos);
      const module = r.name();
      const name = r.name();
      const at = r.pos;
      const kind = r.u8();
      switch (kind) {
        case ExternKind.FUNC: {
          const type = this.typeIndex();
          funcTypes.push(type);
          m.imports.push({ module, name, kind, type });
          break;
        }
        case ExternKind.TABLE: {
          const table = readTableType(r, m);
          m.tables.push(table);
          m.imports.push({ module, name, kind, table });
          break;
        }
        case ExternKind.MEMORY: {
          const memory = readMemoryType(r, m);
          m.memories.push(memory);
          if (m.memories.length > 1) this.severalMemories(m.memories.length, at);
          m.imports.push({ module, name, kind, memory });
          break;
        }
        case ExternKind.GLOBAL: {
          const global = this.globalType();
          m.globals.push(global);
          m.imports.push({ module, name, kind, global });
          break;
        }
        case ExternKind.TAG: {
          r.need(m, Feature.EXCEPTIONS, 'malformed import kind', at);
          const type = this.tagType();
          m.tags.push(type);
          m.imports.push({ module, name, kind, type });
          break;
        }
        default:
          r.fail('malformed import kind', at);
      }
    }
    m.funcTypes = Int32Array.from(funcTypes);
    m.declaredRefs = new Uint8Array(funcTypes.length);
    m.importedFuncs = funcTypes.length;
    m.importedTables = m.tables.length;
    m.importedMemories = m.memories.length;
    m.importedGlobals = m.globals.length;
    m.importedTags = m.tags.length;
    resolveAtCompileTime(r, m, this.resolved, places);
  }

  /** The index of a function type. */
  private typeIndex(): number {
    const { r, m } = this;
    const at = r.pos;
    const i = r.u32();
    if (i >= m.types.length) r.fail(`unknown type ${i}`, at);
    if (m.types[i].kind !== TypeKind.FUNC) r.fail(`type ${i} is not a function type`, at);
    return i;
  }

  /** An attribute, which is 0, and the type of the exceptions' contents. */
  private tagType(): number {
    const { r, m } = this;
    if (r.u8() !== 0) r.fail('malformed tag attribute', r.pos - 1);
    const at = r.pos;
    const type = this.typeIndex();
    if (m.types[type].results.length > 0) r.fail('non-empty tag result type', at);
    return type;
  }

  /** A module has `n` memories, more than one. */
  private severalMemories(n: number, at: number): void {
    this.r.need(this.m, Feature.MULTI_MEMORY, 'multiple memories', at);
    if (n > Limit.MEMORIES) this.r.fail(tooMany('memory', n, Limit.MEMORIES), at);
  }

  private globalType(): GlobalType {
    const r = this.r;
    const type = readValType(r, this.m);
    const mutability = r.u8();
    if (mutability > 1) r.fail('malformed mutability', r.pos - 1);
    return { type, mutable: mutability === 1 };
  }

  private functionSection(): void {
    const { m } = this;
    const n = this.count(Limit.FUNCTIONS, 'functions');
    this.definedFuncs = new Int32Array(n);
    for (let i = 0; i < n; i++) this.definedFuncs[i] = this.typeIndex();
    const all = new Int32Array(m.importedFuncs + n);
    all.set(m.funcTypes);
    all.set(this.definedFuncs, m.importedFuncs);
    m.funcTypes = all;
    m.declaredRefs = new Uint8Array(all.length);
  }

  private tableSection(): void {
    const { r, m } = this;
    const n = this.count(Limit.TABLES, 'table');
    if (n + m.importedTables > Limit.TABLES) r.fail(tooMany('table', n + m.importedTables, Limit.TABLES));
    for (let i = 0; i < n; i++) this.table();
  }

  /** A table, with an initialiser behind the bytes 0x40 0x00. */
  private table(): void {
    const { r, m } = this;
    const at = r.pos;
    const hasInit = r.pos < r.end && r.bytes[r.pos] === 0x40;
    if (hasInit) {
      r.need(m, Feature.FUNCTION_REFERENCES, 'malformed reference type', at);
      r.pos++;
      if (r.u8() !== 0) r.fail('malformed table', r.pos - 1);
    }
    const table = readTableType(r, m);
    if (!hasInit && !hasDefault(table.type))
      r.fail('type mismatch: a table of non-null references needs an initialiser', at);
    m.tableInits.push(hasInit ? readConstExpr(r, m, table.type) : null);
    m.tables.push(table);
  }

  private memorySection(): void {
    const { r, m } = this;
    const at = r.pos;
    const n = this.count(Limit.MEMORIES, 'memory');
    if (n + m.importedMemories > 1) this.severalMemories(n + m.importedMemories, at);
    for (let i = 0; i < n; i++) m.memories.push(readMemoryType(r, m));
  }

  private tagSection(): void {
    const { m } = this;
    const n = this.count(Limit.TAGS, 'tag');
    for (let i = 0; i < n; i++) m.tags.push(this.tagType());
  }

  private globalSection(): void {
    const { m, r } = this;
    const n = this.count(Limit.GLOBALS, 'globals');
    for (let i = 0; i < n; i++) {
      const global = this.globalType();
      m.globalInits.push(readConstExpr(r, m, global.type));
      m.globals.push(global);
    }
  }

  private exportSection(): void {
    const { r, m } = this;
    const n = this.count(Limit.EXPORTS, 'exports');
    const seen = new Set<string>();
    const sizes = [m.funcTypes.length, m.tables.length, m.memories.length, m.globals.length, m.tags.length];
    const what = ['function', 'table', 'memory', 'global', 'tag'];
    for (let i = 0; i < n; i++) {
      const at = r.pos;
      const name = r.name();
      if (seen.has(name)) r.fail(`duplicate export name ${JSON.stringify(name)}`, at);
      seen.add(name);
      const kind = r.u8();
      if (kind > ExternKind.TAG) r.fail('malformed export kind', r.pos - 1);
      if (kind === ExternKind.TAG) r.need(m, Feature.EXCEPTIONS, 'malformed export kind', r.pos - 1);
      const indexAt = r.pos;
      const index = r.u32();
      if (index >= sizes[kind]) r.fail(`unknown ${what[kind]} ${index}`, indexAt);
      if (kind === ExternKind.FUNC) m.declaredRefs[index] = 1;
      m.exports.push({ name, kind, index });
    }
  }

  private startSection(): void {
    const { r, m } = this;
    const at = r.pos;
    const index = r.u32();
    if (index >= m.funcTypes.length) r.fail(`unknown function ${index}`, at);
    const type = m.types[m.funcTypes[index]];
    if (type.params.length + type.results.length > 0)
      r.fail('start function must have neither parameters nor results', at);
    m.start = index;
  }

  private elemSection(): void {
    const n = this.count(Limit.ELEM_SEGMENTS, 'segment');
    this.m.elems = ElementSegments.ofSize(n);
    for (let i = 0; i < n; i++) this.elemSegment(this.m.elems);
  }

  /**
   * Flag bit 0: passive or declarative (bit 1 tells which), else active; bit 1 of an active one: has a table index and
   * a kind; bit 2: items are expressions and the kind a reference type.
   */
  private elemSegment(elems: ElementSegments): void {
    const { r, m } = this;
    const at = r.pos;
    const flags = r.u32();
    if (flags > 7) r.fail('malformed elements segment kind', at);
    const mode = (flags & 1) === 0 ? ElemMode.ACTIVE : (flags & 2) === 0 ? ElemMode.PASSIVE : ElemMode.DECLARATIVE;
    let table = 0;
    if (mode === ElemMode.ACTIVE) {
      if ((flags & 2) !== 0) table = r.u32();
      if (table >= m.tables.length) r.fail(`unknown table ${table}`, at);
    }
    elems.begin(mode, ValType.FUNCREF, table);
    if (mode === ElemMode.ACTIVE) this.elemOffset(elems, table);
    // Function indices are never null.
    let type: ValType = (flags & 4) === 0 ? nonNull(ValType.FUNCREF) : ValType.FUNCREF;
    if ((flags & 3) !== 0) {
      if ((flags & 4) !== 0) type = readRefType(r, m);
      else if (r.u8() !== 0) r.fail('malformed element kind', r.pos - 1);
    }
    if (mode === ElemMode.ACTIVE && !isSubtype(m, type, m.tables[table].type))
      r.fail('type mismatch: element segment and table', at);
    elems.setType(type);
    const n = this.count(Limit.ELEM_ITEMS, 'element');
    elems.items.reserve(n);
    for (let i = 0; i < n; i++) {
      if ((flags & 4) === 0) elems.addItem(this.funcIndex());
      else this.elemExpr(elems, type);
    }
    elems.end();
  }

  private elemOffset(elems: ElementSegments, table: number): void {
    const { r, m } = this;
    const type = addressType(m.tables[table]);
    const constant = type === ValType.I32 && this.plainOperand(WasmOp.I32_CONST);
    if (constant) elems.setOffset(r.s32());
    else elems.setOffsetExpr(readConstExpr(r, m, type));
    if (constant) r.pos++;
  }

  /** Items as expressions; the usual `ref.func f` and `ref.null t` become function indices. */
  private elemExpr(elems: ElementSegments, type: ValType): void {
    const { r, m } = this;
    if (type === ValType.FUNCREF && this.plainOperand(WasmOp.REF_FUNC)) {
      elems.addItem(this.funcIndex());
      r.pos++;
      return;
    }
    const expr = readConstExpr(r, m, type);
    if (expr.length > 1) elems.addItemExpr(expr);
    else if (expr[0][0] === WasmOp.REF_FUNC) elems.addItem(expr[0][1] as number);
    else if (expr[0][0] === WasmOp.REF_NULL) elems.addItem(-1);
    else elems.addItemExpr(expr);
  }

  /**
   * Whether the expression here is this operator with one LEB128, and nothing else: then steps over the operator. The
   * short way for what a module may have millions of.
   */
  private plainOperand(op: number): boolean {
    const { bytes, pos, end } = this.r;
    if (bytes[pos] !== op) return false;
    let p = pos + 1;
    while (p < end && bytes[p] >= 0x80) p++;
    if (p + 1 >= end || bytes[p + 1] !== WasmOp.END) return false;
    this.r.pos = pos + 1;
    return true;
  }

  private funcIndex(): number {
    const { r, m } = this;
    const at = r.pos;
    const f = r.u32();
    if (f >= m.funcTypes.length) r.fail(`unknown function ${f}`, at);
    m.declaredRefs[f] = 1;
    return f;
  }

  private dataCountSection(): void {
    const r = this.r;
    const at = r.pos;
    const n = r.u32();
    if (n > Limit.DATA_SEGMENTS) r.fail(tooMany('data segments', n, Limit.DATA_SEGMENTS), at);
    this.m.dataCount = n;
  }

  private codeSection(): void {
    const { r, m } = this;
    const at = r.pos;
    m.codeStart = at;
    const n = r.u32();
    if (n !== this.definedFuncs.length) r.fail('function and code section have inconsistent lengths', at);
    this.sawCode = true;
    m.bodyStart = new Int32Array(n);
    m.bodyEnd = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const sizeAt = r.pos;
      const size = r.u32();
      if (size > Limit.FUNCTION_BYTES) r.fail(`size ${size} > maximum function size ${Limit.FUNCTION_BYTES}`, sizeAt);
      m.bodyStart[i] = r.skip(size);
      m.bodyEnd[i] = r.pos;
    }
  }

  private dataSection(): void {
    const { r, m } = this;
    const at = r.pos;
    const n = this.count(Limit.DATA_SEGMENTS, 'data segments');
    if (m.dataCount >= 0 && n !== m.dataCount) r.fail('data count and data section have inconsistent lengths', at);
    for (let i = 0; i < n; i++) m.datas.push(this.dataSegment());
  }

  private dataSegment(): DataSegment {
    const { r, m } = this;
    const at = r.pos;
    const flags = r.u32();
    if (flags > 2) r.fail('malformed data segment kind', at);
    const memory = flags === 2 ? r.u32() : 0;
    let offset: ConstExpr | null = null;
    if (flags !== 1) {
      if (memory >= m.memories.length) r.fail(`unknown memory ${memory}`, at);
      offset = readConstExpr(r, m, addressType(m.memories[memory]));
    }
    const start = r.skip(r.u32());
    return { mode: flags === 1 ? 'passive' : 'active', memory, offset, start, end: r.pos };
  }
}
