/**
 * The code buffer: bytes of one function while it is being emitted, and everything that refers to offsets in it:
 * labels, branches, trap sites, calls, constants, jump tables.
 *
 * Branches are emitted in their long form, by a machine's own buffer, and shortened by `finish` (codegen/relax.ts), so
 * offsets are *raw* until then, and everything recorded here is translated. Records are appended in the order of their
 * offsets, which makes `finish` linear. All storage is reused from function to function: `reset`, emit, `finish`.
 */
import { IntVec } from '../util/vec.js';

/** `CodeBuffer.evCc` of an unconditional jump and of the padding before a loop (`evLabel`: its end, or -1). */
export const EV_JMP = -1;
export const EV_ALIGN = -2;

/** Functions stand at multiples of this many bytes; those with loops that want it at multiples of a line. */
export const CODE_ALIGNMENT = 32;
/** What is fetched at once, in bytes. */
export const LINE = 64;

/** What `finish` returns. The views are valid until the next `reset`. */
export interface FinishedCode {
  /** Code, then the read-only tail: constants and jump tables. */
  code: Uint8Array;
  /** Place it at a multiple of this. */
  alignment: number;
  /** Bytes of instructions at the start of `code`. */
  codeBytes: number;
  /**
   * Pairs (offset of a rel32, function index): the value to store is target − (offset + 4); or (offset of a disp32, -1
   * − unit): the value is where the unit's counter is in the vmctx; or (offset of a disp32, DISPATCH_RELOC − entry):
   * the value is where the function's dispatch entry is in the vmctx.
   */
  relocs: Int32Array;
  /** Landing pads: pairs (return address of a call, where an exception thrown by it goes), sorted. */
  handlers: Int32Array;
  /** Dispatch entries of the function: offsets that instances hold as absolute addresses in their vmctx. */
  dispatch: Int32Array;
  /** Triples (offset, trap code | flags, wasm offset), sorted by offset. */
  traps: Int32Array;
  /** Accesses whose address may wrap, WRAP_FIELDS numbers each (`CodeBuffer.wraps`), sorted by offset. */
  wraps: Int32Array;
  /**
   * Triples (offset, wasm offset, kind | unit << 8; codegen/kinds.ts), sorted by offset; empty without debug
   * information.
   */
  debug: Int32Array;
}

/** Numbers in a row of `CodeBuffer.wraps`. */
export const WRAP_FIELDS = 4;

/** Second column of a relocation to dispatch entry n: this minus n. Below every counter's. */
export const DISPATCH_RELOC = -0x40000000;

export class CodeBuffer {
  code = new Uint8Array(1 << 16);
  pos = 0;
  /** The function stands at a multiple of this. */
  alignment = CODE_ALIGNMENT;
  /** Bytes of instructions, once it is relaxed; `pos` is then the end of the read-only tail. */
  codeBytes = 0;
  /** Emission must not start an instruction beyond this. */
  private limit = this.code.length - 64;
  /** Raw end of the last instruction that does not fall through. */
  protected deadAt = -1;
  /** Records positions for `debugHere`. */
  wantDebug = false;

  // --- labels; `boundOrder` lists them in ascending raw offset ---
  /** Raw offset, or -1 while unbound. */
  readonly labelAt = new IntVec(256);
  readonly boundOrder = new IntVec(256);

  // --- events that change size: branches and alignment ---
  readonly evAt = new IntVec(256);
  readonly evCc = new IntVec(256);
  readonly evLabel = new IntVec(256);
  /** 1: the instruction before does not fall through to it. */
  readonly evDead = new IntVec(256);

  // --- fields relative to the code: raw offset, detail (on x86-64 bytes from there to the end of the instruction), label ---
  readonly fixups = new IntVec(256);
  readonly relocs = new IntVec(64);
  readonly traps = new IntVec(256);
  /**
   * Accesses whose folded address may have wrapped (`MachFunc.wrap`): offset of the instruction; constant that was
   * added at 32 bits; index register | log2(scale) << 8; offset of the cold copy.
   */
  readonly wraps = new IntVec(64);
  /** By row of `wraps`: label behind the instruction. */
  private readonly wrapEnds = new IntVec(16);
  /** Label that the end of the next instruction binds, or -1. */
  protected endLabel = -1;
  readonly debug = new IntVec(64);
  /** Landing pads: raw offset of the return address, label. */
  readonly handlers = new IntVec(64);

  // --- read-only tail ---
  /** Per constant: label, size, four words. */
  readonly consts = new IntVec(60);
  /** Open addressing over `consts` (entry + 1). */
  private constHash = new Int32Array(64);
  /** Per table: label, number of entries, labels. */
  readonly tables = new IntVec(64);
  /** Labels of the dispatch entries. */
  readonly dispatch = new IntVec(64);

  /** Forgets the previous function. */
  reset(): void {
    this.pos = 0;
    this.alignment = CODE_ALIGNMENT;
    this.deadAt = -1;
    this.labelAt.clear();
    this.boundOrder.clear();
    this.evAt.clear();
    this.evCc.clear();
    this.evLabel.clear();
    this.evDead.clear();
    this.fixups.clear();
    this.relocs.clear();
    this.traps.clear();
    this.wraps.clear();
    this.wrapEnds.clear();
    this.endLabel = -1;
    this.debug.clear();
    this.handlers.clear();
    if (this.consts.n > 0) this.constHash.fill(0);
    this.consts.clear();
    this.tables.clear();
    this.dispatch.clear();
  }

  /** The byte array, with room for one more instruction (64 bytes). */
  protected room(): Uint8Array {
    if (this.pos > this.limit) this.grow(this.pos + 64);
    return this.code;
  }

  /** Makes the array at least `need` bytes long. */
  grow(need: number): void {
    let capacity = this.code.length;
    while (capacity < need + 64) capacity *= 2;
    if (capacity === this.code.length) return;
    const bigger = new Uint8Array(capacity);
    bigger.set(this.code);
    this.code = bigger;
    this.limit = capacity - 64;
  }

  // --- labels and branches ---

  newLabel(): number {
    return this.labelAt.push(-1);
  }

  /** The label is here. Each label is bound once. */
  bind(label: number): void {
    if (this.labelAt.a[label] !== -1) throw new Error(`label ${label} bound twice`);
    this.labelAt.a[label] = this.pos;
    this.boundOrder.push(label);
  }

  isBound(label: number): boolean {
    return this.labelAt.a[label] !== -1;
  }

  protected event(cc: number, label: number): void {
    this.evAt.push(this.pos);
    this.evCc.push(cc);
    this.evLabel.push(label);
    this.evDead.push(this.deadAt === this.pos ? 1 : 0);
  }

  /**
   * Room for padding before a loop that goes on to the label `end` (-1: not known), so that it takes no more lines than
   * it has to.
   */
  alignLoop(end: number): void {
    this.room();
    this.event(EV_ALIGN, end);
    this.pos += LINE - 1;
  }

  /**
   * A jump table with these targets in the read-only tail: int32 entries (target − start of the table). Returns its
   * label.
   */
  jumpTable(targets: IntVec): number {
    const label = this.newLabel();
    this.tables.push(label);
    this.tables.push(targets.n);
    for (let i = 0; i < targets.n; i++) this.tables.push(targets.a[i]);
    return label;
  }

  /** Makes dispatch entries for these targets; returns the first. */
  dispatchEntries(targets: IntVec): number {
    const entry = this.dispatch.n;
    for (let i = 0; i < targets.n; i++) this.dispatch.push(targets.a[i]);
    return entry;
  }

  /** Label of a constant of 4, 8 or 16 bytes in the read-only tail; equal ones are shared. */
  constant(size: number, w0: number, w1 = 0, w2 = 0, w3 = 0): number {
    const c = this.consts;
    if (c.n * 2 > this.constHash.length * 6) this.rehashConstants();
    const mask = this.constHash.length - 1;
    let h = hashConstant(size, w0, w1, w2, w3) & mask;
    for (let e = this.constHash[h]; e !== 0; e = this.constHash[(h = (h + 1) & mask)]) {
      const at = (e - 1) * 6;
      const a = c.a;
      if (
        a[at + 1] === size &&
        a[at + 2] === (w0 | 0) &&
        a[at + 3] === (w1 | 0) &&
        a[at + 4] === (w2 | 0) &&
        a[at + 5] === (w3 | 0)
      )
        return a[at];
    }
    const label = this.newLabel();
    this.constHash[h] = c.n / 6 + 1;
    c.push(label);
    c.push(size);
    c.push(w0);
    c.push(w1);
    c.push(w2);
    c.push(w3);
    return label;
  }

  private rehashConstants(): void {
    const table = new Int32Array(this.constHash.length * 2);
    const mask = table.length - 1;
    const a = this.consts.a;
    for (let at = 0; at < this.consts.n; at += 6) {
      let h = hashConstant(a[at + 1], a[at + 2], a[at + 3], a[at + 4], a[at + 5]) & mask;
      while (table[h] !== 0) h = (h + 1) & mask;
      table[h] = at / 6 + 1;
    }
    this.constHash = table;
  }

  // --- records ---

  /** The instruction emitted next raises trap `code` when it faults. */
  trapHere(code: number, wasmOffset: number): void {
    this.traps.push(this.pos);
    this.traps.push(code);
    this.traps.push(wasmOffset);
  }

  /**
   * Here is a return address: of a call that raises trap `code` (0: of an ordinary call, for backtraces). `flags` are
   * ORed into the code.
   */
  trapAfter(code: number, wasmOffset: number, flags = 0): void {
    this.traps.push(this.pos);
    this.traps.push(code | flags);
    this.traps.push(wasmOffset);
  }

  /** An exception that comes out of the call just emitted goes to `label`. */
  landsAt(label: number): void {
    this.handlers.push(this.pos);
    this.handlers.push(label);
  }

  /**
   * The instruction emitted next is an access of [base + (index << scale) + disp] where `add`, a part of disp, was added
   * at 32 bits. `copyWrapped` must follow, for each in the same order.
   */
  wrapHere(add: number, index: number, scale: number): void {
    this.wraps.push(this.pos);
    this.wraps.push(add);
    this.wraps.push(index | (scale << 8));
    this.wraps.push(-1);
    this.wrapEnds.push((this.endLabel = this.newLabel()));
  }

  /** Rows of `wraps` so far. */
  get wrapCount(): number {
    return (this.wraps.n / WRAP_FIELDS) | 0;
  }

  /** The cold copy of the access of row k is here: its bytes again. Returns the label behind the access itself. */
  copyWrapped(k: number): number {
    const at = k * WRAP_FIELDS;
    const code = this.room();
    const back = this.wrapEnds.a[k];
    this.wraps.a[at + 3] = this.pos;
    for (let p = this.wraps.a[at], end = this.labelAt.a[back]; p < end; p++) code[this.pos++] = code[p];
    return back;
  }

  /** Binds a label ahead: the next instruction starts at raw offset `end`. */
  protected bindEnd(end: number): void {
    this.labelAt.a[this.endLabel] = end;
    this.boundOrder.push(this.endLabel);
    this.endLabel = -1;
  }

  /** Code from here on comes from this wasm operator; kept only if `wantDebug`. */
  debugHere(wasmOffset: number, kind = 0): void {
    if (!this.wantDebug) return;
    this.debug.push(this.pos);
    this.debug.push(wasmOffset);
    this.debug.push(kind);
  }
}

function hashConstant(size: number, w0: number, w1: number, w2: number, w3: number): number {
  let h = Math.imul(w0 ^ size, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ w1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ w2, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ w3, 0x27d4eb2f);
  return h ^ (h >>> 15);
}
