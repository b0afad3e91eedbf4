/**
 * One function in SSA form, as struct of arrays. Filled by the builder, rewritten by `opt/`, read by instruction
 * selection.
 *
 * Invariants (checked by `ir/verify.ts`):
 * - Blocks are numbered in a topological order of the forward edges, with contiguous loop bodies; block 0 is the entry
 *   and has no predecessors.
 * - The values of block b in execution order are `order[blockStart[b] .. blockStart[b+1])`: first its PARAMs, last its
 *   terminator, nothing after it.
 *   Constants live in block 0 right after the ARGs and are never "executed" there: they are rematerialised where they
 *   are used.
 * - A definition dominates its uses. An edge's argument count equals the parameter count of its target, with equal
 *   types.
 * - No two edges have the same source and target. Edges from a block with several successors to one with several
 *   predecessors (critical edges) are not split.
 * - **i32 values are always zero-extended to 64 bits** in registers, slots, arguments and results.
 */
import { IntVec } from '../util/vec.js';
import { Op } from './ops.js';

/** `pos` of the first row of `Func.inlined`. */
export const INLINED = -0x80000000;

export class Func {
  /** Index in the module's function index space. */
  index = 0;
  typeIndex = 0;
  /** Bytes of the locals that are in memory (LOCAL_GET, LOCAL_SET); 0: none are. */
  localBytes = 0;

  // --- values (parallel arrays, `nv` in use) ---
  nv = 0;
  op = new Uint16Array(0);
  /** ValType of the result; 0 when the operation has none. */
  type = new Uint8Array(0);
  a = new Int32Array(0);
  b = new Int32Array(0);
  c = new Int32Array(0);
  imm = new Int32Array(0);
  imm2 = new Int32Array(0);
  block = new Int32Array(0);
  /** Byte offset in the module of the operator that the value comes from; negative: INLINED + row of `inlined`. */
  pos = new Int32Array(0);
  /** Call arguments, return values, br_table entries, v128 constants. */
  pool = new IntVec(256);

  // --- what is known of induction variables (opt/induction.ts), by value ---
  /** Whether the arrays below are those of this function. */
  bounded = false;
  /** BoundKind of a PARAM (opt/ranges.ts). */
  boundKind = new Uint8Array(0);
  /** The least and the most that it is, where the kind says so. */
  least = new Uint32Array(0);
  most = new Uint32Array(0);

  // --- blocks ---
  nb = 0;
  /** nb + 1 entries into `order`. */
  blockStart = new Int32Array(0);
  order = new Int32Array(0);
  isLoopHeader = new Uint8Array(0);
  /**
   * Byte offset of the first operator of each block, or of the block whose part it is. Together with `part` it names a
   * block for good.
   */
  blockPos = new Int32Array(0);
  /** 0, or which part of its block's branch this is: a pass made it (opt/split-conditions.ts). */
  part = new Uint8Array(0);
  idom = new Int32Array(0);
  domDepth = new Int32Array(0);
  /** nb + 1 entries into `params`. */
  paramAt = new Int32Array(0);
  params = new Int32Array(0);

  // --- edges; the successors of b are succEdge[succAt[b] .. succAt[b+1]) in terminator order ---
  ne = 0;
  edgeFrom = new Int32Array(0);
  edgeTo = new Int32Array(0);
  /** ne + 1 entries into `args`: the arguments for the target's parameters. */
  argAt = new Int32Array(0);
  args = new Int32Array(0);
  /**
   * By edge that a pass threaded or left as the only one (opt/known-branches.ts): where the path that it stands for
   * begins in `ways`, else -1. There: length of what follows, ordinal of the edge at its source, then for each block
   * left out its `blockPos`, its `part`, and the ordinal of the edge taken there. Counters of a counting build are told
   * apart by it.
   */
  wayAt = new Int32Array(0);
  readonly ways = new IntVec(16);
  predAt = new Int32Array(0);
  predEdge = new Int32Array(0);
  succAt = new Int32Array(0);
  succEdge = new Int32Array(0);

  // --- from a profile (ir/weights.ts) ---
  /** Whether the function was executed in the run that the profile comes from. */
  weighted = false;
  /** If so: executions of each block and edge, -1 where the profile does not tell. */
  blockWeight = new Float64Array(0);
  edgeWeight = new Float64Array(0);
  /**
   * The profile's list of parts of branches (ir/profile.ts), and by block the row where those of its branch begin (-1:
   * it knows none) and what they are multiplied with.
   */
  partKeys: Int32Array = new Int32Array(0);
  partCount: Float64Array = new Float64Array(0);
  partTaken: Float64Array = new Float64Array(0);
  partRow = new Int32Array(0);
  partScale = new Float64Array(0);

  /**
   * Places in inlined bodies, which stand in `pos` as INLINED + row: triples (function index, byte offset of the
   * operator, `pos` of the call that it was inlined at).
   */
  readonly inlined = new IntVec(16);

  /** Makes room for `need` values, keeping those in use. The arrays are new objects afterwards: renew aliases. */
  growValues(need: number): void {
    const n = Math.max(need, this.op.length * 2, 1024);
    this.op = grownHalves(this.op, n);
    this.type = grownBytes(this.type, n);
    this.a = grown(this.a, n);
    this.b = grown(this.b, n);
    this.c = grown(this.c, n);
    this.imm = grown(this.imm, n);
    this.imm2 = grown(this.imm2, n);
    this.block = grown(this.block, n);
    this.pos = grown(this.pos, n);
  }
}

function grown(old: Int32Array, n: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(n);
  array.set(old);
  return array;
}

function grownHalves(old: Uint16Array, n: number): Uint16Array<ArrayBuffer> {
  const array = new Uint16Array(n);
  array.set(old);
  return array;
}

function grownBytes(old: Uint8Array, n: number): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(n);
  array.set(old);
  return array;
}

/** Whether call v is the one that the INVOKE at the end of its block is about. */
export function isInvoked({ op, block, order, blockStart }: Func, v: number): boolean {
  let k = blockStart[block[v] + 1] - 1;
  if (op[order[k]] !== Op.INVOKE) return false;
  do k--;
  while (op[order[k]] === Op.RESULT);
  return order[k] === v;
}
