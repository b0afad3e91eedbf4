/**
 * What is known about memory and mutable globals at the point of construction: loads and `global.get` whose value is known are never made. Done while building, so that the
 * hash-consing of everything computed from a load profits, and because a load that isn't made costs no later pass anything.
 *
 * Alias regions: each global by itself; linear memory by (base value + constant, bytes). Facts hold along a straight line of blocks with single predecessors and end at a join
 * or loop header, and at calls: a value kept longer would cost a register, where the load itself is cheap. Stores stay: a trap makes them observable.
 *
 * A forwarded load cannot trap: the same bytes were accessed before, and memory never shrinks. O(CAPACITY) per access.
 */
import type { Emitter } from './emitter.js';
import { binary, unary } from './fold.js';
import { Op } from './ops.js';

/** Facts kept about linear memory; the oldest makes room. */
const CAPACITY = 16;

export class MemoryFacts {
  /** Facts in use; the next one replaces `memoryCount % CAPACITY`. */
  private count = 0;
  private readonly base = new Int32Array(CAPACITY);
  private readonly offset = new Int32Array(CAPACITY);
  /** The load operator whose result `value` is, at that address; a full-width store counts as the load of its type. 0: void. Narrow stores are kept by their own opcode. */
  private readonly access = new Int32Array(CAPACITY);
  private readonly value = new Int32Array(CAPACITY);
  /** For alias tests: root value (-1: the address is a constant) and constant of base + offset. */
  private readonly root = new Int32Array(CAPACITY);
  private readonly place = new Int32Array(CAPACITY);

  /** By global: known value, if `globalStamp` is current. */
  private globalValue = new Int32Array(16);
  private globalStamp = new Int32Array(16);
  private stamp = 1;

  private rootNow = -1;
  private placeNow = 0;

  /** Nothing is known any more. */
  clear(): void {
    this.count = 0;
    this.stamp++;
  }

  /** Memory may have changed, globals have not. */
  clearMemory(): void {
    this.count = 0;
  }

  setGlobal(index: number, value: number): void {
    if (index >= this.globalValue.length) {
      const bigger = new Int32Array(index * 2);
      bigger.set(this.globalValue);
      this.globalValue = bigger;
      const stamps = new Int32Array(index * 2);
      stamps.set(this.globalStamp);
      this.globalStamp = stamps;
    }
    this.globalValue[index] = value;
    this.globalStamp[index] = this.stamp;
  }

  /** The global's value, or -1. */
  global(index: number): number {
    return index < this.globalStamp.length && this.globalStamp[index] === this.stamp ? this.globalValue[index] : -1;
  }

  /** The value that `op` would load from `base + offset`, or -1. */
  load(e: Emitter, op: number, base: number, offset: number): number {
    const n = Math.min(this.count, CAPACITY);
    for (let i = 0; i < n; i++) {
      if (this.base[i] !== base || this.offset[i] !== offset || this.access[i] === 0) continue;
      const v = convert(e, this.access[i], op, this.value[i]);
      if (v >= 0) return v;
    }
    return -1;
  }

  /** Notes that `op` loaded `value`. */
  afterLoad(e: Emitter, op: number, base: number, offset: number, value: number): void {
    this.findRoot(e, base, offset);
    this.add(base, offset, op, value);
  }

  /** Forgets what the store may overwrite and notes what it wrote. */
  afterStore(e: Emitter, op: number, base: number, offset: number, value: number): void {
    this.findRoot(e, base, offset);
    const n = Math.min(this.count, CAPACITY);
    const size = accessBytes(op);
    for (let i = 0; i < n; i++) {
      if (this.access[i] === 0) continue;
      // Same root: addresses are equal modulo 2^32 only if the constants are, so distances modulo 2^32 decide.
      const ahead = (this.place[i] - this.placeNow) >>> 0;
      const behind = (this.placeNow - this.place[i]) >>> 0;
      if (this.root[i] !== this.rootNow || ahead < size || behind < accessBytes(this.access[i])) this.access[i] = 0;
    }
    this.add(base, offset, storedAs(op), value);
  }

  private findRoot(e: Emitter, base: number, offset: number): void {
    this.rootNow = base;
    this.placeNow = offset;
    const op = e.op[base];
    if (op === Op.I32_ADD && e.op[e.b[base]] === Op.I32_CONST) {
      this.rootNow = e.a[base];
      this.placeNow = (offset + e.imm[e.b[base]]) | 0;
    } else if (op === Op.I32_CONST) {
      this.rootNow = -1;
      this.placeNow = (offset + e.imm[base]) | 0;
    }
  }

  private add(base: number, offset: number, access: number, value: number): void {
    const i = this.count++ % CAPACITY;
    this.base[i] = base;
    this.offset[i] = offset;
    this.access[i] = access;
    this.value[i] = value;
    this.root[i] = this.rootNow;
    this.place[i] = this.placeNow;
  }
}

function storedAs(store: number): number {
  switch (store) {
    case Op.I32_STORE: return Op.I32_LOAD;
    case Op.I64_STORE: return Op.I64_LOAD;
    case Op.F32_STORE: return Op.F32_LOAD;
    case Op.F64_STORE: return Op.F64_LOAD;
    default: return store;
  }
}

/** Bytes that a load or store touches. */
export function accessBytes(op: number): number {
  switch (op) {
    case Op.I32_LOAD8_S: case Op.I32_LOAD8_U: case Op.I64_LOAD8_S: case Op.I64_LOAD8_U: case Op.I32_STORE8: case Op.I64_STORE8: return 1;
    case Op.I32_LOAD16_S: case Op.I32_LOAD16_U: case Op.I64_LOAD16_S: case Op.I64_LOAD16_U: case Op.I32_STORE16: case Op.I64_STORE16: return 2;
    case Op.I64_LOAD: case Op.F64_LOAD: case Op.I64_STORE: case Op.F64_STORE: return 8;
    default: return 4;
  }
}

/** The result of load `op` where `known` (a load or narrow store at the same address) had `value`; -1 if that needs more than one cheap operation. */
function convert(e: Emitter, known: number, op: number, value: number): number {
  if (known === op) return value;
  switch (op) {
    case Op.I32_LOAD:
      if (known === Op.F32_LOAD) return unary(e, Op.I32_REINTERPRET_F32, value);
      return known === Op.I64_LOAD ? unary(e, Op.I32_WRAP_I64, value) : -1;
    case Op.I64_LOAD: return known === Op.F64_LOAD ? unary(e, Op.I64_REINTERPRET_F64, value) : -1;
    case Op.F32_LOAD: return known === Op.I32_LOAD ? unary(e, Op.F32_REINTERPRET_I32, value) : -1;
    case Op.F64_LOAD: return known === Op.I64_LOAD ? unary(e, Op.F64_REINTERPRET_I64, value) : -1;
    case Op.I64_LOAD32_U: return known === Op.I32_LOAD ? unary(e, Op.I64_EXTEND_I32_U, value) : -1;
    case Op.I64_LOAD32_S: return known === Op.I32_LOAD ? unary(e, Op.I64_EXTEND_I32_S, value) : -1;
    case Op.I32_LOAD8_U: return known === Op.I32_STORE8 || known === Op.I32_LOAD8_S ? binary(e, Op.I32_AND, value, e.i32(0xff)) : -1;
    case Op.I32_LOAD8_S: return known === Op.I32_STORE8 || known === Op.I32_LOAD8_U ? unary(e, Op.I32_EXTEND8_S, value) : -1;
    case Op.I32_LOAD16_U: return known === Op.I32_STORE16 || known === Op.I32_LOAD16_S ? binary(e, Op.I32_AND, value, e.i32(0xffff)) : -1;
    case Op.I32_LOAD16_S: return known === Op.I32_STORE16 || known === Op.I32_LOAD16_U ? unary(e, Op.I32_EXTEND16_S, value) : -1;
    default: return -1;
  }
}
