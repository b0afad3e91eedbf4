/**
 * Room at an instruction with fixed registers, clobbers or temporaries: which values leave the working set there, by the
 * groups of `constrained.ts`. O(evictions × (registers + operands²)).
 */
import { Constraints, has } from './constraints.js';
import { keptRoom } from './pressure.js';
import { FAR, popcount, type State } from './state.js';
import { evictionDistance, STRIDE, type WorkingSet } from './working-set.js';

/** What an operand needs. */
const enum Place {
  /** Only its fixed registers. */
  NONE = 0,
  /** A register of its own until the instruction has read it. */
  DYING = 1,
  /** A register of its own that it keeps. */
  SURVIVES = 2,
}

export class ConstrainedSpiller {
  private readonly constraints = new Constraints();
  // --- distinct operands of the current instruction ---
  private readonly opVal = new Int32Array(STRIDE);
  private readonly opNext = new Float64Array(STRIDE);
  private readonly opFree = new Uint8Array(STRIDE);
  /** A fixed register of it outlives the instruction. */
  private readonly opHome = new Uint8Array(STRIDE);
  private nOps = 0;
  /** The tied operand, if it is in no fixed register, else -1; something else needs its value in a register too. */
  private tiedOp = -1;
  private tiedShared = false;

  /**
   * Evicts until the instruction at `now`, executed `f` times, finds room; then the operands that die, or that must not
   * stay in a register, leave the set.
   */
  run(s: State, set: WorkingSet, i: number, now: number, f: number): void {
    const { mf, useNext } = s;
    const { valueClass } = mf;
    const { constraints } = this;
    const u0 = mf.useAt.a[i];
    const u1 = mf.useAt.a[i + 1];
    constraints.start(s, i, useNext[u0] >= FAR, u0 + 1 < u1 && useNext[u0 + 1] >= FAR);
    this.listOperands(s, u0, u1);
    for (let cls = 0; cls < 2; cls++) {
      if (constraints.isCall) dropConstants(s, set, cls, now);
      this.makeRoom(s, set, i, cls, now);
    }
    for (let j = 0; j < this.nOps; j++) {
      const v = this.opVal[j];
      if (this.opNext[j] >= FAR) set.drop(v, valueClass[v]);
      else set.next[v] = this.opNext[j];
    }
    if (constraints.isCall)
      for (let cls = 0; cls < 2; cls++)
        if (set.count[cls] > keptRoom(s, i, cls))
          for (let k = cls * STRIDE, end = k + set.count[cls]; k < end; k++) s.crossCall[set.values[k]] += f;
  }

  /** Collects the distinct operands of an instruction, whose uses are u0 .. u1. */
  private listOperands(s: State, u0: number, u1: number): void {
    const { remat, useNext } = s;
    const useValue = s.mf.useValue.a;
    const useFixed = s.mf.useFixed.a;
    const { isCall, tiedUse, tiedFixed, destroyed } = this.constraints;
    this.nOps = 0;
    for (let u = u0; u < u1; u++) {
      const v = useValue[u];
      let j = 0;
      while (j < this.nOps && this.opVal[j] !== v) j++;
      if (j === this.nOps) {
        this.nOps++;
        this.opVal[j] = v;
        this.opNext[j] = useNext[u];
        if (isCall && remat[v] && this.opNext[j] < FAR) {
          // Constants are made anew after a call.
          this.opNext[j] = FAR;
          s.evV.push(v);
        }
        this.opFree[j] = this.opHome[j] = 0;
      }
      const x = u === tiedUse && tiedFixed >= 0 ? tiedFixed : useFixed[u];
      if (x < 0) {
        if (u !== tiedUse) this.opFree[j] = 1;
      } else if (!has(destroyed, x)) this.opHome[j] = 1;
    }
    this.tiedOp = -1;
    if (tiedUse >= 0 && tiedFixed < 0) {
      this.tiedOp = 0;
      while (this.opVal[this.tiedOp] !== useValue[tiedUse]) this.tiedOp++;
    }
    // The tied operand's place: its own while it dies here and nothing else needs it, else a copy.
    this.tiedShared = this.tiedOp >= 0 && this.opFree[this.tiedOp] === 1;
    if (this.tiedOp >= 0) this.opFree[this.tiedOp] = 1;
  }

  private placeOf(j: number): Place {
    if (this.opNext[j] >= FAR) return this.opFree[j] === 1 ? Place.DYING : Place.NONE;
    return this.opHome[j] === 1 && this.opFree[j] === 0 ? Place.NONE : Place.SURVIVES;
  }

  /** Evicts values of a class, the farthest first, until instruction i has the registers that it asks for. */
  private makeRoom(s: State, set: WorkingSet, i: number, cls: number, now: number): void {
    const { mf } = s;
    const { valueClass } = mf;
    const { tiedOp, tiedShared, constraints } = this;
    const { isCall, tiedUse, clobber, forSurvivors, forOperands } = constraints;
    const d = mf.def.a[i];
    const temps = cls ? mf.tempVector.a[i] : mf.tempGpr.a[i];
    const freeResult = d >= 0 && mf.defFixed.a[i] < 0 && tiedUse < 0 && !isCall && valueClass[d] === cls;
    const roomForSurvivors = popcount(forSurvivors[cls]);
    const roomForAll = popcount(forOperands[cls]);
    const roomAfter = popcount(s.usable[cls] & ~clobber[cls]);
    for (;;) {
      let operandSurvivors = 0;
      let dying = 0;
      let homes = 0;
      let mine = 0;
      for (let j = 0; j < this.nOps; j++) {
        if (valueClass[this.opVal[j]] !== cls) continue;
        mine++;
        const place = this.placeOf(j);
        if (place === Place.SURVIVES) operandSurvivors++;
        else if (place === Place.DYING) dying++;
        else if (this.opNext[j] < FAR) homes++;
      }
      const copies = tiedOp >= 0 && valueClass[this.opVal[tiedOp]] === cls && (tiedShared || this.opNext[tiedOp] < FAR);
      const survivors = set.count[cls] - mine + operandSurvivors;
      const kept = survivors + (copies ? 1 : 0);
      const lacksForSurvivors = kept > roomForSurvivors;
      const lacksForAll = constraints.demand(cls, kept, dying, temps) > roomForAll;
      const lacksAfter = freeResult && survivors + homes + temps + 1 > roomAfter;
      if (!lacksForSurvivors && !lacksForAll && !lacksAfter) return;
      this.evictFarthest(s, set, i, cls, now, lacksForSurvivors, lacksForAll);
    }
  }

  /** Evicts the farthest: a passing value, or an operand that then dies here if that helps. */
  private evictFarthest(
    s: State,
    set: WorkingSet,
    i: number,
    cls: number,
    now: number,
    lacksForSurvivors: boolean,
    lacksForAll: boolean,
  ): void {
    const { valueClass } = s.mf;
    let worst = -1;
    let worstOp = -1;
    let far = now;
    for (let k = cls * STRIDE, end = k + set.count[cls]; k < end; k++) {
      const v = set.values[k];
      if (set.next[v] <= now) continue;
      const distance = evictionDistance(s, v, set.next[v], now);
      if (distance > far) {
        far = distance;
        worst = v;
      }
    }
    for (let j = 0; j < this.nOps; j++) {
      if (valueClass[this.opVal[j]] !== cls || this.opNext[j] >= FAR) continue;
      const survives = this.placeOf(j) === Place.SURVIVES;
      const helps = lacksForSurvivors
        ? survives
        : !lacksForAll || (survives && this.opFree[j] === 0) || (j === this.tiedOp && !this.tiedShared);
      const distance = evictionDistance(s, this.opVal[j], this.opNext[j], now);
      if (helps && distance > far) {
        far = distance;
        worstOp = j;
      }
    }
    if (worstOp >= 0) {
      s.evV.push(this.opVal[worstOp]);
      this.opNext[worstOp] = FAR;
    } else if (worst >= 0) {
      s.evV.push(worst);
      set.drop(worst, cls);
    } else
      throw new Error(
        `register allocator: function ${s.func.index}: instruction ${i} asks for more registers than there are`,
      );
  }
}

/** No constant is kept across a call: it is made anew. */
function dropConstants(s: State, set: WorkingSet, cls: number, now: number): void {
  for (let k = cls * STRIDE; k < cls * STRIDE + set.count[cls];) {
    const v = set.values[k];
    if (s.remat[v] === 0 || set.next[v] <= now) k++;
    else {
      s.evV.push(v);
      set.drop(v, cls);
    }
  }
}
