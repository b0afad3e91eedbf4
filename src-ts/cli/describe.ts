/** Types of a module in words: `(i32, i64) -> f64`, `memory 1..16 pages`. */
import { typeName } from '../wasm/type-names.js';
import type { ExportDesc, FuncType, ImportDesc, TableType } from '../wasm/types.js';
import { ExternKind, type GlobalType, type Limits, type MemoryType, pageShift, type ValType } from '../wasm/types.js';

export const valueType = (t: ValType): string => typeName(t);

export function funcType({ params, results }: FuncType): string {
  const list = (types: ValType[]): string => types.map(valueType).join(', ');
  return `(${list(params)}) -> ${results.length === 1 ? valueType(results[0]) : `(${list(results)})`}`;
}

const limits = ({ min, max, address64 }: Limits): string => `${address64 === true ? 'i64 ' : ''}${range(min, max)}`;
const range = (min: number, max: number | null): string =>
  max === null ? `${min}..` : min === max ? `${min}` : `${min}..${max}`;
const tableType = (t: TableType): string => `table ${limits(t)} ${valueType(t.type)}`;
const memoryType = (m: MemoryType): string =>
  `memory ${limits(m)} pages${pageShift(m) === 16 ? '' : ` of ${2 ** pageShift(m)} B`}${m.shared === true ? ', shared' : ''}`;
const tagType = (t: FuncType): string => `tag (${t.params.map(valueType).join(', ')})`;
const globalType = (g: GlobalType): string => `global ${g.mutable ? 'mut ' : ''}${valueType(g.type)}`;

/** What naming imports and exports needs of a module, decoded or from an artefact. */
export interface ModuleShape {
  types: FuncType[];
  imports: ImportDesc[];
  exports: ExportDesc[];
  tables: TableType[];
  memories: MemoryType[];
  globals: GlobalType[];
  /** Type indices. */
  tags: number[];
  /** Type of a function by its index. */
  funcTypeOf(index: number): FuncType;
}

export interface NamedExtern {
  name: string;
  what: string;
}

export function describeImport(m: ModuleShape, i: ImportDesc): NamedExtern {
  return { name: `${i.module}.${i.name}`, what: `${importType(m, i)}${i.resolved === true ? ', ready-made' : ''}` };
}

function importType(m: ModuleShape, i: ImportDesc): string {
  switch (i.kind) {
    case ExternKind.FUNC:
      return `func ${funcType(m.types[i.type])}`;
    case ExternKind.TABLE:
      return tableType(i.table);
    case ExternKind.MEMORY:
      return memoryType(i.memory);
    case ExternKind.GLOBAL:
      return globalType(i.global);
    case ExternKind.TAG:
      return tagType(m.types[i.type]);
  }
}

export function describeExport(m: ModuleShape, { name, kind, index }: ExportDesc): NamedExtern {
  switch (kind) {
    case ExternKind.FUNC:
      return { name, what: `func ${funcType(m.funcTypeOf(index))}` };
    case ExternKind.TABLE:
      return { name, what: tableType(m.tables[index]) };
    case ExternKind.MEMORY:
      return { name, what: memoryType(m.memories[index]) };
    case ExternKind.GLOBAL:
      return { name, what: globalType(m.globals[index]) };
    case ExternKind.TAG:
      return { name, what: tagType(m.types[m.tags[index]]) };
  }
}
