/** Rules of structured control: blocks, their ends and branches, and both forms of exceptions. */
import { areSubtypes, type BodyState, NO_TYPES } from './body-state.js';
import { Limit } from './limits.js';
import { opName } from './op-tables.js';
import { typeName } from './type-names.js';
import { Clause, WasmOp } from './opcodes.js';
import { nonNull } from './ref-types.js';
import { ValType } from './types.js';

export function block(v: BodyState, op: WasmOp.BLOCK | WasmOp.LOOP | WasmOp.IF | WasmOp.TRY): void {
  v.readBlockType();
  const { start } = v;
  if (op === WasmOp.IF) v.pop(ValType.I32);
  v.popTypes(start);
  v.open(op, start, v.end);
  v.pushTypes(start);
}

export function elseClause(v: BodyState): void {
  const top = v.depth - 1;
  if (v.ctlOp[top] !== WasmOp.IF) v.fail('else without if');
  v.popBlockResults();
  v.unsetSince(top);
  v.ctlOp[top] = WasmOp.ELSE;
  v.ctlUnreachable[top] = 0;
  v.unreachable = false;
  v.pushTypes(v.ctlStart[top]);
}

/** The end of a block; says whether that was the function's. */
export function endOfBlock(v: BodyState): boolean {
  const top = v.depth - 1;
  v.popBlockResults();
  if (v.ctlOp[top] === WasmOp.IF && !areSubtypes(v.m, v.ctlStart[top], v.ctlEnd[top]))
    v.fail('type mismatch: if without else must have results equal to its parameters');
  if (top === 0) return true;
  v.close(top);
  return false;
}

export function brTable(v: BodyState): void {
  const r = v.r;
  v.pop(ValType.I32);
  const n = r.u32();
  if (n > Limit.BR_TABLE_TARGETS) v.fail(`invalid table count (> max br_table size): ${n}`);
  const first = v.readLabel();
  v.checkTop(first);
  let last = first;
  // The targets and, as the last of the n + 1 labels, the default.
  for (let i = 0; i < n; i++) {
    const types = v.readLabel();
    if (types === last) continue;
    if (types.length !== first.length) v.fail('type mismatch: br_table targets with different numbers of operands');
    v.checkTop(types);
    last = types;
  }
  v.setUnreachable();
}

// --- exceptions: `try_table` of WebAssembly 3.0 and the older `try`

export function catchClause(v: BodyState, op: WasmOp.CATCH | WasmOp.CATCH_ALL): void {
  const top = v.depth - 1;
  const before = v.ctlOp[top];
  if (before !== WasmOp.TRY && before !== WasmOp.CATCH) v.fail(`${opName(op)} does not match a try`);
  const contents = op === WasmOp.CATCH ? v.readTag() : NO_TYPES;
  v.popBlockResults();
  v.unsetSince(top);
  v.ctlOp[top] = op;
  v.ctlUnreachable[top] = 0;
  v.unreachable = false;
  v.pushTypes(contents);
}

/** Clauses are checked against the labels around the block. */
export function tryTable(v: BodyState): void {
  const r = v.r;
  v.readBlockType();
  const { start, end } = v;
  v.popTypes(start);
  for (let n = r.u32(); n > 0; n--) {
    const clause = r.u8();
    if (clause > Clause.CATCH_ALL_REF) r.fail('malformed catch clause', r.pos - 1);
    const contents = clause <= Clause.CATCH_REF ? v.readTag() : NO_TYPES;
    const carried =
      clause === Clause.CATCH || clause === Clause.CATCH_ALL ? contents : [...contents, nonNull(ValType.EXNREF)];
    const label = v.readLabel();
    if (!areSubtypes(v.m, carried, label))
      v.fail(
        `type mismatch: catch clause carries [${carried.map(typeName).join(' ')}], its label takes [${label.map(typeName).join(' ')}]`,
      );
  }
  v.open(WasmOp.TRY_TABLE, start, end);
  v.pushTypes(start);
}

export function delegate(v: BodyState): void {
  const top = v.depth - 1;
  if (v.ctlOp[top] !== WasmOp.TRY) v.fail('delegate does not match a try');
  const label = v.r.u32();
  if (label >= top) v.fail(`unknown label ${label}`);
  v.popBlockResults();
  v.close(top);
}

export function rethrow(v: BodyState): void {
  const label = v.r.u32();
  if (label >= v.depth) v.fail(`unknown label ${label}`);
  const inside = v.ctlOp[v.depth - 1 - label];
  if (inside !== WasmOp.CATCH && inside !== WasmOp.CATCH_ALL) v.fail('invalid rethrow label');
  v.setUnreachable();
}
