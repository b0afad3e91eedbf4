/**
 * Steps over operators without translating them: for unreachable code, and to find out which locals a loop assigns
 * before its header is made.
 */
import { IntVec } from '../util/vec.js';
import { OP_IMM, OP_PUSH } from '../wasm/op-tables.js';
import { GC_INDICES, GcOp } from '../wasm/gc-opcodes.js';
import { Clause, Imm, WasmOp } from '../wasm/opcodes.js';
import { readBits, skipLeb } from '../wasm/leb.js';

/** Position after the immediates of the operator `op`, whose opcode byte ends before `p`. The body is valid. */
export function skipImmediates(bytes: Uint8Array, p: number, op: number): number {
  if (op >= 0x45 && op <= 0xc4) return p;
  switch (op) {
    case 0x00:
    case 0x01:
    case 0x05:
    case WasmOp.THROW_REF:
    case 0x0b:
    case WasmOp.CATCH_ALL:
    case 0x0f:
    case 0x1a:
    case 0x1b:
    case 0xd1:
    case WasmOp.REF_AS_NON_NULL:
    case WasmOp.REF_EQ:
      return p;
    case WasmOp.PREFIX_FB: {
      const sub: GcOp = readBits(bytes, p);
      p = skipLeb(bytes, p);
      // br_on_cast: flags, label, two heap types.
      if (sub === GcOp.BR_ON_CAST || sub === GcOp.BR_ON_CAST_FAIL)
        return skipLeb(bytes, skipLeb(bytes, skipLeb(bytes, p + 1)));
      for (let n = GC_INDICES[sub]; n > 0; n--) p = skipLeb(bytes, p);
      return p;
    }
    // One number: labels, functions, locals, globals, tables, tags, constants, memory indices, heap
    // types.
    case WasmOp.CATCH:
    case WasmOp.THROW:
    case WasmOp.RETHROW:
    case WasmOp.DELEGATE:
    case 0x0c:
    case 0x0d:
    case 0x10:
    case WasmOp.RETURN_CALL:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case 0x25:
    case 0x26:
    case 0x3f:
    case 0x40:
    case 0x41:
    case 0x42:
    case 0xd0:
    case 0xd2:
    case WasmOp.CALL_REF:
    case WasmOp.RETURN_CALL_REF:
    case WasmOp.BR_ON_NULL:
    case WasmOp.BR_ON_NON_NULL:
      return skipLeb(bytes, p);
    case 0x02:
    case 0x03:
    case 0x04:
    case WasmOp.TRY:
      return skipType(bytes, p);
    case 0x11:
    case WasmOp.RETURN_CALL_INDIRECT:
      return skipLeb(bytes, skipLeb(bytes, p));
    case 0x0e:
    case 0x1c: {
      let n = readBits(bytes, p) + (op === 0x0e ? 1 : 0);
      p = skipLeb(bytes, p);
      while (n-- > 0) p = op === 0x0e ? skipLeb(bytes, p) : skipType(bytes, p);
      return p;
    }
    case WasmOp.TRY_TABLE: {
      p = skipType(bytes, p);
      let n = readBits(bytes, p);
      p = skipLeb(bytes, p);
      for (; n > 0; n--) {
        const clause = bytes[p++];
        p = skipLeb(bytes, p);
        if (clause <= Clause.CATCH_REF) p = skipLeb(bytes, p);
      }
      return p;
    }
    case 0x43:
      return p + 4;
    case 0x44:
      return p + 8;
    case 0xfc: {
      const sub = readBits(bytes, p);
      p = skipLeb(bytes, p);
      if (sub < 8 || sub >= 19) return p;
      // memory.init, memory.copy, table.init, table.copy have two indices; data.drop, memory.fill, elem.drop,
      // table.grow, table.size, table.fill one.
      return sub === 8 || sub === 10 || sub === 12 || sub === 14
        ? skipLeb(bytes, skipLeb(bytes, p))
        : skipLeb(bytes, p);
    }
    case 0xfd: {
      const imm = OP_IMM[0x200 + readBits(bytes, p)];
      p = skipLeb(bytes, p);
      if (imm === Imm.MEMARG || imm === Imm.MEMARG_LANE) p = skipMemarg(bytes, p);
      if (imm === Imm.V128 || imm === Imm.SHUFFLE) return p + 16;
      return imm === Imm.LANE || imm === Imm.MEMARG_LANE ? p + 1 : p;
    }
    case 0xfe: {
      const fence = OP_IMM[0x400 + readBits(bytes, p)] === Imm.FENCE;
      p = skipLeb(bytes, p);
      return fence ? p + 1 : skipMemarg(bytes, p);
    }
    default:
      return skipMemarg(bytes, p);
  }
}

/** Alignment, memory index if bit 6 of that says so, offset. */
function skipMemarg(bytes: Uint8Array, p: number): number {
  const hasMemory = (bytes[p] & 0x40) !== 0;
  p = skipLeb(bytes, skipLeb(bytes, p));
  return hasMemory ? skipLeb(bytes, p) : p;
}

/** A block or value type: `(ref ...)` and `(ref null …)` have a heap type behind them. */
function skipType(bytes: Uint8Array, p: number): number {
  return skipLeb(bytes, bytes[p] === 0x63 || bytes[p] === 0x64 ? p + 1 : p);
}

/**
 * Whether the operators from byte `p` to `end`, the body of function `index`, have a tail call of that function. Reads
 * them one by one only if there are bytes that look like one.
 */
export function callsItselfLast(bytes: Uint8Array, p: number, end: number, index: number): boolean {
  let at = p;
  while (at < end && (bytes[at] !== WasmOp.RETURN_CALL || readBits(bytes, at + 1) !== index)) at++;
  if (at === end) return false;
  while (p < end) {
    const op = bytes[p++];
    if (op === WasmOp.RETURN_CALL && readBits(bytes, p) === index) return true;
    p = skipImmediates(bytes, p, op);
  }
  return false;
}

/** Memories up to this index have their base loaded before a loop that accesses them. */
const MAX_HOISTED = 28;
/** The bit of `loadBases` for a memory, 0 if it has none. */
export const hoistedBit = (memory: number): number => (memory > 0 && memory <= MAX_HOISTED ? 1 << memory : 0);

/** Bit for the memory of the access whose immediates are at `p`. */
function memoryBit(bytes: Uint8Array, p: number): number {
  return (bytes[p] & 0x40) === 0 ? 0 : hoistedBit(readBits(bytes, skipLeb(bytes, p))) << MEMORY_SHIFT;
}

/** Of the SIMD operator whose number is at `p`. */
function vectorWrites(bytes: Uint8Array, p: number): number {
  const op = 0x200 + readBits(bytes, p);
  const imm = OP_IMM[op];
  const memory = imm === Imm.MEMARG || imm === Imm.MEMARG_LANE ? memoryBit(bytes, skipLeb(bytes, p)) : 0;
  // Only stores have no result.
  return OP_PUSH[op] === 0 ? memory | Writes.STORES : memory;
}

/** Thrown where a function would need more block parameters than its size justifies (builder.ts). */
export const TOO_MANY = Symbol('too many block parameters');

const enum Writes {
  CALLS = 1,
  STORES = 2,
  GROWS = 4,
}

/** Above those: the memories that are accessed (`hoistedBit`; memory 1 is bit 3). */
const MEMORY_SHIFT = 2;

/**
 * Which locals each loop assigns, and whether it writes memory. An outermost loop is scanned when it is met; the loops
 * inside it are ranges of the same list. O(operators + sum over loops of locals that they assign).
 */
export class LoopScan {
  /** By loop, the locals that it assigns, each once. Valid until the next outermost loop. */
  readonly lists = new IntVec(256);
  /** The range in `lists` of the loop asked for last. */
  from = 0;
  to = 0;
  private readonly loopPos = new IntVec();
  private readonly loopFrom = new IntVec();
  private readonly loopTo = new IntVec();
  /** Whether it calls anything or sets globals, and whether it may change memory otherwise. */
  calls = false;
  stores = false;
  /** Whether it grows a memory, and which ones it accesses (`hoistedBit`). */
  grows = false;
  memories = 0;
  private readonly loopWrites = new IntVec();
  private readonly loopOuter = new IntVec();
  /** During a scan: the innermost open loop, or -1. */
  private innermost = -1;
  /** Open constructs: loop number, or -1 for blocks and ifs. */
  private readonly open = new IntVec();
  /** Locals assigned in the open loops, and where each loop's begin; repetitions are dropped as loops end. */
  private readonly assigned = new IntVec(256);
  private readonly assignedAt = new IntVec();
  /** By local: the loop end that saw it last. */
  private stamp = new Int32Array(64);
  private stampNow = 0;
  private next = 0;
  private scannedTo = 0;
  private limit = 0;

  /** For a body with so many locals. With more than `limit` entries in `lists`, TOO_MANY is thrown; 0: list none. */
  reset(nLocals: number, limit: number): void {
    this.scannedTo = 0;
    this.limit = limit;
    if (this.stamp.length < nLocals) this.stamp = new Int32Array(nLocals * 2);
  }

  /**
   * Sets `from` and `to` for the loop whose first operator is at `p`. Loops must be asked for in the order of the code.
   */
  find(bytes: Uint8Array, p: number): void {
    if (p >= this.scannedTo) this.scan(bytes, p);
    const at = this.loopPos.a;
    let i = this.next;
    while (at[i] !== p) i++;
    this.next = i + 1;
    this.from = this.loopFrom.a[i];
    this.to = this.loopTo.a[i];
    this.calls = (this.loopWrites.a[i] & Writes.CALLS) !== 0;
    this.stores = (this.loopWrites.a[i] & Writes.STORES) !== 0;
    this.grows = (this.loopWrites.a[i] & Writes.GROWS) !== 0;
    this.memories = (this.loopWrites.a[i] >>> MEMORY_SHIFT) & ~1;
  }

  private scan(bytes: Uint8Array, p: number): void {
    const { assigned, loopWrites, open } = this;
    assigned.n = open.n = this.lists.n = 0;
    this.loopPos.n = this.loopFrom.n = this.loopTo.n = this.loopOuter.n = loopWrites.n = this.assignedAt.n = 0;
    this.next = 0;
    let writes = 0;
    this.innermost = -1;
    this.begin(p);
    while (open.n > 0) {
      const op = bytes[p++];
      if (op === 0x20) {
        while (bytes[p++] & 0x80);
        continue;
      }
      if (op === 0x21 || op === 0x22) {
        if (this.limit > 0) assigned.push(readBits(bytes, p));
        while (bytes[p++] & 0x80);
        continue;
      }
      if (op >= 0x28 && op <= 0x3e) {
        if (op >= 0x36) writes |= Writes.STORES;
        writes |= memoryBit(bytes, p);
      } else if (op === 0x10 || op === 0x11 || op === WasmOp.CALL_REF || op === 0x24) writes |= Writes.CALLS;
      else if (op === 0x40) writes |= Writes.GROWS;
      else if (op === 0xfc && readBits(bytes, p) >= 8) writes |= Writes.STORES;
      else if (op === 0xfd) writes |= vectorWrites(bytes, p);
      // What other threads wrote is seen from here on.
      else if (op === 0xfe) writes |= Writes.STORES;
      p = skipImmediates(bytes, p, op);
      if (op === 0x02 || op === 0x04 || op === WasmOp.TRY || op === WasmOp.TRY_TABLE) {
        open.push(-1);
      } else if (op === 0x03) {
        // What was written so far is charged to the enclosing loop; this one starts afresh.
        loopWrites.a[this.innermost] |= writes;
        writes = 0;
        this.begin(p);
      } else if (op === 0x0b || op === WasmOp.DELEGATE) {
        const loop = open.a[--open.n];
        if (loop < 0) continue;
        this.end(loop);
        writes = loopWrites.a[loop] |= writes;
        this.innermost = this.loopOuter.a[loop];
      }
    }
    this.scannedTo = p;
  }

  /**
   * The loop ends: drops repetitions from what it assigned, so that the loops around it don't go through them once per
   * level, and keeps the list.
   */
  private end(loop: number): void {
    const { assigned, lists } = this;
    const { a } = assigned;
    const stamp = ++this.stampNow;
    const from = this.assignedAt.a[loop];
    let n = from;
    for (let k = from; k < assigned.n; k++) {
      const l = a[k];
      if (this.stamp[l] === stamp) continue;
      this.stamp[l] = stamp;
      a[n++] = l;
    }
    assigned.n = n;
    if (this.limit > 0 && lists.n + n - from > this.limit) throw TOO_MANY; // eslint-disable-line @typescript-eslint/only-throw-error -- a sentinel, not an error
    this.loopFrom.a[loop] = lists.n;
    for (let k = from; k < n; k++) lists.push(a[k]);
    this.loopTo.a[loop] = lists.n;
  }

  /** A loop begins at `p`. */
  private begin(p: number): void {
    this.loopOuter.push(this.innermost);
    this.innermost = this.loopPos.push(p);
    this.open.push(this.innermost);
    this.assignedAt.push(this.assigned.n);
    this.loopFrom.push(0);
    this.loopTo.push(0);
    this.loopWrites.push(0);
  }
}
