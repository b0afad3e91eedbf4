/**
 * What validation of a function body knows at the operator it has come to: the stack of operand types, the blocks that
 * are open, the locals. The rules of the operators (`validate.ts` and its neighbours) are written in these terms.
 *
 * An operand is its ValType; `ANY` stands for the unknown operands of unreachable code.
 */
import { Limit } from './limits.js';
import { opName } from './op-tables.js';
import { typeName } from './type-names.js';
import { WasmOp } from './opcodes.js';
import type { Feature } from './proposals.js';
import { Reader } from './reader.js';
import { BOTTOM_REF, hasDefault, isRef, isSubtype, readValType } from './ref-types.js';
import type { WasmModule } from './decoded-module.js';
import { type TableType, TypeKind, type ValType } from './types.js';

/** An operand of unknown type (only in unreachable code), and the wish for any type. */
export const ANY = 0;

export type Types = readonly ValType[];
export const NO_TYPES: Types = [];
/** Result lists of blocks with one result, by value type. */
const SINGLE: Types[] = [];
for (let t = 0; t < 0x100; t++) SINGLE.push([t]);
const single = (t: ValType): Types => SINGLE[t] ?? [t];

export class BodyState {
  /** Facts of all functions validated so far. */
  readonly mutatedTables: Uint8Array;

  readonly m: WasmModule;
  readonly r: Reader;
  readonly hasMemory: boolean;

  /** The block type that was read last. */
  start: Types = NO_TYPES;
  end: Types = NO_TYPES;

  /** Operator being checked and its offset, for messages. */
  op = 0;
  at = 0;
  /** Which memories or tables of the operator have 64-bit addresses (validate-immediates.ts), as long as it is checked. */
  wide = 0;

  readonly locals = new Int32Array(Limit.LOCALS);
  nLocals = 0;
  /** Locals without a default value: 1 where one has been set, and those in the order in which they were. */
  private readonly isSet = new Uint8Array(Limit.LOCALS);
  private readonly setOrder: number[] = [];
  private unsetLocals = false;

  stack = new Int32Array(1024);
  sp = 0;
  /** Stack height at the start of the innermost block and whether its current position is unreachable. */
  height = 0;
  unreachable = false;

  // Control stack: blocks being open. Label types: `start` for a loop, `end` for the rest.
  depth = 0;
  ctlOp = new Uint8Array(64);
  ctlHeight = new Int32Array(64);
  ctlUnreachable = new Uint8Array(64);
  /** Length of `setOrder` when the block began: what is set in it counts to its end. */
  private ctlSet = new Int32Array(64);
  readonly ctlStart: Types[] = [];
  readonly ctlEnd: Types[] = [];

  constructor(m: WasmModule) {
    this.m = m;
    this.r = new Reader(m.bytes);
    this.hasMemory = m.memories.length > 0;
    this.mutatedTables = new Uint8Array(m.tables.length);
  }

  /** Begins a body: its function's parameters are the first locals, its results what the body leaves. */
  enter(params: Types, results: Types): void {
    this.readLocals(params);
    this.sp = 0;
    this.wide = 0;
    this.depth = 0;
    this.height = 0;
    this.unreachable = false;
    this.open(WasmOp.BLOCK, NO_TYPES, results);
  }

  private readLocals(params: Types): void {
    const r = this.r;
    let n = params.length;
    for (let i = 0; i < n; i++) this.locals[i] = params[i];
    this.setOrder.length = 0;
    this.unsetLocals = false;
    this.isSet.fill(1, 0, n);
    for (let groups = r.u32(); groups > 0; groups--) {
      const at = r.pos;
      const count = r.u32();
      const type = this.readValType();
      if (n + count > Limit.LOCALS) r.fail(`too many locals: the limit is ${Limit.LOCALS}`, at);
      this.locals.fill(type, n, n + count);
      const isSet = hasDefault(type);
      if (!isSet) this.unsetLocals = true;
      this.isSet.fill(isSet ? 1 : 0, n, n + count);
      n += count;
    }
    this.nLocals = n;
  }

  readValType(): ValType {
    return readValType(this.r, this.m);
  }

  /** Notes the proposal that the operator belongs to; refuses the operator if that is off. */
  need(feature: Feature): void {
    this.r.need(this.m, feature, `illegal opcode 0x${this.op.toString(16)}`, this.at);
  }

  needMemory(): void {
    if (!this.hasMemory) this.fail('unknown memory 0');
  }

  readData(): void {
    const m = this.m;
    if (m.dataCount < 0) this.fail('data count section required');
    this.readIndex(m.dataCount, 'data segment');
  }

  /** An index below `n`. */
  readIndex(n: number, what: string): number {
    const index = this.r.u32();
    if (index >= n) this.fail(`unknown ${what} ${index}`);
    return index;
  }

  /** Type of the local whose index comes next, which is read: it must have a value. */
  readLocal(): number {
    const index = this.r.u32();
    if (index >= this.nLocals) this.fail(`unknown local ${index}`);
    if (this.unsetLocals && this.isSet[index] === 0) this.fail(`uninitialized local ${index}`);
    return this.locals[index];
  }

  /** Type of the local whose index comes next, which is set. */
  readSetLocal(): number {
    const index = this.r.u32();
    if (index >= this.nLocals) this.fail(`unknown local ${index}`);
    if (this.unsetLocals && this.isSet[index] === 0) {
      this.isSet[index] = 1;
      this.setOrder.push(index);
    }
    return this.locals[index];
  }

  /** Locals that were set since the block at control depth `i` began are not any more. */
  unsetSince(i: number): void {
    while (this.setOrder.length > this.ctlSet[i]) this.isSet[this.setOrder.pop()!] = 0;
  }

  /** Index of a function type, which comes next. */
  readFuncType(): number {
    const { m } = this;
    const index = this.readIndex(m.types.length, 'type');
    if (m.types[index].kind !== TypeKind.FUNC) this.fail(`type mismatch: type ${index} is not a function type`);
    return index;
  }

  /** The table whose index comes next, which is marked as touched. */
  readTouchedTable(): TableType {
    const tables = this.m.tables;
    const index = this.readIndex(tables.length, 'table');
    this.mutatedTables[index] = 1;
    return tables[index];
  }

  /** Operand types of the label that comes next. */
  readLabel(): Types {
    const index = this.r.u32();
    if (index >= this.depth) this.fail(`unknown label ${index}`);
    return this.label(index);
  }

  label(index: number): Types {
    const ctl = this.depth - 1 - index;
    return this.ctlOp[ctl] === WasmOp.LOOP ? this.ctlStart[ctl] : this.ctlEnd[ctl];
  }

  /** Types of the contents of the tag whose index comes next. */
  readTag(): Types {
    const { m } = this;
    return m.types[m.tags[this.readIndex(m.tags.length, 'tag')]].params;
  }

  /** Sets `start` and `end` to the block type that comes next. */
  readBlockType(): void {
    const r = this.r;
    const at = r.pos;
    const code = r.s33();
    this.start = this.end = NO_TYPES;
    if (code >= 0) {
      if (code >= this.m.types.length || this.m.types[code].kind !== TypeKind.FUNC) r.fail(`unknown type ${code}`, at);
      this.start = this.m.types[code].params;
      this.end = this.m.types[code].results;
    } else {
      // Negative numbers: 0x40 is empty, others are value types.
      r.pos = at;
      if (r.bytes[at] === 0x40) r.pos = at + 1;
      else this.end = single(this.readValType());
    }
  }

  /** The block at control depth `top` ends: its results are on the stack. */
  close(top: number): void {
    if (this.unsetLocals) this.unsetSince(top);
    this.depth = top;
    this.height = this.ctlHeight[top - 1];
    this.unreachable = this.ctlUnreachable[top - 1] !== 0;
    this.pushTypes(this.ctlEnd[top]);
  }

  open(op: number, start: Types, end: Types): void {
    const i = this.depth++;
    if (i === this.ctlOp.length) this.growControl();
    this.ctlOp[i] = op;
    this.ctlHeight[i] = this.height = this.sp;
    this.ctlUnreachable[i] = 0;
    this.ctlSet[i] = this.setOrder.length;
    this.unreachable = false;
    this.ctlStart[i] = start;
    this.ctlEnd[i] = end;
  }

  private growControl(): void {
    const n = 2 * this.ctlOp.length;
    this.ctlOp = grown(this.ctlOp, n);
    this.ctlUnreachable = grown(this.ctlUnreachable, n);
    this.ctlHeight = grown(this.ctlHeight, n);
    this.ctlSet = grown(this.ctlSet, n);
  }

  /** Pops the results of the innermost block, which must be all that it has on the stack. */
  popBlockResults(): void {
    this.popTypes(this.ctlEnd[this.depth - 1]);
    if (this.sp !== this.height)
      this.fail(`type mismatch: ${this.sp - this.height} more values on the stack than the block's results`);
  }

  setUnreachable(): void {
    this.sp = this.height;
    this.unreachable = true;
    this.ctlUnreachable[this.depth - 1] = 1;
  }

  push(type: number): void {
    if (this.sp === this.stack.length) this.growStack();
    this.stack[this.sp++] = type;
  }

  private growStack(): void {
    const n = 2 * this.stack.length;
    if (n > Limit.OPERANDS) this.fail(`more than ${Limit.OPERANDS} operands on the stack`);
    this.stack = grown(this.stack, n);
  }

  /** Pops an operand that must have the type `want` (ANY: whichever) and returns what is known of its type. */
  pop(want: number): number {
    if (this.sp === this.height) {
      if (!this.unreachable) this.mismatch(want, -1);
      return want;
    }
    const type = this.stack[--this.sp];
    if (type === want || want === ANY) return type;
    if (type !== ANY && !isSubtype(this.m, type, want)) this.mismatch(want, type);
    return want;
  }

  /** Pops a reference of whatever type. */
  popReference(): number {
    const type = this.pop(ANY);
    if (type === ANY) return BOTTOM_REF;
    if (!isRef(type)) this.fail(`type mismatch: ${opName(this.op)} expects a reference, found ${typeName(type)}`);
    return type;
  }

  pushTypes(types: Types): void {
    for (let i = 0; i < types.length; i++) this.push(types[i]);
  }

  popTypes(types: Types): void {
    for (let i = types.length - 1; i >= 0; i--) this.pop(types[i]);
  }

  /** Checks that operands of these types are on top of the stack, and leaves them there. */
  checkTop(types: Types): void {
    for (let i = types.length - 1, at = this.sp - 1; i >= 0; i--, at--) {
      if (at < this.height) {
        if (!this.unreachable) this.mismatch(types[i], -1);
        return;
      }
      const type = this.stack[at];
      if (type !== types[i] && type !== ANY && !isSubtype(this.m, type, types[i])) this.mismatch(types[i], type);
    }
  }

  mismatch(want: number, found: number): never {
    this.fail(
      `type mismatch: ${opName(this.op)} expects ${typeName(want)}, found ${found < 0 ? 'an empty stack' : typeName(found)}`,
    );
  }

  /** Throws a CompileError at the current operator. */
  fail(reason: string): never {
    return this.r.fail(reason, this.at);
  }
}

/** Whether values of the types `a` are values of the types `b`, one by one. */
export function areSubtypes(m: WasmModule, a: Types, b: Types): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSubtype(m, a[i], b[i])) return false;
  return true;
}

function grown<T extends Uint8Array | Int32Array>(a: T, n: number): T {
  const b = new (a.constructor as new (n: number) => T)(n);
  b.set(a);
  return b;
}
