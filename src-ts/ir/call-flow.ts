/**
 * Calls of a function under construction, and tail calls. In a body that is inlined for an ordinary call, a tail call
 * is an ordinary call, and the body ends with its results. A function that tail-calls itself becomes a loop.
 */
import { Trap } from '../abi/trap-codes.js';
import { refTo } from '../wasm/ref-types.js';
import { type FuncType, ValType } from '../wasm/types.js';
import { tableOperand } from './access.js';
import { ExceptionFlow } from './exception-flow.js';
import { Op } from './ops.js';
import { Known, known } from './references.js';
import { typeTest } from './type-test.js';

export abstract class CallFlow extends ExceptionFlow {
  /** The frame of the outermost construct of the open body. */
  protected bodyFrame = 0;
  /** What the open body returns is what the function returns: it is the function's own, or stands for a tail call. */
  protected inTail = true;
  /** Where the function goes on when it calls itself last (`repeat`), or -1. */
  protected again = -1;

  // --- what lowering an operator (lower.ts) asks of the builder, which has the open bodies and their locals ---
  /** The option `deterministic` (deterministic.ts). */
  abstract deterministic: boolean;
  abstract localFromMemory(l: number): number;
  abstract localToMemory(l: number, x: number): void;
  abstract inlineCall(callee: number, tail?: boolean): boolean;
  abstract likelyElement(typeIndex: number, table: number): number;
  abstract functionAt(table: number, element: number): number;
  abstract beginGuardedCall(index: number, element: number, type: FuncType): void;
  abstract otherwiseGuardedCall(): void;
  abstract endGuardedCall(): void;
  abstract branchOn(x: number, depth: number): void;
  protected abstract emitReturn(): void;

  /** Moves the arguments from the stack to the pool; returns their start. */
  private takeArguments(n: number): number {
    const pool = this.f.pool;
    const at = pool.push(n);
    pool.reserve(n);
    for (let i = this.sp - n; i < this.sp; i++) pool.a[pool.n++] = this.stack[i];
    this.sp -= n;
    return at;
  }

  /** After a call: its results, and anything may have been written. */
  private pushResults(call: number, results: ValType[]): void {
    this.facts.clear();
    if (results.length > 0) {
      this.passOn(results.length);
      this.push(call);
      for (let i = 1; i < results.length; i++)
        this.push(this.emit(Op.RESULT, this.classOf(results[i]), call, -1, -1, i, 0));
    }
    this.mayThrow();
  }

  emitCall(callee: number): void {
    const { params, results } = this.m.types[this.m.funcTypes[callee]];
    const at = this.takeArguments(params.length);
    this.pushResults(this.emit(Op.CALL, this.firstResult(results), -1, -1, -1, at, callee), results);
  }

  emitCallIndirect(typeIndex: number, table: number, index: number): void {
    if (!this.m.types[typeIndex].final) {
      this.emitCallRef(typeIndex, this.elementOfType(typeIndex, table, index));
      return;
    }
    const { params, results } = this.m.types[typeIndex];
    const at = this.takeArguments(params.length);
    const type = this.firstResult(results);
    this.pushResults(this.emit(Op.CALL_INDIRECT, type, index, table, -1, at, typeIndex), results);
  }

  /** The function in a table's element, which must be of a type that may have subtypes. */
  private elementOfType(typeIndex: number, table: number, index: number): number {
    const callee = this.emit(Op.TABLE_GET, ValType.FUNCREF, index, -1, -1, table, 0);
    this.nullCheck(callee, Trap.UNINITIALIZED_ELEMENT);
    const test = typeTest(this, callee, refTo(this.m.typeCanon[typeIndex]));
    this.pure(Op.NULL_CHECK, 0, test, -1, -1, Trap.INDIRECT_TYPE_MISMATCH, 0);
    return callee;
  }

  private firstResult(results: ValType[]): number {
    return results.length > 0 ? this.classOf(results[0]) : 0;
  }

  /** Traps with `code` if the reference is null. */
  nullCheck(reference: number, code: Trap): void {
    if ((known(this, reference) & Known.NON_NULL) === 0) this.pure(Op.NULL_CHECK, 0, reference, -1, -1, code, 0);
  }

  /** Calls a function reference of the type at `typeIndex`. */
  emitCallRef(typeIndex: number, callee: number): void {
    this.nullCheck(callee, Trap.NULL_REFERENCE);
    const { params, results } = this.m.types[typeIndex];
    const at = this.takeArguments(params.length);
    this.pushResults(this.emit(Op.CALL_REF, this.firstResult(results), callee, -1, -1, at, typeIndex), results);
  }

  // --- tail calls

  /** A call of `callee`, arguments on the stack, whose results the open body returns. */
  protected tailCall(callee: number): void {
    if (this.inTail && this.again >= 0 && callee === this.f.index) {
      this.repeat(this.m.types[this.f.typeIndex].params.length);
      return;
    }
    const handler = this.leaveHandlers();
    if (!this.inlineCall(callee, true)) {
      if (this.inTail) {
        const at = this.takeArguments(this.m.types[this.m.funcTypes[callee]].params.length);
        this.terminate(Op.TAIL_CALL, -1, at, callee);
      } else this.emitCall(callee);
    }
    this.returnFromCall(handler);
  }

  protected tailCallIndirect(typeIndex: number, table: number): void {
    const handler = this.leaveHandlers();
    const index = tableOperand(this, table);
    if (!this.m.types[typeIndex].final) {
      this.push(this.elementOfType(typeIndex, table, index));
      this.handler[this.nFrames - 1] = handler;
      this.tailCallRef(typeIndex);
      return;
    }
    const element = this.likelyElement(typeIndex, table);
    if (element < 0) this.endByCallIndirect(typeIndex, table, index);
    else {
      this.beginGuardedCall(index, element, this.m.types[typeIndex]);
      this.tailCall(this.functionAt(table, element));
      this.otherwiseGuardedCall();
      this.endByCallIndirect(typeIndex, table, index);
      this.endGuardedCall();
    }
    this.handler[this.nFrames - 1] = handler;
  }

  private endByCallIndirect(typeIndex: number, table: number, index: number): void {
    if (this.inTail) {
      const at = this.takeArguments(this.m.types[typeIndex].params.length);
      this.emit(Op.TAIL_CALL_INDIRECT, 0, index, table, -1, at, typeIndex);
      this.cur = -1;
      return;
    }
    this.emitCallIndirect(typeIndex, table, index);
    if (this.cur >= 0) this.emitReturn();
  }

  protected tailCallRef(typeIndex: number): void {
    const callee = this.pop();
    if (this.op[callee] === Op.REF_FUNC) {
      this.tailCall(this.imm[callee]);
      return;
    }
    const handler = this.leaveHandlers();
    if (this.inTail) {
      this.nullCheck(callee, Trap.NULL_REFERENCE);
      const at = this.takeArguments(this.m.types[typeIndex].params.length);
      this.terminate(Op.TAIL_CALL_REF, callee, at, typeIndex);
    } else this.emitCallRef(typeIndex, callee);
    this.returnFromCall(handler);
  }

  /** From here on exceptions go where those of a call of the open body would. Returns what `returnFromCall` needs. */
  private leaveHandlers(): number {
    const i = this.nFrames - 1;
    const handler = this.handler[i];
    this.handler[i] = this.handler[this.bodyFrame];
    return handler;
  }

  private returnFromCall(handler: number): void {
    this.handler[this.nFrames - 1] = handler;
    if (this.cur >= 0) this.emitReturn();
  }

  /**
   * The function calls itself last: starts the header of a loop with its parameters, to which such calls branch. The
   * other locals are zero there by themselves.
   */
  protected beginAgain(params: readonly number[]): void {
    const from = this.cur;
    this.edge(this.blockPos.n);
    for (let l = 0; l < params.length; l++) this.args.push(this.locals.value[l]);
    this.terminate(Op.BR, -1, 0, 0);
    // No operator stands at the byte before the first: for profiles this is another place than the function's entry.
    const { p } = this;
    this.p = p - 1;
    this.again = this.startBlock();
    this.p = p;
    this.facts.clear();
    this.setDominator(this.again, from);
    for (let l = 0; l < params.length; l++) this.locals.set(l, this.addParam(this.again, this.localType[l]));
  }

  /** Goes on at the header of that loop with the arguments on the stack. */
  private repeat(nParams: number): void {
    this.checkArgs(nParams);
    this.edge(this.again);
    this.blockIsLoop.a[this.again] = 1;
    for (let k = this.sp - nParams; k < this.sp; k++) this.args.push(this.stack[k]);
    this.terminate(Op.BR, -1, 0, 0);
  }
}
