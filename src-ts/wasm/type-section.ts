/**
 * The type section: recursive groups of function, structure and array types with their declared supertypes (core
 * specification 3.0, sections 3.2 and 5.5.4). Linear in the section, and in what subtypes repeat of their supertypes.
 */
import { Limit, tooMany } from './limits.js';
import { Feature, featureOfType } from './proposals.js';
import type { Reader } from './reader.js';
import { isConcrete, isRef, isSubtype, readValType, refTo, isNullable, typeIndexOf } from './ref-types.js';
import { groupKey } from './type-identity.js';
import type { WasmModule } from './decoded-module.js';
import { type FieldType, type TypeDef, TypeKind, ValType } from './types.js';

const REC = 0x4e;
const SUB_FINAL = 0x4f;
const SUB = 0x50;

export class TypeSection {
  private readonly seen = new Map<string, number>();
  /** Types that the one being read may refer to, and where its group starts. */
  private known = 0;
  private groupStart = 0;

  constructor(
    private readonly r: Reader,
    private readonly m: WasmModule,
    private readonly count: (limit: number, what: string) => number,
  ) {}

  read(): void {
    const { r, m } = this;
    for (let groups = this.count(Limit.TYPES, 'types'); groups > 0; groups--) {
      let size = 1;
      if (r.pos < r.end && r.bytes[r.pos] === REC) {
        r.need(m, Feature.GC, 'malformed function type');
        r.pos++;
        size = this.count(Limit.TYPES, 'types');
      }
      if (m.types.length + size > Limit.TYPES) r.fail(tooMany('types', m.types.length + size, Limit.TYPES));
      this.group(size);
    }
    m.typeCanon = m.typeCanon.slice(0, m.types.length);
  }

  private group(size: number): void {
    const { r, m } = this;
    const start = m.types.length;
    this.groupStart = start;
    this.known = start + size;
    const at: number[] = [];
    for (let k = 0; k < size; k++) {
      at.push(r.pos);
      m.types.push(this.subType(start + k, start, size));
    }
    const key = groupKey(m.types, start, size, (i) => i);
    const first = this.seen.get(key);
    if (first === undefined) this.seen.set(key, start);
    this.canon(start, size, first ?? start);
    for (let k = 0; k < size; k++) this.checkParent(m.types[start + k], start + k, at[k]);
  }

  /** Types of the group are those of the equal group that starts at `first` from here on. */
  private canon(start: number, size: number, first: number): void {
    const { m } = this;
    if (m.typeCanon.length < start + size) {
      const more = new Int32Array(2 * (start + size));
      more.set(m.typeCanon);
      m.typeCanon = more;
    }
    for (let k = 0; k < size; k++) m.typeCanon[start + k] = first + k;
    if (first === start) return;
    for (let k = 0; k < size; k++) m.types[start + k] = m.types[first + k];
  }

  private subType(index: number, groupStart: number, groupSize: number): TypeDef {
    const { r } = this;
    const form = r.pos < r.end ? r.bytes[r.pos] : r.u8();
    if (form !== SUB && form !== SUB_FINAL) return this.compositeType(-1, true, groupStart, groupSize);
    r.need(this.m, Feature.GC, 'malformed function type');
    r.pos++;
    const at = r.pos;
    const parents = r.u32();
    if (parents > 1) r.fail('sub type: more than one supertype', at);
    let parent = -1;
    if (parents === 1) {
      const parentAt = r.pos;
      parent = r.u32();
      if (parent >= index) r.fail(`unknown type ${parent}`, parentAt);
      parent = this.canonical(parent);
    }
    return this.compositeType(parent, form === SUB_FINAL, groupStart, groupSize);
  }

  /** Of a type of an earlier group the canonical one; the present group is not known yet. */
  private canonical(index: number): number {
    return index < this.groupStart ? this.m.typeCanon[index] : index;
  }

  private compositeType(parent: number, final: boolean, groupStart: number, groupSize: number): TypeDef {
    const { r, m } = this;
    const kind = r.u8();
    if (kind === TypeKind.FUNC)
      return {
        kind,
        params: this.valTypes(Limit.PARAMS, 'param'),
        results: this.valTypes(Limit.RESULTS, 'return'),
        fields: [],
        parent,
        final,
        groupStart,
        groupSize,
      };
    if (kind !== TypeKind.STRUCT && kind !== TypeKind.ARRAY)
      r.refuse('malformed function type', featureOfType(kind), r.pos - 1);
    r.need(m, Feature.GC, 'malformed function type', r.pos - 1);
    const fields: FieldType[] = [];
    const n = kind === TypeKind.ARRAY ? 1 : this.count(Limit.STRUCT_FIELDS, 'field');
    for (let i = 0; i < n; i++) fields.push(this.fieldType());
    return { kind, params: [], results: [], fields, parent, final, groupStart, groupSize };
  }

  private fieldType(): FieldType {
    const { r } = this;
    const byte = r.pos < r.end ? r.bytes[r.pos] : 0;
    let type: ValType;
    if (byte === ValType.I8 || byte === ValType.I16) {
      type = byte;
      r.pos++;
    } else type = this.valType();
    const mutability = r.u8();
    if (mutability > 1) r.fail('malformed mutability', r.pos - 1);
    return { type, mutable: mutability === 1 };
  }

  private valTypes(limit: number, what: string): ValType[] {
    const n = this.count(limit, what);
    const types: ValType[] = [];
    for (let i = 0; i < n; i++) types.push(this.valType());
    return types;
  }

  private valType(): ValType {
    const t = readValType(this.r, this.m, this.known);
    return isRef(t) && isConcrete(t) ? refTo(this.canonical(typeIndexOf(t)), isNullable(t)) : t;
  }

  /** Whether a type matches its declared supertype (core specification 3.0, section 3.2.1). */
  private checkParent(type: TypeDef, index: number, at: number): void {
    const { m, r } = this;
    if (type.parent < 0) return;
    const parent = m.types[type.parent];
    if (parent.final) r.fail(`sub type ${index} cannot extend final type ${type.parent}`, at);
    if (!matches(m, type, parent)) r.fail(`sub type ${index} does not match super type ${type.parent}`, at);
    let depth = 1;
    for (let t = parent; t.parent >= 0; t = m.types[t.parent]) depth++;
    if (depth > Limit.SUBTYPING_DEPTH)
      r.fail(`type ${index} has ${depth} supertypes: the limit is ${Limit.SUBTYPING_DEPTH}`, at);
  }
}

function matches(m: WasmModule, a: TypeDef, b: TypeDef): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === TypeKind.FUNC)
    return (
      a.params.length === b.params.length &&
      a.results.length === b.results.length &&
      a.params.every((t, i) => isSubtype(m, b.params[i], t)) &&
      a.results.every((t, i) => isSubtype(m, t, b.results[i]))
    );
  return (
    a.fields.length >= b.fields.length &&
    b.fields.every(({ type, mutable }, i) => {
      const own = a.fields[i];
      if (own.mutable !== mutable) return false;
      return own.type === type || (!mutable && isSubtype(m, own.type, type));
    })
  );
}
