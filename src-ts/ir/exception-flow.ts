/**
 * Exceptions in a function under construction: `try` with its clauses, `try_table`, and what throws.
 *
 * A call inside a try ends its block with INVOKE, whose second successor is a landing pad of that call's own: nothing
 * but the place where the exception arrives, so that no edge has to do anything while the stack is unwound. The landing
 * pads of a try lead to its *dispatch*, an ordinary join, which compares the exception's tag with those of the clauses
 * one after the other. What no clause takes goes on to the dispatch of the try around it, or out of the function. Calls
 * outside of any try are as they always were.
 *
 * Everything that clauses need of an exception is read from its record in the dispatch, before anything else is called:
 * the record is certain to exist until the next exception arrives in this activation.
 */
import { contentBytes, ExceptionRecord } from '../abi/vmctx.js';
import { Clause } from '../wasm/opcodes.js';
import { ValType } from '../wasm/types.js';
import { ControlFlow, ConstructKind } from './control-flow.js';
import { Op } from './ops.js';

export class ExceptionFlow extends ControlFlow {
  // --- what throws

  /** After a call and its results: inside a try it may come back on another way. */
  mayThrow(): void {
    const h = this.handler[this.nFrames - 1];
    if (h < 0) return;
    const from = this.cur;
    const returned = this.edge(-1);
    const pad = this.padEdge(Op.INVOKE, -1, 0, 0);
    this.throwFrom(pad, from, h);
    this.cur = from;
    this.edgeTo.a[returned] = this.blockPos.n;
    const next = this.startBlock();
    this.setDominator(next, from);
    this.beginArm(returned);
  }

  /** Throws a new exception; its contents are on the stack. */
  protected throwNew(tag: number): void {
    const { pool } = this.f;
    const n = this.m.types[this.m.tags[tag]].params.length;
    const at = pool.push(n);
    for (let i = this.sp - n; i < this.sp; i++) pool.push(this.stack[i]);
    this.sp -= n;
    this.throwBy(Op.THROW, -1, at, tag);
  }

  protected throwReference(exception: number): void {
    this.throwBy(Op.THROW_REF, exception, 0, 0);
  }

  /** Throws the exception again that the clause of frame `i` has caught. */
  protected rethrow(i: number): void {
    this.throwReference(this.caughtReference[i]);
  }

  /** Ends the current block by `op`, which throws. */
  private throwBy(op: number, a: number, imm: number, imm2: number): void {
    const h = this.handler[this.nFrames - 1];
    const from = this.cur;
    if (h < 0) this.terminate(op, a, imm, imm2);
    else this.throwFrom(this.padEdge(op, a, imm, imm2), from, h);
  }

  /** Ends the current block by `op`, with an edge to a landing pad that comes next. Returns the pad. */
  private padEdge(op: number, a: number, imm: number, imm2: number): number {
    const pad = this.blockPos.n;
    this.edge(pad);
    this.terminate(op, a, imm, imm2);
    return pad;
  }

  /** Makes the landing pad of block `from`, from which the exception goes to the clauses of frame `h`. */
  private throwFrom(pad: number, from: number, h: number): void {
    this.setDominator(this.startBlock(), from);
    this.weights.like(pad, from, 0);
    this.armEdge = -1;
    this.throwAlong(this.emit(Op.LANDING, ValType.I64, -1, -1, -1, 0, 0), h);
  }

  /** From the current block an exception with this record goes to the clauses of frame `h`. */
  private throwAlong(record: number, h: number): void {
    this.push(record);
    const e = this.edge(-1);
    this.addThrow(h, e);
    this.carry(1);
    this.sp--;
    this.terminate(Op.BR, -1, 0, 0);
  }

  private addThrow(h: number, e: number): void {
    if (this.lastThrow[h] < 0) this.firstThrow[h] = e;
    else this.edgeNext.a[this.lastThrow[h]] = e;
    this.lastThrow[h] = e;
  }

  // --- try

  protected openTry(): void {
    this.openConstruct(ConstructKind.TRY);
    this.beginTry();
  }

  private beginTry(): void {
    const i = this.nFrames - 1;
    this.handler[i] = i;
    this.firstThrow[i] = this.lastThrow[i] = -1;
  }

  /** The clause for exceptions with this tag (-1: all) of the innermost try begins, by the operator at byte `at`. */
  protected beginCatch(tag: number, at: number): void {
    const i = this.nFrames - 1;
    const { p } = this;
    if (this.cur >= 0) this.jump(i);
    // The dispatch counts as another place than the clause.
    this.p = at;
    if (this.kind[i] === ConstructKind.TRY) {
      this.kind[i] = ConstructKind.CATCH;
      this.handler[i] = i > 0 ? this.handler[i - 1] : -1;
      if (this.firstThrow[i] >= 0) {
        this.caught[i] = this.dispatch(i);
        // Now: when it is thrown again, its record may be gone.
        this.caughtReference[i] = this.reference(this.caught[i]);
      }
    } else if (this.elseEdge[i] >= 0) this.otherwise(i);
    this.p = p;
    this.sp = this.height[i];
    if (this.cur < 0 || tag < 0) return;
    this.compareTag(i, tag);
    this.pushContents(this.caught[i], tag);
  }

  /** Starts the dispatch of frame `i`, where all its exceptions meet. Returns the record. */
  private dispatch(i: number): number {
    this.joinEdges(this.firstThrow[i], 1, this.height[i]);
    this.armEdge = -1;
    return this.pop();
  }

  /** Goes on where the exception of frame `i` has this tag; `elseEdge` leads to where it has not. */
  private compareTag(i: number, tag: number): void {
    const actual = this.pure(Op.EXN_FIELD, ValType.I64, this.caught[i], -1, -1, ExceptionRecord.TAG, 0);
    const wanted = this.pure(Op.TAG, ValType.I64, -1, -1, -1, tag, 0);
    const same = this.pure(Op.I64_EQ, ValType.I32, actual, wanted, -1, 0, 0);
    const from = this.cur;
    this.terminate(Op.BR_IF, same, 0, 0);
    this.fallThrough(from);
    const then = this.cur;
    this.cur = from;
    this.elseEdge[i] = this.edge(-1);
    this.edgeFrame.a[this.elseEdge[i]] = i;
    this.cur = then;
  }

  /** Starts the block for the exceptions that the clauses of frame `i` so far do not take. */
  private otherwise(i: number): void {
    const e = this.elseEdge[i];
    this.elseEdge[i] = -1;
    this.edgeTo.a[e] = this.blockPos.n;
    this.setDominator(this.startBlock(), this.edgeFrom.a[e]);
    this.beginArm(e);
    this.facts.restore(this, this.edgeFacts.a[e]);
    this.locals.moveTo(this.edgeLocals.a[e]);
    this.sp = this.height[i];
  }

  private pushContents(record: number, tag: number): void {
    const { params } = this.m.types[this.m.tags[tag]];
    let at: number = ExceptionRecord.CONTENTS;
    for (const type of params) {
      this.push(this.pure(Op.EXN_FIELD, this.classOf(type), record, -1, -1, at, 0));
      at += contentBytes(type);
    }
  }

  /** The exnref of an exception, by its record. */
  private reference(record: number): number {
    return this.pure(Op.EXN_FIELD, ValType.EXNREF, record, -1, -1, ExceptionRecord.HANDLE, 0);
  }

  /** The exceptions of the innermost try go where one that is thrown in frame `to` would. */
  protected delegateTo(to: number): void {
    const i = this.nFrames - 1;
    this.handler[i] = to >= 0 ? this.handler[to] : -1;
  }

  // --- try_table

  protected openTryTable(): void {
    this.openConstruct(ConstructKind.TRY_TABLE);
    this.beginTry();
    this.clausesAt[this.nFrames - 1] = this.p;
    for (let n = this.u32(); n > 0; n--) {
      if (this.bytes[this.p++] <= Clause.CATCH_REF) this.u32();
      this.u32();
    }
  }

  /** The branches of the clauses of frame `i`, which is not open any more. */
  private branchByClauses(i: number): void {
    const { p } = this;
    this.p = this.clausesAt[i];
    const record = (this.caught[i] = this.dispatch(i));
    for (let n = this.u32(); n > 0 && this.cur >= 0; n--) {
      const clause = this.bytes[this.p++];
      const tag = clause <= Clause.CATCH_REF ? this.u32() : -1;
      const target = this.nFrames - 1 - this.u32();
      if (tag >= 0) {
        this.compareTag(i, tag);
        this.pushContents(record, tag);
      }
      if (clause === Clause.CATCH_REF || clause === Clause.CATCH_ALL_REF) this.push(this.reference(record));
      this.jump(target);
      if (tag >= 0) this.otherwise(i);
    }
    this.p = p;
  }

  // --- the end

  /** Frame `i`, a try of either form, has ended: what its clauses do not take goes on. */
  protected endTry(i: number): void {
    if (this.kind[i] !== ConstructKind.CATCH && this.firstThrow[i] < 0) return;
    if (this.cur >= 0) this.jump(i);
    let outer = i > 0 ? this.handler[i - 1] : -1;
    switch (this.kind[i]) {
      case ConstructKind.TRY_TABLE:
        this.branchByClauses(i);
        break;
      case ConstructKind.CATCH:
        if (this.elseEdge[i] >= 0) this.otherwise(i);
        break;
      default:
        // No clauses: with `delegate`, `handler` says where the exceptions go, else it is still the try itself.
        if (this.handler[i] !== i) outer = this.handler[i];
        this.caught[i] = this.dispatch(i);
    }
    if (this.cur < 0) return;
    if (outer >= 0) this.throwAlong(this.caught[i], outer);
    else this.terminate(Op.THROW_REF, this.reference(this.caught[i]), 0, 0);
  }
}
