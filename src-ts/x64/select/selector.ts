/**
 * State and building blocks of selection for x86-64 on top of `codegen/selection.ts`: immediates, addresses, folding of
 * loads. `select.ts` is the dispatch, the other files lower classes of operations with these.
 */
import { LOW_GUARD } from '../../abi/vmctx.js';
import { ADDR_INDEX, ADDR_MEMORY, ADDR_SCALE_SHIFT, AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { NO_POS } from '../../codegen/instruction-list.js';
import type { ConstantDivision } from '../../codegen/select/divide.js';
import { MachineSelection } from '../../codegen/select/machine-selection.js';
import { isConst, isLoad } from '../../ir/opinfo.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { isPointer, stepsOverLines, trailingZeros } from '../../opt/ranges.js';
import type { Enabled } from '../../util/switches.js';
import { IntVec } from '../../util/vec.js';
import { ValType } from '../../wasm/types.js';
import { X64 } from '../facts.js';
import { MOp } from '../machops.js';

/**
 * Constants from here on that are added to an index are addresses of static data rather than offsets of fields: linkers
 * place data from 1024 on. Where the producer could not tell that the sum does not wrap, the index is often negative (a
 * loop that counts up to zero), and each access would fault.
 */
const MAX_FIELD = 1024;
/** shuffle.ts, which keeps the lanes of the current shuffle. */
export interface ShuffleLowering {
  lowerShuffle(s: Selector, v: number): void;
  lowerSwizzle(s: Selector, v: number, x: number, y: number): void;
  tryShuffleApart(s: Selector, v: number, x: number, lane: number, to: number): boolean;
}

export abstract class Selector extends MachineSelection {
  /** Vector splats of the current block whose lowest lane alone is needed. */
  readonly lowSplats = new IntVec(16);
  /** Pairs of selects of the current block by the same comparison: the second comes right behind the first. */
  readonly twins = new IntVec(16);
  abstract readonly shuffles: ShuffleLowering;
  abstract readonly division: ConstantDivision<Selector>;

  constructor(enabled: Enabled) {
    super(X64, enabled);
  }

  protected override startBlock(b: number): void {
    super.startBlock(b);
    this.lowSplats.n = 0;
    this.twins.n = 0;
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

  /**
   * … or `size` bytes of linear memory at the address of access v + offset (unsigned). May emit a bounds check, so it
   * comes before `begin`. Additions fold into the displacement (`foldedAddress`); shifts fold into the scale where they
   * provably lose no bits. `aligned`: an atomic access, whose address is checked for alignment first; additions that may
   * wrap and shifts do not fold.
   */
  override setMemory(v: number, offset: number, size: number, aligned = false): void {
    const { f, alias } = this;
    let scale = 0;
    offset = offset >>> 0;
    let x = alias[f.a[v]];
    const checked = this.isChecked(v);
    const memory = memoryOf(f.imm2[v]);
    this.adrBase = memory === 0 ? -1 : this.baseOf(v, memory);
    this.adrPos = NO_POS;
    this.adrWrap = 0;
    if (checked && !aligned && this.isFenced(v, offset + size)) {
      this.setFenced(v, x, this.adrBase, offset, size);
      return;
    }
    for (; f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST; x = alias[f.a[x]]) {
      const c = f.imm[f.b[x]] >>> 0;
      const y = alias[f.a[x]];
      if (c + offset < 0x80000000 && this.maxOf(y) + c <= 0xffffffff) {
        offset += c;
        if (this.adrWrap !== 0) this.adrWrap += c | 0;
      } else if (
        !aligned &&
        !checked &&
        offset < 0x80000000 - MAX_FIELD &&
        this.foldedAddress(x, y, c, offset, memory)
      ) {
        if (c < MAX_FIELD || (c | 0) > 0) {
          offset += c;
          this.adrWrap += c | 0;
          continue;
        }
        // Nothing more: the guard below the base is for this constant alone.
        offset = c | 0;
        this.adrWrap = c | 0;
        x = y;
        break;
      } else break;
    }
    if (
      !aligned &&
      f.op[x] === Op.I32_SHL &&
      f.op[f.b[x]] === Op.I32_CONST &&
      offset < 0x80000000 &&
      this.adrWrap >= 0
    ) {
      const k = f.imm[f.b[x]] & 31;
      if (k >= 1 && k <= 3 && this.maxOf(alias[f.a[x]]) * (1 << k) <= 0xffffffff && !checked) {
        scale = k;
        x = alias[f.a[x]];
      }
    }
    this.adr = memory === 0 ? AddrKind.MEMORY : AddrKind.VALUE | ADDR_MEMORY;
    if (f.op[x] === Op.I32_CONST || (f.op[x] === Op.I64_CONST && f.imm2[x] === 0)) {
      const end = (f.imm[x] >>> 0) * (1 << scale) + offset;
      if (end < 0x80000000 && this.adrWrap === 0) {
        this.adrIndex = -1;
        this.adrDisp = end | 0;
        if (aligned) this.checkAlignment(-1, end, size);
        if (checked && end + size > this.m.memoryLeastBytes[memory]) this.boundsCheck(v, -1, end, size);
        return;
      }
    }
    if (aligned) this.checkAlignment(x, offset, size);
    const index = this.asOperand(x);
    if (offset >= 0x80000000) {
      const ea = this.newValue(Cls.GPR);
      this.beginCheck(MOp.BOUNDS_EA, v, index, offset, size);
      this.def(ea);
      this.adrIndex = ea;
      this.adrDisp = 0;
    } else {
      if (checked) this.boundsCheck(v, index, offset, size);
      this.adrIndex = index;
      this.adrDisp = offset | 0;
    }
    this.adr |= ADDR_INDEX | (scale << ADDR_SCALE_SHIFT);
  }

  /** Traps unless x (-1: nothing) + offset is a multiple of `size`, where that is not known. */
  private checkAlignment(x: number, offset: number, size: number): void {
    const rest = offset & (size - 1);
    if (rest === 0 && (x < 0 || 1 << trailingZeros(this.f, x) >= size)) return;
    this.begin(MOp.ALIGNED, x < 0 ? Form.NONE : Form.R);
    if (x >= 0) this.use(x);
    this.imm(rest);
    this.imm2(size);
    if (rest !== 0 && x >= 0) this.temps(1, 0);
  }

  /**
   * Whether the constant c may fold into the address x = y + c although the sum may wrap at 2^32 where the processor's
   * does not. A wrap then always faults: for a small c (and offset < 2^31) the folded address is at or above 4 GiB + offset, where
   * the guard is; for c = -k with small k (and no offset, which could lead back into memory) it is in the guard below
   * the base. The handler corrects the index and continues in a cold copy of the access (native/trap.cc). Not where the
   * sum is in a register anyway.
   */
  private foldedAddress(x: number, y: number, c: number, offset: number, memory: number): boolean {
    if (
      !this.enabled['folded-addresses'] ||
      this.need[x] !== 0 ||
      this.addressUses[x] < this.uses[x] ||
      isConst(this.f.op[y])
    )
      return false;
    if (c < MAX_FIELD || ((c | 0) > 0 && c + offset < 0x80000000 - MAX_FIELD && isPointer(this.f, y))) return true;
    // An imported memory may be one of the host's, and anything may lie below that.
    if (memory < this.m.importedMemories) return false;
    return offset === 0 && this.adrWrap === 0 && (c | 0) < 0 && (c | 0) >= -LOW_GUARD;
  }

  private boundsCheck(v: number, index: number, offset: number, size: number): void {
    this.beginCheck(MOp.BOUNDS, v, index, offset, size);
  }

  /**
   * Computes the address's sum by an instruction before the open one: the handler may not change an index that is an
   * operand too.
   */
  private addBefore(): void {
    const index = this.adrIndex;
    const wrap = this.adrWrap;
    this.withdraw();
    const sum = this.newValue(Cls.GPR);
    this.begin(MOp.LEA32, Form.R);
    this.useTemp(index);
    this.cond((this.adr >> ADDR_SCALE_SHIFT) & 3);
    this.imm(wrap);
    this.def(sum);
    this.resume();
    this.adr &= ~(3 << ADDR_SCALE_SHIFT);
    this.adrIndex = sum;
    this.adrDisp -= wrap;
    this.adrWrap = 0;
  }

  override mayBeWords(v: number): boolean {
    const { f } = this;
    // The upper word stays below 2^31 from the index, where the guard covers it.
    return (
      this.enabled['word-loads'] &&
      memoryOf(f.imm2[v]) === 0 &&
      f.type[f.a[v]] === ValType.I32 &&
      f.imm[v] >= 0 &&
      f.imm[v] + 4 <= 0x7fffffff &&
      !this.isChecked(v)
    );
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

  /**
   * Whether x is a load in a loop whose addresses are a cache line or more apart: it will often wait. As part of a
   * floating-point operation it would do that in that unit's queue, and keep others from theirs.
   */
  isStrided(x: number): boolean {
    const { f, alias, out } = this;
    x = alias[x];
    const h = out.cfg.loopOf[this.curBlock];
    return h >= 0 && this.enabled['strided-loads'] && isLoad(f.op[x]) && stepsOverLines(f, alias[f.a[x]], h);
  }

  override address(): void {
    if (this.adrWrap !== 0 && this.isOperand(this.adrIndex)) this.addBefore();
    super.address();
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
