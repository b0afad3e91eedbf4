/**
 * Removes bounds checks that an earlier check implies. Memories never shrink, so once index + end <=
 * size was checked, every access to the same index that ends no later is in bounds wherever that check dominates it.
 * Around a fenced memory (`isFenced` of wasm/types.ts) a check covers all accesses near the same index: they are in
 * bounds, or fault.
 * Works on the selected instructions, because there the order of accesses is final: selection moves loads to their
 * consumers.
 *
 * Only `dispose` shrinks a memory, perhaps below a suspended frame: its pages are inaccessible then, and every access
 * has an entry in the trap table in this mode too (the emitter of each machine), so that the fault is a trap.
 *
 * Instructions are removed in place; values keep their numbers. O(instructions): a check compares with a bounded number
 * of facts, and the walk up the dominator tree to each of them is bounded too.
 */
import { IntVec } from '../util/vec.js';
import { CHECK_FENCED, Form, type MachFunc } from './mach.js';
import { OpFlag } from './machine.js';

/** Facts of one value that a check looks at, latest first. */
const MAX_FACTS = 8;
/** Steps up the dominator tree. */
const MAX_STEPS = 64;
/** Larger ends are not remembered: the arithmetic stays in 32 bits. */
const MAX_END = 0x7fffffff;
/** Of a fact that is not about a fenced access. */
const NOT_FENCED = 0x7fffffff;

/** The pass, with its arrays: reused from function to function. */
export class MergeBounds {
  /** By value (the last for accesses at constant addresses): its latest fact, or -1. */
  private latest = new Int32Array(0);
  /** Facts: block of the check, bytes beyond the value that are in bounds after it, the value's fact before. */
  private readonly factBlock = new IntVec();
  private readonly factEnd = new IntVec();
  /** Of a fenced access the constant that was added to its index, else NOT_FENCED. */
  private readonly factAdded = new IntVec();
  /** The memory that was compared with (`disp` of the check). */
  private readonly factMemory = new IntVec();
  private readonly factBefore = new IntVec();

  /** Removes the checks of `mf` that a dominating check covers. Returns whether there were any. */
  run(mf: MachFunc): boolean {
    const { nVals, instAt } = mf;
    const { nb } = mf.func;
    const { operations } = mf.machine;
    if (this.latest.length <= nVals) this.latest = new Int32Array(nVals * 2 + 1);
    this.latest.fill(-1, 0, nVals + 1);
    this.factBlock.clear();
    this.factEnd.clear();
    this.factAdded.clear();
    this.factMemory.clear();
    this.factBefore.clear();
    let to = 0;
    let toUse = 0;
    let from = 0;
    // Blocks are in a topological order: dominators come first.
    for (let b = 0; b < nb; b++) {
      const end = instAt[b + 1];
      instAt[b] = to;
      for (; from < end; from++) {
        if (operations.has(mf.op.a[from], OpFlag.BOUNDS) && this.isCovered(mf, b, from)) continue;
        toUse = moveInstruction(mf, from, to++, toUse);
      }
    }
    instAt[nb] = to;
    mf.useAt.a[to] = toUse;
    setLength(mf, to, toUse);
    return to < from;
  }

  /** Whether check i of block b need not be made; notes what is known after it otherwise. */
  private isCovered(mf: MachFunc, b: number, i: number): boolean {
    const end = (mf.imm.a[i] >>> 0) + mf.imm2.a[i];
    if (end > MAX_END) return false;
    const fenced = (mf.cond.a[i] & CHECK_FENCED) !== 0;
    const memory = mf.disp.a[i];
    const value = mf.form.a[i] === Form.NONE ? mf.nVals : mf.useValue.a[mf.useAt.a[i]];
    let fact = this.latest[value];
    for (let k = 0; k < MAX_FACTS && fact >= 0; k++, fact = this.factBefore.a[fact]) {
      const covered = fenced ? this.isNear(fact, mf.wrap.a[i], mf.imm.a[i]) : this.factEnd.a[fact] >= end;
      if (covered && this.factMemory.a[fact] === memory && dominates(mf, this.factBlock.a[fact], b)) return true;
    }
    this.factBlock.push(b);
    this.factEnd.push(fenced ? -1 : end);
    this.factAdded.push(fenced ? mf.wrap.a[i] : NOT_FENCED);
    this.factMemory.push(memory);
    this.latest[value] = this.factBefore.push(this.latest[value]);
    return false;
  }

  /**
   * Whether an access at index + added + offset is in bounds or faults where the access of the fact was in bounds. Below
   * that one the first sum may be negative, so very large, and the second must not lead back into the memory.
   */
  private isNear(fact: number, added: number, offset: number): boolean {
    const before = this.factAdded.a[fact];
    return before !== NOT_FENCED && (before <= added || offset === 0);
  }
}

/** Whether block d dominates b; false also when b is too far below. */
function dominates(mf: MachFunc, d: number, b: number): boolean {
  const { idom } = mf.func;
  for (let k = 0; b > d && k < MAX_STEPS; k++) b = idom[b];
  return b === d;
}

/** Copies instruction `from` down to `to`, its operands to `toUse` and on; returns the next free place for operands. */
function moveInstruction(mf: MachFunc, from: number, to: number, toUse: number): number {
  const first = mf.useAt.a[from];
  const last = mf.useAt.a[from + 1];
  if (from !== to) {
    mf.op.a[to] = mf.op.a[from];
    mf.form.a[to] = mf.form.a[from];
    mf.cond.a[to] = mf.cond.a[from];
    mf.addr.a[to] = mf.addr.a[from];
    mf.disp.a[to] = mf.disp.a[from];
    mf.imm.a[to] = mf.imm.a[from];
    mf.imm2.a[to] = mf.imm2.a[from];
    mf.wrap.a[to] = mf.wrap.a[from];
    mf.pos.a[to] = mf.pos.a[from];
    mf.def.a[to] = mf.def.a[from];
    mf.defFixed.a[to] = mf.defFixed.a[from];
    mf.tied.a[to] = mf.tied.a[from];
    mf.commutes.a[to] = mf.commutes.a[from];
    mf.tempGpr.a[to] = mf.tempGpr.a[from];
    mf.tempVector.a[to] = mf.tempVector.a[from];
    mf.clobbers.a[to] = mf.clobbers.a[from];
    mf.useAt.a[to] = toUse;
    for (let q = first; q < last; q++) {
      mf.useValue.a[toUse + q - first] = mf.useValue.a[q];
      mf.useFixed.a[toUse + q - first] = mf.useFixed.a[q];
    }
  }
  return toUse + last - first;
}

function setLength(mf: MachFunc, nInst: number, nUses: number): void {
  for (const c of [
    mf.op,
    mf.form,
    mf.cond,
    mf.addr,
    mf.disp,
    mf.imm,
    mf.imm2,
    mf.wrap,
    mf.pos,
    mf.def,
    mf.defFixed,
    mf.tied,
    mf.commutes,
    mf.tempGpr,
    mf.tempVector,
    mf.clobbers,
  ])
    c.n = nInst;
  mf.useAt.n = nInst + 1;
  mf.useValue.n = nUses;
  mf.useFixed.n = nUses;
  mf.nInst = nInst;
}
