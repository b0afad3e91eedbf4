/**
 * The instructions of one function while they are selected. A machine's selection opens an instruction, fills in its
 * operands, and goes on to the next; `finish` copies everything into the machine function.
 *
 * Selection runs **backwards** over the function (`selection.ts`), but the instructions of one value are appended in
 * forward order, a *chunk*: `finish` reverses the order of the chunks. An open instruction is a row of numbers, since an
 * object for each would cost more than the rest of selection.
 */
import type { Func } from '../ir/func.js';
import { IntVec } from '../util/vec.js';
import { ADDR_INDEX, AddrKind, Form, type MachFunc } from './mach.js';
import { Clobber, CLOBBER_BITS, type Cls } from './machine.js';

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
  TEMP_VECTOR = 14,
  CLOBBERS = 15,
  WRAP = 16,
  COUNT = 17,
}

/** No `pos` (ir/func.ts): all others are byte offsets or far below. */
export const NO_POS = -1;

/** Displacement of the first local in memory until `finish` knows where they are. */
export const FIRST_LOCAL = 1 << 29;

export class InstructionList {
  protected out!: MachFunc;

  // --- where what is selected comes from ---
  curBlock = 0;
  /** `pos` of the instructions that follow. */
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
  /** The instruction that was taken back, as it was in the arrays above. */
  private readonly withdrawn = new Int32Array(F.COUNT);
  private readonly withdrawnValue = new IntVec(8);
  private readonly withdrawnFixed = new IntVec(8);

  // --- address of the next instruction, set by `setPlace` and friends, consumed by `address` ---
  /** AddrKind and flags. */
  protected adr = 0;
  protected adrBase = -1;
  protected adrIndex = -1;
  protected adrDisp = 0;
  /** Part of `adrDisp` whose addition may wrap (MachFunc.wrap). */
  protected adrWrap = 0;
  /** `pos` of the folded load, or NO_POS: traps are the load's, not its consumer's. */
  protected adrPos = NO_POS;

  /** Begins a function with `blocks` blocks whose instructions go to `out`. */
  protected startList(blocks: number, out: MachFunc): void {
    this.out = out;
    if (this.blockChunk.length <= blocks) this.blockChunk = new Int32Array(blocks * 2 + 1);
    out.landingPads.clear();
    out.preserved.clear();
    out.outBytes = 0;
    out.hasCalls = false;
    out.unknownCalls = out.calleeBytes = 0;
    this.n = 0;
    this.useValue.clear();
    this.useFixed.clear();
    this.chunkAt.clear();
  }

  // ------------------------------------------------------------------ values

  protected growValues(need: number): void {
    const out = this.out;
    if (out.valueClass.length >= need) return;
    const size = need + (need >> 1);
    out.valueClass = grown8(out.valueClass, size);
    out.valueSize = grown8(out.valueSize, size);
    out.valueBlock = grown32(out.valueBlock, size);
    out.constOf = grown32(out.constOf, size);
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

  // ------------------------------------------------------------------ chunks

  /** Everything until the next call belongs to block b. */
  protected startChunks(b: number): void {
    this.curBlock = b;
    this.blockChunk[b] = this.chunkAt.n;
  }

  startChunk(): void {
    this.chunkAt.push(this.n);
  }

  // ------------------------------------------------------------------ instructions

  /** Opens an instruction; the calls below fill it in, operands in order. */
  begin(op: number, form: Form): void {
    if ((this.n + 1) * F.COUNT > this.rows.length) {
      this.rows = grown32(this.rows, this.rows.length * 2);
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

  /** A machine value made by `newValue`. */
  useTemp(x: number, reg = -1): void {
    this.pushUse(x, reg);
  }

  protected pushUse(x: number, fixed: number): void {
    this.useValue.push(x);
    this.useFixed.push(fixed);
    this.rows[this.at + F.USES]++;
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

  /** The open instruction belongs to the operator at this place, not to the current one. */
  place(pos: number): void {
    this.rows[this.at + F.POS] = pos;
  }

  /** What the open instruction adds to its operand (`MachFunc.wrap`). */
  added(c: number): void {
    this.rows[this.at + F.WRAP] = c;
  }

  /** The open instruction's condition is the opposite: the lowest bit negates on every machine. */
  negateCondition(): void {
    this.rows[this.at + F.COND] ^= 1;
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

  temps(general: number, vector: number): void {
    this.rows[this.at + F.TEMP_GPR] = general;
    this.rows[this.at + F.TEMP_VECTOR] = vector;
  }

  clobber(bits: number): void {
    this.rows[this.at + F.CLOBBERS] |= bits;
    if ((bits & Clobber.CALL) === 0) return;
    this.out.hasCalls = true;
    this.out.unknownCalls++;
  }

  /** The open instruction, a call, takes so many bytes of the stack without looking whether they are there. */
  protected takesStack(bytes: number): void {
    this.out.unknownCalls--;
    if (bytes > this.out.calleeBytes) this.out.calleeBytes = bytes;
  }

  /** The open instruction, a call, preserves these registers too. */
  protected preserve(general: number, vector: number): void {
    const { preserved } = this.out;
    const pair = (preserved.push(general) >> 1) + 1;
    preserved.push(vector);
    this.rows[this.at + F.CLOBBERS] |= pair << CLOBBER_BITS;
  }

  /** The function has an aligned frame and a stack check, as if it made calls. */
  needFrame(): void {
    this.out.hasCalls = true;
    this.out.unknownCalls++;
  }

  /** The function's outgoing area holds at least this. */
  reserveOutgoing(bytes: number): void {
    if (bytes > this.out.outBytes) this.out.outBytes = bytes;
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

  /** Adds the address to the open instruction, after its register operands. */
  address(): void {
    this.rows[this.at + F.ADDR] = this.adr;
    this.rows[this.at + F.DISP] = this.adrDisp;
    this.rows[this.at + F.WRAP] = this.adrWrap;
    if (this.adrPos !== NO_POS) this.rows[this.at + F.POS] = this.adrPos;
    if (this.adrBase >= 0) this.pushUse(this.adrBase, -1);
    if ((this.adr & ADDR_INDEX) !== 0) this.pushUse(this.adrIndex, -1);
  }

  /** Whether the open instruction has this machine value among its operands so far. */
  protected isOperand(value: number): boolean {
    const { rows, at, useValue } = this;
    for (let q = rows[at + F.USE]; q < useValue.n; q++) if (useValue.a[q] === value) return true;
    return false;
  }

  /** Takes the open instruction back, with its operands so far, so that others can come before it. Rare. */
  protected withdraw(): void {
    const { useValue, useFixed, withdrawn, withdrawnValue, withdrawnFixed } = this;
    for (let k = 0; k < F.COUNT; k++) withdrawn[k] = this.rows[this.at + k];
    const from = withdrawn[F.USE];
    withdrawnValue.clear();
    withdrawnFixed.clear();
    for (let q = from; q < useValue.n; q++) {
      withdrawnValue.push(useValue.a[q]);
      withdrawnFixed.push(useFixed.a[q]);
    }
    useValue.n = useFixed.n = from;
    this.n--;
  }

  /** Appends the instruction that was withdrawn, and leaves it open. */
  protected resume(): void {
    const { withdrawn, withdrawnValue, withdrawnFixed } = this;
    this.begin(withdrawn[F.OP], withdrawn[F.FORM]);
    withdrawn[F.USE] = this.useValue.n;
    this.rows.set(withdrawn, this.at);
    for (let k = 0; k < withdrawnValue.n; k++) {
      this.useValue.push(withdrawnValue.a[k]);
      this.useFixed.push(withdrawnFixed.a[k]);
    }
  }

  // ------------------------------------------------------------------ the end

  /** Locals in memory come behind the outgoing area, whose size is known now. */
  private placeLocals(f: Func): void {
    const { out, rows, n } = this;
    for (let at = 0; at < n * F.COUNT; at += F.COUNT)
      if (rows[at + F.ADDR] === AddrKind.OUTGOING && rows[at + F.DISP] >= FIRST_LOCAL)
        rows[at + F.DISP] += out.outBytes - FIRST_LOCAL;
    out.outBytes += (f.localBytes + 15) & -16;
    // A leaf has no area above the stack pointer.
    out.hasCalls = true;
  }

  /** Copies everything into the machine function, chunks in forward order. Linear. */
  protected finish(f: Func): void {
    if (f.localBytes > 0) this.placeLocals(f);
    const { out, rows, chunkAt, blockChunk, n } = this;
    for (const column of [
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
      out.tempVector,
      out.clobbers,
    ]) {
      column.clear();
      column.reserve(n + 1);
      column.n = n;
    }
    out.useValue.clear();
    out.useFixed.clear();
    out.useValue.reserve(this.useValue.n);
    out.useFixed.reserve(this.useValue.n);
    const op = out.op.a;
    const form = out.form.a;
    const cond = out.cond.a;
    const addr = out.addr.a;
    const disp = out.disp.a;
    const imm = out.imm.a;
    const imm2 = out.imm2.a;
    const wrap = out.wrap.a;
    const pos = out.pos.a;
    const def = out.def.a;
    const defFixed = out.defFixed.a;
    const useAt = out.useAt.a;
    const tied = out.tied.a;
    const commutes = out.commutes.a;
    const tempGpr = out.tempGpr.a;
    const tempVector = out.tempVector.a;
    const clobbers = out.clobbers.a;
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
          tempVector[i] = rows[at + F.TEMP_VECTOR];
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
    out.useAt.n = n + 1;
    out.useValue.n = u;
    out.useFixed.n = u;
    out.nInst = n;
  }
}

/** The same in a larger array. */
function grown8(a: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const b = new Uint8Array(size);
  b.set(a);
  return b;
}
function grown32(a: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const b = new Int32Array(size);
  b.set(a);
  return b;
}
