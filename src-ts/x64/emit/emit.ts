/**
 * Emission: a machine function and the allocator's answer to bytes. Frame, from rsp upward: outgoing area, spill slots,
 * saved registers, return address. Cold code (traps, rare continuations, unlikely edges) comes after all blocks. One
 * walk over the records, linear.
 */
import { Vm } from '../../abi/vmctx.js';
import { Op } from '../../ir/ops.js';
import { enabled } from '../../util/switches.js';
import { Trap } from '../../abi/trap-codes.js';
import { ValType } from '../../wasm/types.js';
import { CALLEE_SAVED, HW, HW_RSP, HW_VMCTX, HW_XMM_SCRATCH, NGPR, Reg } from '../abi.js';
import { CODE_ALIGNMENT } from '../../codegen/code-buffer.js';
import type { Assembler } from '../asm/encode.js';
import { emitCall, emitWrongType } from './call.js';
import { ControlEmitter } from './control.js';
import { emitSelect, emitSelectXmm, emitSet, moveXmm } from './flags.js';
import { emitFloat, emitFloatCold } from './float.js';
import { emitBoundsNearEnd, emitConstant, emitDivByMinusOne, emitInt, emitOutOfBounds } from './int.js';
import { emitSimd } from './simd.js';
import { FramePlan, type FrameShape } from '../../codegen/frame-plan.js';
import { Emitter, RED_ZONE, TRAP_NO_FRAME } from './emitter.js';
import { Feature } from '../features.js';
import { Alu, Cc, Sse } from '../asm/insts.js';
import { Kind, kindOfInstruction, kindOfRecord, Unit } from '../../codegen/kinds.js';
import { type Allocation, type MachFunc, Rec } from '../../codegen/mach.js';
import { MOp } from '../machops.js';

/** What emission needs to know of the target. */
export interface EmitOptions {
  /** `Feature` bits. */
  features: number;
  /** Count the executions of every unit (codegen/kinds.ts); needs `asm.wantDebug`. */
  count?: boolean;
}

/**
 * Frames up to this size are covered by the reserve below the stack limit: rsp itself is compared, and leaves are not
 * checked at all.
 */
const UNCHECKED_FRAME = 1024;

/**
 * Loops of up to so many records (instructions, about), executed so often for each call of the function, start at a
 * multiple of this many bytes.
 */
const MAX_LOOP_RECORDS = 32;
const MIN_LOOP_FREQUENCY = 2;
const LOOP_ALIGNMENT = CODE_ALIGNMENT;

/** Scratch, reused from function to function. */
const e = new Emitter();
const plan = new FramePlan();
const control = new ControlEmitter(
  e,
  plan,
  emitPrologue,
  emitTeardown,
  (from, to) => emitRecords(e.alloc.edgeCode, from, to),
  () => emitEpilogue(),
  (b) => emitBlock(b, true),
);
/** Block being emitted. */
let block = 0;

/** Emits the function with its blocks in this order (block 0 first). Returns `frameBytes`. */
export function emitFunction(
  mf: MachFunc,
  alloc: Allocation,
  order: Int32Array,
  asm: Assembler,
  options: EmitOptions,
): number {
  e.start(mf, alloc, asm, options.features, options.count === true, plan.bareHw);
  const { nb } = mf.func;
  layOutFrame();
  plan.start(
    mf,
    alloc,
    enabled['lazy-frames'] && e.frameBytes <= UNCHECKED_FRAME && (mf.hasCalls || e.frameBytes > 0),
    shape,
  );
  control.start();
  findSmallLoops();
  e.enterUnit(Unit.ENTRY);
  e.setFrame(false);
  if (plan.framed[0] !== 0) emitPrologue();
  for (let k = 0; k < nb; k++) {
    control.next = k + 1 < nb ? order[k + 1] : -1;
    if (smallLoop[order[k]] !== 0) alignLoop();
    asm.bind(control.blockLabel(order[k]));
    emitBlock(order[k], false);
  }
  e.flushCold(emitCold, (edge) => control.emitColdEdge(edge), emitOutOfBounds);
  return e.frameBytes;
}

// ------------------------------------------------------------------ loops

/** By block: header of an innermost loop that is worth a place at the start of a cache half-line. */
let smallLoop = new Uint8Array(0);
/** Allocation records by innermost loop. */
let loopRecords = new Int32Array(0);

/**
 * Tiny loops lose up to 40 % where their few instructions straddle lines that are fetched and decoded as one. O(blocks)
 * for functions with loops.
 */
function findSmallLoops(): void {
  const { mf, alloc } = e;
  const { nb, isLoopHeader } = mf.func;
  const { loopOf, loopParent, freq, cold } = mf.cfg;
  if (smallLoop.length < nb) {
    smallLoop = new Uint8Array(nb * 2);
    loopRecords = new Int32Array(nb * 2);
  }
  smallLoop.fill(0, 0, nb);
  if (!enabled['loop-alignment']) return;
  loopRecords.fill(0, 0, nb);
  for (let b = 0; b < nb; b++) {
    const h = loopOf[b];
    if (h < 0) continue;
    loopRecords[h] += (alloc.codeAt[b + 1] - alloc.codeAt[b]) / 3;
    // A loop around another one is no small loop.
    if (h === b && loopParent[h] >= 0) loopRecords[loopParent[h]] = MAX_LOOP_RECORDS + 1;
  }
  for (let b = 1; b < nb; b++)
    if (isLoopHeader[b] !== 0 && cold[b] === 0 && freq[b] >= MIN_LOOP_FREQUENCY && loopRecords[b] <= MAX_LOOP_RECORDS)
      smallLoop[b] = 1;
}

function alignLoop(): void {
  // Whether the padding is executed depends on what stands before it: it belongs to no unit.
  if (e.tracking) e.asm.debugHere(e.pos, Kind.BRANCH | (Unit.NONE << 8));
  e.asm.align(LOOP_ALIGNMENT);
}

/**
 * Emits block b here. A block with several edges in may be emitted more than once: its code does not depend on its
 * place.
 */
function emitBlock(b: number, copy: boolean): void {
  const { alloc } = e;
  block = b;
  e.flagsReg = -1;
  e.setFrame(plan.framed[b] !== 0);
  if (copy) e.enterCopy(Unit.BLOCKS + b);
  else e.enterUnit(Unit.BLOCKS + b);
  control.emitBlockHead(b);
  emitRecords(alloc.code, alloc.codeAt[b], alloc.codeAt[b + 1]);
}

/**
 * Units beyond those of the entry, the blocks and the edges (codegen/kinds.ts) of the function that was emitted last.
 */
export const coldUnitCount = (): number => e.coldUnits;

/**
 * In a counting build, of the function that was emitted last: pairs (wasm offset of an indirect call, unit of the table
 * element that is ahead; the next unit is by how much).
 */
export const voteUnits = (): Int32Array => e.votes.toArray();

// ------------------------------------------------------------------ frame

/** Bytes that the prologue subtracts from rsp after the pushes. */
let frameSub = 0;
const shape: FrameShape = { enterCost: 0, leaveCost: 0, slotsInReach: false };

function layOutFrame(): void {
  const { mf, alloc } = e;
  let saved = 0;
  for (const r of CALLEE_SAVED) if (((alloc.savedRegs >> r) & 1) !== 0) saved++;
  frameSub = (mf.outBytes + alloc.spillBytes + 7) & -8;
  e.slotBase = mf.outBytes;
  if (!mf.hasCalls && frameSub + 8 * saved <= RED_ZONE && enabled['red-zone']) {
    // Nothing is below a leaf.
    e.slotBase -= frameSub;
    frameSub = 0;
  }
  // At entry rsp is 8 below a multiple of 16.
  if (mf.hasCalls && (frameSub + 8 * saved) % 16 !== 8) frameSub += 8;
  e.frameBytes = frameSub + 8 * saved;
  shape.leaveCost = saved + (frameSub !== 0 ? 1 : 0);
  shape.enterCost = shape.leaveCost + (isChecked() ? 2 : 0);
  shape.slotsInReach = alloc.spillBytes === 0 || (e.frameBytes - e.slotBase <= RED_ZONE && enabled['red-zone']);
}

/** The prologue compares rsp with the end of the stack. */
const isChecked = (): boolean => e.mf.hasCalls || e.frameBytes > UNCHECKED_FRAME;

/**
 * At the function's entry or on an edge (codegen/frame-plan.ts): every register may be live, except r11 where the frame
 * is large.
 */
function emitPrologue(): void {
  const { asm, alloc } = e;
  e.mark(Kind.STACK_CHECK);
  if (isChecked()) emitStackCheck();
  e.mark(Kind.PROLOGUE);
  for (const r of CALLEE_SAVED) if (((alloc.savedRegs >> r) & 1) !== 0) asm.push_r(HW[r]);
  if (frameSub === 128) asm.alu_ri(Alu.ADD, 1, HW_RSP, -128);
  else if (frameSub !== 0) asm.alu_ri(Alu.SUB, 1, HW_RSP, frameSub);
  e.setFrame(true);
}

function emitStackCheck(): void {
  const { asm } = e;
  let reg = HW_RSP;
  if (e.frameBytes > UNCHECKED_FRAME) {
    // At the entry, and no argument is in r11.
    reg = HW[Reg.R11];
    asm.mem(HW_RSP, -e.frameBytes);
    asm.lea(1, reg);
  }
  asm.mem(HW_VMCTX, Vm.STACK_LIMIT);
  asm.alu_rm(Alu.CMP, 1, reg);
  const pos = e.f.blockPos[0];
  asm.jcc(Cc.B, e.deferTrap(Trap.STACK_OVERFLOW | TRAP_NO_FRAME, pos));
}

function emitEpilogue(): void {
  if (e.inFrame) emitTeardown();
  e.asm.ret();
}

/** The prologue's reverse: before a return, or on an edge out of the frame. */
function emitTeardown(): void {
  const { asm, alloc } = e;
  if (frameSub === 128) asm.alu_ri(Alu.SUB, 1, HW_RSP, -128);
  else if (frameSub !== 0) asm.alu_ri(Alu.ADD, 1, HW_RSP, frameSub);
  for (let k = CALLEE_SAVED.length - 1; k >= 0; k--)
    if (((alloc.savedRegs >> CALLEE_SAVED[k]) & 1) !== 0) asm.pop_r(HW[CALLEE_SAVED[k]]);
}

// ------------------------------------------------------------------ records

function emitRecords(code: Int32Array, from: number, to: number): void {
  const { asm } = e;
  for (let k = from; k < to; k += 3) {
    const x = code[k + 1];
    const y = code[k + 2];
    const at = asm.pos;
    if (e.tracking && code[k] !== Rec.INST) e.mark(kindOfRecord(code[k]));
    switch (code[k] as Rec) {
      case Rec.INST:
        emitInstruction(x);
        break;
      case Rec.MOVE:
        if (x < NGPR) asm.mov_rr(1, e.hw[x], e.hw[y]);
        else moveXmm(e, e.hw[x], e.hw[y]);
        e.keepFlags(at, x < NGPR ? e.hw[x] : -1);
        break;
      case Rec.XCHG:
        asm.xchg_rr(1, e.hw[x], e.hw[y]);
        break;
      case Rec.LOAD:
        loadSlot(x, y);
        e.keepFlags(at, y < NGPR ? e.hw[y] : -1);
        break;
      case Rec.STORE:
        slot(x);
        if (y < NGPR) asm.mov_mr(1, e.hw[y]);
        else xmmMemory(slotStore(x), e.hw[y]);
        e.keepFlags(at, -1);
        break;
      case Rec.REMAT:
        emitConstant(e, x, y);
        break;
      case Rec.STORE_CONST:
        storeConstant(x, y);
        break;
      case Rec.COPY_SLOT:
        slot(y);
        xmmMemory(e.mf.valueSize[y] === 16 ? Sse.MOVUPS : Sse.MOVSD, HW_XMM_SCRATCH);
        slot(x);
        xmmMemory(e.mf.valueSize[x] === 16 ? Sse.MOVUPS_STORE : Sse.MOVSD_STORE, HW_XMM_SCRATCH);
        break;
      case Rec.SAVE_XMM:
        moveXmm(e, HW_XMM_SCRATCH, e.hw[y]);
        break;
      case Rec.RESTORE_XMM:
        moveXmm(e, e.hw[x], HW_XMM_SCRATCH);
        break;
    }
  }
}

/** Sets the memory operand to the slot of a value, `offset` bytes in. */
function slot(v: number, offset = 0): void {
  e.asm.mem(HW_RSP, (e.inFrame ? e.slotBase : e.slotBase - e.frameBytes) + e.alloc.slotOf[v] + offset);
}

function xmmMemory(row: Sse, reg: number): void {
  if ((e.features & Feature.AVX) !== 0) e.asm.vex_rm(row, reg, 0);
  else e.asm.sse_rm(row, reg);
}

const slotStore = (v: number): Sse => (e.mf.valueSize[v] === 16 ? Sse.MOVUPS_STORE : Sse.MOVSD_STORE);

/**
 * Slots are written whole, so values of different types may share one; a 32-bit value is read by a 32-bit load, which
 * zero-extends.
 */
function loadSlot(v: number, reg: number): void {
  const { asm, f, mf } = e;
  slot(v);
  if (reg >= NGPR) xmmMemory(mf.valueSize[v] === 16 ? Sse.MOVUPS : Sse.MOVSD, e.hw[reg]);
  else {
    const t = v < f.nv ? f.type[v] : ValType.I64;
    asm.mov_rm(t === ValType.I64 ? 1 : 0, e.hw[reg]);
  }
}

/** Slot of v := SSA constant c. */
function storeConstant(v: number, c: number): void {
  const { asm, f } = e;
  const o = f.op[c];
  if (o === Op.V128_CONST) {
    const at = f.imm[c];
    for (let k = 0; k < 4; k++) {
      slot(v, 4 * k);
      asm.mov_mi(0, f.pool.a[at + k]);
    }
    return;
  }
  const lo = o === Op.REF_NULL ? 0 : f.imm[c];
  const hi = o === Op.I64_CONST || o === Op.F64_CONST ? f.imm2[c] : 0;
  slot(v);
  if (hi === lo >> 31) {
    asm.mov_mi(1, lo);
    return;
  }
  asm.mov_mi(0, lo);
  slot(v, 4);
  asm.mov_mi(0, hi);
}

// ------------------------------------------------------------------ instructions

function emitInstruction(i: number): void {
  e.at(i);
  const { op } = e;
  if (e.tracking) e.mark(kindOfInstruction(op, e.mf.addr.a[i]));
  if (op < MOp.CALL) {
    emitInt(e);
    return;
  }
  if (op >= MOp.FLOAT) {
    if (op >= MOp.VECTOR) emitSimd(e);
    else emitFloat(e);
    return;
  }
  if (op <= MOp.CALL_HELPER) {
    emitCall(e);
    if (e.cond !== 0) control.landHere(block);
    return;
  }
  switch (op) {
    case MOp.BR:
      control.emitBr(block);
      return;
    case MOp.BR_TABLE:
      control.emitBrTable(block);
      return;
    case MOp.INVOKE:
      control.emitInvoke(block);
      return;
    case MOp.LANDING:
      return;
    case MOp.NO_RETURN:
      e.asm.noReturn();
      return;
    case MOp.RET:
      emitEpilogue();
      return;
    case MOp.TRAP:
      e.trapNow(e.imm | e.trapFlags(), e.pos);
      return;
  }
  if (op < MOp.SET_ON) control.emitBrOn(block);
  else if (op < MOp.SELECT_ON) emitSet(e);
  else if (op < MOp.XSELECT_ON) emitSelect(e);
  else if (op < MOp.XLOAD32) emitSelectXmm(e);
  else emitInt(e);
}

/** Cold continuation of the current instruction. */
function emitCold(em: Emitter): void {
  if (em.op >= MOp.FLOAT) emitFloatCold(em);
  else if (em.op >= MOp.CALL) emitWrongType(em);
  else if (em.op === MOp.BOUNDS) emitBoundsNearEnd(em);
  else emitDivByMinusOne(em);
}
