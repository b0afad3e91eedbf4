/**
 * Loads of what the iteration before has stored: `x[i]` from `x[i - 1]`, in place. Processors hand a stored value on to a
 * load after four to eight cycles, a register at once; where each iteration waits for the one before, that is most of the
 * time. Such a load becomes a variable of the loop: a load before it for the first iteration, then what was stored.
 *
 * Which load it is follows from the address: the store's is a sum with the same value, and larger by what an iteration
 * adds to that. Nothing that may overlap is stored after the store, and nothing at all in an iteration before the load,
 * so that the load before the loop gets what the first iteration would. It is executed in every iteration, as the store
 * is. The load itself goes: what was stored can be loaded. Where the load before the loop traps, so would the first
 * iteration; if an earlier load of that would too, the trap tells this load's place.
 *
 * O(values) for functions with loops, and loads times stores of small inner loops.
 */
import { Compaction } from '../ir/compact.js';
import type { Func } from '../ir/func.js';
import { accessBytes, storedAs } from '../ir/memory.js';
import { listOperands } from '../ir/operands.js';
import { EFFECTS, Effect, isConst, isLoad, isStore } from '../ir/opinfo.js';
import { memoryOf, Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';

/** Values of a loop that is looked at. */
const MAX_VALUES = 256;
/** Additions that an address is looked through for. */
const MAX_DEPTH = 4;
/** Registers of a class, general and vector, that a loop's variables and what it uses from before may fill. */
const ROOM = Uint8Array.of(10, 12);

/** The pass, with its arrays: reused from function to function. */
export class CarriedLoads {
  private readonly compaction = new Compaction();
  private readonly operands = new IntVec(16);
  /** Triples (loop header, load, store that it reads the value of), by header. */
  private readonly found = new IntVec(16);

  // --- the loop in hand ---
  private entry = -1;
  private back = -1;
  private latch = -1;
  /** By block: executed in every iteration; part of the loop. */
  private always = new Uint8Array(0);
  private within = new Uint8Array(0);
  /** Its stores, in order. */
  private readonly stores = new IntVec(16);
  /** Registers that it leaves, by class. */
  private readonly room = new Int32Array(2);
  private mark = new Int32Array(0);
  private stamp = 0;

  // --- the address in hand: root (-1: none, a constant) + sum modulo 2^32, and offset on top ---
  private root = -1;
  private sum = 0;
  private offset = 0;
  /** Whether `stepOf` has come to what changes otherwise than by a constant. */
  private varies = false;

  // --- what the function becomes ---
  private readonly order = new IntVec(1024);
  private readonly replaced = new IntVec(16);
  private readonly paramAt = new IntVec(64);
  private readonly params = new IntVec(64);
  private readonly argAt = new IntVec(64);
  private readonly args = new IntVec(64);
  /** Pairs (block, value to come before its last one), those of a block together; and new constants. */
  private readonly inserted = new IntVec(16);
  private readonly constants = new IntVec(16);
  /** By block: where its rows begin in `found` and `inserted`, -1 if there are none. */
  private foundAt = new Int32Array(0);
  private insertedAt = new Int32Array(0);

  /** Returns whether any load was replaced. */
  run(f: Func): boolean {
    this.found.n = 0;
    for (let h = 1; h < f.nb; h++) if (f.isLoopHeader[h] !== 0 && this.findLoop(f, h)) this.findLoads(f, h);
    if (this.found.n === 0) return false;
    this.rebuild(f);
    return true;
  }

  // ------------------------------------------------------------------ loops

  /** Whether h is the header of a small inner loop with one way in, one way back and nothing that may store elsewhere. */
  private findLoop(f: Func, h: number): boolean {
    this.entry = this.back = -1;
    for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) {
      const e = f.predEdge[k];
      const isBack = f.edgeFrom[e] >= h;
      if ((isBack ? this.back : this.entry) >= 0) return false;
      if (isBack) this.back = e;
      else this.entry = e;
    }
    if (this.entry < 0 || this.back < 0) return false;
    const before = f.edgeFrom[this.entry];
    if (f.op[f.order[f.blockStart[before + 1] - 1]] !== Op.BR) return false;
    this.latch = f.edgeFrom[this.back];
    if (f.blockStart[this.latch + 1] - f.blockStart[h] > MAX_VALUES) return false;
    for (let b = h + 1; b <= this.latch; b++) if (f.isLoopHeader[b] !== 0) return false;
    this.findBlocks(f, h);
    return this.listStores(f, h);
  }

  /** Which blocks belong to the loop, and which of them every iteration passes. */
  private findBlocks(f: Func, h: number): void {
    if (this.always.length < f.nb) {
      this.always = new Uint8Array(f.nb * 2);
      this.within = new Uint8Array(f.nb * 2);
    }
    this.always.fill(0, h, this.latch + 1);
    this.within.fill(0, h, this.latch + 1);
    for (let b = this.latch; b > h; b = f.idom[b]) this.always[b] = 1;
    this.always[h] = this.within[this.latch] = 1;
    for (let b = this.latch - 1; b >= h; b--)
      for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
        const to = f.edgeTo[f.succEdge[k]];
        if (to > b && to <= this.latch && this.within[to] !== 0) this.within[b] = 1;
      }
  }

  /** Lists the loop's stores; false if there are none, or something else changes memory. */
  private listStores(f: Func, h: number): boolean {
    this.stores.n = 0;
    for (let b = h; b <= this.latch; b++) {
      if (this.within[b] === 0) continue;
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        if ((EFFECTS[f.op[v]] & Effect.WRITE) === 0) continue;
        if (isStore(f.op[v])) this.stores.push(v);
        else if (!leavesMemoryAlone(f.op[v])) return false;
      }
    }
    return this.stores.n > 0;
  }

  // ------------------------------------------------------------------ loads

  private findLoads(f: Func, h: number): void {
    const { room } = this;
    this.findRoom(f, h);
    for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
      const v = f.order[k];
      const effects = EFFECTS[f.op[v]];
      // Only other loads may come before it: the one before the loop comes first of all.
      if ((effects & Effect.WRITE) !== 0 || (effects & (Effect.TRAP | Effect.ACCESS)) === Effect.TRAP) return;
      if (!isLoad(f.op[v]) || f.type[f.a[v]] !== ValType.I32 || this.isOwn(f, h, f.c[v])) continue;
      const s = this.storeFor(f, h, v);
      if (s < 0 || room[classOf(f, v)]-- <= 0) continue;
      this.found.push(h);
      this.found.push(v);
      this.found.push(s);
    }
  }

  /** Whether x, if it is a value, is one of the loop. */
  private isOwn(f: Func, h: number, x: number): boolean {
    return x >= 0 && f.block[x] >= h;
  }

  /** The store whose value load v reads in the next iteration, if there is one; else -1. */
  private storeFor(f: Func, h: number, v: number): number {
    this.addressOf(f, v);
    const { root, sum, offset } = this;
    this.varies = false;
    const step = this.stepOf(f, h, root, MAX_DEPTH);
    if (this.varies || !this.isKnownBefore(f, h, f.a[v], MAX_DEPTH)) return -1;
    for (let k = this.stores.n - 1; k >= 0; k--) {
      const s = this.stores.a[k];
      this.addressOf(f, s);
      if (this.root !== root || memoryOf(f.imm2[s]) !== memoryOf(f.imm2[v])) continue;
      // How far the next iteration's index is ahead of this one's; the offset may make up for it where nothing wraps:
      // what was stored was within memory.
      const ahead = (sum + step - this.sum) | 0;
      if (ahead < 0 || ahead + (offset >>> 0) !== this.offset >>> 0) continue;
      if (storedAs(f.op[s]) !== f.op[v] || this.always[f.block[s]] === 0) return -1;
      return this.isKept(f, k) ? s : -1;
    }
    return -1;
  }

  /** Whether no store after the one in row k of `stores` may overwrite what that wrote. */
  private isKept(f: Func, k: number): boolean {
    const s = this.stores.a[k];
    this.addressOf(f, s);
    const { root } = this;
    const at = (this.sum + this.offset) | 0;
    for (let j = k + 1; j < this.stores.n; j++) {
      const t = this.stores.a[j];
      this.addressOf(f, t);
      if (this.root !== root || memoryOf(f.imm2[t]) !== memoryOf(f.imm2[s])) return false;
      const ahead = (((this.sum + this.offset) | 0) - at) >>> 0;
      const behind = (at - ((this.sum + this.offset) | 0)) >>> 0;
      if (ahead < accessBytes(f.op[s]) || behind < accessBytes(f.op[t])) return false;
    }
    return true;
  }

  /** Takes the address of access v apart. */
  private addressOf(f: Func, v: number): void {
    let x = f.a[v];
    let sum = 0;
    for (; f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST; x = f.a[x]) sum = (sum + f.imm[f.b[x]]) | 0;
    if (f.op[x] === Op.I32_CONST) {
      sum = (sum + f.imm[x]) | 0;
      x = -1;
    }
    this.root = x;
    this.sum = sum;
    this.offset = f.imm[v];
  }

  /** What each iteration adds to x, modulo 2^32; `varies` if that is no constant. */
  private stepOf(f: Func, h: number, x: number, depth: number): number {
    if (x < 0 || f.block[x] < h) return 0;
    if (f.op[x] === Op.PARAM && f.block[x] === h) {
      let next = f.args[f.argAt[this.back] + f.imm[x]];
      let step = 0;
      for (; f.op[next] === Op.I32_ADD && f.op[f.b[next]] === Op.I32_CONST; next = f.a[next])
        step = (step + f.imm[f.b[next]]) | 0;
      if (next !== x) this.varies = true;
      return step;
    }
    if (f.op[x] !== Op.I32_ADD || depth === 0) {
      this.varies = true;
      return 0;
    }
    return (this.stepOf(f, h, f.a[x], depth - 1) + this.stepOf(f, h, f.b[x], depth - 1)) | 0;
  }

  /** Whether x, an address, can be computed before the loop for the first iteration. */
  private isKnownBefore(f: Func, h: number, x: number, depth: number): boolean {
    if (f.block[x] < h || (f.op[x] === Op.PARAM && f.block[x] === h)) return true;
    if (f.op[x] !== Op.I32_ADD || depth === 0) return false;
    return this.isKnownBefore(f, h, f.a[x], depth - 1) && this.isKnownBefore(f, h, f.b[x], depth - 1);
  }

  private findRoom(f: Func, h: number): void {
    const { room } = this;
    for (let cls = 0; cls < ROOM.length; cls++) room[cls] = ROOM[cls];
    if (this.mark.length < f.nv) {
      this.mark = new Int32Array(f.nv * 2);
      this.stamp = 0;
    }
    this.stamp++;
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) room[classOf(f, f.params[k])]--;
    for (let k = f.blockStart[h]; k < f.blockStart[this.latch + 1]; k++) {
      listOperands(f, f.order[k], this.operands);
      for (let i = 0; i < this.operands.n; i++) {
        const x = this.operands.a[i];
        if (f.block[x] >= h || isConst(f.op[x]) || this.mark[x] === this.stamp) continue;
        this.mark[x] = this.stamp;
        room[classOf(f, x)]--;
      }
    }
  }

  // ------------------------------------------------------------------ rewriting

  private rebuild(f: Func): void {
    const { found, replaced } = this;
    this.inserted.n = this.constants.n = replaced.n = 0;
    for (const list of [this.order, this.paramAt, this.params, this.argAt, this.args]) list.n = 0;
    if (this.foundAt.length < f.nb) {
      this.foundAt = new Int32Array(f.nb * 2);
      this.insertedAt = new Int32Array(f.nb * 2);
    }
    this.foundAt.fill(-1, 0, f.nb);
    this.insertedAt.fill(-1, 0, f.nb);
    // The parameters, and what edges hand them.
    const first = f.nv;
    for (let k = 0; k < found.n; k += 3) {
      if (this.foundAt[found.a[k]] < 0) this.foundAt[found.a[k]] = k;
      const p = this.append(f, Op.PARAM, f.type[found.a[k + 1]], found.a[k], found.a[k + 1]);
      replaced.push(found.a[k + 1]);
      replaced.push(p);
    }
    for (let b = 0, k = 0; b < f.nb; b++) {
      this.paramAt.push(this.params.n);
      for (let j = f.paramAt[b]; j < f.paramAt[b + 1]; j++) this.params.push(f.params[j]);
      for (; k < found.n && found.a[k] === b; k += 3) {
        const p = first + ((k / 3) | 0);
        f.imm[p] = this.params.n - this.paramAt.a[b];
        this.params.push(p);
      }
    }
    this.paramAt.push(this.params.n);
    for (let e = 0; e < f.ne; e++) {
      this.argAt.push(this.args.n);
      for (let j = f.argAt[e]; j < f.argAt[e + 1]; j++) this.args.push(f.args[j]);
      const h = f.edgeTo[e];
      const from = this.foundAt[h];
      for (let k = from; k >= 0 && k < found.n && found.a[k] === h; k += 3) {
        const isBack = f.edgeFrom[e] >= found.a[k];
        this.args.push(isBack ? f.b[found.a[k + 2]] : this.loadBefore(f, e, found.a[k + 1]));
      }
    }
    this.argAt.push(this.args.n);
    for (let k = 0; k < found.n; k += 3) f.op[found.a[k + 1]] = Op.NOP;
    this.putInOrder(f, first);
    this.compaction.compactAgain(
      f,
      this.paramAt.a,
      this.params.a,
      this.argAt.a,
      this.args.a,
      this.order,
      this.replaced,
    );
  }

  /** The load v for the first iteration, at the end of the block that edge e to the loop comes from. */
  private loadBefore(f: Func, e: number, v: number): number {
    const address = this.copyBefore(f, e, f.a[v]);
    const b = f.edgeFrom[e];
    const copy = this.append(f, f.op[v], f.type[v], b, v);
    f.a[copy] = address;
    f.c[copy] = f.c[v];
    f.imm[copy] = f.imm[v];
    f.imm2[copy] = f.imm2[v];
    this.insert(b, copy);
    return copy;
  }

  /** What x, an address, is when the loop begins along edge e. */
  private copyBefore(f: Func, e: number, x: number): number {
    const h = f.edgeTo[e];
    if (f.block[x] < h) return x;
    if (f.op[x] === Op.PARAM) return f.args[f.argAt[e] + f.imm[x]];
    const a = this.copyBefore(f, e, f.a[x]);
    const b = this.copyBefore(f, e, f.b[x]);
    if (isConst(f.op[a]) && isConst(f.op[b])) {
      const constant = this.append(f, Op.I32_CONST, ValType.I32, 0, f.order[0]);
      f.imm[constant] = (f.imm[a] + f.imm[b]) | 0;
      f.imm2[constant] = f.imm[constant] >> 31;
      this.constants.push(constant);
      return constant;
    }
    const copy = this.append(f, Op.I32_ADD, ValType.I32, f.edgeFrom[e], x);
    // Constants are the second operand.
    f.a[copy] = isConst(f.op[a]) ? b : a;
    f.b[copy] = isConst(f.op[a]) ? a : b;
    this.insert(f.edgeFrom[e], copy);
    return copy;
  }

  private insert(block: number, v: number): void {
    if (this.insertedAt[block] < 0) this.insertedAt[block] = this.inserted.n;
    this.inserted.push(block);
    this.inserted.push(v);
  }

  /** A new value at the place of `like`. */
  private append(f: Func, op: number, type: number, block: number, like: number): number {
    const v = f.nv++;
    if (v >= f.op.length) f.growValues(v + 1);
    f.op[v] = op;
    f.type[v] = type;
    f.a[v] = f.b[v] = f.c[v] = -1;
    f.imm[v] = f.imm2[v] = 0;
    f.block[v] = block;
    f.pos[v] = f.pos[like];
    return v;
  }

  /** Puts new values, of which the parameters begin with `first`, into the order. */
  private putInOrder(f: Func, first: number): void {
    const { order: at, inserted } = this;
    for (let b = 0, k = 0; b < f.nb; b++) {
      const end = f.blockStart[b + 1] - 1;
      let i = f.blockStart[b];
      for (; f.op[f.order[i]] === Op.PARAM; i++) at.push(f.order[i]);
      for (; k < this.found.n && this.found.a[k] === b; k += 3) at.push(first + ((k / 3) | 0));
      for (; i < end; i++) if (f.op[f.order[i]] !== Op.NOP) at.push(f.order[i]);
      if (b === 0) for (let j = 0; j < this.constants.n; j++) at.push(this.constants.a[j]);
      const from = this.insertedAt[b];
      for (let j = from; j >= 0 && j < inserted.n && inserted.a[j] === b; j += 2) at.push(inserted.a[j + 1]);
      at.push(f.order[end]);
    }
  }
}

/** Operation o, which changes something, changes no memory and calls nothing. */
function leavesMemoryAlone(o: number): boolean {
  switch (o) {
    case Op.BR:
    case Op.BR_IF:
    case Op.BR_TABLE:
    case Op.GLOBAL_SET:
    case Op.LOCAL_SET:
    case Op.COUNT:
      return true;
    default:
      return false;
  }
}

const classOf = (f: Func, v: number): number =>
  f.type[v] === ValType.F32 || f.type[v] === ValType.F64 || f.type[v] === ValType.V128 ? 1 : 0;
