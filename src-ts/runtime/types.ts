/**
 * The types of all modules that this thread has loaded, in one numbering: equal types have one number, whatever module
 * they come from, and references to types in the values below (tables, globals, functions) are to these numbers. The
 * addon has ids for them that all threads share (`signatureId`, else `longTypeId`).
 */
import { GC_REFERENCE_BITS, GcKind, GcReference, layoutOfType, storageShift } from '../abi/gc-layout.js';
import { signatureId } from '../abi/vmctx.js';
import type { AotMeta } from '../aot/format.js';
import type { NativeBinding } from '../binding.js';
import { isConcrete, isNullable, isRef, isSubtype, refTo, topOf, typeIndexOf } from '../wasm/ref-types.js';
import { groupKey, isPlain, plainType } from '../wasm/type-identity.js';
import { ExternKind, type FuncType, type TypeDef, TypeKind, ValType } from '../wasm/types.js';

export class RuntimeTypes {
  /** By number. */
  readonly types: TypeDef[] = [];
  /** The addon's id, by number. */
  readonly ids: number[] = [];
  /** Number of the type with such an id. */
  private readonly numbers = new Map<number, number>();
  /** Number of the first type of each group, by the group's text. */
  private readonly groups = new Map<string, number>();

  constructor(private readonly native: NativeBinding) {}

  /** Number of the type that has this id. */
  numberOf(id: number): number {
    return this.numbers.get(id)!;
  }

  /** Number of a plain function type. */
  plain(type: FuncType): number {
    return this.group([plainType(type)], 0, 1, (t) => t);
  }

  /** Numbers of a module's types, by type index. */
  intern({ types, canonicalTypes }: AotMeta): number[] {
    const numbers: number[] = [];
    const own = (index: number): number => numbers[canonicalTypes[index]];
    for (let i = 0; i < types.length; i++) {
      if (canonicalTypes[i] !== i) numbers.push(own(i));
      else if (types[i].groupStart === i) {
        const { groupSize } = types[i];
        if (!(groupSize >= 1 && i + groupSize <= types.length))
          throw new TypeError(`type ${i}: its group has no such size`);
        const first = this.group(types, i, groupSize, own);
        for (let k = 0; k < groupSize; k++) numbers.push(first + k);
        i += groupSize - 1;
      }
    }
    return numbers;
  }

  /** Number of the first type of a group. `number`: of a type from before the group. */
  private group(types: readonly TypeDef[], start: number, size: number, number: (index: number) => number): number {
    const key = groupKey(types, start, size, (i) => `#${this.ids[number(i)]}`);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    const first = this.types.length;
    this.groups.set(key, first);
    const renumbered = (i: number): number => (i >= start && i < start + size ? first + i - start : number(i));
    for (let i = start; i < start + size; i++) {
      this.ids.push(signatureId(types[i]) || this.native.longTypeId(`${i - start}${key}`));
      this.numbers.set(this.ids[this.types.length], this.types.length);
      this.types.push(renumber(types[i], renumbered));
    }
    for (let n = first; n < first + size; n++) if (!isPlain(this.types[n])) this.define(n);
    return first;
  }

  /** Tells the addon what objects of a type look like. */
  private define(n: number): void {
    const { kind, parent, fields } = this.types[n];
    const classes = fields.map(({ type }) => this.referenceClass(type));
    const { offsets, bytes } = layoutOfType(this.types[n]);
    const isArray = kind === TypeKind.ARRAY;
    this.native.defineType(
      this.ids[n],
      kind === TypeKind.FUNC ? GcKind.FUNCTION : isArray ? GcKind.ARRAY : GcKind.STRUCT,
      parent < 0 ? 0 : this.ids[parent],
      bytes,
      isArray ? storageShift(fields[0].type) : 0,
      isArray ? classes[0] : 0,
      offsets.flatMap((at, k) => (classes[k] === 0 ? [] : [(at << GC_REFERENCE_BITS) | classes[k]])),
    );
  }

  private referenceClass(type: ValType): number {
    if (!isRef(type)) return 0;
    const top = topOf(this, type);
    if (top === ValType.FUNCREF) return GcReference.FUNC;
    if (top === ValType.EXNREF) return GcReference.EXN;
    return isSubtype(this, type, ValType.EQREF) ? GcReference.OBJECT : GcReference.ANY;
  }
}

const value = (t: ValType, number: (index: number) => number): ValType =>
  isRef(t) && isConcrete(t) ? refTo(number(typeIndexOf(t)), isNullable(t)) : t;

function renumber(type: TypeDef, number: (index: number) => number): TypeDef {
  return {
    ...type,
    params: type.params.map((t) => value(t, number)),
    results: type.results.map((t) => value(t, number)),
    fields: type.fields.map((f) => ({ ...f, type: value(f.type, number) })),
    parent: type.parent < 0 ? -1 : number(type.parent),
    groupStart: number(type.groupStart),
  };
}

/** A module's description with types in the thread's numbering; `numbers` by type index. Types keep their places. */
export function renumberMeta(meta: AotMeta, numbers: readonly number[], all: readonly TypeDef[]): AotMeta {
  const of = (t: ValType): ValType => value(t, (i) => numbers[i]);
  return {
    ...meta,
    types: numbers.map((n) => all[n]),
    tables: meta.tables.map((t) => ({ ...t, type: of(t.type) })),
    globals: meta.globals.map((g) => ({ ...g, type: of(g.type) })),
    imports: meta.imports.map((i) =>
      i.kind === ExternKind.TABLE
        ? { ...i, table: { ...i.table, type: of(i.table.type) } }
        : i.kind === ExternKind.GLOBAL
          ? { ...i, global: { ...i.global, type: of(i.global.type) } }
          : i,
    ),
  };
}
