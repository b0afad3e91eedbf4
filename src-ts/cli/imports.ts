/**
 * What a module imports beside WASI: modules that were loaded before it (`--preload`) and stand-ins for what is
 * missing (`--unknown-imports`).
 */
import { Global, Memory, Table } from '../index.js';
import { RuntimeError } from '../errors.js';
import { ExternKind, type ImportDesc } from '../wasm/types.js';
import { describeImport, type ModuleShape, valueType } from './describe.js';

export type Imports = Record<string, Record<string, unknown>>;

/** `trap`: functions that end the program when they are called; `zero`: functions that return zeros and nulls. */
export type UnknownImports = 'trap' | 'zero';

/** `imports` and stand-ins for all that the module wants and is not in them. */
export function withStandIns(shape: ModuleShape, imports: Imports, how: UnknownImports): Imports {
  const all: Imports = {};
  for (const [module, members] of Object.entries(imports)) all[module] = { ...members };
  for (const i of shape.imports) {
    if (i.resolved === true) continue;
    all[i.module] ??= {};
    if (!(i.name in all[i.module])) all[i.module][i.name] = standIn(shape, i, how);
  }
  return all;
}

function standIn(shape: ModuleShape, i: ImportDesc, how: UnknownImports): unknown {
  switch (i.kind) {
    case ExternKind.FUNC: {
      if (how === 'trap')
        return () => {
          const { name, what } = describeImport(shape, i);
          throw new RuntimeError(`unknown import: ${name} ${what}`);
        };
      const zeros = shape.types[i.type].results.map((t) => zero(valueType(t)));
      return () => (zeros.length === 1 ? zeros[0] : zeros);
    }
    case ExternKind.TABLE:
      return new Table({ element: elementName(valueType(i.table.type)), ...limits(i.table) } as never);
    case ExternKind.MEMORY:
      return new Memory(limits(i.memory) as never);
    case ExternKind.GLOBAL: {
      const type = valueType(i.global.type);
      return new Global({ value: elementName(type), mutable: i.global.mutable } as never, zero(type));
    }
    default: {
      const { name, what } = describeImport(shape, i);
      throw new Error(`${name}: there is no stand-in for an imported ${what}`);
    }
  }
}

const zero = (type: string): unknown => (type === 'i64' ? 0n : /^[if]\d\d$/.test(type) ? 0 : null);
/** The JavaScript interface's name of a type. */
const elementName = (type: string): string => (type === 'funcref' ? 'anyfunc' : type);
const limits = ({ min, max }: { min: number; max: number | null }): { initial: number; maximum?: number } =>
  max === null ? { initial: min } : { initial: min, maximum: max };
