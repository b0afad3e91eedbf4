/**
 * Which way a branch goes, as far as the code tells: a score for each successor from what its block does and what the
 * condition compares; the probability of a successor is its share of exp(score), as in a logistic regression, whose
 * coefficients the table below holds.
 *
 * They were fitted to the counted branches of SpiderMonkey, TCGC, sqlite and quickjs (`profile --count`), a branch
 * weighted by its executions to the power of 0.35, and rounded. What they predict of programs that they were not fitted
 * to is as good: fitted to sqlite and quickjs alone, 25 % of TCGC's executed branches go the other way (28 % of all
 * four programs'), where the rules before, after Wu and Larus (MICRO 1994), missed 44 % and the best that any fixed
 * prediction can do is 6 %. `npm run bench -- branches` measures it.
 *
 * One walk over the values, then O(edges).
 */
import type { Func } from '../ir/func.js';
import { isStore } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';

/** What counts for a successor. */
const SUCCESSOR = {
  /** Calls; has one predecessor and calls; calls indirectly; stores; returns. */
  call: -0.7,
  ownCall: -0.4,
  indirect: -0.25,
  store: -0.25,
  return: -0.25,
  /** For each factor e of its length. */
  length: 0.43,
  /** More than one block leads there; more than four do. */
  join: -0.35,
  wideJoin: -0.5,
  /** So many blocks further on that it is another part of the function. */
  far: -0.45,
  /** The other successor leads there: skips what that does. */
  skip: 0.3,
  /** Leaves the innermost loop; goes back to its header. */
  exit: -0.7,
  back: -0.3,
} as const;
const FAR = 64;

/**
 * What a condition counts for the successor taken when it holds. By comparison: with a variable, zero, another
 * constant, a negative constant. Unsigned and signed "greater" stand for their opposites too.
 */
const CONDITION = {
  equal: Float64Array.of(0, -0.3, -0.9, -0.35),
  lessSigned: Float64Array.of(0.15, -1.3, -0.35, -0.6),
  greaterSigned: Float64Array.of(-0.65, 0.75, 0.75, 1.2),
  lessUnsigned: Float64Array.of(0.1, 0, 0.4, 0.3),
  greaterUnsigned: Float64Array.of(-0.8, -0.1, -0.5, 0.7),
  /** Bits of a value, any value, being other than zero. */
  bits: -0.35,
  value: 0.25,
} as const;

/** What a block does, or-ed. */
const enum Does {
  CALL = 1,
  INDIRECT = 2,
  STORE = 4,
  RETURN = 8,
}

const isMask = (op: number): boolean => op === Op.I32_AND || op === Op.I64_AND;

/** What the blocks of a function do, for the scores of successors. */
export class BranchPredictor {
  private does = new Uint8Array(0);
  /** By block: the newest block of which another successor leads here (valid for the function that was looked at). */
  private skipFrom = new Int32Array(0);

  /** Looks at the blocks of `f`: before `successorScore`. */
  lookAtBlocks(f: Func): void {
    const { nb, op, order, blockStart } = f;
    if (this.does.length < nb) {
      this.does = new Uint8Array(nb * 2);
      this.skipFrom = new Int32Array(nb * 2);
    }
    this.skipFrom.fill(-1, 0, nb);
    for (let b = 0; b < nb; b++) {
      let what = 0;
      for (let k = blockStart[b], end = blockStart[b + 1]; k < end; k++) {
        const o = op[order[k]];
        if (o === Op.CALL) what |= Does.CALL;
        else if (o === Op.CALL_INDIRECT || o === Op.CALL_REF) what |= Does.INDIRECT;
        else if (isStore(o)) what |= Does.STORE;
        else if (o === Op.RETURN) what |= Does.RETURN;
        else if (o === Op.TAIL_CALL) what |= Does.CALL | Does.RETURN;
        else if (o === Op.TAIL_CALL_INDIRECT || o === Op.TAIL_CALL_REF) what |= Does.INDIRECT | Does.RETURN;
      }
      this.does[b] = what;
    }
  }

  /** Looks at what the first two successors of each successor of block b are: before `successorScore` of its edges. */
  lookBehind({ succAt, succEdge, edgeTo }: Func, b: number): void {
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const s = edgeTo[succEdge[k]];
      for (let j = succAt[s], end = Math.min(succAt[s + 1], j + 2); j < end; j++)
        if (edgeTo[succEdge[j]] !== s) this.skipFrom[edgeTo[succEdge[j]]] = b;
    }
  }

  /**
   * Score of the successor that edge `e` of a branching block leads to. `exits`: it leaves the innermost loop around
   * that block.
   */
  successorScore(f: Func, e: number, exits: boolean): number {
    const { predAt, edgeFrom, edgeTo, blockStart } = f;
    const b = edgeFrom[e];
    const to = edgeTo[e];
    const what = this.does[to];
    const preds = predAt[to + 1] - predAt[to];
    let score = SUCCESSOR.length * Math.log(1 + blockStart[to + 1] - blockStart[to]);
    if ((what & Does.CALL) !== 0) score += preds === 1 ? SUCCESSOR.call + SUCCESSOR.ownCall : SUCCESSOR.call;
    if ((what & Does.INDIRECT) !== 0) score += SUCCESSOR.indirect;
    if ((what & Does.STORE) !== 0) score += SUCCESSOR.store;
    if ((what & Does.RETURN) !== 0) score += SUCCESSOR.return;
    if (preds > 1) score += preds > 4 ? SUCCESSOR.join + SUCCESSOR.wideJoin : SUCCESSOR.join;
    if (to - b > FAR) score += SUCCESSOR.far;
    if (exits) score += SUCCESSOR.exit;
    if (to <= b) score += SUCCESSOR.back;
    return preds > 1 && this.skipFrom[to] === b ? score + SUCCESSOR.skip : score;
  }
}

/** Score that condition `c` adds for the successor that is taken when it holds. */
export function conditionScore(f: Func, c: number): number {
  const { op, a, b, imm } = f;
  if (op[c] === Op.I32_EQZ || op[c] === Op.I64_EQZ) return -(isMask(op[a[c]]) ? CONDITION.bits : CONDITION.value);
  const y = b[c];
  const constant = y >= 0 && (op[y] === Op.I32_CONST || op[y] === Op.I64_CONST);
  const k = !constant ? 0 : imm[y] === 0 ? 1 : imm[y] > 0 ? 2 : 3;
  switch (op[c]) {
    case Op.I32_EQ:
    case Op.I64_EQ:
      return CONDITION.equal[k];
    case Op.I32_NE:
    case Op.I64_NE:
      return -CONDITION.equal[k];
    case Op.I32_LT_S:
    case Op.I64_LT_S:
      return CONDITION.lessSigned[k];
    case Op.I32_GE_S:
    case Op.I64_GE_S:
      return -CONDITION.lessSigned[k];
    case Op.I32_GT_S:
    case Op.I64_GT_S:
      return CONDITION.greaterSigned[k];
    case Op.I32_LE_S:
    case Op.I64_LE_S:
      return -CONDITION.greaterSigned[k];
    case Op.I32_LT_U:
    case Op.I64_LT_U:
      return CONDITION.lessUnsigned[k];
    case Op.I32_GE_U:
    case Op.I64_GE_U:
      return -CONDITION.lessUnsigned[k];
    case Op.I32_GT_U:
    case Op.I64_GT_U:
      return CONDITION.greaterUnsigned[k];
    case Op.I32_LE_U:
    case Op.I64_LE_U:
      return -CONDITION.greaterUnsigned[k];
    default:
      return isMask(op[c]) ? CONDITION.bits : CONDITION.value;
  }
}
