/** Names of types in the text format, apart from the tables of operators: the runtime needs only these. */
import { BOTTOM_REF, isConcrete, isNullable, isRef, nullable, typeIndexOf } from './ref-types.js';
import { ValType } from './types.js';

const ABSTRACT: Record<number, string> = {
  [ValType.NOEXN]: 'exn',
  [ValType.NOFUNC]: 'func',
  [ValType.NOEXTERN]: 'extern',
  [ValType.NONE]: '',
  [ValType.FUNCREF]: 'func',
  [ValType.EXTERNREF]: 'extern',
  [ValType.ANYREF]: 'any',
  [ValType.EQREF]: 'eq',
  [ValType.I31REF]: 'i31',
  [ValType.STRUCTREF]: 'struct',
  [ValType.ARRAYREF]: 'array',
  [ValType.EXNREF]: 'exn',
};

const NUMERIC: Record<number, string> = {
  [ValType.I32]: 'i32',
  [ValType.I64]: 'i64',
  [ValType.F32]: 'f32',
  [ValType.F64]: 'f64',
  [ValType.V128]: 'v128',
  [ValType.I8]: 'i8',
  [ValType.I16]: 'i16',
};

/** Text-format name of a value or storage type. */
export function typeName(type: number): string {
  if (!isRef(type)) return NUMERIC[type] ?? 'any type';
  if (type === BOTTOM_REF) return 'any reference';
  if (isConcrete(type)) return `(ref ${isNullable(type) ? 'null ' : ''}${typeIndexOf(type)})`;
  const heap = nullable(type);
  const bottom = heap >= ValType.NONE;
  if (isNullable(type)) return `${bottom ? 'null' : ''}${ABSTRACT[heap]}ref`;
  return `(ref ${bottom ? 'no' : ''}${heap === ValType.NONE ? 'ne' : ABSTRACT[heap]})`;
}
