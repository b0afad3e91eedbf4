/**
 * Imports that a module is compiled with and no program provides (JavaScript string builtins and string constants;
 * WebAssembly JavaScript Interface 3.0, section "Builtins"): functions of `wasm:js-string`, and globals of a module name
 * that the embedder chooses, whose values are their own names. Which of them are there is up to the options; what does
 * not fit its description then makes the module invalid, and what they do not name stays an ordinary import.
 */
import type { WasmModule } from './decoded-module.js';
import type { Reader } from './reader.js';
import { isConcrete, isNullable, isSubtype, nonNull, typeIndexOf } from './ref-types.js';
import { isPlain } from './type-identity.js';
import { ExternKind, type ImportDesc, type TypeDef, TypeKind, ValType } from './types.js';

/** The sets of builtins that there are: `js-string` is the module `wasm:js-string`. */
export const BUILTIN_SETS = ['js-string'] as const;
export type BuiltinSet = (typeof BUILTIN_SETS)[number];

/** Which imports are resolved at compile time. */
export interface CompileTimeImports {
  /** Sets of builtin functions. */
  builtins?: readonly BuiltinSet[];
  /** Module name of imported string constants; not given: there are none. */
  importedStringConstants?: string;
}

const STRING_MODULE = 'wasm:js-string';

const I32 = ValType.I32;
const EXTERNREF = ValType.EXTERNREF;
const STRING = nonNull(EXTERNREF);
/** In signatures: a nullable reference to an array of mutable i16. */
const CHARS = 0;

type Signature = readonly [params: readonly number[], result: number];

const STRING_SIGNATURES = {
  cast: [[EXTERNREF], STRING],
  test: [[EXTERNREF], I32],
  fromCharCodeArray: [[CHARS, I32, I32], STRING],
  intoCharCodeArray: [[EXTERNREF, CHARS, I32], I32],
  fromCharCode: [[I32], STRING],
  fromCodePoint: [[I32], STRING],
  charCodeAt: [[EXTERNREF, I32], I32],
  codePointAt: [[EXTERNREF, I32], I32],
  length: [[EXTERNREF], I32],
  concat: [[EXTERNREF, EXTERNREF], STRING],
  substring: [[EXTERNREF, I32, I32], STRING],
  equals: [[EXTERNREF, EXTERNREF], I32],
  compare: [[EXTERNREF, EXTERNREF], I32],
} as const satisfies Record<string, Signature>;

export type StringBuiltin = keyof typeof STRING_SIGNATURES;

/**
 * Marks the imports of `m`, just read, that the options resolve (`ImportDesc.resolved`). `places`: where each import
 * begins.
 * @throws CompileError for one that is not described as what it is
 */
export function resolveAtCompileTime(r: Reader, m: WasmModule, options: CompileTimeImports, places: number[]): void {
  const { builtins = [], importedStringConstants: constants } = options;
  const strings = builtins.includes('js-string');
  if (!strings && constants === undefined) return;
  m.imports.forEach((d, i) => {
    if (d.module === constants) {
      if (!isConstant(m, d))
        r.fail(
          `String constant import #${i} ${JSON.stringify(d.name)} must be an immutable global subtyping externref`,
          places[i],
        );
      d.resolved = true;
    } else if (strings && isStringFunction(d)) {
      if (!hasSignature(m.types, m.types[d.type], STRING_SIGNATURES[d.name as StringBuiltin]))
        r.fail(`Imported builtin function "${d.module}" "${d.name}" has incorrect signature`, places[i]);
      d.resolved = true;
    }
  });
}

const isStringFunction = (d: ImportDesc): d is ImportDesc & { kind: ExternKind.FUNC } =>
  d.kind === ExternKind.FUNC && d.module === STRING_MODULE && Object.hasOwn(STRING_SIGNATURES, d.name);

const hasSignature = (types: readonly TypeDef[], type: TypeDef, [params, result]: Signature): boolean =>
  isPlain(type) &&
  type.results.length === 1 &&
  type.results[0] === result &&
  type.params.length === params.length &&
  type.params.every((t, k) => (params[k] === CHARS ? isChars(types, t) : t === params[k]));

/** Whether a type is a nullable reference to an array of mutable i16. */
function isChars(types: readonly TypeDef[], t: ValType): boolean {
  if (!isConcrete(t) || !isNullable(t)) return false;
  const { kind, fields, parent, final, groupSize } = types[typeIndexOf(t)];
  const plain = kind === TypeKind.ARRAY && parent < 0 && final && groupSize === 1;
  return plain && fields[0].type === ValType.I16 && fields[0].mutable;
}

const isConstant = (m: WasmModule, d: ImportDesc): boolean =>
  d.kind === ExternKind.GLOBAL && !d.global.mutable && isSubtype(m, STRING, d.global.type);
