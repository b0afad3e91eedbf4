/**
 * What the allocator's passes share about the current function. One `State` serves all functions of a thread: arrays
 * only grow, and "sets of values" are stamps (an entry equals the current epoch or it isn't in the set), so nothing is
 * cleared between blocks or functions.
 *
 * Order of the passes (each its own file): liveness → pressure → [distances → spill → slots → prune] → color. The
 * bracket is skipped when everything fits into registers. What they hand to colouring is small: entry sets (`inAt`,
 * `inV`), flags per use (`useFlags`) and per result (`defDies`), and the memory decisions (`needMem`, `storeAt`,
 * `slotClass`, edge fills).
 */
import type { Func } from '../../ir/func.js';
import type { Cfg } from '../../opt/cfg.js';
import type { Enabled } from '../../util/switches.js';
import { IntVec } from '../../util/vec.js';
import type { MachFunc } from '../mach.js';
import { classOf, Cls, OpFlag, type RegisterFile } from '../machine.js';

/** Distance of a value that is never used again; live values are nearer. */
export const FAR = 1 << 30;

/** Flags of a use (`State.useFlags`). */
export const enum UseFlag {
  /** No register copy of the value is wanted after this instruction. */
  DIES = 1,
  /** The value is in no register before this instruction: load or rematerialise it. */
  RELOAD = 2,
}

/** Number of set bits. */
export function popcount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Must a two-address instruction (no fixed registers) copy its tied operand, because no operand that it may overwrite
 * dies? `dies0`, `dies1`: operand 0 / 1 dies here. The result's register may not be that of another operand, except of
 * both operands of a commuting pair or where the operation permits it (`OpFlag.READS_FIRST`).
 */
export function tieCopies(mf: MachFunc, i: number, dies0: boolean, dies1: boolean): boolean {
  const value = mf.useValue.a;
  const u0 = mf.useAt.a[i];
  const u1 = mf.useAt.a[i + 1];
  const commutes = mf.commutes.a[i] !== 0 && u0 + 1 < u1;
  const rest = commutes ? u0 + 2 : u0 + 1;
  const readsFirst = mf.machine.operations.has(mf.op.a[i], OpFlag.READS_FIRST);
  let first = dies0;
  let second = commutes && dies1;
  for (let u = rest; u < u1; u++) {
    if (value[u] === value[u0] && !readsFirst) first = false;
    if (second && value[u] === value[u0 + 1] && !readsFirst) second = false;
  }
  return !first && !second;
}

/** Is the value of use u also a free operand elsewhere in its instruction, whose uses are u0 .. u1? */
function sharedFree(mf: MachFunc, u0: number, u1: number, u: number): boolean {
  for (let q = u0; q < u1; q++)
    if (q !== u && mf.useValue.a[q] === mf.useValue.a[u] && mf.useFixed.a[q] < 0) return true;
  return false;
}

/**
 * The operand (use) that gives a two-address instruction with constraints its register: operand 0, or 1 of a commuting
 * pair if that saves the copy.
 */
export function tiedOperand(mf: MachFunc, i: number, dies0: boolean, dies1: boolean): number {
  const u0 = mf.useAt.a[i];
  const u1 = mf.useAt.a[i + 1];
  if (mf.commutes.a[i] === 0 || u0 + 1 >= u1 || mf.useFixed.a[u0] >= 0 || !dies1) return u0;
  return (!dies0 || sharedFree(mf, u0, u1, u0)) && !sharedFree(mf, u0, u1, u0 + 1) ? u0 + 1 : u0;
}

/**
 * End of the entry block's prefix of operand-less definitions; those with a fixed register are the arguments that
 * arrive in registers, all defined at once at function entry.
 */
export function entryPrefixEnd(mf: MachFunc): number {
  let general = 0;
  let vector = 0;
  let i = mf.instAt[0];
  for (; i < mf.instAt[1]; i++) {
    if (
      mf.def.a[i] < 0 ||
      mf.useAt.a[i] !== mf.useAt.a[i + 1] ||
      mf.clobbers.a[i] !== 0 ||
      mf.tempGpr.a[i] !== 0 ||
      mf.tempVector.a[i] !== 0
    )
      break;
    const r = mf.defFixed.a[i];
    if (r < 0) continue;
    const isGeneral = classOf(r) === Cls.GPR;
    if (((isGeneral ? general : vector) >> r) & 1) break;
    if (isGeneral) general |= 1 << r;
    else vector |= 1 << r;
  }
  return i;
}

/** Block b is in a loop without loops in it: elsewhere instructions count, not jumps (docs/performance.md). */
export function isInnermost({ cfg }: State, b: number): boolean {
  const h = cfg.loopOf[b];
  return h >= 0 && cfg.loopSize[h] === 1;
}

const size = (n: number): number => Math.max(64, n + (n >> 1));
/** `a` if it has at least n entries, else a new, zeroed array (contents are not kept). */
export const ensureI32 = (a: Int32Array<ArrayBuffer>, n: number): Int32Array<ArrayBuffer> =>
  a.length >= n ? a : new Int32Array(size(n));
export const ensureU8 = (a: Uint8Array<ArrayBuffer>, n: number): Uint8Array<ArrayBuffer> =>
  a.length >= n ? a : new Uint8Array(size(n));
export const ensureI8 = (a: Int8Array<ArrayBuffer>, n: number): Int8Array<ArrayBuffer> =>
  a.length >= n ? a : new Int8Array(size(n));
export const ensureF64 = (a: Float64Array<ArrayBuffer>, n: number): Float64Array<ArrayBuffer> =>
  a.length >= n ? a : new Float64Array(size(n));

const I32 = new Int32Array(0);
const U8 = new Uint8Array(0);
const F64 = new Float64Array(0);

export class State {
  mf!: MachFunc;
  func!: Func;
  cfg!: Cfg;
  nb = 0;
  ne = 0;
  nVals = 0;
  nInst = 0;
  nUse = 0;
  nParams = 0;
  nArgs = 0;
  hasLoops = false;
  /** The newest stamp: whoever starts a set takes a new one by `++epoch`. */
  epoch = 0;
  /** Stamps by value and by block, shared by the passes (each file says which it uses at a time). */
  stampA = I32;
  stampB = I32;
  stampC = I32;
  stampBlock = I32;

  // --- register file of this function ---
  regs!: RegisterFile;
  /** By class: registers that may be used: all but the callee-saved ones that the function chose not to save. */
  readonly usable = new Int32Array(2);
  /** Callee-saved registers among the general ones of them. */
  calleeMask = 0;
  kGpr = 0;
  kVector = 0;

  /** First instruction that isn't in the entry block's prefix of definitions, see `entryPrefixEnd`. */
  entryEnd = 0;
  /** By value: 1 = constant, rematerialised. */
  remat = U8;
  /** By value: defining instruction, or -1 (parameters and constants). */
  defInst = I32;
  /** By value: index in `func.params`, or -1. */
  paramPos = I32;

  /** By block: 1 = a landing pad (mach.ts). */
  isPad = U8;

  // --- liveness (liveness.ts): live-in values of block b, ascending, are liveV[liveAt[b] .. liveAt[b+1]); parameters
  // of b are not among them ---
  liveAt = I32;
  liveV = I32;
  nLive = 0;
  /**
   * By value: 1 = in memory between blocks, from its definition on, and so in no list (liveness.ts says when); whether
   * there are any.
   */
  slotted = U8;
  hasSlotted = false;

  // --- pressure (pressure.ts) ---
  /** By 2 * block + class: most values alive at once. */
  pressure = I32;
  /** Registers needed for a life without spilling, by class. */
  needGpr = 0;
  needVector = 0;
  /** Most general values alive across one call; 1 if any vector value is. */
  acrossGpr = 0;
  acrossVector = 0;
  /** Weight that the 1st, 2nd, … callee-saved register would save in reloads and stores. */
  savedBenefit = F64;

  // --- distances (distances.ts) ---
  dIn = F64;
  dParam = F64;
  /** By use / by instruction: distance from the block's start of the next use after it; FAR = none. */
  useNext = F64;
  defNext = F64;

  // --- residence (pressure.ts, or spill.ts and prune.ts) ---
  inAt = I32;
  inV = I32;
  /** By entry of `inV`, only if `usesMemory`: the value is in the register just to be stored at the block's start. */
  inStoreOnly = U8;
  outAt = I32;
  outV = I32;
  useFlags = U8;
  /** By instruction: the result isn't wanted in a register. */
  defDies = U8;
  /** Weight of the calls that a value survives in a register. */
  crossCall = F64;
  /** Evictions at an instruction (spill.ts → prune.ts). */
  evAt = I32;
  evV = new IntVec(256);

  // --- memory (slots.ts) ---
  usesMemory = false;
  needMem = U8;
  /**
   * The defining block if the value is stored right after its definition, else -1: then the blocks are marked at whose
   * start it is stored.
   */
  storeAt = I32;
  /** By entry of `inV`: the value is stored at the block's start. */
  storeIn = U8;
  /** Representative of the values that share a slot (itself its own). */
  slotClass = I32;
  /** Parameters in memory that need code on edges: linked lists by edge (head -1 = none), argument in `fillArg`. */
  fillHead = I32;
  fillNext = new IntVec(64);
  fillParam = new IntVec(64);
  fillArg = new IntVec(64);

  constructor(readonly enabled: Enabled) {}

  /** Takes up a function: sizes the arrays and derives the value facts. O(values + instructions + arguments). */
  begin(mf: MachFunc): void {
    const f = mf.func;
    this.mf = mf;
    this.regs = mf.machine.registers;
    this.savedBenefit = ensureF64(this.savedBenefit, this.regs.calleeSaved.length);
    this.func = f;
    this.cfg = mf.cfg;
    this.nb = f.nb;
    this.ne = f.ne;
    this.nInst = mf.nInst;
    this.nUse = mf.useAt.a[mf.nInst];
    this.nParams = f.paramAt[f.nb];
    this.nArgs = f.argAt[f.ne];
    const nVals = (this.nVals = mf.nVals);
    if (this.epoch > FAR) {
      for (const a of [this.stampA, this.stampB, this.stampC, this.stampBlock]) a.fill(0);
      this.epoch = 0;
    }
    this.stampA = ensureI32(this.stampA, nVals);
    this.stampB = ensureI32(this.stampB, nVals);
    this.stampC = ensureI32(this.stampC, nVals);
    this.stampBlock = ensureI32(this.stampBlock, this.nb);
    this.entryEnd = entryPrefixEnd(mf);
    this.isPad = ensureU8(this.isPad, this.nb);
    this.isPad.fill(0, 0, this.nb);
    for (let k = 0; k < mf.landingPads.n; k++) this.isPad[mf.landingPads.a[k]] = 1;

    const remat = (this.remat = ensureU8(this.remat, nVals));
    const defInst = (this.defInst = ensureI32(this.defInst, nVals));
    const paramPos = (this.paramPos = ensureI32(this.paramPos, nVals));
    defInst.fill(-1, 0, nVals);
    paramPos.fill(-1, 0, nVals);
    const constOf = mf.constOf;
    for (let v = 0; v < nVals; v++) remat[v] = constOf[v] >= 0 ? 1 : 0;
    const def = mf.def.a;
    for (let i = 0; i < mf.nInst; i++) if (def[i] >= 0) defInst[def[i]] = i;
    for (let k = 0; k < this.nParams; k++) paramPos[f.params[k]] = k;
    for (let k = 0; k < this.nArgs; k++) {
      const a = f.args[k];
      if (defInst[a] < 0 && paramPos[a] < 0) remat[a] = 1;
    }
    this.hasLoops = false;
    for (let b = 0; b < this.nb; b++) if (this.cfg.loopOf[b] === b) this.hasLoops = true;

    this.useFlags = ensureU8(this.useFlags, this.nUse);
    this.defDies = ensureU8(this.defDies, this.nInst);
    this.crossCall = ensureF64(this.crossCall, nVals);
    this.crossCall.fill(0, 0, nVals);
    this.usesMemory = false;
  }

  /** Chooses how many callee-saved registers the function may use. */
  setSaved(n: number): void {
    const { calleeSaved, calleeSavedMask, counts, masks } = this.regs;
    let mask = 0;
    for (let k = 0; k < n; k++) mask |= 1 << calleeSaved[k];
    this.calleeMask = mask;
    this.usable[Cls.GPR] = (masks[Cls.GPR] & ~calleeSavedMask) | mask;
    this.usable[Cls.VECTOR] = masks[Cls.VECTOR];
    this.kGpr = counts[Cls.GPR] - calleeSaved.length + n;
    this.kVector = counts[Cls.VECTOR];
  }

  /** Is block b inside the loop with header h (or any loop inside it)? O(loop depth). */
  inLoop(b: number, h: number): boolean {
    let x = this.cfg.loopOf[b];
    while (x > h) x = this.cfg.loopParent[x];
    return x === h;
  }
}
