/**
 * What is known about memories and mutable globals at the point of construction: loads and `global.get` whose value is
 * known are never made. Done while building, so that the hash-consing of everything computed from a load profits, and
 * because a load that isn't made costs no later pass anything.
 *
 * Alias regions: each global by itself; a linear memory by (root value + constant, bytes). Memories of the module's own
 * are apart from all others, two imported ones may be one. A join keeps what all its
 * edges agree on; a loop header what the loop cannot change; calls end everything: a value kept across one would cost a
 * callee-saved register or a spill, where the load itself is cheap. Stores stay: a trap makes them observable.
 *
 * A forwarded load cannot trap: the same bytes were accessed before, and memory never shrinks. O(FACTS) per access,
 * O(FACTS²) per edge of a join.
 */
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import { OP_N } from '../wasm/op-tables.js';
import type { SsaEmitter } from './emitter.js';
import { binary, unary } from './fold.js';
import { EFFECTS, Effect, OP_LIMIT } from './opinfo.js';
import { FIRST_SIMD, Op } from './ops.js';

/** Globals are mapped to the first slots by their index, bases of memories to the next ones. */
const GLOBAL_SLOTS = 4;
const BASE_SLOTS = 4;
/** The rest is a ring for memory: the oldest fact makes room. */
const FIRST_MEMORY = GLOBAL_SLOTS + BASE_SLOTS;
const MEMORY_SLOTS = 16;
const FACTS = FIRST_MEMORY + MEMORY_SLOTS;
/** `access` of a fact about a memory: the operation + this times the memory's index. */
const MEMORY_SHIFT = 12;
const OPERATION_MASK = (1 << MEMORY_SHIFT) - 1;
/** Words of a fact in a snapshot. */
const WORDS = 4;
/** Bound on the words of a function's snapshots: beyond, an edge carries no facts. */
const MAX_SNAPSHOT_WORDS = 1 << 22;

export class MemoryFacts {
  /**
   * What `value` is the result of: a load (a full-width store counts as the load of its type) or a narrow store, with
   * the memory's index (MEMORY_SHIFT); GLOBAL_GET, MEMORY_BASE; 0: slot not in use.
   */
  private readonly access = new Int32Array(FACTS);
  /** Address operand and static offset; of a global or a memory's base -1 and the index. */
  private readonly base = new Int32Array(FACTS);
  private readonly offset = new Int32Array(FACTS);
  private readonly value = new Int32Array(FACTS);
  /**
   * For alias tests: the value that base + offset is a constant distance from (-1: a constant address), and the
   * distance.
   */
  private readonly root = new Int32Array(FACTS);
  private readonly place = new Int32Array(FACTS);
  private nextSlot = 0;
  private rootNow = -1;
  private placeNow = 0;

  /** Snapshots: count, then the facts. The one at 0 is empty. */
  private readonly snapshots = new IntVec(1024);
  /** The snapshot of the present state, or -1 if it has changed since. */
  private current = 0;

  /** Memories below this index are imported. */
  private importedMemories = 0;

  constructor(private readonly enabled: Enabled) {}

  /** At the start of a function of a module with so many imported memories. */
  reset(importedMemories: number): void {
    this.importedMemories = importedMemories;
    this.snapshots.n = 0;
    this.snapshots.push(0);
    this.clear();
    this.nextSlot = 0;
  }

  /** Nothing is known any more. */
  clear(): void {
    if (this.current === 0) return;
    this.access.fill(0);
    this.current = 0;
  }

  /** Memory may have changed, globals have not. */
  clearMemory(): void {
    this.access.fill(0, FIRST_MEMORY);
    this.current = -1;
  }

  /** A memory grows: it may move, and it may be any. */
  clearBases(): void {
    this.access.fill(0, GLOBAL_SLOTS, FIRST_MEMORY);
    this.current = -1;
  }

  /** Remembers the present state for `restore` and `intersect`. */
  save(): number {
    if (this.current >= 0) return this.current;
    const { snapshots, access } = this;
    if (snapshots.n > MAX_SNAPSHOT_WORDS) return 0;
    const at = snapshots.push(0);
    let n = 0;
    for (let i = 0; i < FACTS; i++) {
      if (access[i] === 0) continue;
      snapshots.push(access[i]);
      snapshots.push(this.base[i]);
      snapshots.push(this.offset[i]);
      snapshots.push(this.value[i]);
      n++;
    }
    if (n === 0) {
      snapshots.n = at;
      return (this.current = 0);
    }
    snapshots.a[at] = n;
    return (this.current = at);
  }

  /** Goes back to a remembered state. */
  restore(e: SsaEmitter, at: number): void {
    if (this.current === at) return;
    const { a } = this.snapshots;
    this.access.fill(0);
    for (let k = at + 1, end = k + a[at] * WORDS; k < end; k += WORDS) {
      if (a[k] === Op.GLOBAL_GET) this.setGlobal(a[k + 2], a[k + 3]);
      else if (a[k] === Op.MEMORY_BASE) this.setBase(a[k + 2], a[k + 3]);
      else this.afterLoad(e, a[k] & OPERATION_MASK, a[k] >> MEMORY_SHIFT, a[k + 1], a[k + 2], a[k + 3]);
    }
    this.current = at;
  }

  /** Keeps what the remembered state says too. */
  intersect(at: number): void {
    if (this.current === at || this.current === 0) return;
    const { access, base, offset, value } = this;
    const { a } = this.snapshots;
    const end = at + 1 + a[at] * WORDS;
    for (let i = 0; i < FACTS; i++) {
      if (access[i] === 0) continue;
      let k = at + 1;
      while (k < end && (a[k] !== access[i] || a[k + 1] !== base[i] || a[k + 2] !== offset[i] || a[k + 3] !== value[i]))
        k += WORDS;
      if (k < end) continue;
      access[i] = 0;
      this.current = -1;
    }
  }

  setGlobal(index: number, value: number): void {
    const i = index % GLOBAL_SLOTS;
    this.access[i] = Op.GLOBAL_GET;
    this.base[i] = -1;
    this.offset[i] = index;
    this.value[i] = value;
    this.current = -1;
  }

  /** The global's value, or -1. */
  global(index: number): number {
    if (!this.enabled.forwarding) return -1;
    const i = index % GLOBAL_SLOTS;
    return this.access[i] !== 0 && this.offset[i] === index ? this.value[i] : -1;
  }

  setBase(memory: number, value: number): void {
    const i = GLOBAL_SLOTS + (memory % BASE_SLOTS);
    this.access[i] = Op.MEMORY_BASE;
    this.base[i] = -1;
    this.offset[i] = memory;
    this.value[i] = value;
    this.current = -1;
  }

  /** The value that is a memory's base here, or -1. */
  baseOf(memory: number): number {
    const i = GLOBAL_SLOTS + (memory % BASE_SLOTS);
    return this.access[i] !== 0 && this.offset[i] === memory ? this.value[i] : -1;
  }

  /** The value that `op` would load from `base + offset` of a memory, or -1. */
  load(e: SsaEmitter, op: number, memory: number, base: number, offset: number): number {
    if (!this.enabled.forwarding) return -1;
    for (let i = FIRST_MEMORY; i < FACTS; i++) {
      const access = this.access[i];
      if (this.base[i] !== base || this.offset[i] !== offset || access === 0 || access >> MEMORY_SHIFT !== memory)
        continue;
      const v = convert(e, access & OPERATION_MASK, op, this.value[i]);
      if (v >= 0) return v;
    }
    return -1;
  }

  /** Notes that load `op` of a memory gave `value`. */
  afterLoad(e: SsaEmitter, op: number, memory: number, base: number, offset: number, value: number): void {
    this.findRoot(e, base, offset);
    this.add(op | (memory << MEMORY_SHIFT), base, offset, value);
  }

  /** Forgets what the store may overwrite and notes what it wrote. */
  afterStore(e: SsaEmitter, op: number, memory: number, base: number, offset: number, value: number): void {
    this.findRoot(e, base, offset);
    const size = accessBytes(op);
    for (let i = FIRST_MEMORY; i < FACTS; i++) {
      const access = this.access[i];
      if (access === 0 || !this.mayBeOne(access >> MEMORY_SHIFT, memory)) continue;
      // Same root: addresses are equal (modulo 2^32 or 2^64) only if the distances are, so differences modulo 2^32
      // decide.
      const ahead = (this.place[i] - this.placeNow) >>> 0;
      const behind = (this.placeNow - this.place[i]) >>> 0;
      if (this.root[i] !== this.rootNow || ahead < size || behind < accessBytes(access & OPERATION_MASK))
        this.access[i] = 0;
    }
    this.add(storedAs(op) | (memory << MEMORY_SHIFT), base, offset, value);
  }

  /** Whether two indices may stand for one memory. */
  private mayBeOne(a: number, b: number): boolean {
    return a === b || (a < this.importedMemories && b < this.importedMemories);
  }

  private findRoot(e: SsaEmitter, base: number, offset: number): void {
    this.rootNow = base;
    this.placeNow = offset;
    const op = e.op[base];
    if (
      (op === Op.I32_ADD && e.op[e.b[base]] === Op.I32_CONST) ||
      (op === Op.I64_ADD && e.op[e.b[base]] === Op.I64_CONST)
    ) {
      this.rootNow = e.a[base];
      this.placeNow = (offset + e.imm[e.b[base]]) | 0;
    } else if (op === Op.I32_CONST || op === Op.I64_CONST) {
      this.rootNow = -1;
      this.placeNow = (offset + e.imm[base]) | 0;
    }
  }

  private add(access: number, base: number, offset: number, value: number): void {
    const i = FIRST_MEMORY + this.nextSlot;
    this.nextSlot = (this.nextSlot + 1) % MEMORY_SLOTS;
    this.access[i] = access;
    this.base[i] = base;
    this.offset[i] = offset;
    this.value[i] = value;
    this.root[i] = this.rootNow;
    this.place[i] = this.placeNow;
    this.current = -1;
  }
}

/** The load that reads all of what `store` writes; a narrow store itself. */
export function storedAs(store: number): number {
  switch (store) {
    case Op.I32_STORE:
      return Op.I32_LOAD;
    case Op.I64_STORE:
      return Op.I64_LOAD;
    case Op.F32_STORE:
      return Op.F32_LOAD;
    case Op.F64_STORE:
      return Op.F64_LOAD;
    case Op.V128_STORE:
      return Op.V128_LOAD;
    default:
      return store;
  }
}

/** Bytes that a load or store touches. */
const ACCESS_BYTES = new Uint8Array(OP_LIMIT).fill(4);
for (const op of [Op.I32_LOAD8_S, Op.I32_LOAD8_U, Op.I64_LOAD8_S, Op.I64_LOAD8_U, Op.I32_STORE8, Op.I64_STORE8])
  ACCESS_BYTES[op] = 1;
for (const op of [Op.I32_LOAD16_S, Op.I32_LOAD16_U, Op.I64_LOAD16_S, Op.I64_LOAD16_U, Op.I32_STORE16, Op.I64_STORE16])
  ACCESS_BYTES[op] = 2;
for (const op of [Op.I64_LOAD, Op.F64_LOAD, Op.I64_STORE, Op.F64_STORE]) ACCESS_BYTES[op] = 8;
// Natural alignment is the size.
for (let op = FIRST_SIMD; op < OP_LIMIT; op++)
  if ((EFFECTS[op] & Effect.ACCESS) !== 0) ACCESS_BYTES[op] = 1 << OP_N[op - 0x100];

export const accessBytes = (op: number): number => ACCESS_BYTES[op];

/**
 * The result of load `op` where `known` (a load or narrow store at the same address) had `value`; -1 if that needs more
 * than one cheap operation.
 */
function convert(e: SsaEmitter, known: number, op: number, value: number): number {
  if (known === op) return value;
  switch (op) {
    case Op.I32_LOAD:
      if (known === Op.F32_LOAD) return unary(e, Op.I32_REINTERPRET_F32, value);
      return known === Op.I64_LOAD ? unary(e, Op.I32_WRAP_I64, value) : -1;
    case Op.I64_LOAD:
      return known === Op.F64_LOAD ? unary(e, Op.I64_REINTERPRET_F64, value) : -1;
    case Op.F32_LOAD:
      return known === Op.I32_LOAD ? unary(e, Op.F32_REINTERPRET_I32, value) : -1;
    case Op.F64_LOAD:
      return known === Op.I64_LOAD ? unary(e, Op.F64_REINTERPRET_I64, value) : -1;
    case Op.I64_LOAD32_U:
      return known === Op.I32_LOAD ? unary(e, Op.I64_EXTEND_I32_U, value) : -1;
    case Op.I64_LOAD32_S:
      return known === Op.I32_LOAD ? unary(e, Op.I64_EXTEND_I32_S, value) : -1;
    case Op.I32_LOAD8_U:
      return known === Op.I32_STORE8 || known === Op.I32_LOAD8_S ? binary(e, Op.I32_AND, value, e.i32(0xff)) : -1;
    case Op.I32_LOAD8_S:
      return known === Op.I32_STORE8 || known === Op.I32_LOAD8_U ? unary(e, Op.I32_EXTEND8_S, value) : -1;
    case Op.I32_LOAD16_U:
      return known === Op.I32_STORE16 || known === Op.I32_LOAD16_S ? binary(e, Op.I32_AND, value, e.i32(0xffff)) : -1;
    case Op.I32_LOAD16_S:
      return known === Op.I32_STORE16 || known === Op.I32_LOAD16_U ? unary(e, Op.I32_EXTEND16_S, value) : -1;
    default:
      return -1;
  }
}
