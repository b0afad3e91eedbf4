/**
 * The control flow of a function under construction: open constructs, blocks, and edges with the state that they leave
 * with. `builder.ts` reads the operators that make it.
 *
 * Blocks are numbered as they start, which is a topological order of the forward edges with contiguous loops.
 */
import { IntVec } from '../util/vec.js';
import { BodyReader, doubled } from './body-reader.js';
import { Compaction } from './compact.js';
import { Locals } from './locals.js';
import { MemoryFacts } from './memory.js';
import { Op } from './ops.js';
import { Known, known } from './references.js';
import { isConst } from './opinfo.js';
import { LoopScan, TOO_MANY } from './scan.js';
import { Weights } from './weights.js';

export const enum ConstructKind {
  BLOCK = 0,
  LOOP = 1,
  IF = 2,
  /** A `try` in its first part, where exceptions go to its clauses. */
  TRY = 3,
  /** A `try` in one of its clauses. */
  CATCH = 4,
  TRY_TABLE = 5,
}

export class ControlFlow extends BodyReader {
  readonly locals = new Locals();
  /** What memory and globals hold at this point. */
  readonly facts = new MemoryFacts(this.enabled);
  readonly weights = new Weights();
  private readonly compaction = new Compaction();
  /**
   * Loops of the open body, and the number of its first local: bodies that are inlined have theirs behind those of the
   * caller.
   */
  protected loopScan = new LoopScan();
  firstLocal = 0;
  /** One past the number of its last local. */
  protected endLocal = 0;
  /** By local: its type in the IR, and what is known of references in it (references.ts). */
  protected localType = new Uint16Array(64);

  /** Whether locals are in memory in this attempt (builder.ts), and the most edge arguments that it may make. */
  localsInMemory = false;
  protected maxArgs = 0;
  /** Values that were passed on (`passOn`), and the most. */
  protected passed = 0;
  protected maxPassed = 0;

  // --- open constructs; the outermost is the function itself ---
  protected nFrames = 0;
  protected kind = new Uint8Array(64);
  /** Height of the operand stack below the construct's parameters. */
  protected height = new Int32Array(64);
  protected nParams = new Int32Array(64);
  protected nResults = new Int32Array(64);
  /** Forward edges to the construct's end, a list through `edgeNext` in creation order. */
  protected firstEdge = new Int32Array(64);
  protected lastEdge = new Int32Array(64);
  /** Loop header. */
  protected header = new Int32Array(64);
  /** The edge to the else arm until that begins, or -1. */
  protected elseEdge = new Int32Array(64);
  /** Loop: range in `loopScan.lists` of the locals that the loop assigns: those have header parameters. */
  protected loopLocalsAt = new Int32Array(64);
  protected loopLocalsEnd = new Int32Array(64);
  /** The innermost try, this or one around it, whose clauses an exception comes to that is thrown in it; or -1. */
  protected handler = new Int32Array(64);
  /** Try: edges with an exception to its clauses, a list through `edgeNext` in creation order. */
  protected firstThrow = new Int32Array(64);
  protected lastThrow = new Int32Array(64);
  /** Try in a clause that can be reached: record of the exception that it caught, and the exnref. */
  protected caught = new Int32Array(64);
  protected caughtReference = new Int32Array(64);
  /** try_table: byte offset of the vector of its clauses. */
  protected clausesAt = new Int32Array(64);
  /** br_table: stamp and successor ordinal of a frame that is a target already. */
  protected targetStamp = new Int32Array(64);
  protected targetOrdinal = new Int32Array(64);
  protected targetStampNow = 0;

  // --- blocks ---
  protected readonly blockPos = new IntVec();
  protected readonly blockIsLoop = new IntVec();
  /** First parameter in `params`; a block's parameters are contiguous. */
  protected readonly blockParamAt = new IntVec();
  protected readonly blockParamCount = new IntVec();
  protected readonly params = new IntVec();

  // --- edges ---
  protected readonly edgeFrom = new IntVec();
  protected readonly edgeTo = new IntVec();
  protected readonly edgeNext = new IntVec();
  /** Version of the locals. */
  protected readonly edgeLocals = new IntVec();
  /** Start in `carried` of the operands that the branch carries. */
  protected readonly edgeCarried = new IntVec();
  protected readonly edgeArgAt = new IntVec();
  /** Snapshot of `facts`. */
  protected readonly edgeFacts = new IntVec();
  protected readonly carried = new IntVec();
  /** While the target is not known: the frame whose end it is. */
  protected readonly edgeFrame = new IntVec();
  /**
   * The edge to the last block that began as an arm of a conditional branch, and the number of values when it began.
   */
  protected armEdge = -1;
  protected armValues = 0;
  protected readonly args = new IntVec();

  /** Forgets the blocks and edges of the last function. */
  protected resetControlFlow(): void {
    this.nFrames = 0;
    this.passed = 0;
    this.armEdge = -1;
    for (const v of [
      this.blockPos,
      this.blockIsLoop,
      this.blockParamAt,
      this.blockParamCount,
      this.params,
      this.edgeFrom,
      this.edgeTo,
      this.edgeNext,
      this.edgeLocals,
      this.edgeCarried,
      this.edgeArgAt,
      this.edgeFacts,
      this.edgeFrame,
      this.carried,
      this.args,
    ])
      v.clear();
  }

  // --- constructs ---

  protected pushFrame(kind: ConstructKind, nParams: number, nResults: number): void {
    const i = this.nFrames++;
    if (i === this.kind.length) this.growFrames();
    this.kind[i] = kind;
    this.height[i] = this.sp - nParams;
    this.nParams[i] = nParams;
    this.nResults[i] = nResults;
    this.firstEdge[i] = this.lastEdge[i] = this.elseEdge[i] = this.header[i] = -1;
    this.handler[i] = i > 0 ? this.handler[i - 1] : -1;
  }

  protected growFrames(): void {
    const kind = new Uint8Array(this.kind.length * 2);
    kind.set(this.kind);
    this.kind = kind;
    this.height = doubled(this.height);
    this.nParams = doubled(this.nParams);
    this.nResults = doubled(this.nResults);
    this.firstEdge = doubled(this.firstEdge);
    this.lastEdge = doubled(this.lastEdge);
    this.header = doubled(this.header);
    this.elseEdge = doubled(this.elseEdge);
    this.loopLocalsAt = doubled(this.loopLocalsAt);
    this.loopLocalsEnd = doubled(this.loopLocalsEnd);
    this.targetStamp = doubled(this.targetStamp);
    this.targetOrdinal = doubled(this.targetOrdinal);
    this.handler = doubled(this.handler);
    this.firstThrow = doubled(this.firstThrow);
    this.lastThrow = doubled(this.lastThrow);
    this.caught = doubled(this.caught);
    this.caughtReference = doubled(this.caughtReference);
    this.clausesAt = doubled(this.clausesAt);
  }

  protected openConstruct(kind: ConstructKind): void {
    const at = this.p;
    const blockType = this.s32();
    // A negative number is an empty type (-64) or one result; otherwise a type index.
    if (blockType === -64) this.pushFrame(kind, 0, 0);
    else if (blockType < 0) {
      this.p = at;
      this.valType();
      this.pushFrame(kind, 0, 1);
    } else this.pushFrame(kind, this.m.types[blockType].params.length, this.m.types[blockType].results.length);
  }

  // --- blocks and edges ---

  protected startBlock(): number {
    const b = this.addToDominatorTree();
    this.blockPos.push(this.p);
    this.blockIsLoop.push(0);
    this.blockParamAt.push(this.params.n);
    this.blockParamCount.push(0);
    this.weights.addBlock(this.p);
    this.cur = b;
    return b;
  }

  /** Undoes `startBlock`. */
  protected dropLastBlock(): void {
    this.dropFromDominatorTree();
    this.weights.dropBlock();
    this.blockPos.n--;
    this.blockIsLoop.n--;
    this.blockParamAt.n--;
    this.blockParamCount.n--;
  }

  /** `type`: as in `localType`. */
  protected addParam(b: number, type: number): number {
    const v = this.emit(Op.PARAM, type & 0xff, -1, -1, -1, this.blockParamCount.a[b]++, type & Known.ALL);
    this.params.push(v);
    return v;
  }

  /** An edge from the current block to block `to` (-1: not known yet), leaving with the present state. */
  protected edge(to: number): number {
    this.edgeTo.push(to);
    this.edgeFrame.push(-1);
    this.edgeNext.push(-1);
    this.edgeLocals.push(0);
    this.edgeCarried.push(0);
    this.edgeArgAt.push(0);
    this.edgeFacts.push(0);
    this.weights.addEdge(this.cur);
    const e = this.edgeFrom.push(this.cur);
    this.stampEdge(e);
    return e;
  }

  /** Gives edge `e` the present state: locals, facts, and what is carried next. */
  protected stampEdge(e: number): void {
    this.edgeLocals.a[e] = this.locals.head;
    this.edgeCarried.a[e] = this.carried.n;
    this.edgeArgAt.a[e] = this.args.n;
    this.edgeFacts.a[e] = this.facts.save();
  }

  protected carry(n: number): void {
    this.passOn(n);
    for (let i = this.sp - n; i < this.sp; i++) this.carried.push(this.stack[i]);
  }

  /** Adds edge `e` to those that meet at the end of frame `i`. */
  protected addToEnd(i: number, e: number): void {
    if (this.lastEdge[i] < 0) this.firstEdge[i] = e;
    else this.edgeNext.a[this.lastEdge[i]] = e;
    this.lastEdge[i] = e;
    this.edgeFrame.a[e] = i;
  }

  /** The edge of a branch from the current block to the label of frame `i`; operands stay on the stack. */
  protected branchEdge(i: number): void {
    this.aimEdge(this.edge(-1), i);
  }

  /** Makes edge `e`, just stamped, lead to the label of frame `i`. */
  protected aimEdge(e: number, i: number): void {
    if (this.kind[i] !== ConstructKind.LOOP) {
      this.addToEnd(i, e);
      this.carry(this.nResults[i]);
      return;
    }
    this.edgeTo.a[e] = this.header[i];
    this.blockIsLoop.a[this.header[i]] = 1;
    this.loopArguments(i);
  }

  /** Throws TOO_MANY if so many more arguments are more than the function may have. */
  protected checkArgs(more: number): void {
    if (this.args.n + more > this.maxArgs) throw TOO_MANY; // eslint-disable-line @typescript-eslint/only-throw-error -- a sentinel, not an error
  }

  /** One operator passes on `n` values. Throws TOO_MANY if those are more than the function may have. */
  protected passOn(n: number): void {
    if ((this.passed += n) > this.maxPassed) throw TOO_MANY; // eslint-disable-line @typescript-eslint/only-throw-error -- a sentinel, not an error
  }

  /** Pushes the arguments of an edge to the header of loop frame `i`. */
  protected loopArguments(i: number): void {
    const { args, locals } = this;
    this.checkArgs(this.loopLocalsEnd[i] - this.loopLocalsAt[i] + this.nParams[i]);
    const list = this.loopScan.lists.a;
    for (let k = this.loopLocalsAt[i]; k < this.loopLocalsEnd[i]; k++)
      args.push(locals.value[this.firstLocal + list[k]]);
    for (let k = this.sp - this.nParams[i]; k < this.sp; k++) args.push(this.stack[k]);
  }

  protected terminate(op: number, a: number, imm: number, imm2: number): void {
    this.emit(op, 0, a, -1, -1, imm, imm2);
    this.cur = -1;
  }

  /** Starts the block that only the current one's branch leads to. */
  protected fallThrough(from: number): void {
    this.cur = from;
    const e = this.edge(this.blockPos.n);
    this.setDominator(this.startBlock(), from);
    this.beginArm(e);
  }

  /** The current block, just started, is what only edge `e` leads to. */
  protected beginArm(e: number): void {
    this.armEdge = e;
    this.armValues = this.nv;
  }

  /** Branches from the current block to the label of frame `i`; operands stay on the stack. */
  protected jump(i: number): void {
    const e = this.takeBackEmpty(i);
    if (e < 0) {
      this.branchEdge(i);
      this.terminate(Op.BR, -1, 0, 0);
      return;
    }
    this.edgeTo.a[e] = -1;
    this.stampEdge(e);
    this.aimEdge(e, i);
    this.cur = -1;
  }

  /**
   * If the current block is one arm of a br_if or if and has nothing in it, takes it back and returns the edge that led
   * to it: the branch can lead to the target itself. Spares one block in seven. Not if both arms would then lead to the
   * same block: no two edges connect the same blocks. -1 if nothing was taken back.
   */
  protected takeBackEmpty(target: number): number {
    const e = this.armEdge;
    if (e < 0 || this.edgeTo.a[e] !== this.cur || this.blockPos.n - 1 !== this.cur) return -1;
    const { edgeFrom, edgeTo } = this;
    const other = e > 0 && edgeFrom.a[e - 1] === edgeFrom.a[e] ? e - 1 : e + 1;
    if (
      edgeTo.a[other] >= 0
        ? this.kind[target] === ConstructKind.LOOP && edgeTo.a[other] === this.header[target]
        : this.edgeFrame.a[other] === target
    )
      return -1;
    for (let v = this.armValues; v < this.nv; v++) if (!isConst(this.op[v])) return -1;
    this.armEdge = -1;
    this.dropLastBlock();
    return e;
  }

  /** Starts the block where all edges to the end of frame `i` meet. */
  protected startJoin(i: number): void {
    this.joinEdges(this.firstEdge[i], this.nResults[i], this.height[i]);
  }

  /**
   * Starts the block where the list of edges from `first` on meets, with `nResults` operands that they carry on a stack
   * of this height.
   */
  protected joinEdges(first: number, nResults: number, height: number): void {
    const { edgeNext, edgeFrom, edgeTo, edgeLocals, edgeCarried, edgeArgAt, carried, locals } = this;
    const join = this.startBlock();
    let dominator = edgeFrom.a[first];
    this.facts.restore(this, this.edgeFacts.a[first]);
    for (let e = first; e >= 0; e = edgeNext.a[e]) {
      edgeTo.a[e] = join;
      this.facts.intersect(this.edgeFacts.a[e]);
      dominator = this.commonDominator(dominator, edgeFrom.a[e]);
    }
    this.setDominator(join, dominator);
    this.sp = height;

    const firstCarried = edgeCarried.a[first];
    if (edgeNext.a[first] < 0) {
      locals.moveTo(edgeLocals.a[first]);
      for (let k = 0; k < nResults; k++) this.push(carried.a[firstCarried + k]);
      return;
    }
    locals.beginDiff(edgeLocals.a[first]);
    for (let e = edgeNext.a[first]; e >= 0; e = edgeNext.a[e]) locals.compareWith(edgeLocals.a[e]);
    const paramAt = this.params.n;
    const { different } = locals;
    // Locals of inlined bodies that have ended are dead.
    locals.forgetFrom(this.endLocal);
    const nLocals = different.n;
    for (let k = 0; k < nLocals; k++) this.addParam(join, this.localType[different.a[k]]);
    for (let k = 0; k < nResults; k++) {
      const x = carried.a[firstCarried + k];
      let same = true;
      let sure = Known.ALL & known(this, x);
      for (let e = edgeNext.a[first]; e >= 0; e = edgeNext.a[e]) {
        const y = carried.a[edgeCarried.a[e] + k];
        if (y === x) continue;
        same = false;
        if (sure !== 0) sure &= known(this, y);
      }
      this.push(same ? x : this.addParam(join, this.type[x] | sure));
    }

    const nParams = this.params.n - paramAt;
    if (nParams > 0) {
      const { args } = this;
      for (let e = first; e >= 0; e = edgeNext.a[e]) {
        this.checkArgs(nParams);
        edgeArgAt.a[e] = args.n;
        args.reserve(nParams);
        if (nLocals > 0) {
          locals.moveTo(edgeLocals.a[e]);
          for (let k = 0; k < nLocals; k++) args.a[args.n++] = locals.value[different.a[k]];
        }
        if (nParams === nLocals) continue;
        for (let k = 0; k < nResults; k++) {
          // The join's own parameters are younger than everything that was carried.
          if (this.stack[this.sp - nResults + k] >= this.params.a[paramAt + nLocals])
            args.a[args.n++] = carried.a[edgeCarried.a[e] + k];
        }
      }
    }
    locals.merge(this.params.a, paramAt);
  }

  /**
   * Hands blocks and edges to the function: complete but for dead values and redundant parameters, which `compact`
   * removes.
   */
  protected finish(): void {
    const f = this.f;
    f.nv = this.nv;
    f.nb = this.blockPos.n;
    f.ne = this.edgeFrom.n;
    f.blockPos = copyInto(f.blockPos, this.blockPos, f.nb);
    f.idom = copyInto(f.idom, this.idom, f.nb);
    f.domDepth = copyInto(f.domDepth, this.depth, f.nb);
    f.edgeFrom = copyInto(f.edgeFrom, this.edgeFrom, f.ne);
    f.edgeTo = copyInto(f.edgeTo, this.edgeTo, f.ne);
    if (f.isLoopHeader.length < f.nb) f.isLoopHeader = new Uint8Array(f.nb * 2);
    for (let b = 0; b < f.nb; b++) f.isLoopHeader[b] = this.blockIsLoop.a[b];
    if (f.part.length < f.nb) f.part = new Uint8Array(f.nb * 2);
    f.part.fill(0, 0, f.nb);
    if (f.wayAt.length < f.ne) f.wayAt = new Int32Array(f.ne * 2);
    f.wayAt.fill(-1, 0, f.ne);
    f.ways.clear();
    this.blockParamAt.push(this.params.n);
    this.compaction.compact(f, this.blockParamAt.a, this.params.a, this.edgeArgAt.a, this.args.a);
    this.weights.finish(f);
  }
}

function copyInto(to: Int32Array<ArrayBuffer>, from: IntVec, n: number): Int32Array<ArrayBuffer> {
  if (to.length < n) to = new Int32Array(n * 2);
  to.set(from.a.subarray(0, n));
  return to;
}
