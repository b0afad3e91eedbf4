/**
 * Validated wasm body → SSA. Here are bodies, locals, inlining and the operators that branch; `lower.ts` has the
 * others, `control-flow.ts` the blocks and edges.
 *
 * After Braun et al. (CC 2013), made simple by wasm's structure: an `end` sees all its predecessors, so a join gets a
 * parameter only where incoming values differ; a loop header gets one for each local that the loop assigns (found by a
 * scan ahead), and the redundant ones are removed afterwards (`compact.ts`). Blocks are numbered as they start, which
 * is a topological order of the forward edges with contiguous loops.
 *
 * Calls that pay (`inline.ts`) are replaced by the body of the function that they call, as a construct of its own with
 * locals behind the caller's.
 *
 * Nothing recurses over the nesting but inlined bodies, to a small depth. Time: O(operators + parameters made ×
 * predecessors), whatever the number of locals (`locals.ts`). Parameters can be many more than operators (n loops in
 * each other that change n locals need n²/2). Where a function needs more than ARGS_PER_BYTE, as no program that people
 * write does, its locals stay in memory, in its frame: a second attempt makes loads and stores of them.
 */
import { Trap } from '../abi/trap-codes.js';
import { CompileError } from '../errors.js';
import type { ModuleProfile } from './profile.js';
import { Hint, hintAt } from '../wasm/branch-hints.js';
import { runPart, RunPart } from '../wasm/straight-runs.js';
import { WasmOp } from '../wasm/opcodes.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { type FuncType, ValType } from '../wasm/types.js';
import { loadBases } from './access.js';
import { BodyLocals } from './body-locals.js';
import { ConstructKind } from './control-flow.js';
import { condition } from './fold.js';
import { type Func, INLINED } from './func.js';
import { fewLocals, Inliner, MAX_DEPTH } from './inline.js';
import { lowerOperator } from './lower.js';
import { Op } from './ops.js';
import { callsItselfLast, LoopScan, skipImmediates, TOO_MANY } from './scan.js';

/** Largest k for which a switch on `x - k` becomes a switch on x with k more entries. */
const MAX_SKIPPED = 64;
/**
 * An indirect call is compared with its most frequent target if that gets at least this much of the calls beyond what
 * all others get.
 */
const LIKELY_TARGET = 0.6;

/** Most edge arguments of a function; with its locals in memory there may be more. Programs have less than one a byte. */
const FREE_ARGS = 1 << 18;
const ARGS_PER_BYTE = 2;
const FREE_ARGS_IN_MEMORY = 1 << 20;
const ARGS_PER_BYTE_IN_MEMORY = 4;
/** Most values that calls, branches, loops and returns pass on, many at a time, by one operator of few bytes. */
const FREE_PASSED = 1 << 20;
const PASSED_PER_BYTE = 4;

/** What a module's functions are built by beside their bodies. */
export interface BuildGuide {
  profile: ModuleProfile | null;
  /**
   * By table: functions by element where neither the table nor its elements ever change, else null. An element that is
   * no function is -1.
   */
  elements: (Int32Array | null)[];
}

/** Operators that make blocks or end them; calls are not among them. */
const IS_CONTROL = new Uint8Array(256).fill(1, 0, 0x10);
for (const op of [
  WasmOp.RETURN_CALL,
  WasmOp.RETURN_CALL_INDIRECT,
  WasmOp.RETURN_CALL_REF,
  WasmOp.DELEGATE,
  WasmOp.CATCH_ALL,
  WasmOp.TRY_TABLE,
  WasmOp.BR_ON_NULL,
  WasmOp.BR_ON_NON_NULL,
])
  IS_CONTROL[op] = 1;

/** Without a profile. */
export const NO_GUIDE: BuildGuide = { profile: null, elements: [] };

export class FuncBuilder extends BodyLocals {
  override deterministic = false;
  /** Count every straight run of operators (wasm/straight-runs.ts). */
  coverage = false;
  /** The run that begins here has no counter yet. */
  private uncounted = true;
  private readonly inliner = new Inliner(this.enabled);
  private guide = NO_GUIDE;

  // --- the open body: the function's own or an inlined one ---
  private inlineDepth = 0;
  private readonly loopScans = Array.from({ length: MAX_DEPTH + 1 }, () => new LoopScan());
  /** Its function, and `pos` of the call. */
  private bodyFunc = 0;
  private callPos = 0;
  /** Byte offset of the operator that is being translated, wherever its body stands. */
  private opStart = 0;
  /** Block that the guarded call whose second arm is open branched in. */
  private guardedFrom = 0;

  /**
   * Translates the body of the defined function `index` (in the function index space) into `f`, whose former contents
   * are lost. The body must be valid.
   */
  build(m: WasmModule, index: number, f: Func, guide: BuildGuide = NO_GUIDE): void {
    try {
      if (this.enabled['register-locals'] && this.fits(m, index, f, guide)) return;
      this.attempt(m, index, f, guide, true);
    } catch (e) {
      if (e !== TOO_MANY) throw e;
      const at = m.bodyStart[index - m.importedFuncs];
      throw new CompileError('calls, branches and loops of the function pass on too many values', at, index);
    }
  }

  private fits(m: WasmModule, index: number, f: Func, guide: BuildGuide): boolean {
    try {
      this.attempt(m, index, f, guide, false);
      return true;
    } catch (e) {
      if (e !== TOO_MANY) throw e;
      return false;
    }
  }

  /** As `build`, with the locals in memory or not. Throws TOO_MANY. */
  attempt(m: WasmModule, index: number, f: Func, guide: BuildGuide, localsInMemory: boolean): void {
    const defined = index - m.importedFuncs;
    const end = m.bodyEnd[defined];
    const bytes = end - m.bodyStart[defined];
    this.localsInMemory = localsInMemory;
    this.maxPassed = FREE_PASSED + PASSED_PER_BYTE * bytes;
    this.maxArgs = localsInMemory
      ? FREE_ARGS_IN_MEMORY + ARGS_PER_BYTE_IN_MEMORY * bytes
      : FREE_ARGS + ARGS_PER_BYTE * bytes;
    this.m = m;
    this.guide = guide;
    this.inliner.start(m, guide.profile, defined);
    this.weights.start(m, guide.profile, defined);
    this.inlineDepth = this.bodyFrame = this.firstLocal = 0;
    this.inTail = true;
    this.again = -1;
    this.loopScan = this.loopScans[0];
    f.inlined.clear();
    this.bytes = m.bytes;
    this.p = m.bodyStart[defined];
    f.index = index;
    f.typeIndex = m.funcTypes[index];
    this.resetValues(f, end - this.p);
    this.sp = 0;
    this.resetControlFlow();

    this.opPos = this.p;
    this.startBlock();
    this.facts.reset(m.importedMemories);
    this.words.value = -1;
    this.declareLocals(m.types[f.typeIndex].params);
    this.blockPos.a[0] = this.p;
    this.weights.moveBlock(0, this.p);
    this.pushFrame(ConstructKind.BLOCK, 0, m.types[f.typeIndex].results.length);
    if (this.enabled['tail-loops'] && !this.localsInMemory && callsItselfLast(this.bytes, this.p, end, index))
      this.beginAgain(m.types[f.typeIndex].params);
    this.translate(end);
    this.finish();
  }

  /** Translates the operators up to byte `end`, the end of a body. */
  private translate(end: number): void {
    const inlined = this.inlineDepth > 0;
    this.uncounted = true;
    while (this.p < end) {
      this.opStart = this.p;
      this.opPos = inlined ? this.inlinedPos() : this.p;
      if (this.coverage) this.countRun();
      const op = this.bytes[this.p++];
      if (IS_CONTROL[op] !== 0) this.control(op);
      else if (this.cur >= 0) lowerOperator(this, op);
      else this.p = skipImmediates(this.bytes, this.p, op);
    }
  }

  /** Counts the next operator, if it is the first of a run. */
  private countRun(): void {
    const part = runPart(this.bytes, this.p);
    if (this.uncounted && this.cur >= 0 && (part & RunPart.SILENT) === 0) {
      this.emit(Op.COUNT, 0, -1, -1, -1, this.opStart, 0);
      this.uncounted = false;
    }
    if ((part & RunPart.BORDER) !== 0) this.uncounted = true;
  }

  /** `pos` of the next operator of an inlined body. */
  private inlinedPos(): number {
    const rows = this.f.inlined;
    const row = (rows.push(this.bodyFunc) / 3) | 0;
    rows.push(this.p);
    rows.push(this.callPos);
    return INLINED + row;
  }

  // --- inlining ---

  /**
   * Translates the body of function `callee` here instead of a call, its arguments on the stack, if that pays. `tail`: the
   * call is the last thing that the open body does.
   */
  inlineCall(callee: number, tail = false): boolean {
    const { m, inliner, weights } = this;
    if (this.localsInMemory || !inliner.wants(callee, weights.of(this.cur))) return false;
    const d = callee - m.importedFuncs;
    const { params, results } = m.types[m.funcTypes[callee]];
    const locals = this.countLocals(m.bodyStart[d]);
    if (!fewLocals(params.length, locals)) return false;
    const { p, opPos, loopScan, bodyFunc, bodyFrame, firstLocal, endLocal, callPos, inTail } = this;
    const weight = weights.of(this.cur);
    inliner.enter(callee);
    weights.enter(d, this.cur);
    this.loopScan = this.loopScans[++this.inlineDepth];
    this.bodyFunc = callee;
    this.callPos = opPos;
    this.inTail = this.inTail && tail;
    this.p = m.bodyStart[d];
    this.firstLocal = endLocal;
    this.endLocal = endLocal + params.length + locals;
    this.takeLocals(params);
    weights.moveBlock(this.cur, this.p);
    this.bodyFrame = this.nFrames;
    this.pushFrame(ConstructKind.BLOCK, 0, results.length);
    this.translate(m.bodyEnd[d]);
    weights.leave(this.cur, weight);
    inliner.leave();
    this.inlineDepth--;
    this.p = p;
    this.opPos = opPos;
    this.loopScan = loopScan;
    this.bodyFunc = bodyFunc;
    this.bodyFrame = bodyFrame;
    this.firstLocal = firstLocal;
    this.endLocal = endLocal;
    this.callPos = callPos;
    this.inTail = inTail;
    return true;
  }

  /**
   * The table element that most calls of the current indirect call go to; -1 where that is not known, or not worth a
   * comparison.
   */
  likelyElement(typeIndex: number, table: number): number {
    const { m } = this;
    const elements = table < this.guide.elements.length ? this.guide.elements[table] : null;
    if (elements === null || !this.enabled.devirtualisation || this.localsInMemory) return -1;
    const element = this.weights.likelyTarget(this.opStart, this.cur, LIKELY_TARGET);
    if (element < 0 || element >= elements.length || elements[element] < 0) return -1;
    const callee = elements[element];
    // A direct call alone saves three instructions and costs a branch: only what is inlined pays (docs/performance.md).
    if (!this.inliner.wants(callee, LIKELY_TARGET * this.weights.of(this.cur))) return -1;
    return m.typeCanon[m.funcTypes[callee]] === m.typeCanon[typeIndex] ? element : -1;
  }

  /** The function in an element of a table that never changes. */
  functionAt(table: number, element: number): number {
    return this.guide.elements[table]![element];
  }

  /**
   * Begins `if (index == element) direct call else call_indirect`, arguments on the stack; the direct call comes next.
   */
  beginGuardedCall(index: number, element: number, { params, results }: FuncType): void {
    const from = this.cur;
    const c = this.pure(Op.I32_EQ, ValType.I32, index, this.i32(element), -1, 0, 0);
    this.pushFrame(ConstructKind.IF, params.length, results.length);
    this.openArms(this.nFrames - 1, c, Hint.NONE);
    this.weights.like(this.cur, from, (1 + LIKELY_TARGET) / 2);
  }

  /** Then the indirect call. */
  otherwiseGuardedCall(): void {
    const i = this.nFrames - 1;
    this.guardedFrom = this.edgeFrom.a[this.elseEdge[i]];
    this.beginElse(i);
    this.weights.like(this.cur, this.guardedFrom, (1 - LIKELY_TARGET) / 2);
  }

  endGuardedCall(): void {
    this.endConstruct();
    this.weights.like(this.cur, this.guardedFrom, 1);
  }

  // --- control operators ---

  private control(op: number): void {
    switch (op) {
      case 0x00:
        if (this.cur >= 0) this.terminate(Op.TRAP, -1, Trap.UNREACHABLE, 0);
        return;
      case 0x02:
        this.openConstruct(ConstructKind.BLOCK);
        return;
      case 0x03:
        this.openConstruct(ConstructKind.LOOP);
        if (this.cur >= 0) this.startLoop(this.nFrames - 1);
        return;
      case 0x04:
        this.openIf();
        return;
      case 0x05:
        this.beginElse(this.nFrames - 1);
        return;
      case WasmOp.RETURN_CALL: {
        const callee = this.u32();
        if (this.cur >= 0) this.tailCall(callee);
        return;
      }
      case WasmOp.RETURN_CALL_INDIRECT: {
        const typeIndex = this.u32();
        const table = this.u32();
        if (this.cur >= 0) this.tailCallIndirect(typeIndex, table);
        return;
      }
      case WasmOp.TRY:
        this.openTry();
        return;
      case WasmOp.CATCH:
        this.beginCatch(this.u32(), this.opStart);
        return;
      case WasmOp.CATCH_ALL:
        this.beginCatch(-1, this.opStart);
        return;
      case WasmOp.THROW: {
        const tag = this.u32();
        if (this.cur >= 0) this.throwNew(tag);
        return;
      }
      case WasmOp.RETHROW: {
        const depth = this.u32();
        if (this.cur >= 0) this.rethrow(this.nFrames - 1 - depth);
        return;
      }
      case WasmOp.THROW_REF:
        if (this.cur >= 0) this.throwReference(this.pop());
        return;
      case WasmOp.DELEGATE:
        this.delegateTo(this.nFrames - 2 - this.u32());
        this.endConstruct();
        return;
      case WasmOp.TRY_TABLE:
        this.openTryTable();
        return;
      case 0x0b:
        this.endConstruct();
        return;
      case 0x0c: {
        const depth = this.u32();
        if (this.cur >= 0) this.jump(this.nFrames - 1 - depth);
        return;
      }
      case 0x0d: {
        const depth = this.u32();
        if (this.cur >= 0) this.branchIf(depth);
        return;
      }
      case WasmOp.RETURN_CALL_REF: {
        const type = this.u32();
        if (this.cur >= 0) this.tailCallRef(type);
        return;
      }
      case WasmOp.BR_ON_NULL: {
        const depth = this.u32();
        if (this.cur >= 0) this.branchOnNull(depth);
        return;
      }
      case WasmOp.BR_ON_NON_NULL: {
        const depth = this.u32();
        if (this.cur < 0) return;
        // The label takes the reference, what follows does not.
        this.branchOn(this.stack[this.sp - 1], depth);
        this.sp--;
        return;
      }
      case 0x0e:
        if (this.cur >= 0) this.branchTable();
        else this.p = skipImmediates(this.bytes, this.p, op);
        return;
      case 0x0f:
        if (this.cur >= 0) this.emitReturn();
        return;
      default: // nop
        return;
    }
  }

  private branchOnNull(depth: number): void {
    const reference = this.pop();
    this.branchOn(this.pure(Op.I32_EQZ, ValType.I32, reference, -1, -1, 0, 0), depth);
    if (this.cur >= 0) this.push(reference);
  }

  private branchIf(depth: number): void {
    this.branchOn(this.pop(), depth);
  }

  /** Branches to the label at `depth` if x is neither 0 nor null. */
  branchOn(x: number, depth: number): void {
    const c = condition(this, x);
    if (this.op[c] === Op.I32_CONST) {
      if (this.imm[c] !== 0) this.jump(this.nFrames - 1 - depth);
      return;
    }
    const from = this.cur;
    this.branchEdge(this.nFrames - 1 - depth);
    this.terminate(Op.BR_IF, c, hintAt(this.m.branchHints, this.opStart), 0);
    this.fallThrough(from);
  }

  /** One edge for each distinct label; the table holds ordinals among them. */
  private branchTable(): void {
    const index = this.pop();
    const n = this.u32() + 1;
    const stamp = ++this.targetStampNow;
    const pool = this.f.pool;
    const at = pool.n;
    let targets = 0;
    for (let k = 0; k < n; k++) {
      const i = this.nFrames - 1 - this.u32();
      if (this.targetStamp[i] !== stamp) {
        this.targetStamp[i] = stamp;
        this.targetOrdinal[i] = targets++;
        this.branchEdge(i);
      }
      pool.push(this.targetOrdinal[i]);
    }
    if (targets > 1) {
      const skip = this.skippedCases(index);
      if (skip > 0) {
        // What was below the first case now has entries of its own, which go where everything out of range goes.
        const otherwise = pool.a[at + n - 1];
        pool.reserve(skip);
        pool.a.copyWithin(at + skip, at, at + n);
        pool.a.fill(otherwise, at, at + skip);
        pool.n += skip;
      }
      this.terminate(Op.BR_TABLE, skip > 0 ? this.a[index] : index, at, n + skip);
    } else {
      pool.n = at;
      this.terminate(Op.BR, -1, 0, 0);
    }
  }

  /** k where the index of a switch is `x - k` for a small k, so that the switch can use x itself; else 0. */
  private skippedCases(index: number): number {
    if (this.op[index] !== Op.I32_ADD) return 0;
    const k = this.b[index];
    return this.op[k] === Op.I32_CONST && this.imm[k] < 0 && this.imm[k] >= -MAX_SKIPPED ? -this.imm[k] : 0;
  }

  protected emitReturn(): void {
    if (this.inlineDepth > 0) {
      this.jump(this.bodyFrame);
      return;
    }
    const n = this.nResults[0];
    this.passOn(n);
    const pool = this.f.pool;
    const at = pool.n;
    for (let i = this.sp - n; i < this.sp; i++) pool.push(this.stack[i]);
    this.terminate(Op.RETURN, -1, at, n);
  }

  private startLoop(i: number): void {
    const from = this.cur;
    const nParams = this.nParams[i];
    this.loopScan.find(this.bytes, this.p);
    this.loopLocalsAt[i] = this.loopScan.from;
    this.loopLocalsEnd[i] = this.loopScan.to;
    const moves = this.loopScan.calls || this.loopScan.grows;
    if (!moves) loadBases(this, this.loopScan.memories);

    this.edge(this.blockPos.n);
    this.loopArguments(i);
    this.terminate(Op.BR, -1, 0, 0);

    const h = this.startBlock();
    if (this.loopScan.calls) this.facts.clear();
    else if (this.loopScan.stores) this.facts.clearMemory();
    if (moves) this.facts.clearBases();
    this.setDominator(h, from);
    this.header[i] = h;
    for (let k = this.loopLocalsAt[i]; k < this.loopLocalsEnd[i]; k++) {
      const l = this.firstLocal + this.loopScan.lists.a[k];
      this.locals.set(l, this.addParam(h, this.localType[l]));
    }
    this.passOn(nParams);
    for (let k = this.sp - nParams; k < this.sp; k++) this.stack[k] = this.addParam(h, this.type[this.stack[k]]);
  }

  private openIf(): void {
    if (this.cur < 0) {
      this.openConstruct(ConstructKind.IF);
      return;
    }
    const c = condition(this, this.pop());
    const hint = hintAt(this.m.branchHints, this.opStart);
    this.openConstruct(ConstructKind.IF);
    this.openArms(this.nFrames - 1, c, hint);
  }

  /** Begins the arm of frame `i` for a condition that holds. */
  private openArms(i: number, c: number, hint: Hint): void {
    const from = this.cur;
    this.terminate(Op.BR_IF, c, hint, 0);
    this.fallThrough(from);
    const then = this.cur;
    this.cur = from;
    this.elseEdge[i] = this.edge(-1);
    this.edgeFrame.a[this.elseEdge[i]] = i; // as long as no else arm begins
    this.carry(this.nParams[i]);
    this.cur = then;
  }

  private beginElse(i: number): void {
    if (this.cur >= 0) this.jump(i);
    const e = this.elseEdge[i];
    if (e < 0) return; // the whole construct is unreachable
    this.elseEdge[i] = -1;
    this.edgeTo.a[e] = this.blockPos.n;
    this.setDominator(this.startBlock(), this.edgeFrom.a[e]);
    this.beginArm(e);
    this.facts.restore(this, this.edgeFacts.a[e]);
    this.locals.moveTo(this.edgeLocals.a[e]);
    this.sp = this.height[i];
    for (let k = 0; k < this.nParams[i]; k++) this.push(this.carried.a[this.edgeCarried.a[e] + k]);
  }

  private endConstruct(): void {
    const i = --this.nFrames;
    if (this.kind[i] >= ConstructKind.TRY) this.endTry(i);
    // The locals of an inlined body end with it.
    if (this.inlineDepth > 0 && i === this.bodyFrame) this.endLocal = this.firstLocal;
    if (this.firstEdge[i] >= 0 || this.elseEdge[i] >= 0) {
      if (this.cur >= 0) this.jump(i);
      if (this.elseEdge[i] >= 0) this.addToEnd(i, this.elseEdge[i]); // no else arm: parameters become results
      this.startJoin(i);
    } else if (this.cur < 0) {
      this.sp = this.height[i];
    }
    if (i === 0 && this.cur >= 0) this.emitReturn();
  }
}
