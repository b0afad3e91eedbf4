/**
 * Validation of function bodies: the algorithm of the core specification's appendix, on typed arrays.
 *
 * An operand is its ValType byte; `ANY` stands for the unknown operands of unreachable code. Operators with a fixed
 * signature are driven by the tables of `op-tables.ts`; the others have a case in `body`. One pass, linear in the bytes
 * of the body except for operators whose label or function types are long. On the way the pass notes which tables the
 * bodies touch other than by call_indirect, which decides how the later phases lay tables out.
 *
 * A Validator's arrays are reused from function to function; a validator that threw is still usable.
 */
import { Limit } from './limits.js';
import { isRefType, isValType } from './module.js';
import { OP_COUNT, OP_IMM, OP_N, OP_POP, OP_POPS, OP_PUSH, opName, typeName } from './op-tables.js';
import { Clause, Imm, WasmOp } from './opcodes.js';
import { Feature, featureOfOpcode, featureOfType } from './proposals.js';
import { Reader } from './reader.js';
import { type FuncType, ValType, type WasmModule } from './types.js';

/** What validation of bodies finds out about the module. */
export interface BodyFacts {
  /** By table index: 1 when a body has table.get, set, grow, fill, copy or init on it. */
  mutatedTables: Uint8Array;
}

/** Validates all bodies; throws CompileError for the first bad one. */
export function validateModule(m: WasmModule): BodyFacts {
  return validateRange(m, 0, m.bodyStart.length);
}

/** Validates the defined functions `from` … `to - 1`. Facts of several ranges combine by OR. */
export function validateRange(m: WasmModule, from: number, to: number): BodyFacts {
  const v = new Validator(m);
  for (let i = from; i < to; i++) v.validate(i);
  return { mutatedTables: v.mutatedTables };
}

/** Validates one defined function. For many, `validateRange` or a `Validator` is cheaper. */
export function validateFunction(m: WasmModule, definedIndex: number): BodyFacts {
  return validateRange(m, definedIndex, definedIndex + 1);
}

/** An operand of unknown type (only in unreachable code), and the wish for any type. */
const ANY = 0;

type Types = readonly ValType[];
const NO_TYPES: Types = [];
/** Result lists of blocks with one result, by value type. */
const SINGLE: Types[] = [];
for (let t = 0; t < 0x80; t++) SINGLE.push([t]);

export class Validator {
  /** Facts of all functions validated so far. */
  readonly mutatedTables: Uint8Array;

  private readonly m: WasmModule;
  private readonly r: Reader;
  private readonly hasMemory: boolean;

  /** The block type that was read last. */
  private start: Types = NO_TYPES;
  private end: Types = NO_TYPES;

  /** Operator being checked and its offset, for messages. */
  private op = 0;
  private at = 0;

  private readonly locals = new Uint8Array(Limit.LOCALS);
  private nLocals = 0;

  private stack = new Uint8Array(1024);
  private sp = 0;
  /** Stack height at the start of the innermost block and whether its current position is unreachable. */
  private height = 0;
  private unreachable = false;

  // Control stack: blocks being open. Label types: `start` for a loop, `end` for the rest.
  private depth = 0;
  private ctlOp = new Uint8Array(64);
  private ctlHeight = new Int32Array(64);
  private ctlUnreachable = new Uint8Array(64);
  private readonly ctlStart: Types[] = [];
  private readonly ctlEnd: Types[] = [];

  constructor(m: WasmModule) {
    this.m = m;
    this.r = new Reader(m.bytes);
    this.hasMemory = m.memories.length > 0;
    this.mutatedTables = new Uint8Array(m.tables.length);
  }

  /** Validates one defined function; throws CompileError. */
  validate(definedIndex: number): void {
    const { m, r } = this;
    r.pos = m.bodyStart[definedIndex];
    r.end = m.bodyEnd[definedIndex];
    r.func = m.importedFuncs + definedIndex;
    const type = m.types[m.funcTypes[r.func]];
    this.readLocals(type.params);
    this.sp = 0;
    this.depth = 0;
    this.height = 0;
    this.unreachable = false;
    this.open(WasmOp.BLOCK, NO_TYPES, type.results);
    this.body();
    if (r.pos !== r.end) r.fail('operators after the end of the function');
  }

  private readLocals(params: Types): void {
    const r = this.r;
    let n = params.length;
    for (let i = 0; i < n; i++) this.locals[i] = params[i];
    for (let groups = r.u32(); groups > 0; groups--) {
      const at = r.pos;
      const count = r.u32();
      const type = this.readValType();
      if (n + count > Limit.LOCALS) r.fail(`too many locals: the limit is ${Limit.LOCALS}`, at);
      this.locals.fill(type, n, n + count);
      n += count;
    }
    this.nLocals = n;
  }

  private readValType(): ValType {
    const r = this.r;
    const t = r.u8();
    if (!isValType(t, this.m.features)) r.refuse('malformed value type', featureOfType(t), r.pos - 1);
    return t;
  }

  /** All operators up to the `end` that closes the function. */
  private body(): void {
    const { m, r } = this;
    for (;;) {
      const at = r.pos;
      let op = r.u8();
      if (op >= WasmOp.PREFIX_FC) op = this.prefixed(op, at);
      this.op = op;
      this.at = at;
      switch (op) {
        case WasmOp.LOCAL_GET:
          this.push(this.readLocal());
          break;
        case WasmOp.LOCAL_SET:
          this.pop(this.readLocal());
          break;
        case WasmOp.LOCAL_TEE: {
          const type = this.readLocal();
          this.pop(type);
          this.push(type);
          break;
        }
        case WasmOp.GLOBAL_GET:
          this.push(m.globals[this.readIndex(m.globals.length, 'global')].type);
          break;
        case WasmOp.GLOBAL_SET: {
          const global = m.globals[this.readIndex(m.globals.length, 'global')];
          if (!global.mutable) this.fail('global is immutable');
          this.pop(global.type);
          break;
        }
        case WasmOp.BLOCK:
        case WasmOp.LOOP:
        case WasmOp.IF:
          this.block(op);
          break;
        case WasmOp.TRY:
          this.need(Feature.EXCEPTIONS);
          this.block(op);
          break;
        case WasmOp.CATCH:
        case WasmOp.CATCH_ALL:
          this.catchClause(op);
          break;
        case WasmOp.DELEGATE: {
          this.need(Feature.EXCEPTIONS);
          const top = this.depth - 1;
          if (this.ctlOp[top] !== WasmOp.TRY) this.fail('delegate does not match a try');
          const label = r.u32();
          if (label >= top) this.fail(`unknown label ${label}`);
          this.popBlockResults();
          this.close(top);
          break;
        }
        case WasmOp.THROW:
          this.need(Feature.EXCEPTIONS);
          this.popTypes(this.readTag());
          this.setUnreachable();
          break;
        case WasmOp.RETHROW: {
          this.need(Feature.EXCEPTIONS);
          const label = r.u32();
          if (label >= this.depth) this.fail(`unknown label ${label}`);
          const inside = this.ctlOp[this.depth - 1 - label];
          if (inside !== WasmOp.CATCH && inside !== WasmOp.CATCH_ALL) this.fail('invalid rethrow label');
          this.setUnreachable();
          break;
        }
        case WasmOp.THROW_REF:
          this.need(Feature.EXCEPTIONS);
          this.pop(ValType.EXNREF);
          this.setUnreachable();
          break;
        case WasmOp.TRY_TABLE:
          this.need(Feature.EXCEPTIONS);
          this.tryTable();
          break;
        case WasmOp.ELSE: {
          const top = this.depth - 1;
          if (this.ctlOp[top] !== WasmOp.IF) this.fail('else without if');
          this.popBlockResults();
          this.ctlOp[top] = WasmOp.ELSE;
          this.ctlUnreachable[top] = 0;
          this.unreachable = false;
          this.pushTypes(this.ctlStart[top]);
          break;
        }
        case WasmOp.END: {
          const top = this.depth - 1;
          this.popBlockResults();
          if (this.ctlOp[top] === WasmOp.IF && !sameTypes(this.ctlStart[top], this.ctlEnd[top]))
            this.fail('type mismatch: if without else must have results equal to its parameters');
          if (top === 0) return;
          this.close(top);
          break;
        }
        case WasmOp.BR:
          this.popTypes(this.readLabel());
          this.setUnreachable();
          break;
        case WasmOp.BR_IF: {
          const types = this.readLabel();
          this.pop(ValType.I32);
          // Popping and pushing gives unknown operands the label's types.
          this.popTypes(types);
          this.pushTypes(types);
          break;
        }
        case WasmOp.BR_TABLE:
          this.brTable();
          break;
        case WasmOp.RETURN:
          this.popTypes(this.ctlEnd[0]);
          this.setUnreachable();
          break;
        case WasmOp.UNREACHABLE:
          this.setUnreachable();
          break;
        case WasmOp.CALL: {
          const type = this.readCallee();
          this.popTypes(type.params);
          this.pushTypes(type.results);
          break;
        }
        case WasmOp.CALL_INDIRECT: {
          const type = this.readIndirectCallee();
          this.popTypes(type.params);
          this.pushTypes(type.results);
          break;
        }
        case WasmOp.RETURN_CALL:
          this.need(Feature.TAIL_CALL);
          this.tailCall(this.readCallee());
          break;
        case WasmOp.RETURN_CALL_INDIRECT:
          this.need(Feature.TAIL_CALL);
          this.tailCall(this.readIndirectCallee());
          break;
        case WasmOp.DROP:
          this.pop(ANY);
          break;
        case WasmOp.SELECT: {
          this.pop(ValType.I32);
          const b = this.pop(ANY);
          const a = this.pop(b);
          if (isRef(a) || isRef(b)) this.fail('type mismatch: select without a type takes numbers and vectors only');
          this.push(a);
          break;
        }
        case WasmOp.SELECT_T: {
          if (r.u32() !== 1) this.fail('invalid result arity');
          const type = this.readValType();
          this.pop(ValType.I32);
          this.pop(type);
          this.pop(type);
          this.push(type);
          break;
        }
        case WasmOp.TABLE_GET: {
          const type = this.readTouchedTable();
          this.pop(ValType.I32);
          this.push(type);
          break;
        }
        case WasmOp.TABLE_SET: {
          const type = this.readTouchedTable();
          this.pop(type);
          this.pop(ValType.I32);
          break;
        }
        case WasmOp.TABLE_GROW: {
          const type = this.readTouchedTable();
          this.pop(ValType.I32);
          this.pop(type);
          this.push(ValType.I32);
          break;
        }
        case WasmOp.TABLE_FILL: {
          const type = this.readTouchedTable();
          this.pop(ValType.I32);
          this.pop(type);
          this.pop(ValType.I32);
          break;
        }
        case WasmOp.TABLE_SIZE:
          this.readIndex(m.tables.length, 'table');
          this.push(ValType.I32);
          break;
        case WasmOp.REF_NULL: {
          const type = r.u8();
          if (!isRefType(type, m.features)) r.refuse('malformed reference type', featureOfType(type), r.pos - 1);
          this.push(type);
          break;
        }
        case WasmOp.REF_IS_NULL: {
          const type = this.pop(ANY);
          if (type !== ANY && !isRef(type))
            this.fail(`type mismatch: ref.is_null expects a reference, found ${typeName(type)}`);
          this.push(ValType.I32);
          break;
        }
        case WasmOp.REF_FUNC: {
          const index = this.readIndex(m.funcTypes.length, 'function');
          if (m.declaredRefs[index] === 0) this.fail(`undeclared function reference ${index}`);
          this.push(ValType.FUNCREF);
          break;
        }
        default: {
          // A fixed signature. The common case has its operands and they have the right types.
          const imm = OP_IMM[op];
          if (imm !== Imm.NONE) this.immediates(op, imm);
          const n = OP_POPS[op];
          const base = this.sp - n;
          const stack = this.stack;
          if (
            base >= this.height &&
            n <= 2 &&
            (n === 0 || stack[base] === OP_POP[4 * op]) &&
            (n < 2 || stack[base + 1] === OP_POP[4 * op + 1])
          )
            this.sp = base;
          else for (let i = n - 1; i >= 0; i--) this.pop(OP_POP[4 * op + i]);
          const result = OP_PUSH[op];
          if (result !== 0) this.push(result);
        }
      }
    }
  }

  /** Number of the operator behind a prefix byte. */
  private prefixed(prefix: number, at: number): number {
    const r = this.r;
    if (prefix > WasmOp.PREFIX_FD) r.refuse(`illegal opcode 0x${prefix.toString(16)}`, featureOfOpcode(prefix), at);
    const sub = r.u32();
    const op =
      sub > 0xff && prefix === WasmOp.PREFIX_FC ? OP_COUNT : (prefix === WasmOp.PREFIX_FC ? 0x100 : 0x200) + sub;
    if (op >= OP_COUNT || OP_IMM[op] === Imm.ILLEGAL)
      r.refuse(`illegal opcode 0x${prefix.toString(16)} ${sub}`, featureOfOpcode(op), at);
    return op;
  }

  /** Reads and checks the immediates of an operator with a fixed signature. */
  private immediates(op: number, imm: Imm): void {
    const { m, r } = this;
    switch (imm) {
      case Imm.MEMARG:
      case Imm.MEMARG_LANE: {
        this.needMemory();
        const align = r.u32();
        // Bit 6 says that a memory index follows.
        if (align > OP_N[op])
          r.refuse(
            'alignment must not be larger than natural',
            align >= 0x40 && align - 0x40 <= OP_N[op] ? Feature.MULTI_MEMORY : 0,
            this.at,
          );
        r.u32();
        if (imm === Imm.MEMARG_LANE && r.u8() >= 16 >> OP_N[op]) this.fail('invalid lane index');
        break;
      }
      case Imm.I32:
        r.s32();
        break;
      case Imm.I64:
        r.s64();
        break;
      case Imm.F32:
        r.skip(4);
        break;
      case Imm.F64:
        r.skip(8);
        break;
      case Imm.MEMORY:
        r.zeroByte();
        this.needMemory();
        break;
      case Imm.MEMORY_INIT:
        this.readData();
        r.zeroByte();
        this.needMemory();
        break;
      case Imm.DATA:
        this.readData();
        break;
      case Imm.MEMORY_COPY:
        r.zeroByte();
        r.zeroByte();
        this.needMemory();
        break;
      case Imm.TABLE_INIT: {
        const elem = this.readIndex(m.elems.length, 'elem segment');
        if (this.readTouchedTable() !== m.elems.type(elem)) this.fail('type mismatch: table and element segment');
        break;
      }
      case Imm.ELEM:
        this.readIndex(m.elems.length, 'elem segment');
        break;
      case Imm.TABLE_COPY: {
        const to = this.readTouchedTable();
        if (this.readTouchedTable() !== to) this.fail('type mismatch: tables of different types');
        break;
      }
      case Imm.LANE:
        if (r.u8() >= OP_N[op]) this.fail('invalid lane index');
        break;
      case Imm.V128:
        r.skip(16);
        break;
      case Imm.SHUFFLE:
        for (let i = 0; i < 16; i++) if (r.u8() >= 32) this.fail('invalid lane index');
        break;
      default:
        this.r.refuse(`illegal opcode 0x${op.toString(16)}`, featureOfOpcode(op), this.at);
    }
  }

  private needMemory(): void {
    if (!this.hasMemory) this.fail('unknown memory 0');
  }

  private readData(): void {
    const m = this.m;
    if (m.dataCount < 0) this.fail('data count section required');
    this.readIndex(m.dataCount, 'data segment');
  }

  /** An index below `n`. */
  private readIndex(n: number, what: string): number {
    const index = this.r.u32();
    if (index >= n) this.fail(`unknown ${what} ${index}`);
    return index;
  }

  /** Type of the local whose index comes next. */
  private readLocal(): number {
    const index = this.r.u32();
    if (index >= this.nLocals) this.fail(`unknown local ${index}`);
    return this.locals[index];
  }

  /** Type of the table whose index comes next, which is marked as touched. */
  private readTouchedTable(): ValType {
    const tables = this.m.tables;
    const index = this.readIndex(tables.length, 'table');
    this.mutatedTables[index] = 1;
    return tables[index].type;
  }

  /** Operand types of the label that comes next. */
  private readLabel(): Types {
    const index = this.r.u32();
    if (index >= this.depth) this.fail(`unknown label ${index}`);
    return this.label(index);
  }

  private label(index: number): Types {
    const ctl = this.depth - 1 - index;
    return this.ctlOp[ctl] === WasmOp.LOOP ? this.ctlStart[ctl] : this.ctlEnd[ctl];
  }

  private brTable(): void {
    const r = this.r;
    this.pop(ValType.I32);
    const n = r.u32();
    if (n > Limit.BR_TABLE_TARGETS)
      this.fail(`br_table with ${n} targets exceeds the limit of ${Limit.BR_TABLE_TARGETS}`);
    const first = this.readLabel();
    this.checkTop(first);
    let last = first;
    // The targets and, as the last of the n + 1 labels, the default.
    for (let i = 0; i < n; i++) {
      const types = this.readLabel();
      if (types === last) continue;
      if (types.length !== first.length)
        this.fail('type mismatch: br_table targets with different numbers of operands');
      this.checkTop(types);
      last = types;
    }
    this.setUnreachable();
  }

  private block(op: WasmOp.BLOCK | WasmOp.LOOP | WasmOp.IF | WasmOp.TRY): void {
    this.readBlockType();
    const { start } = this;
    if (op === WasmOp.IF) this.pop(ValType.I32);
    this.popTypes(start);
    this.open(op, start, this.end);
    this.pushTypes(start);
  }

  /** Sets `start` and `end` to the block type that comes next. */
  private readBlockType(): void {
    const r = this.r;
    const at = r.pos;
    const code = r.s33();
    this.start = this.end = NO_TYPES;
    if (code >= 0) {
      if (code >= this.m.types.length) r.fail(`unknown type ${code}`, at);
      this.start = this.m.types[code].params;
      this.end = this.m.types[code].results;
    } else {
      // The one-byte negative numbers: 0x40 is empty, others are value types.
      r.pos = at;
      if (r.bytes[at] === 0x40) r.pos = at + 1;
      else this.end = SINGLE[this.readValType()];
    }
  }

  /** Refuses the operator unless the proposal that it belongs to is on. */
  private need(feature: Feature): void {
    if ((this.m.features & feature) === 0)
      this.r.refuse(`illegal opcode 0x${this.op.toString(16)}`, feature, this.at);
  }

  // --- calls

  /** The type of the function whose index comes next. */
  private readCallee(): FuncType {
    const { m } = this;
    return m.types[m.funcTypes[this.readIndex(m.funcTypes.length, 'function')]];
  }

  /** The type that an indirect call expects; type and table index come next. The element's index is popped. */
  private readIndirectCallee(): FuncType {
    const { m } = this;
    const type = m.types[this.readIndex(m.types.length, 'type')];
    if (m.tables[this.readIndex(m.tables.length, 'table')].type !== ValType.FUNCREF)
      this.fail(`type mismatch: ${opName(this.op)} needs a table of funcref`);
    this.pop(ValType.I32);
    return type;
  }

  /** The call's results are the function's. */
  private tailCall({ params, results }: FuncType): void {
    const own = this.ctlEnd[0];
    if (!sameTypes(results, own))
      this.fail(
        `type mismatch: ${opName(this.op)} of a function with results [${results.map(typeName).join(' ')}] in one with [${own.map(typeName).join(' ')}]`,
      );
    this.popTypes(params);
    this.setUnreachable();
  }

  /** The block at control depth `top` ends: its results are on the stack. */
  private close(top: number): void {
    this.depth = top;
    this.height = this.ctlHeight[top - 1];
    this.unreachable = this.ctlUnreachable[top - 1] !== 0;
    this.pushTypes(this.ctlEnd[top]);
  }

  // --- exceptions: `try_table` of WebAssembly 3.0 and the older `try`

  /** Types of the contents of the tag whose index comes next. */
  private readTag(): Types {
    const { m } = this;
    return m.types[m.tags[this.readIndex(m.tags.length, 'tag')]].params;
  }

  private catchClause(op: WasmOp.CATCH | WasmOp.CATCH_ALL): void {
    this.need(Feature.EXCEPTIONS);
    const top = this.depth - 1;
    const before = this.ctlOp[top];
    if (before !== WasmOp.TRY && before !== WasmOp.CATCH) this.fail(`${opName(op)} does not match a try`);
    const contents = op === WasmOp.CATCH ? this.readTag() : NO_TYPES;
    this.popBlockResults();
    this.ctlOp[top] = op;
    this.ctlUnreachable[top] = 0;
    this.unreachable = false;
    this.pushTypes(contents);
  }

  /** Clauses are checked against the labels around the block. */
  private tryTable(): void {
    const r = this.r;
    this.readBlockType();
    const { start, end } = this;
    this.popTypes(start);
    for (let n = r.u32(); n > 0; n--) {
      const clause = r.u8();
      if (clause > Clause.CATCH_ALL_REF) r.fail('malformed catch clause', r.pos - 1);
      const contents = clause <= Clause.CATCH_REF ? this.readTag() : NO_TYPES;
      const carried = clause === Clause.CATCH || clause === Clause.CATCH_ALL ? contents : [...contents, ValType.EXNREF];
      const label = this.readLabel();
      if (!sameTypes(carried, label))
        this.fail(
          `type mismatch: catch clause carries [${carried.map(typeName).join(' ')}], its label takes [${label.map(typeName).join(' ')}]`,
        );
    }
    this.open(WasmOp.TRY_TABLE, start, end);
    this.pushTypes(start);
  }

  private open(op: number, start: Types, end: Types): void {
    const i = this.depth++;
    if (i === this.ctlOp.length) this.growControl();
    this.ctlOp[i] = op;
    this.ctlHeight[i] = this.height = this.sp;
    this.ctlUnreachable[i] = 0;
    this.unreachable = false;
    this.ctlStart[i] = start;
    this.ctlEnd[i] = end;
  }

  private growControl(): void {
    const n = 2 * this.ctlOp.length;
    this.ctlOp = grown(this.ctlOp, n);
    this.ctlUnreachable = grown(this.ctlUnreachable, n);
    const heights = new Int32Array(n);
    heights.set(this.ctlHeight);
    this.ctlHeight = heights;
  }

  /** Pops the results of the innermost block, which must be all that it has on the stack. */
  private popBlockResults(): void {
    this.popTypes(this.ctlEnd[this.depth - 1]);
    if (this.sp !== this.height)
      this.fail(`type mismatch: ${this.sp - this.height} more values on the stack than the block's results`);
  }

  private setUnreachable(): void {
    this.sp = this.height;
    this.unreachable = true;
    this.ctlUnreachable[this.depth - 1] = 1;
  }

  private push(type: number): void {
    if (this.sp === this.stack.length) this.growStack();
    this.stack[this.sp++] = type;
  }

  private growStack(): void {
    const n = 2 * this.stack.length;
    if (n > Limit.OPERANDS) this.fail(`more than ${Limit.OPERANDS} operands on the stack`);
    this.stack = grown(this.stack, n);
  }

  /** Pops an operand that must have the type `want` (ANY: whichever) and returns what is known of its type. */
  private pop(want: number): number {
    if (this.sp === this.height) {
      if (!this.unreachable) this.mismatch(want, -1);
      return want;
    }
    const type = this.stack[--this.sp];
    if (type === want || want === ANY) return type;
    if (type !== ANY) this.mismatch(want, type);
    return want;
  }

  private pushTypes(types: Types): void {
    for (let i = 0; i < types.length; i++) this.push(types[i]);
  }

  private popTypes(types: Types): void {
    for (let i = types.length - 1; i >= 0; i--) this.pop(types[i]);
  }

  /** Checks that operands of these types are on top of the stack, and leaves them there. */
  private checkTop(types: Types): void {
    for (let i = types.length - 1, at = this.sp - 1; i >= 0; i--, at--) {
      if (at < this.height) {
        if (!this.unreachable) this.mismatch(types[i], -1);
        return;
      }
      const type = this.stack[at];
      if (type !== types[i] && type !== ANY) this.mismatch(types[i], type);
    }
  }

  private mismatch(want: number, found: number): never {
    this.fail(
      `type mismatch: ${opName(this.op)} expects ${typeName(want)}, found ${found < 0 ? 'an empty stack' : typeName(found)}`,
    );
  }

  /** Throws a CompileError at the current operator. */
  private fail(reason: string): never {
    return this.r.fail(reason, this.at);
  }
}

function isRef(type: number): boolean {
  return type === ValType.FUNCREF || type === ValType.EXTERNREF || type === ValType.EXNREF;
}

function sameTypes(a: Types, b: Types): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function grown(a: Uint8Array, n: number): Uint8Array<ArrayBuffer> {
  const b = new Uint8Array(n);
  b.set(a);
  return b;
}
