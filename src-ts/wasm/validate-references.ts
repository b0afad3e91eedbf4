/** Rules of typed function references. */
import type { BodyState, Types } from './body-state.js';
import { WasmOp } from './opcodes.js';
import { isRef, nonNull, refTo } from './ref-types.js';
import type { TypeDef } from './types.js';

/** call_ref: pops the function, of the type whose index comes next. */
export function popCallee(v: BodyState): TypeDef {
  const index = v.readFuncType();
  v.pop(refTo(v.m.typeCanon[index], true));
  return v.m.types[index];
}

/** br_on_null and br_on_non_null: operands of the label that comes next, but for the reference, stay on the stack. */
export function branchOnNull(v: BodyState, op: WasmOp.BR_ON_NULL | WasmOp.BR_ON_NON_NULL): void {
  const label = v.readLabel();
  const type = v.popReference();
  if (op === WasmOp.BR_ON_NULL) {
    rebrand(v, label);
    v.push(nonNull(type));
    return;
  }
  if (label.length === 0 || !isRef(label[label.length - 1]))
    v.fail('type mismatch: br_on_non_null needs a label that takes a reference');
  v.push(nonNull(type));
  v.popTypes(label);
  v.pushTypes(label.slice(0, -1));
}

/** Operands on the top of the stack take the types of a label that they may go to. */
export function rebrand(v: BodyState, label: Types): void {
  v.popTypes(label);
  v.pushTypes(label);
}
