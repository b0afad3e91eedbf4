/** Rules of the operators with the prefix 0xFB: structures, arrays, casts, i31 (core specification 3.0, section 3.4). */
import type { BodyState } from './body-state.js';
import { GC_FIRST, GC_NAMES, GcOp } from './gc-opcodes.js';
import { Limit } from './limits.js';
import { typeName } from './type-names.js';
import {
  hasDefault,
  isNullable,
  isPacked,
  isRef,
  isSubtype,
  nonNull,
  readHeapType,
  refTo,
  topOf,
  unpacked,
} from './ref-types.js';
import { type FieldType, TypeKind, ValType } from './types.js';

/** Checks the operator whose prefix was read. */
export function validateGc(v: BodyState): void {
  const { r } = v;
  const sub = r.u32();
  if (sub >= GC_NAMES.length) r.fail(`illegal opcode 0xfb ${sub}`, v.at);
  v.op = GC_FIRST + sub;
  const op: GcOp = sub;
  if (op <= GcOp.STRUCT_SET) structOperator(v, op);
  else if (op <= GcOp.ARRAY_INIT_ELEM) arrayOperator(v, op);
  else castOperator(v, op);
}

/** Index of a type of this kind, which comes next. */
function readType(v: BodyState, kind: TypeKind): number {
  const index = v.readIndex(v.m.types.length, 'type');
  if (v.m.types[index].kind !== kind)
    v.fail(`type mismatch: type ${index} is not ${kind === TypeKind.STRUCT ? 'a structure' : 'an array'} type`);
  return index;
}

const reference = (v: BodyState, index: number, canBeNull: boolean): ValType => refTo(v.m.typeCanon[index], canBeNull);

function needDefault(v: BodyState, { type }: FieldType): void {
  if (!hasDefault(type)) v.fail(`type mismatch: ${typeName(type)} has no default value`);
}

/** `get` reads packed fields with an extension and others without. */
function pushField(v: BodyState, { type }: FieldType, extends_: boolean): void {
  if (isPacked(type) !== extends_) v.fail(`type mismatch: the field is ${isPacked(type) ? 'packed' : 'not packed'}`);
  v.push(unpacked(type));
}

function structOperator(v: BodyState, op: GcOp): void {
  const index = readType(v, TypeKind.STRUCT);
  const { fields } = v.m.types[index];
  if (op === GcOp.STRUCT_NEW) {
    for (let i = fields.length - 1; i >= 0; i--) v.pop(unpacked(fields[i].type));
    v.push(reference(v, index, false));
    return;
  }
  if (op === GcOp.STRUCT_NEW_DEFAULT) {
    for (const f of fields) needDefault(v, f);
    v.push(reference(v, index, false));
    return;
  }
  const field = fields[v.readIndex(fields.length, 'field')];
  if (op === GcOp.STRUCT_SET) {
    if (!field.mutable) v.fail('immutable field');
    v.pop(unpacked(field.type));
    v.pop(reference(v, index, true));
    return;
  }
  v.pop(reference(v, index, true));
  pushField(v, field, op !== GcOp.STRUCT_GET);
}

function arrayOperator(v: BodyState, op: GcOp): void {
  if (op === GcOp.ARRAY_LEN) {
    v.pop(ValType.ARRAYREF);
    v.push(ValType.I32);
    return;
  }
  const { m } = v;
  const index = readType(v, TypeKind.ARRAY);
  const element = m.types[index].fields[0];
  const popN = (n: number): void => {
    while (n-- > 0) v.pop(ValType.I32);
  };
  const needMutable = (): void => {
    if (!element.mutable) v.fail('immutable array');
  };
  const array = reference(v, index, true);
  const made = reference(v, index, false);
  switch (op) {
    case GcOp.ARRAY_NEW:
      popN(1);
      v.pop(unpacked(element.type));
      v.push(made);
      return;
    case GcOp.ARRAY_NEW_DEFAULT:
      needDefault(v, element);
      popN(1);
      v.push(made);
      return;
    case GcOp.ARRAY_NEW_FIXED: {
      const n = v.r.u32();
      if (n > Limit.ARRAY_OPERANDS) v.fail(`array.new_fixed with ${n} operands: the limit is ${Limit.ARRAY_OPERANDS}`);
      for (let i = 0; i < n; i++) v.pop(unpacked(element.type));
      v.push(made);
      return;
    }
    case GcOp.ARRAY_NEW_DATA:
    case GcOp.ARRAY_INIT_DATA:
      if (op === GcOp.ARRAY_INIT_DATA) needMutable();
      v.readData();
      if (isRef(element.type)) v.fail('type mismatch: array type is not numeric or vector');
      break;
    case GcOp.ARRAY_NEW_ELEM:
    case GcOp.ARRAY_INIT_ELEM: {
      if (op === GcOp.ARRAY_INIT_ELEM) needMutable();
      const type = m.elems.type(v.readIndex(m.elems.length, 'elem segment'));
      if (!isSubtype(m, type, element.type)) v.fail('type mismatch: element segment and array');
      break;
    }
    case GcOp.ARRAY_GET:
    case GcOp.ARRAY_GET_S:
    case GcOp.ARRAY_GET_U:
      popN(1);
      v.pop(array);
      pushField(v, element, op !== GcOp.ARRAY_GET);
      return;
    case GcOp.ARRAY_SET:
      needMutable();
      v.pop(unpacked(element.type));
      popN(1);
      v.pop(array);
      return;
    case GcOp.ARRAY_FILL:
      needMutable();
      popN(1);
      v.pop(unpacked(element.type));
      popN(1);
      v.pop(array);
      return;
    case GcOp.ARRAY_COPY: {
      needMutable();
      const from = readType(v, TypeKind.ARRAY);
      const source = m.types[from].fields[0].type;
      if (source !== element.type && !isSubtype(m, source, element.type))
        v.fail('type mismatch: array types do not match');
      popN(2);
      v.pop(reference(v, from, true));
      popN(1);
      v.pop(array);
      return;
    }
  }
  // From a segment.
  if (op === GcOp.ARRAY_NEW_DATA || op === GcOp.ARRAY_NEW_ELEM) {
    popN(2);
    v.push(made);
  } else {
    popN(3);
    v.pop(array);
  }
}

function castOperator(v: BodyState, op: GcOp): void {
  switch (op) {
    case GcOp.REF_TEST:
    case GcOp.REF_TEST_NULL:
    case GcOp.REF_CAST:
    case GcOp.REF_CAST_NULL: {
      const heap = readHeapType(v.r, v.m);
      const target = op === GcOp.REF_TEST || op === GcOp.REF_CAST ? nonNull(heap) : heap;
      v.pop(topOf(v.m, target));
      v.push(op <= GcOp.REF_TEST_NULL ? ValType.I32 : target);
      return;
    }
    case GcOp.BR_ON_CAST:
    case GcOp.BR_ON_CAST_FAIL:
      branchOnCast(v, op);
      return;
    case GcOp.ANY_CONVERT_EXTERN:
      convert(v, ValType.EXTERNREF, ValType.ANYREF);
      return;
    case GcOp.EXTERN_CONVERT_ANY:
      convert(v, ValType.ANYREF, ValType.EXTERNREF);
      return;
    case GcOp.REF_I31:
      v.pop(ValType.I32);
      v.push(nonNull(ValType.I31REF));
      return;
    default:
      v.pop(ValType.I31REF);
      v.push(ValType.I32);
  }
}

/** The same reference in another hierarchy: null only if it may be null. */
function convert(v: BodyState, from: ValType, to: ValType): void {
  const type = v.popReference();
  v.push(type);
  v.pop(from);
  v.push(isNullable(type) ? to : nonNull(to));
}

function branchOnCast(v: BodyState, op: GcOp.BR_ON_CAST | GcOp.BR_ON_CAST_FAIL): void {
  const { r, m } = v;
  const flags = r.u8();
  if (flags > 3) r.fail('malformed br_on_cast flags', r.pos - 1);
  const label = v.readLabel();
  const heap1 = readHeapType(r, m);
  const heap2 = readHeapType(r, m);
  const from = (flags & 1) !== 0 ? heap1 : nonNull(heap1);
  const to = (flags & 2) !== 0 ? heap2 : nonNull(heap2);
  if (!isSubtype(m, to, from)) v.fail(`type mismatch: ${typeName(to)} is no subtype of ${typeName(from)}`);
  // What the value is where it is not one of type `to`.
  const rest = isNullable(to) ? nonNull(from) : from;
  const [taken, through] = op === GcOp.BR_ON_CAST ? [to, rest] : [rest, to];
  if (label.length === 0) v.fail('type mismatch: the label takes no reference');
  v.pop(from);
  v.push(taken);
  v.popTypes(label);
  v.pushTypes(label.slice(0, -1));
  v.push(through);
}

/** ref.eq. */
export function refEq(v: BodyState): void {
  v.pop(ValType.EQREF);
  v.pop(ValType.EQREF);
  v.push(ValType.I32);
}
