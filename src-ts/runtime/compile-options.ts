/** The options of the functions of the WebAssembly interface that compile. Read as V8 reads them. */
import { BUILTIN_SETS, type BuiltinSet, type CompileTimeImports } from '../wasm/compile-time-imports.js';

/** Options of the functions of `WebAssembly` that compile. */
export interface WebAssemblyCompileOptions {
  /** Sets of builtin functions: `js-string`. Unknown ones are passed over, as programs may ask for what comes later. */
  builtins?: readonly string[];
  /** Module name of imported string constants. */
  importedStringConstants?: string | null;
}

// Not webidl.ts's, for which `register` would load more at every start.
const isObject = (v: unknown): v is object => (typeof v === 'object' && v !== null) || typeof v === 'function';

/** What the program asks for. Takes anything: what is no list and no string counts as not given. */
export function readCompileOptions(options: unknown): CompileTimeImports {
  // Inherits nothing: what a program puts on Object.prototype is no option.
  const resolved = Object.create(null) as CompileTimeImports;
  if (!isObject(options)) return resolved;
  const { builtins } = options as { builtins?: unknown };
  if (isObject(builtins)) {
    const sets = readSets(builtins as ArrayLike<unknown>);
    if (sets.length > 0) resolved.builtins = sets;
  }
  const { importedStringConstants } = options as { importedStringConstants?: unknown };
  if (typeof importedStringConstants === 'string') resolved.importedStringConstants = importedStringConstants;
  return resolved;
}

function readSets(names: ArrayLike<unknown>): BuiltinSet[] {
  const sets: BuiltinSet[] = [];
  for (let i = 0, n = Number(names.length); i < n; i++) {
    const name = names[i] as BuiltinSet;
    if (BUILTIN_SETS.includes(name) && !sets.includes(name)) sets.push(name);
  }
  return sets;
}
