/**
 * When types are equal: iso-recursively, that is when their recursive groups are equal text by text, references within
 * the group counted from its start (core specification 3.0, section 3.2.1). O(size of the types).
 */
import { isConcrete, isNullable, isRef, typeIndexOf } from './ref-types.js';
import { type FuncType, type TypeDef, TypeKind } from './types.js';

/**
 * A text that two groups share exactly if they are equal. `outside` names a type from before the group: equal names,
 * equal types.
 */
export function groupKey(
  types: readonly TypeDef[],
  start: number,
  size: number,
  outside: (index: number) => string | number,
): string {
  const typeName = (index: number): string =>
    index >= start && index < start + size ? `.${index - start}` : `${outside(index)}`;
  const value = (t: number): string =>
    isRef(t) && isConcrete(t) ? `${isNullable(t) ? 'n' : 'r'}${typeName(typeIndexOf(t))}` : t.toString(16);
  let key = '';
  for (let i = start; i < start + size; i++) {
    const { kind, params, results, fields, parent, final } = types[i];
    key += `${final ? '' : '+'}${parent >= 0 ? `<${typeName(parent)}` : ''}`;
    key +=
      kind === TypeKind.FUNC
        ? `(${params.map(value).join()}:${results.map(value).join()})`
        : `${kind === TypeKind.STRUCT ? '{' : '['}${fields.map((f) => (f.mutable ? 'm' : '') + value(f.type)).join()}}`;
  }
  return key;
}

/** A function type as WebAssembly 1.0 knows them: nothing but its parameters and results counts. */
export const isPlain = (t: TypeDef): boolean =>
  t.kind === TypeKind.FUNC && t.parent < 0 && t.final && t.groupSize === 1;

/** A plain function type. */
export const plainType = ({ params, results }: FuncType): TypeDef => ({
  kind: TypeKind.FUNC,
  params,
  results,
  fields: [],
  parent: -1,
  final: true,
  groupStart: 0,
  groupSize: 1,
});
