/**
 * Validation of function bodies: the algorithm of the core specification's appendix, on typed arrays.
 *
 * `body-state.ts` has the stacks that the algorithm works on, `validate-control.ts` the rules of blocks, branches and
 * exceptions, `validate-immediates.ts` what follows an opcode. Operators with a fixed signature are driven by the tables
 * of `op-tables.ts`; the others have a case in `body`. One pass, linear in the bytes of the body except for operators
 * whose label or function types are long. On the way the pass notes which tables the bodies touch other than by
 * call_indirect, which decides how the later phases lay tables out.
 *
 * A Validator's arrays are reused from function to function; a validator that threw is still usable.
 */
import { ANY, areSubtypes, BodyState } from './body-state.js';
import { typeOfFunction } from './const-expr.js';
import { OP_COUNT, OP_IMM, OP_POP, OP_POPS, OP_PUSH, opName } from './op-tables.js';
import { typeName } from './type-names.js';
import { Imm, WasmOp } from './opcodes.js';
import { Feature, featureOfOpcode } from './proposals.js';
import { isRef, isSubtype, nonNull, readHeapType } from './ref-types.js';
import type { WasmModule } from './decoded-module.js';
import { addressType, type FuncType, ValType } from './types.js';
import {
  block,
  brTable,
  catchClause,
  delegate,
  elseClause,
  endOfBlock,
  rethrow,
  tryTable,
} from './validate-control.js';
import { refEq, validateGc } from './validate-gc.js';
import { immediates, wideOperands } from './validate-immediates.js';
import { branchOnNull, popCallee } from './validate-references.js';

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

/** The operators from here on belong to proposals: relaxed SIMD, threads. */
const FIRST_RELAXED = 0x300;

export class Validator extends BodyState {
  /** Validates one defined function; throws CompileError. */
  validate(definedIndex: number): void {
    const { m, r } = this;
    r.pos = m.bodyStart[definedIndex];
    r.end = m.bodyEnd[definedIndex];
    r.func = m.importedFuncs + definedIndex;
    const type = m.types[m.funcTypes[r.func]];
    this.enter(type.params, type.results);
    this.body();
    if (r.pos !== r.end) r.fail('operators after the end of the function');
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
          this.pop(this.readSetLocal());
          break;
        case WasmOp.LOCAL_TEE: {
          const type = this.readSetLocal();
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
          block(this, op);
          break;
        case WasmOp.TRY:
          this.need(Feature.EXCEPTIONS);
          block(this, op);
          break;
        case WasmOp.CATCH:
        case WasmOp.CATCH_ALL:
          this.need(Feature.EXCEPTIONS);
          catchClause(this, op);
          break;
        case WasmOp.DELEGATE:
          this.need(Feature.EXCEPTIONS);
          delegate(this);
          break;
        case WasmOp.THROW:
          this.need(Feature.EXCEPTIONS);
          this.popTypes(this.readTag());
          this.setUnreachable();
          break;
        case WasmOp.RETHROW:
          this.need(Feature.EXCEPTIONS);
          rethrow(this);
          break;
        case WasmOp.THROW_REF:
          this.need(Feature.EXCEPTIONS);
          this.pop(ValType.EXNREF);
          this.setUnreachable();
          break;
        case WasmOp.TRY_TABLE:
          this.need(Feature.EXCEPTIONS);
          tryTable(this);
          break;
        case WasmOp.ELSE:
          elseClause(this);
          break;
        case WasmOp.END:
          if (endOfBlock(this)) return;
          break;
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
          brTable(this);
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
        case WasmOp.REF_EQ:
          this.need(Feature.GC);
          refEq(this);
          break;
        case WasmOp.PREFIX_FB:
          this.need(Feature.GC);
          validateGc(this);
          break;
        case WasmOp.RETURN_CALL_REF:
          this.need(Feature.FUNCTION_REFERENCES);
          this.need(Feature.TAIL_CALL);
          this.tailCall(popCallee(this));
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
          const table = this.readTouchedTable();
          this.pop(addressType(table));
          this.push(table.type);
          break;
        }
        case WasmOp.TABLE_SET: {
          const table = this.readTouchedTable();
          this.pop(table.type);
          this.pop(addressType(table));
          break;
        }
        case WasmOp.TABLE_GROW: {
          const table = this.readTouchedTable();
          this.pop(addressType(table));
          this.pop(table.type);
          this.push(addressType(table));
          break;
        }
        case WasmOp.TABLE_FILL: {
          const table = this.readTouchedTable();
          this.pop(addressType(table));
          this.pop(table.type);
          this.pop(addressType(table));
          break;
        }
        case WasmOp.TABLE_SIZE:
          this.push(addressType(m.tables[this.readIndex(m.tables.length, 'table')]));
          break;
        case WasmOp.I64_ADD128:
        case WasmOp.I64_SUB128:
        case WasmOp.I64_MUL_WIDE_S:
        case WasmOp.I64_MUL_WIDE_U:
          this.need(Feature.WIDE_ARITHMETIC);
          for (let n = op <= WasmOp.I64_SUB128 ? 4 : 2; n > 0; n--) this.pop(ValType.I64);
          this.push(ValType.I64);
          this.push(ValType.I64);
          break;
        case WasmOp.REF_NULL:
          this.push(readHeapType(r, m));
          break;
        case WasmOp.REF_IS_NULL:
          this.popReference();
          this.push(ValType.I32);
          break;
        case WasmOp.REF_AS_NON_NULL:
          this.need(Feature.FUNCTION_REFERENCES);
          this.push(nonNull(this.popReference()));
          break;
        case WasmOp.BR_ON_NULL:
        case WasmOp.BR_ON_NON_NULL:
          this.need(Feature.FUNCTION_REFERENCES);
          branchOnNull(this, op);
          break;
        case WasmOp.CALL_REF: {
          this.need(Feature.FUNCTION_REFERENCES);
          const type = popCallee(this);
          this.popTypes(type.params);
          this.pushTypes(type.results);
          break;
        }
        case WasmOp.REF_FUNC: {
          const index = this.readIndex(m.funcTypes.length, 'function');
          if (m.declaredRefs[index] === 0) this.fail(`undeclared function reference ${index}`);
          this.push(typeOfFunction(m, index));
          break;
        }
        default: {
          // A fixed signature. The common case has its operands and they have the right types.
          const imm = OP_IMM[op];
          if (imm !== Imm.NONE) {
            immediates(this, op, imm);
            if (this.wide !== 0) {
              wideOperands(this, op);
              break;
            }
          }
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
    if (prefix > WasmOp.PREFIX_FE) r.refuse(`illegal opcode 0x${prefix.toString(16)}`, featureOfOpcode(prefix), at);
    const sub = r.u32();
    const first = prefix === WasmOp.PREFIX_FC ? 0x100 : prefix === WasmOp.PREFIX_FD ? 0x200 : 0x400;
    const op = sub > (prefix === WasmOp.PREFIX_FD ? 0x1ff : 0xff) ? OP_COUNT : first + sub;
    const proposal = op < FIRST_RELAXED ? 0 : featureOfOpcode(op);
    if (op >= OP_COUNT || OP_IMM[op] === Imm.ILLEGAL)
      r.refuse(`illegal opcode 0x${prefix.toString(16)} ${sub}`, featureOfOpcode(op), at);
    if (proposal !== 0) r.need(this.m, proposal, `illegal opcode 0x${prefix.toString(16)} ${sub}`, at);
    return op;
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
    const type = m.types[this.readFuncType()];
    const table = m.tables[this.readIndex(m.tables.length, 'table')];
    if (!isSubtype(m, table.type, ValType.FUNCREF))
      this.fail(`type mismatch: ${opName(this.op)} needs a table of funcref`);
    this.pop(addressType(table));
    return type;
  }

  /** The call's results are the function's. */
  private tailCall({ params, results }: FuncType): void {
    const own = this.ctlEnd[0];
    if (!areSubtypes(this.m, results, own))
      this.fail(
        `type mismatch: ${opName(this.op)} of a function with results [${results.map(typeName).join(' ')}] in one with [${own.map(typeName).join(' ')}]`,
      );
    this.popTypes(params);
    this.setUnreachable();
  }
}
