/**
 * Symbolic checker: proves that in the allocated code every operand register holds the value that the instruction
 * wants, whatever way control came. Independent of how the allocator decided: it reads the machine function and the
 * `Allocation`, nothing else.
 *
 * Backward demands: a use asks for (location, value); records are copies and hand the demand to their source; a
 * definition, a rematerialisation or the function's entry must meet it exactly; a block's demands at its start are
 * those of its predecessors' ends, a parameter's turning into the edge's argument. Every (block, location, value) is
 * followed once; a cycle of demands is sound because every run has a finite past that ends in a definition. Locations:
 * registers, the scratch vector register, and the spill area in units of 8 bytes.
 *
 * A slot that is stored once and read far away would be followed through all blocks in between. What its store proves
 * alone is not followed (slot-stores.ts). O(demands at block starts × their blocks) at worst, near-linear in practice.
 */
import { type Allocation, destroyedBy, HEAP_BASE, type MachFunc, Rec } from '../mach.js';
import { classOf, CLASS_SHIFT, Clobber, Cls, OpFlag, type RegisterFile, REGISTERS } from '../machine.js';
import { IntHeap } from '../../util/heap.js';
import { SlotStores } from './slot-stores.js';
import { has, include } from './constraints.js';
import { entryPrefixEnd } from './state.js';

/** The scratch vector register. */
const SCRATCH = REGISTERS;
const FIRST_SLOT = REGISTERS + 1;

class Checker {
  private readonly regs: RegisterFile;
  private readonly units: number;
  private readonly paramIndex = new Map<number, number>();
  /** Demands at the start of each block that are passed on already: location * values + value. */
  private readonly seen: Set<number>[] = [];
  /** Demands at the end of each block still to be followed: (location, value) pairs. */
  private readonly todo: number[][] = [];
  /** The same at the call in each block that throws to a landing pad. */
  private readonly thrown: number[][] = [];
  private readonly isPad: Uint8Array;
  /** Demands at the current program point: by location, the values. */
  private readonly at: number[][] = [];
  /** Locations of which something is demanded, in any order, and the place of each among them. */
  private readonly live: number[] = [];
  private readonly place: number[] = [];
  /** Blocks with such demands, highest first; whether a block is among them. */
  private readonly waiting = new IntHeap();
  private readonly waits: Uint8Array;
  private readonly stores: SlotStores;
  private where = '';

  constructor(
    private readonly mf: MachFunc,
    private readonly ra: Allocation,
  ) {
    this.regs = mf.machine.registers;
    this.units = (ra.spillBytes + 7) >> 3;
    for (let k = 0; k < FIRST_SLOT + this.units; k++) {
      this.at.push([]);
      this.place.push(-1);
    }
    for (let b = 0; b < mf.func.nb; b++) {
      this.seen.push(new Set());
      this.todo.push([]);
      this.thrown.push([]);
    }
    this.isPad = new Uint8Array(mf.func.nb);
    for (const b of mf.landingPads.toArray()) this.isPad[b] = 1;
    this.waits = new Uint8Array(mf.func.nb);
    this.stores = new SlotStores(mf, ra, this.units);
    const { params, paramAt, nb } = mf.func;
    for (let k = 0; k < paramAt[nb]; k++) this.paramIndex.set(params[k], k);
  }

  private fail(text: string): never {
    throw new Error(`register allocation check: function ${this.mf.func.index}, ${this.where}: ${text}`);
  }

  private canonical(v: number): number {
    return v < this.mf.nVals && this.mf.constOf[v] >= 0 ? this.mf.constOf[v] : v;
  }

  private name(loc: number): string {
    return loc < SCRATCH
      ? `register ${loc}`
      : loc === SCRATCH
        ? 'the scratch register'
        : `slot byte ${(loc - FIRST_SLOT) * 8}`;
  }

  private demand(loc: number, v: number): void {
    const list = this.at[loc];
    if (list.length === 0) this.place[loc] = this.live.push(loc) - 1;
    if (!list.includes(v)) list.push(v);
  }

  private clear(loc: number): void {
    if (this.at[loc].length === 0) return;
    this.at[loc].length = 0;
    const last = this.live.pop() as number;
    if (last === loc) return;
    this.live[this.place[loc]] = last;
    this.place[last] = this.place[loc];
  }

  /** Nothing may be wanted in `loc`, which is overwritten here. */
  private destroy(loc: number, by: string): void {
    if (this.at[loc].length > 0)
      this.fail(`${by} destroys ${this.name(loc)}, which must hold value ${this.at[loc].join(', ')}`);
  }

  /** What is wanted in `to` is wanted in `from` before. */
  private copy(to: number, from: number): void {
    if (to === from) return;
    const values = this.at[to].slice();
    this.clear(to);
    for (const v of values) this.demand(from, v);
  }

  /** `loc` receives v. */
  private define(loc: number, v: number, by: string): void {
    for (const x of this.at[loc])
      if (x !== v) this.fail(`${by} puts value ${v} into ${this.name(loc)}, which must hold ${x}`);
    this.clear(loc);
  }

  private register(r: number): number {
    if (r < 0 || r >= REGISTERS || !has(this.regs.masks, r)) this.fail(`bad register ${r}`);
    if (classOf(r) === Cls.GPR && (this.regs.calleeSavedMask >> r) & 1 && !((this.ra.savedRegs >> r) & 1))
      this.fail(`register ${r} is used but not saved`);
    return r;
  }

  private classOf(v: number, r: number): void {
    if ((v === HEAP_BASE ? Cls.GPR : this.mf.valueClass[v]) !== classOf(r))
      this.fail(`value ${v} in ${this.name(r)} of the other class`);
  }

  private slot(v: number): number {
    const at = this.ra.slotOf[v];
    const size = this.mf.valueSize[v];
    if (at === undefined || at < 0 || at % size !== 0 || at + size > this.ra.spillBytes)
      this.fail(`value ${v} has no proper slot (${at})`);
    return FIRST_SLOT + (at >> 3);
  }

  /** Goes back over one record that isn't an instruction; `first`: of a block, for the first time. */
  private record(kind: Rec, x: number, y: number, first = false): void {
    switch (kind) {
      case Rec.MOVE:
        this.register(x);
        this.register(y);
        if (classOf(x) !== classOf(y)) this.fail(`move between classes: ${x} := ${y}`);
        this.copy(x, y);
        break;
      case Rec.XCHG: {
        this.register(x);
        this.register(y);
        if (classOf(x) !== Cls.GPR || classOf(y) !== Cls.GPR) this.fail('exchange of vector registers');
        const a = this.at[x].slice();
        const b = this.at[y].slice();
        this.clear(x);
        this.clear(y);
        for (const v of a) this.demand(y, v);
        for (const v of b) this.demand(x, v);
        break;
      }
      case Rec.LOAD: {
        this.classOf(x, this.register(y));
        const from = this.slot(x);
        const values = this.at[y].slice();
        this.clear(y);
        for (const v of values) for (let k = 0; k < this.mf.valueSize[x]; k += 8) this.demand(from + (k >> 3), v);
        break;
      }
      case Rec.STORE: {
        this.classOf(x, this.register(y));
        const to = this.slot(x);
        for (let k = 0; k < this.mf.valueSize[x]; k += 8) this.copy(to + (k >> 3), y);
        if (first && this.stores.isLone(x)) this.demand(y, x);
        break;
      }
      case Rec.REMAT:
        this.classOf(x, this.register(y));
        this.define(y, this.canonical(x), 'constant');
        break;
      case Rec.STORE_CONST: {
        const to = this.slot(x);
        this.destroy(SCRATCH, 'a constant store');
        for (let k = 0; k < this.mf.valueSize[x]; k += 8)
          this.define(to + (k >> 3), this.canonical(y), 'constant store');
        break;
      }
      case Rec.COPY_SLOT: {
        const to = this.slot(x);
        const from = this.slot(y);
        this.destroy(SCRATCH, 'a slot copy');
        if (this.mf.valueSize[x] !== this.mf.valueSize[y]) this.fail('copy between slots of different sizes');
        for (let k = 0; k < this.mf.valueSize[x] >> 3; k++) this.copy(to + k, from + k);
        break;
      }
      case Rec.SAVE_VECTOR:
        if (classOf(this.register(y)) === Cls.GPR) this.fail('scratch vector register := general register');
        this.copy(SCRATCH, y);
        break;
      case Rec.RESTORE_VECTOR:
        if (classOf(this.register(x)) === Cls.GPR) this.fail('general register := scratch vector register');
        this.copy(x, SCRATCH);
        break;
      default:
        this.fail(`unknown record ${kind}`);
    }
  }

  /** Goes back over instruction i; `first`: also check it in itself and add its demands. */
  private instruction(i: number, first: boolean, entryEnd: number): void {
    const { mf, ra } = this;
    const u0 = mf.useAt.a[i];
    const u1 = mf.useAt.a[i + 1];
    const d = mf.def.a[i];
    const r = ra.defReg[i];
    if (first) this.local(i);
    this.destroy(SCRATCH, 'an instruction');
    if (d >= 0 && !(i < entryEnd && mf.defFixed.a[i] >= 0)) this.define(r, d, `instruction ${i}`);
    for (let cls = 0; cls < 2; cls++)
      for (let m = destroyedBy(mf, cls, i); m !== 0; m &= m - 1) {
        const loc = (cls << CLASS_SHIFT) + 31 - Math.clz32(m & -m);
        if (this.at[loc].length > 0) this.destroy(loc, `instruction ${i}`);
      }
    for (let k = ra.tempAt[i]; k < ra.tempAt[i + 1]; k++) this.destroy(ra.temps[k], `a temporary of instruction ${i}`);
    if (first) for (let u = u0; u < u1; u++) this.demand(ra.useReg[u], this.canonical(mf.useValue.a[u]));
  }

  /** If the record at k takes a second result of the instruction before it: that result is still there. */
  private second(k: number, start: number): void {
    const { mf, ra } = this;
    const i = ra.code[k + 1];
    if (!mf.machine.operations.has(mf.op.a[i], OpFlag.SECOND)) return;
    const r = ra.defReg[i];
    for (k -= 3; k >= start && ra.code[k] !== Rec.INST; k -= 3) {
      const kind = ra.code[k];
      const x = ra.code[k + 1];
      const y = ra.code[k + 2];
      const writes =
        kind === Rec.MOVE || kind === Rec.RESTORE_VECTOR
          ? x === r
          : kind === Rec.XCHG
            ? x === r || y === r
            : (kind === Rec.LOAD || kind === Rec.REMAT) && y === r;
      if (writes) this.fail(`instruction ${i}: the second result was overwritten`);
    }
    if (k < start || ra.code[k + 1] !== i - 1) this.fail(`instruction ${i}: not behind the one that makes its result`);
  }

  /** Rules within one instruction: fixed registers, ties, temporaries, classes. */
  private local(i: number): void {
    const { mf, ra } = this;
    const u0 = mf.useAt.a[i];
    const u1 = mf.useAt.a[i + 1];
    const d = mf.def.a[i];
    const isCall = (mf.clobbers.a[i] & Clobber.CALL) !== 0;
    const clobber = Int32Array.from([0, 1], (cls) => destroyedBy(mf, cls, i));
    const used = new Int32Array(2);
    const early = isCall ? new Int32Array(2) : clobber.slice();
    if (d >= 0 && mf.defFixed.a[i] >= 0 && !isCall) include(early, mf.defFixed.a[i]);
    let tied = -1;
    if (d >= 0) {
      const r = this.register(ra.defReg[i]);
      this.classOf(d, r);
      if (mf.defFixed.a[i] >= 0 && r !== mf.defFixed.a[i])
        this.fail(`instruction ${i}: result in ${r} instead of ${mf.defFixed.a[i]}`);
      if (!isCall && has(clobber, r) && mf.defFixed.a[i] < 0)
        this.fail(`instruction ${i}: result in a clobbered register`);
      if (mf.tied.a[i]) {
        if (u1 > u0 && ra.useReg[u0] === r) tied = u0;
        else if (mf.commutes.a[i] && u1 > u0 + 1 && ra.useReg[u0 + 1] === r) tied = u0 + 1;
        else this.fail(`instruction ${i}: the tied operand isn't in the result's register ${r}`);
      }
    }
    const readsFirst = mf.machine.operations.has(mf.op.a[i], OpFlag.READS_FIRST);
    for (let u = u0; u < u1; u++) {
      const r = this.register(ra.useReg[u]);
      const v = mf.useValue.a[u];
      this.classOf(v, r);
      include(used, r);
      const fixed = mf.useFixed.a[u];
      if (fixed >= 0 && r !== fixed) this.fail(`instruction ${i}: operand ${u - u0} in ${r} instead of ${fixed}`);
      if (fixed < 0 && u !== tied && has(early, r))
        this.fail(`instruction ${i}: operand ${u - u0} in register ${r}, which the instruction destroys early`);
      if (tied >= 0 && u !== tied && r === ra.useReg[tied]) {
        const same = v === mf.useValue.a[tied] && ((mf.commutes.a[i] && u <= u0 + 1) || readsFirst);
        if (!same) this.fail(`instruction ${i}: operand ${u - u0} shares register ${r} with the tied operand`);
      }
    }
    const n = mf.tempGpr.a[i];
    if (ra.tempAt[i + 1] - ra.tempAt[i] !== n + mf.tempVector.a[i])
      this.fail(`instruction ${i}: wrong number of temporaries`);
    const taken = Int32Array.from(used, (x, cls) => x | early[cls]);
    if (d >= 0) include(taken, ra.defReg[i]);
    for (let k = ra.tempAt[i]; k < ra.tempAt[i + 1]; k++) {
      const r = this.register(ra.temps[k]);
      if ((classOf(r) === Cls.GPR) !== k - ra.tempAt[i] < n)
        this.fail(`instruction ${i}: temporary ${r} of the wrong class`);
      if (has(taken, r))
        this.fail(`instruction ${i}: temporary ${r} is an operand, the result, destroyed, or given twice`);
      include(taken, r);
    }
  }

  /** The record of the last call in block b. */
  private lastCall(b: number): number {
    const { mf, ra } = this;
    for (let k = ra.codeAt[b + 1] - 3; k >= ra.codeAt[b]; k -= 3)
      if (ra.code[k] === Rec.INST && (mf.clobbers.a[ra.code[k + 1]] & Clobber.CALL) !== 0) return k;
    return this.fail('throws, but calls nothing');
  }

  /** Goes back over the records of block b before the one at `end`, from the demands in `at`. */
  private block(b: number, first: boolean, end: number): void {
    const { mf, ra } = this;
    const entryEnd = b === 0 ? entryPrefixEnd(mf) : 0;
    for (let k = end - 3; k >= ra.codeAt[b]; k -= 3) {
      const kind = ra.code[k];
      this.where = `block ${b}, record ${(k - ra.codeAt[b]) / 3}`;
      if (first && kind === Rec.INST) this.second(k, ra.codeAt[b]);
      if (kind === Rec.INST) this.instruction(ra.code[k + 1], first, entryEnd);
      else this.record(kind, ra.code[k + 1], ra.code[k + 2], first);
    }
    this.where = `start of block ${b}`;
    if (this.at[SCRATCH].length > 0) this.fail('the scratch register is read before it is written');
    if (b === 0) {
      // At entry there are the arguments in their registers, and nothing else.
      for (let i = 0; i < entryEnd; i++)
        if (mf.defFixed.a[i] >= 0) this.define(mf.defFixed.a[i], mf.def.a[i], 'function entry');
      for (const loc of this.live)
        for (const v of this.at[loc]) this.fail(`value ${v} is wanted in ${this.name(loc)}, but nothing puts it there`);
      return;
    }
    const nVals = mf.nVals;
    const { paramAt, params } = mf.func;
    if (first) {
      for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
        if (!this.stores.isFilled(params[k])) continue;
        const at = this.slot(params[k]);
        for (let n = 0; n < mf.valueSize[params[k]]; n += 8) this.demand(at + (n >> 3), params[k]);
      }
    }
    for (const loc of this.live.slice()) {
      for (const v of this.at[loc]) {
        const key = loc * nVals + v;
        if (this.seen[b].has(key)) continue;
        this.seen[b].add(key);
        if (loc >= FIRST_SLOT && this.stores.proves(loc - FIRST_SLOT, v, b, false)) continue;
        this.fresh.push(loc, v);
      }
      this.clear(loc);
    }
    const { predAt, predEdge, edgeFrom, argAt, args } = mf.func;
    const fresh = this.fresh.splice(0);
    if (fresh.length === 0) return;
    if (predAt[b] === predAt[b + 1]) return; // never entered
    for (let q = predAt[b]; q < predAt[b + 1]; q++) {
      const e = predEdge[q];
      if (this.isPad[b] !== 0) {
        this.land(b, e, fresh);
        continue;
      }
      for (let k = 0; k < fresh.length; k += 2) {
        const p = this.paramIndex.get(fresh[k + 1]);
        const own = p !== undefined && p >= paramAt[b] && p < paramAt[b + 1];
        this.demand(fresh[k], own ? this.canonical(args[argAt[e] + p - paramAt[b]]) : fresh[k + 1]);
      }
      for (let k = ra.edgeAt[e + 1] - 3; k >= ra.edgeAt[e]; k -= 3) {
        this.where = `edge ${e} (block ${edgeFrom[e]} to ${b}), record ${(k - ra.edgeAt[e]) / 3}`;
        this.record(ra.edgeCode[k], ra.edgeCode[k + 1], ra.edgeCode[k + 2]);
      }
      this.where = `start of edge ${e} (block ${edgeFrom[e]} to ${b})`;
      this.destroy(SCRATCH, 'the terminator');
      const from = edgeFrom[e];
      const list = this.todo[from];
      for (const loc of this.live.slice()) {
        for (const v of this.at[loc])
          if (loc < FIRST_SLOT || !this.stores.proves(loc - FIRST_SLOT, v, from, true)) list.push(loc, v);
        this.clear(loc);
      }
      if (list.length > 0) this.wait(from);
    }
  }
  private readonly fresh: number[] = [];

  /** Demands at the start of landing pad b are those at the call that throws: only slots are left there. */
  private land(b: number, e: number, demands: readonly number[]): void {
    const { mf, ra } = this;
    this.where = `start of landing pad ${b}`;
    if (ra.edgeAt[e + 1] !== ra.edgeAt[e]) this.fail('there is code on the edge');
    const list = this.thrown[mf.func.edgeFrom[e]];
    for (let k = 0; k < demands.length; k += 2) {
      if (demands[k] < FIRST_SLOT) this.fail(`value ${demands[k + 1]} is wanted in ${this.name(demands[k])}`);
      list.push(demands[k], demands[k + 1]);
    }
    if (list.length > 0) this.wait(mf.func.edgeFrom[e]);
  }

  /** Every instruction exactly once, in order (the arguments in registers may come first). */
  private sequence(): void {
    const { mf, ra } = this;
    const entryEnd = entryPrefixEnd(mf);
    for (let b = 0; b < mf.func.nb; b++) {
      this.where = `block ${b}`;
      const expected: number[] = [];
      if (b === 0) for (let i = 0; i < entryEnd; i++) if (mf.defFixed.a[i] >= 0) expected.push(i);
      for (let i = mf.instAt[b]; i < mf.instAt[b + 1]; i++)
        if (!(i < entryEnd && mf.defFixed.a[i] >= 0)) expected.push(i);
      let n = 0;
      for (let k = ra.codeAt[b]; k < ra.codeAt[b + 1]; k += 3) {
        if (ra.code[k] !== Rec.INST) continue;
        if (ra.code[k + 1] !== expected[n++]) this.fail(`instruction ${ra.code[k + 1]} out of order`);
      }
      if (n !== expected.length) this.fail('an instruction is missing');
    }
  }

  /** Takes the demands of a list, which is empty then. */
  private take(list: number[]): void {
    for (let k = 0; k < list.length; k += 2) this.demand(list[k], list[k + 1]);
    list.length = 0;
  }

  run(): void {
    const { nb } = this.mf.func;
    if (this.ra.savedRegs & ~this.regs.calleeSavedMask)
      this.fail('savedRegs holds registers that are not callee-saved');
    this.sequence();
    // Each block once, then those that something new is demanded of: inner loops first, whose blocks come last.
    for (let b = nb - 1; b >= 0; b--) this.takeUp(b, true);
    for (let b = this.waiting.pop(); b !== -1; b = this.waiting.pop()) this.takeUp(nb - 1 - b, false);
  }

  private wait(b: number): void {
    if (this.waits[b] !== 0) return;
    this.waits[b] = 1;
    this.waiting.push(this.mf.func.nb - 1 - b, this.mf.func.nb - 1 - b);
  }

  private takeUp(b: number, first: boolean): void {
    this.waits[b] = 0;
    if (first || this.todo[b].length > 0) {
      this.take(this.todo[b]);
      this.block(b, first, this.ra.codeAt[b + 1]);
    }
    if (this.thrown[b].length === 0) return;
    this.take(this.thrown[b]);
    this.block(b, false, this.lastCall(b));
  }
}

/** Throws with the place and the reason when the allocation is wrong. */
export function checkAllocation(mf: MachFunc, ra: Allocation): void {
  new Checker(mf, ra).run();
}
