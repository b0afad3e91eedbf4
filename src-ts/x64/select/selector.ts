/**
 * State and building blocks of instruction selection: operands, constants, folding of loads, addresses. `select.ts` is
 * the driver, `select-*.ts` lower classes of operations with these.
 *
 * Selection runs **backwards** over the function: when a value is reached, all its uses have been selected, so `need`
 * says whether it has a use in a register, and operations that were folded into every consumer are never emitted.
 * The instructions of one value are appended in forward order (a *chunk*); `finish` reverses the order of the chunks.
 */
import type { Enabled } from '../../util/switches.js';
import { LOW_GUARD, type VmLayout } from '../../abi/vmctx.js';
import type { Func } from '../../ir/func.js';
import { accessBytes } from '../../ir/memory.js';
import { hasArguments, isConst, hasTable } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import { ValType, type WasmModule } from '../../wasm/types.js';
import { layoutCall } from '../abi.js';
import { type CallLayout, isVectorType } from '../../codegen/machine.js';
import { ADDR_INDEX, ADDR_SCALE_SHIFT, AddrKind, Form, type MachFunc } from '../../codegen/mach.js';
import { Clobber, Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { ByteSwaps } from './bswap.js';
import { maxOf } from './range.js';
import { Shuffles } from './shuffle.js';

/** Fields of one instruction while its block is open. */
const enum F {
  OP = 0,
  FORM = 1,
  COND = 2,
  ADDR = 3,
  DISP = 4,
  IMM = 5,
  IMM2 = 6,
  POS = 7,
  DEF = 8,
  DEF_FIXED = 9,
  USE = 10,
  USES = 11,
  TIED = 12,
  TEMP_GPR = 13,
  TEMP_XMM = 14,
  CLOBBERS = 15,
  WRAP = 16,
  COUNT = 17,
}

/** Operations whose operands (of stores: the value) are read in their low 32 bits only. */
const LOW32 = new Uint8Array(0x400);
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

/**
 * Constants from here on that are added to an index are addresses of static data rather than offsets of fields: linkers
 * place data from 1024 on. Where the producer could not tell that the sum does not wrap, the index is often negative (a
 * loop that counts up to zero), and each access would fault.
 */
const MAX_FIELD = 1024;

/** No `pos` (ir/func.ts): all others are byte offsets or far below. */
const NO_POS = -1;

/** Displacement of the first local in memory until `finish` knows where they are. */
export const FIRST_LOCAL = 1 << 29;

export class Selector {
  f!: Func;
  m!: WasmModule;
  vm!: VmLayout;
  features = 0;
  /** Every access is compared with the size of memory. */
  explicitBounds = false;
  private out!: MachFunc;

  // --- by SSA value ---
  /** Uses in SSA, edge arguments included, counted through `alias`. */
  uses = new Int32Array(0);
  /** Those of them that are addresses of accesses, or additions of constants. */
  private addressUses = new Int32Array(0);
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
  /** Vector splats of the current block whose lowest lane alone is needed. */
  readonly lowSplats = new IntVec(16);
  readonly swaps = new ByteSwaps();
  readonly shuffles = new Shuffles();
  /** By type index; made when first wanted. */
  private readonly layouts: (CallLayout | undefined)[] = [];
  private localConst = new Int32Array(0);
  private localConstBlock = new Int32Array(0);

  // --- the current value ---
  curBlock = 0;
  curSide = 0;
  curPos = 0;

  // --- instructions in order of emission, F.COUNT fields each ---
  private rows = new Int32Array(F.COUNT * 1024);
  private n = 0;
  /** Offset of the open instruction in `rows`. */
  private at = 0;
  private useValue = new IntVec(1024);
  private useFixed = new IntVec(1024);
  /** First instruction of each chunk, in order of emission. */
  private chunkAt = new IntVec(1024);
  /** By block: number of chunks when its selection began. */
  private blockChunk = new Int32Array(0);

  // --- address of the next instruction, set by `setMemory` and friends, consumed by `address` ---
  private adr = 0;
  private adrBase = -1;
  private adrIndex = -1;
  private adrDisp = 0;
  /** Part of `adrDisp` whose addition may wrap (MachFunc.wrap). */
  private adrWrap = 0;
  /** `pos` of the folded load, or NO_POS: traps are the load's, not its consumer's. */
  private adrPos = NO_POS;

  constructor(readonly enabled: Enabled) {}

  start(f: Func, m: WasmModule, vm: VmLayout, out: MachFunc): void {
    this.f = f;
    this.m = m;
    this.vm = vm;
    this.out = out;
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
    if (this.blockChunk.length <= f.nb) this.blockChunk = new Int32Array(f.nb * 2 + 1);
    this.uses.fill(0, 0, nv);
    this.addressUses.fill(0, 0, nv);
    this.need.fill(0, 0, nv);
    this.fused.fill(0, 0, nv);
    this.hardWrap.fill(0, 0, nv);
    this.localConstBlock.fill(-1, 0, nv);
    out.landingPads.clear();
    out.outBytes = 0;
    out.hasCalls = false;
    this.n = 0;
    this.useValue.clear();
    this.useFixed.clear();
    this.chunkAt.clear();
    this.startValues();
    this.findAliases();
    this.countUses();
  }

  // ------------------------------------------------------------------ values

  private startValues(): void {
    const { f, out } = this;
    const nv = f.nv;
    out.nVals = nv;
    this.growValues(nv + 64);
    const { type, block } = f;
    const { valueClass, valueSize, valueBlock, constOf } = out;
    for (let v = 0; v < nv; v++) {
      const t = type[v];
      valueClass[v] = t === ValType.F32 || t === ValType.F64 || t === ValType.V128 ? Cls.XMM : Cls.GPR;
      valueSize[v] = t === ValType.V128 ? 16 : 8;
      valueBlock[v] = block[v];
      constOf[v] = -1;
    }
  }

  private growValues(need: number): void {
    const out = this.out;
    if (out.valueClass.length >= need) return;
    const size = need + (need >> 1);
    const grow8 = (a: Uint8Array): Uint8Array<ArrayBuffer> => {
      const b = new Uint8Array(size);
      b.set(a);
      return b;
    };
    const grow32 = (a: Int32Array): Int32Array<ArrayBuffer> => {
      const b = new Int32Array(size);
      b.set(a);
      return b;
    };
    out.valueClass = grow8(out.valueClass);
    out.valueSize = grow8(out.valueSize);
    out.valueBlock = grow32(out.valueBlock);
    out.constOf = grow32(out.constOf);
  }

  /** A machine value beyond the SSA ones. */
  newValue(cls: Cls, size = 8, constOf = -1): number {
    const out = this.out;
    const v = out.nVals++;
    this.growValues(v + 1);
    out.valueClass[v] = cls;
    out.valueSize[v] = size;
    out.valueBlock[v] = this.curBlock;
    out.constOf[v] = constOf;
    return v;
  }

  /** A zero-extended i32 is its operand; so is the wrap of a value whose upper half is known to be zero. */
  private findAliases(): void {
    const { f, alias } = this;
    const { op, a, nv } = f;
    for (let v = 0; v < nv; v++) alias[v] = v;
    for (let b = 0; b < f.nb; b++) {
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        if (op[v] !== Op.I64_EXTEND_I32_U && op[v] !== Op.I32_WRAP_I64) continue;
        const x = alias[a[v]];
        // Not of constants: their immediates are read by their own type.
        if (!isConst(op[x]) && (op[v] === Op.I64_EXTEND_I32_U || maxOf(f, x) <= 0xffffffff)) alias[v] = x;
      }
    }
  }

  private countUses(): void {
    const { f, alias } = this;
    const { op, a, b, c, imm, imm2, pool, order } = f;
    const p = pool.a;
    for (let k = 0; k < f.blockStart[f.nb]; k++) {
      const v = order[k];
      if (alias[v] !== v) continue;
      const o = op[v];
      const low = LOW32[o] !== 0;
      if (accessBytes(o) > 0 || (o === Op.I32_ADD && op[b[v]] === Op.I32_CONST)) this.addressUses[alias[a[v]]]++;
      if (a[v] >= 0) this.countUse(a[v], low);
      if (b[v] >= 0 && !hasTable(o)) this.countUse(b[v], low || (o >= Op.I32_STORE && o <= Op.I64_STORE32));
      if (c[v] >= 0) this.countUse(c[v], o === Op.SELECT);
      if (hasArguments(o)) for (let i = imm[v] + 1, e = i + p[imm[v]]; i < e; i++) this.countUse(p[i], false);
      else if (o === Op.RETURN) for (let i = imm[v], e = i + imm2[v]; i < e; i++) this.countUse(p[i], false);
    }
    const args = f.args;
    for (let k = 0, n = f.argAt[f.ne]; k < n; k++) {
      args[k] = alias[args[k]];
      this.countUse(args[k], false);
    }
  }

  private countUse(x: number, low: boolean): void {
    x = this.alias[x];
    this.uses[x]++;
    if (!low && this.f.op[x] === Op.I32_WRAP_I64) this.hardWrap[x] = 1;
  }

  /** Where arguments and results of this type index are. */
  layoutOf(type: number): CallLayout {
    return (this.layouts[type] ??= layoutCall(this.m.types[type]));
  }

  isConst(x: number): boolean {
    return isConst(this.f.op[this.alias[x]]);
  }

  /**
   * Whether x is an integer constant that an instruction can hold as a sign-extended 32-bit immediate; of an i32
   * always.
   */
  fitsImm(x: number): boolean {
    const { f } = this;
    x = this.alias[x];
    const o = f.op[x];
    return o === Op.I32_CONST || o === Op.REF_NULL || (o === Op.I64_CONST && f.imm2[x] === f.imm[x] >> 31);
  }

  /** Low 32 bits of an integer constant. */
  immOf(x: number): number {
    x = this.alias[x];
    return this.f.op[x] === Op.REF_NULL ? 0 : this.f.imm[x];
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
          const mask = bits === 32 ? -1 : (1 << bits) - 1;
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

  // ------------------------------------------------------------------ chunks

  startBlock(b: number): void {
    this.curBlock = b;
    this.lowSplats.n = 0;
    this.blockChunk[b] = this.chunkAt.n;
  }

  startChunk(): void {
    this.chunkAt.push(this.n);
  }

  // ------------------------------------------------------------------ instructions

  /** Opens an instruction; the calls below fill it in, operands in order. */
  begin(op: number, form: Form): void {
    if ((this.n + 1) * F.COUNT > this.rows.length) {
      const bigger = new Int32Array(this.rows.length * 2);
      bigger.set(this.rows);
      this.rows = bigger;
    }
    const at = (this.at = this.n++ * F.COUNT);
    const rows = this.rows;
    rows.fill(0, at, at + F.COUNT);
    rows[at + F.OP] = op;
    rows[at + F.FORM] = form;
    rows[at + F.POS] = this.curPos;
    rows[at + F.DEF] = -1;
    rows[at + F.DEF_FIXED] = -1;
    rows[at + F.USE] = this.useValue.n;
  }

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

  /** A machine value made by `newValue`. */
  useTemp(x: number, reg = -1): void {
    this.pushUse(x, reg);
  }

  private pushUse(x: number, fixed: number): void {
    this.useValue.push(x);
    this.useFixed.push(fixed);
    this.rows[this.at + F.USES]++;
  }

  private newConst(x: number): number {
    return this.newValue(isVectorType(this.f.type[x]) ? Cls.XMM : Cls.GPR, this.f.type[x] === ValType.V128 ? 16 : 8, x);
  }

  private asOperand(x: number): number {
    if (!isConst(this.f.op[x])) {
      this.need[x] = 1;
      return x;
    }
    if (this.localConstBlock[x] !== this.curBlock) {
      this.localConstBlock[x] = this.curBlock;
      this.localConst[x] = this.newConst(x);
    }
    return this.localConst[x];
  }

  def(v: number, fixed = -1): void {
    this.rows[this.at + F.DEF] = v;
    this.rows[this.at + F.DEF_FIXED] = fixed;
  }

  /** The result takes the register of operand 0; of operand 1 is as good if `commutes`. */
  tie(commutes = false): void {
    this.rows[this.at + F.TIED] = commutes ? 3 : 1;
  }

  cond(cc: number): void {
    this.rows[this.at + F.COND] = cc;
  }

  imm(x: number): void {
    this.rows[this.at + F.IMM] = x;
  }

  imm2(x: number): void {
    this.rows[this.at + F.IMM2] = x;
  }

  disp(x: number): void {
    this.rows[this.at + F.DISP] = x;
  }

  temps(gpr: number, xmm: number): void {
    this.rows[this.at + F.TEMP_GPR] = gpr;
    this.rows[this.at + F.TEMP_XMM] = xmm;
  }

  clobber(bits: number): void {
    this.rows[this.at + F.CLOBBERS] |= bits;
    if ((bits & Clobber.CALL) !== 0) this.out.hasCalls = true;
  }

  /** The function has an aligned frame and a stack check, as if it made calls. */
  needFrame(): void {
    this.out.hasCalls = true;
  }

  /** LANDING: the current block is a landing pad, where the exception's record is in this register. */
  beginLandingPad(v: number, reg: number): void {
    this.out.landingPads.push(this.curBlock);
    this.begin(MOp.LANDING, Form.NONE);
    this.def(v, reg);
  }

  /** The function's outgoing area holds at least this. */
  reserveOutgoing(bytes: number): void {
    if (bytes > this.out.outBytes) this.out.outBytes = bytes;
  }

  /** def = a number that is no SSA constant. Returns the new value. */
  number(x: number): number {
    const v = this.newValue(Cls.GPR);
    this.begin(MOp.IMM32, Form.I);
    this.imm(x);
    this.def(v);
    return v;
  }

  // ------------------------------------------------------------------ addresses

  /** The address for the next `address()`: a field of the vmctx. */
  setVmctx(offset: number): void {
    this.setPlace(AddrKind.VMCTX, offset);
  }

  /** … or a place in the outgoing or incoming area, or the constant `disp`. */
  setPlace(kind: AddrKind, disp: number): void {
    this.adr = kind;
    this.adrBase = -1;
    this.adrIndex = -1;
    this.adrDisp = disp;
    this.adrWrap = 0;
    this.adrPos = NO_POS;
  }

  /** … or [machine value + disp]. */
  setBase(value: number, disp: number): void {
    this.setPlace(AddrKind.VALUE, disp);
    this.adrBase = value;
  }

  /** … or [SSA value + disp], an address outside of linear memory. */
  setField(x: number, disp: number): void {
    this.setBase(this.asOperand(this.alias[x]), disp);
  }

  /**
   * … or `size` bytes of linear memory at x + offset (unsigned). May emit a bounds check, so it comes before `begin`.
   * Additions fold into the displacement (`foldedAddress`); shifts fold into the scale where they provably lose no
   * bits.
   */
  setMemory(x: number, offset: number, size: number): void {
    const { f, alias } = this;
    let scale = 0;
    offset >>>= 0;
    x = alias[x];
    this.adrBase = -1;
    this.adrPos = NO_POS;
    this.adrWrap = 0;
    for (; f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST; x = alias[f.a[x]]) {
      const c = f.imm[f.b[x]] >>> 0;
      const y = alias[f.a[x]];
      if (c + offset < 0x80000000 && maxOf(f, y) + c <= 0xffffffff) {
        offset += c;
        if (this.adrWrap !== 0) this.adrWrap += c;
      } else if (offset < 0x80000000 - MAX_FIELD && this.foldedAddress(x, y, c, offset)) {
        if (c < MAX_FIELD) {
          offset += c;
          this.adrWrap += c;
          continue;
        }
        // Nothing more: the guard below the base is for this constant alone.
        this.adrWrap = offset = c | 0;
        x = y;
        break;
      } else break;
    }
    if (f.op[x] === Op.I32_SHL && f.op[f.b[x]] === Op.I32_CONST && offset < 0x80000000 && this.adrWrap >= 0) {
      const k = f.imm[f.b[x]] & 31;
      if (k >= 1 && k <= 3 && maxOf(f, alias[f.a[x]]) * (1 << k) <= 0xffffffff && !this.explicitBounds) {
        scale = k;
        x = alias[f.a[x]];
      }
    }
    this.adr = AddrKind.MEMORY;
    if (f.op[x] === Op.I32_CONST) {
      const end = (f.imm[x] >>> 0) * (1 << scale) + offset;
      if (end < 0x80000000 && this.adrWrap === 0) {
        this.adrIndex = -1;
        this.adrDisp = end;
        if (this.explicitBounds && end + size > this.m.memories[0].min * 65536) this.boundsCheck(-1, end, size);
        return;
      }
    }
    const index = this.asOperand(x);
    if (offset >= 0x80000000) {
      const ea = this.newValue(Cls.GPR);
      this.begin(MOp.BOUNDS_EA, Form.R);
      this.pushUse(index, -1);
      this.imm(offset | 0);
      this.imm2(size);
      this.temps(1, 0);
      this.def(ea);
      this.adrIndex = ea;
      this.adrDisp = 0;
    } else {
      if (this.explicitBounds) this.boundsCheck(index, offset, size);
      this.adrIndex = index;
      this.adrDisp = offset;
    }
    this.adr |= ADDR_INDEX | (scale << ADDR_SCALE_SHIFT);
  }

  /**
   * Whether the constant c may fold into the address x = y + c although the sum may wrap at 2^32 where the processor's
   * does not. A wrap then always faults: for a small c (and offset < 2^31) the folded address is at or above 4 GiB + offset, where
   * the guard is; for c = -k with small k (and no offset, which could lead back into memory) it is in the guard below
   * the base. The handler corrects the index and continues in a cold copy of the access (native/trap.cc). Not where the
   * sum is in a register anyway.
   */
  private foldedAddress(x: number, y: number, c: number, offset: number): boolean {
    if (
      this.explicitBounds ||
      !this.enabled['folded-addresses'] ||
      this.need[x] !== 0 ||
      this.addressUses[x] < this.uses[x] ||
      isConst(this.f.op[y])
    )
      return false;
    return c < MAX_FIELD || (offset === 0 && this.adrWrap === 0 && -(c | 0) <= LOW_GUARD && (c | 0) < 0);
  }

  private boundsCheck(index: number, offset: number, size: number): void {
    this.begin(MOp.BOUNDS, index < 0 ? Form.NONE : Form.R);
    if (index >= 0) this.pushUse(index, -1);
    this.imm(offset);
    this.imm2(size);
    this.temps(1, 0);
  }

  /** Adds the address to the open instruction, after its register operands. */
  address(): void {
    this.rows[this.at + F.ADDR] = this.adr;
    this.rows[this.at + F.DISP] = this.adrDisp;
    if (this.adrWrap !== 0) {
      if (this.isOperand(this.adrIndex)) this.addBefore();
      this.rows[this.at + F.WRAP] = this.adrWrap;
    }
    if (this.adrPos !== NO_POS) this.rows[this.at + F.POS] = this.adrPos;
    if (this.adrBase >= 0) this.pushUse(this.adrBase, -1);
    if ((this.adr & ADDR_INDEX) !== 0) this.pushUse(this.adrIndex, -1);
  }

  /** Whether the open instruction has this machine value among its operands so far. */
  private isOperand(value: number): boolean {
    const { rows, at, useValue } = this;
    for (let q = rows[at + F.USE]; q < useValue.n; q++) if (useValue.a[q] === value) return true;
    return false;
  }

  /**
   * Computes the address's sum by an instruction before the open one: the handler may not change an index that is an
   * operand too.
   */
  private addBefore(): void {
    const { useValue, useFixed } = this;
    const index = this.adrIndex;
    const wrap = this.adrWrap;
    const scale = (this.adr >> ADDR_SCALE_SHIFT) & 3;
    const open = this.rows.slice(this.at, this.at + F.COUNT);
    const operands = useValue.a.slice(open[F.USE], useValue.n);
    const fixed = useFixed.a.slice(open[F.USE], useFixed.n);
    useValue.n = useFixed.n = open[F.USE];
    this.n--;
    const sum = this.newValue(Cls.GPR);
    this.begin(MOp.LEA32, Form.R);
    this.pushUse(index, -1);
    this.cond(scale);
    this.imm(wrap);
    this.def(sum);
    this.begin(open[F.OP], Form.M);
    open[F.USE] = useValue.n;
    open[F.DISP] -= wrap;
    open[F.ADDR] &= ~(3 << ADDR_SCALE_SHIFT);
    for (let k = 0; k < operands.length; k++) {
      useValue.push(operands[k]);
      useFixed.push(fixed[k]);
    }
    this.rows.set(open, this.at);
    this.adrIndex = sum;
    this.adrWrap = 0;
  }

  /** Sets the address of a load or of a defined global's slot. */
  setLoad(x: number): void {
    const { f } = this;
    if (f.op[x] === Op.GLOBAL_GET) this.setVmctx(this.vm.globals[f.imm[x]]);
    else this.setMemory(f.a[x], f.imm[x], accessBytes(f.op[x]));
  }

  /**
   * If x is a load of exactly this operation (or a global of that type) which may be done as the memory operand of the
   * current instruction: takes it over and sets its address. The register operands of the instruction come between this
   * and `address()`.
   */
  tryLoad(x: number, op: Op): boolean {
    const { f } = this;
    x = this.alias[x];
    if (this.side[x] !== this.curSide || !this.isOwn(x) || !this.enabled['load-folding']) return false;
    if (f.op[x] !== op) {
      if (f.op[x] === Op.GLOBAL_GET) {
        if (f.imm[x] < this.m.importedGlobals || f.type[x] !== loadType(op)) return false;
      } else if (op !== Op.I32_LOAD || f.op[x] !== Op.I64_LOAD32_U) return false;
    }
    this.fused[x] = 1;
    this.setLoad(x);
    this.adrPos = f.pos[x];
    return true;
  }

  // ------------------------------------------------------------------ the end

  /** Locals in memory come behind the outgoing area, whose size is known now. */
  private placeLocals(): void {
    const { f, out, rows, n } = this;
    for (let at = 0; at < n * F.COUNT; at += F.COUNT)
      if (rows[at + F.ADDR] === AddrKind.OUTGOING && rows[at + F.DISP] >= FIRST_LOCAL)
        rows[at + F.DISP] += out.outBytes - FIRST_LOCAL;
    out.outBytes += (f.localBytes + 15) & -16;
    // A leaf has no area above rsp.
    out.hasCalls = true;
  }

  /** Copies everything into the machine function, chunks in forward order. Linear. */
  finish(): void {
    if (this.f.localBytes > 0) this.placeLocals();
    const { f, out, rows, chunkAt, blockChunk, n } = this;
    const columns = [
      out.op,
      out.form,
      out.cond,
      out.addr,
      out.disp,
      out.imm,
      out.imm2,
      out.wrap,
      out.pos,
      out.def,
      out.defFixed,
      out.useAt,
      out.tied,
      out.commutes,
      out.tempGpr,
      out.tempXmm,
      out.clobbers,
    ];
    for (const c of columns) {
      c.clear();
      c.reserve(n + 1);
    }
    out.useValue.clear();
    out.useFixed.clear();
    out.useValue.reserve(this.useValue.n);
    out.useFixed.reserve(this.useValue.n);
    const [
      op,
      form,
      cond,
      addr,
      disp,
      imm,
      imm2,
      wrap,
      pos,
      def,
      defFixed,
      useAt,
      tied,
      commutes,
      tempGpr,
      tempXmm,
      clobbers,
    ] = columns.map((c) => c.a);
    const useValue = this.useValue.a;
    const useFixed = this.useFixed.a;
    const toValue = out.useValue.a;
    const toFixed = out.useFixed.a;
    if (out.instAt.length <= f.nb) out.instAt = new Int32Array(f.nb * 2 + 1);
    const instAt = out.instAt;
    let i = 0;
    let u = 0;
    for (let b = 0; b < f.nb; b++) {
      instAt[b] = i;
      const last = b === 0 ? chunkAt.n : blockChunk[b - 1];
      for (let k = last - 1; k >= blockChunk[b]; k--) {
        const end = k + 1 < chunkAt.n ? chunkAt.a[k + 1] : n;
        for (let j = chunkAt.a[k]; j < end; j++, i++) {
          const at = j * F.COUNT;
          op[i] = rows[at + F.OP];
          form[i] = rows[at + F.FORM];
          cond[i] = rows[at + F.COND];
          addr[i] = rows[at + F.ADDR];
          disp[i] = rows[at + F.DISP];
          imm[i] = rows[at + F.IMM];
          imm2[i] = rows[at + F.IMM2];
          wrap[i] = rows[at + F.WRAP];
          pos[i] = rows[at + F.POS];
          def[i] = rows[at + F.DEF];
          defFixed[i] = rows[at + F.DEF_FIXED];
          tied[i] = rows[at + F.TIED] & 1;
          commutes[i] = rows[at + F.TIED] >> 1;
          tempGpr[i] = rows[at + F.TEMP_GPR];
          tempXmm[i] = rows[at + F.TEMP_XMM];
          clobbers[i] = rows[at + F.CLOBBERS];
          useAt[i] = u;
          for (let q = rows[at + F.USE], e = q + rows[at + F.USES]; q < e; q++, u++) {
            toValue[u] = useValue[q];
            toFixed[u] = useFixed[q];
          }
        }
      }
    }
    instAt[f.nb] = i;
    useAt[i] = u;
    for (const c of columns) c.n = i;
    out.useAt.n = i + 1;
    out.useValue.n = u;
    out.useFixed.n = u;
    out.nInst = i;
  }
}

function loadType(op: Op): ValType | 0 {
  switch (op) {
    case Op.I32_LOAD:
      return ValType.I32;
    case Op.I64_LOAD:
      return ValType.I64;
    case Op.F32_LOAD:
      return ValType.F32;
    case Op.F64_LOAD:
      return ValType.F64;
    default:
      return 0;
  }
}
