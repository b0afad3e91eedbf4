/**
 * The part of instruction selection that all machines share: values and their uses, constants as operands, and the
 * walk over the function. A machine extends `Selection` by `lower`, which makes the instructions of one value.
 *
 * Selection runs **backwards**: when a value is reached, all its uses have been selected, so `need` says whether it has
 * a use in a register, and operations that were folded into every consumer are never emitted.
 */
import { ByteSwaps, type Values } from './byte-swaps.js';
import { Cls, isVectorType, type MachineFacts } from './machine.js';
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { Effect, EFFECTS, isConst, isLoad, isRoot, OP_LIMIT } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import type { Cfg } from '../opt/cfg.js';
import { Ranges } from '../opt/ranges.js';
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';
import { InstructionList } from './instruction-list.js';
import { LoopConstants, Request, REQUEST_FIELDS } from './loop-constants.js';
import { ADDR_INDEX, ADDR_SCALE_SHIFT, HEAP_BASE, type MachFunc } from './mach.js';
import type { ModuleFacts } from './module-facts.js';
import { PreservedWord, rowOfCallee } from './preserved.js';
import { type SplitLoads, WordLoads } from './word-loads.js';

/** What selection needs to know of the target. */
export interface SelectOptions {
  /** CPU features, bits of the machine's. */
  features: number;
  /** Every access is compared with the size of memory. */
  explicitBounds: boolean;
  /** Whether there is a table of what functions preserve that were compiled before (preserved.ts), and the table. */
  knowsCallees: boolean;
  preserved: Int32Array;
}

/** Operations whose operands (of stores: the value) are read in their low 32 bits only. */
const LOW32 = new Uint8Array(OP_LIMIT);
for (let op: number = Op.I32_EQZ; op <= Op.I32_GE_U; op++) LOW32[op] = 1;
for (let op: number = Op.I32_CLZ; op <= Op.I32_ROTR; op++) LOW32[op] = 1;
for (const op of [Op.I32_EXTEND8_S, Op.I32_EXTEND16_S, Op.I64_EXTEND_I32_S, Op.BR_IF]) LOW32[op] = 1;
for (const op of [
  Op.I8X16_SPLAT,
  Op.I16X8_SPLAT,
  Op.I32X4_SPLAT,
  Op.I8X16_REPLACE_LANE,
  Op.I16X8_REPLACE_LANE,
  Op.I32X4_REPLACE_LANE,
])
  LOW32[op] = 1;
for (let op: number = Op.I8X16_SHL; op <= Op.I64X2_SHL; op += 0x20) LOW32[op] = LOW32[op + 1] = LOW32[op + 2] = 1;

/** The selection of one compilation; its arrays are reused from function to function. */
export abstract class Selection extends InstructionList implements Values, SplitLoads {
  f!: Func;
  m!: ModuleFacts;
  features = 0;
  /** Every access is compared with the size of memory. */
  explicitBounds = false;
  /** By defined function: what it preserves (preserved.ts). */
  private preserved: Int32Array = new Int32Array(0);
  private knowsCallees = false;

  // --- by SSA value ---
  /** Uses in SSA, edge arguments included, counted through `alias`. */
  uses = new Int32Array(0);
  /** Those of them as first operands: an access's address, what a sum adds a constant to. */
  addressUses = new Int32Array(0);
  /** The value whose register holds this one too: an extension or wrap that changes nothing, else the value itself. */
  alias = new Int32Array(0);
  /** The value has a use in a register. */
  need = new Uint8Array(0);
  /** Its only consumer has emitted it. */
  fused = new Uint8Array(0);
  /** A wrap that some consumer needs with a clean upper half. */
  private hardWrap = new Uint8Array(0);
  /** Number of side effects before the value in its block: a load may move to a place with the same number. */
  side = new Int32Array(0);
  /** By constant: its copy in block `localConstBlock`. */
  private localConst = new Int32Array(0);
  private localConstBlock = new Int32Array(0);

  /** `heapBase` of the current block, if it is wanted there: like every constant, one for each. */
  private heap = -1;

  private readonly operands = new IntVec(16);
  private readonly ranges = new Ranges();
  private readonly loopConstants = new LoopConstants(Cls.VECTOR);
  private readonly loopIntegers = new LoopConstants(Cls.GPR);
  readonly swaps = new ByteSwaps();
  readonly wordLoads = new WordLoads();

  /** `side` of the current value, and its place in the function's order. */
  curSide = 0;
  curIndex = 0;

  constructor(
    protected readonly machine: MachineFacts,
    readonly enabled: Enabled,
  ) {
    super();
  }

  /** Makes the instructions of value v, which is needed or has an effect. */
  protected abstract lower(v: number): void;

  /** Makes the instructions that define the parameters, at the start of the function. */
  protected abstract lowerParameters(): void;

  /** Loads a constant into machine value v: the SSA constant x, or (-1) four words in the pool. */
  protected abstract loadConstant(v: number, x: number, words: number): void;

  /** Whether the access v reads its address in the low 32 bits of a register only. */
  protected extendsAddress(_v: number): boolean {
    return false;
  }

  /** Whether the load v of 64 bits may become two (word-loads.ts). */
  mayBeWords(_v: number): boolean {
    return false;
  }

  /** Called before the values of block b. */
  protected startBlock(b: number): void {
    this.startChunks(b);
    this.heap = -1;
  }

  /**
   * Selects instructions for `f` into `out`, in one backward walk, linear. Expects an SSA function with every block
   * reachable. The only thing it changes in the SSA function are edge arguments that are mere extensions, which it
   * replaces by their operands.
   */
  run(f: Func, cfg: Cfg, m: ModuleFacts, options: SelectOptions, out: MachFunc): void {
    out.machine = this.machine;
    out.func = f;
    out.cfg = cfg;
    this.f = f;
    this.m = m;
    this.features = options.features;
    this.explicitBounds = options.explicitBounds;
    this.preserved = options.preserved;
    this.knowsCallees = options.knowsCallees;
    this.start(out);
    const { counts } = this.machine.registers;
    this.loopConstants.start(f, cfg, counts[Cls.VECTOR]);
    this.loopIntegers.start(f, cfg, counts[Cls.GPR]);
    for (let b = f.nb - 1; b >= 0; b--) this.selectBlock(b);
    this.finish(f);
  }

  private selectBlock(b: number): void {
    const { f, need, fused, alias, side } = this;
    const { op, order } = f;
    const from = f.blockStart[b];
    const to = f.blockStart[b + 1];
    this.startBlock(b);
    let effects = 0;
    for (let k = from; k < to; k++) {
      const v = order[k];
      side[v] = effects;
      // A load may not pass anything that writes or traps otherwise.
      if ((EFFECTS[op[v]] & (Effect.WRITE | Effect.TRAP)) !== 0 && !isLoad(op[v])) effects++;
    }
    for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
      const e = f.succEdge[k];
      for (let q = f.argAt[e]; q < f.argAt[e + 1]; q++) {
        const x = f.args[q];
        if (!isConst(op[x])) need[x] = 1;
      }
    }
    for (let k = to - 1; k >= from; k--) {
      const v = order[k];
      if (alias[v] !== v || fused[v] !== 0) continue;
      if (need[v] === 0 && !isRoot(op[v])) continue;
      if (isConst(op[v]) || op[v] === Op.PARAM || op[v] === Op.ARG) continue;
      this.curSide = side[v];
      this.curIndex = k;
      this.curPos = f.pos[v];
      this.startChunk();
      this.lower(v);
      if (k === to - 1) {
        this.loadConstants(b, this.loopConstants);
        this.loadConstants(b, this.loopIntegers);
      }
    }
    if (b === 0) {
      this.startChunk();
      this.lowerParameters();
    }
  }

  // ------------------------------------------------------------------ values

  private start(out: MachFunc): void {
    const { f } = this;
    const nv = f.nv;
    if (this.uses.length < nv) {
      const size = nv + (nv >> 1);
      this.uses = new Int32Array(size);
      this.addressUses = new Int32Array(size);
      this.alias = new Int32Array(size);
      this.need = new Uint8Array(size);
      this.fused = new Uint8Array(size);
      this.hardWrap = new Uint8Array(size);
      this.side = new Int32Array(size);
      this.localConst = new Int32Array(size);
      this.localConstBlock = new Int32Array(size);
    }
    this.uses.fill(0, 0, nv);
    this.addressUses.fill(0, 0, nv);
    this.need.fill(0, 0, nv);
    this.fused.fill(0, 0, nv);
    this.hardWrap.fill(0, 0, nv);
    this.localConstBlock.fill(-1, 0, nv);
    this.startList(f.nb, out);
    this.startValues();
    this.wordLoads.start(nv);
    this.findAliases();
    this.countUses();
    this.splitLoads();
  }

  private startValues(): void {
    const { f, out } = this;
    const nv = f.nv;
    out.nVals = nv;
    this.growValues(nv + 64);
    const { type, block } = f;
    const { valueClass, valueSize, valueBlock, constOf } = out;
    for (let v = 0; v < nv; v++) {
      const t = type[v];
      valueClass[v] = t === ValType.F32 || t === ValType.F64 || t === ValType.V128 ? Cls.VECTOR : Cls.GPR;
      valueSize[v] = t === ValType.V128 ? 16 : 8;
      valueBlock[v] = block[v];
      constOf[v] = -1;
    }
  }

  /** The largest number that an integer can be. */
  maxOf(x: number): number {
    return this.ranges.maxOf(this.f, x);
  }

  /** A zero-extended i32 is its operand; so is the wrap of a value whose upper half is known to be zero. */
  private findAliases(): void {
    const { f, alias } = this;
    const { op, a, nv } = f;
    for (let v = 0; v < nv; v++) alias[v] = v;
    for (let b = 0; b < f.nb; b++) {
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        const o = op[v];
        this.wordLoads.note(f, v);
        if (o !== Op.I64_EXTEND_I32_U && o !== Op.I32_WRAP_I64 && o !== Op.RETYPE) continue;
        const x = alias[a[v]];
        // Not of constants: their immediates are read by their own type.
        if (!isConst(op[x]) && (o !== Op.I32_WRAP_I64 || this.maxOf(x) <= 0xffffffff)) alias[v] = x;
      }
    }
  }

  private countUses(): void {
    const { f, alias } = this;
    const { op, a, order } = f;
    const { operands } = this;
    for (let k = 0; k < f.blockStart[f.nb]; k++) {
      const v = order[k];
      if (alias[v] !== v) continue;
      const o = op[v];
      const low = LOW32[o] !== 0;
      // The value of a store, the condition of a select.
      const lowOperand = o >= Op.I32_STORE && o <= Op.I64_STORE32 ? 1 : o === Op.SELECT ? 2 : -1;
      if (a[v] >= 0) this.addressUses[alias[a[v]]]++;
      const lowAddress = (EFFECTS[o] & Effect.ACCESS) !== 0 && this.extendsAddress(v) ? 0 : -1;
      listOperands(f, v, operands);
      for (let i = 0; i < operands.n; i++) this.countUse(operands.a[i], low || i === lowOperand || i === lowAddress);
    }
    const args = f.args;
    for (let k = 0, n = f.argAt[f.ne]; k < n; k++) {
      args[k] = alias[args[k]];
      this.countUse(args[k], false);
    }
  }

  /** Loads of two words: both words are made where the load is. */
  private splitLoads(): void {
    const { f, wordLoads, alias, need, fused, out } = this;
    if (!wordLoads.find(this)) return;
    wordLoads.share(this);
    const { upper } = wordLoads;
    for (let v = 0; v < f.nv; v++) {
      const word = upper[v];
      if (word < 0) continue;
      need[v] = need[word] = fused[word] = 1;
      out.valueBlock[word] = f.block[v];
    }
    for (let k = 0, n = f.argAt[f.ne]; k < n; k++) f.args[k] = alias[f.args[k]];
  }

  private countUse(x: number, low: boolean): void {
    x = this.alias[x];
    this.uses[x]++;
    if (!low && this.f.op[x] === Op.I32_WRAP_I64) this.hardWrap[x] = 1;
  }

  isConst(x: number): boolean {
    return isConst(this.f.op[this.alias[x]]);
  }

  /** The open instruction calls this function, of the module's own or imported. */
  preservedBy(callee: number): void {
    const { preserved, m } = this;
    if (!this.knowsCallees || !this.enabled['callee-registers']) return;
    const at = rowOfCallee(preserved, this.f.index - m.importedFuncs, callee - m.importedFuncs);
    if (at < 0) return;
    const stack = preserved[at + PreservedWord.STACK];
    if (stack !== 0) this.takesStack(stack);
    const general = preserved[at + PreservedWord.GENERAL];
    const vector = preserved[at + PreservedWord.VECTOR];
    if ((general | vector) !== 0) this.preserve(general, vector);
  }

  /** The value whose low `bits` bits equal those of x, for consumers that read no more. */
  lowPart(x: number, bits: number): number {
    const { f, alias } = this;
    const { op, a, b, imm } = f;
    if (bits > 32) return alias[x];
    for (;;) {
      x = alias[x];
      switch (op[x]) {
        case Op.I32_WRAP_I64:
          if (this.hardWrap[x] !== 0) return x;
          break;
        case Op.I64_EXTEND_I32_S:
        case Op.I64_EXTEND32_S:
          break;
        case Op.I32_AND:
        case Op.I64_AND: {
          const y = alias[b[x]];
          const o = op[y];
          if (o !== Op.I32_CONST && o !== Op.I64_CONST) return x;
          const mask = bits === 32 ? -1 : ~(-1 << bits);
          if ((imm[y] & mask) !== mask) return x;
          break;
        }
        case Op.I32_EXTEND8_S:
        case Op.I64_EXTEND8_S:
          if (bits > 8) return x;
          break;
        case Op.I32_EXTEND16_S:
        case Op.I64_EXTEND16_S:
          if (bits > 16) return x;
          break;
        default:
          return x;
      }
      x = a[x];
    }
  }

  /**
   * Like `lowPart`, or -1 if a value on the way has another consumer: then what lies below is not the current value's
   * own.
   */
  ownLowPart(x: number, bits: number): number {
    const low = this.lowPart(x, bits);
    for (let y = this.alias[x]; y !== low; y = this.alias[this.f.a[y]]) if (!this.isOwn(y)) return -1;
    return low;
  }

  /** x has no consumer but the current one and may be computed at the current place. */
  isOwn(x: number): boolean {
    return this.uses[x] === 1 && this.need[x] === 0 && this.fused[x] === 0 && this.f.block[x] === this.curBlock;
  }

  // ------------------------------------------------------------------ operands

  /** A register operand. */
  use(x: number): void {
    this.pushUse(this.asOperand(this.alias[x]), -1);
  }

  /** A register operand whose low 32 bits are read. */
  useLow(x: number): void {
    this.pushUse(this.asOperand(this.lowPart(x, 32)), -1);
  }

  /** A register operand in a fixed register. A constant gets a copy of its own, so that it can be made right there. */
  useIn(x: number, reg: number): void {
    x = this.alias[x];
    if (isConst(this.f.op[x])) x = this.newConst(x);
    else this.need[x] = 1;
    this.pushUse(x, reg);
  }

  /**
   * The machine value that holds the constant x, or the words at `words` in the pool, throughout the current
   * block's loop (loop-constants.ts); -1 if there is none.
   */
  kept(x: number, words = -1): number {
    const { f } = this;
    if (!this.enabled['loop-constants']) return -1;
    const isInteger = x >= 0 && !isVectorType(f.type[x]);
    if (isInteger && !this.machine.keepsIntegers) return -1;
    const loopConstants = isInteger ? this.loopIntegers : this.loopConstants;
    const h = loopConstants.loopFor(this.curBlock);
    if (h < 0) return -1;
    const isWide = words >= 0 || f.type[x] === ValType.V128;
    const p = f.pool.a;
    const at = words >= 0 ? words : f.imm[x];
    let row: number;
    if (isInteger) row = loopConstants.request(h, f.type[x], x, 0, 0, 0);
    else if (!isWide) row = loopConstants.request(h, f.type[x], x, 0, 0, 0);
    else row = loopConstants.request(h, ValType.V128, p[at], p[at + 1], p[at + 2], p[at + 3]);
    if (row < 0) return -1;
    const { a } = loopConstants.requests;
    if (a[row + Request.VALUE] < 0) {
      const v = this.newValue(isInteger ? Cls.GPR : Cls.VECTOR, isWide ? 16 : 8);
      this.out.valueBlock[v] = loopConstants.blockBefore(h);
      a[row + Request.VALUE] = v;
      a[row + Request.FROM] = isWide ? at : x;
    }
    return a[row + Request.VALUE];
  }

  /** Whether the current block is in a small loop that leaves general registers. */
  leavesRegisters(): boolean {
    return this.loopIntegers.leavesRegisters(this.curBlock);
  }

  /** Before the branch that ends block b: the constants of the loops behind it. */
  private loadConstants(b: number, loopConstants: LoopConstants): void {
    const { requests } = loopConstants;
    for (let k = 0; k < requests.n; k += REQUEST_FIELDS) {
      if (loopConstants.blockBefore(requests.a[k]) !== b) continue;
      this.startChunk();
      const from = requests.a[k + Request.FROM];
      const isWide = requests.a[k + Request.KIND] === ValType.V128;
      this.loadConstant(requests.a[k + Request.VALUE], isWide ? -1 : from, isWide ? from : -1);
    }
  }

  private newConst(x: number): number {
    return this.newValue(
      isVectorType(this.f.type[x]) ? Cls.VECTOR : Cls.GPR,
      this.f.type[x] === ValType.V128 ? 16 : 8,
      x,
    );
  }

  /** The base of the heap of WebAssembly's objects. */
  heapBase(): number {
    if (this.heap < 0) this.heap = this.newValue(Cls.GPR, 8, HEAP_BASE);
    return this.heap;
  }

  protected asOperand(x: number): number {
    if (!isConst(this.f.op[x])) {
      this.need[x] = 1;
      return x;
    }
    const kept = this.kept(x);
    if (kept >= 0) return kept;
    if (this.localConstBlock[x] !== this.curBlock) {
      this.localConstBlock[x] = this.curBlock;
      this.localConst[x] = this.newConst(x);
    }
    return this.localConst[x];
  }

  /** … or [SSA value + disp], an address outside of linear memory. */
  setField(x: number, disp: number): void {
    this.setBase(this.asOperand(this.alias[x]), disp);
  }

  /** Adds a machine value to the address that was set. */
  addIndex(x: number): void {
    this.adr |= ADDR_INDEX;
    this.adrIndex = x;
  }

  /** … or [machine value `base` + SSA value x << shift + disp]. */
  setElement(base: number, x: number, shift: number, disp: number): void {
    const index = this.asOperand(this.alias[x]);
    this.setBase(base, disp);
    this.adr |= ADDR_INDEX | (shift << ADDR_SCALE_SHIFT);
    this.adrIndex = index;
  }
}
