/** Registers that the instructions of small loops take for themselves: what lives through a loop had better be elsewhere. */
import { destroyedBy } from '../mach.js';
import { classOf, Clobber, Cls } from '../machine.js';
import { ensureI32, type State } from './state.js';

/** Blocks of a loop in which registers that its instructions take are left to them, as far as that goes. */
const TAKEN_BLOCKS = 16;

export class TakenRegisters {
  /** By block: a mask of the general registers that the loop around it takes. */
  inLoop = new Int32Array(0);

  /** Fills `inLoop`: fixed operands and clobbers, but those of calls, in blocks that run in most iterations. */
  find(s: State): void {
    const { nb, mf } = s;
    const { loopOf, loopParent, loopSize, freq } = s.cfg;
    const inLoop = (this.inLoop = ensureI32(this.inLoop, nb));
    inLoop.fill(0, 0, nb);
    if (!s.hasLoops) return;
    const useFixed = mf.useFixed.a;
    for (let b = 0; b < nb; b++) {
      if (loopOf[b] < 0 || loopSize[loopOf[b]] > TAKEN_BLOCKS) continue;
      let own = 0;
      for (let i = mf.instAt[b]; i < mf.instAt[b + 1]; i++) {
        if ((mf.clobbers.a[i] & Clobber.CALL) !== 0) continue;
        own |= destroyedBy(mf, Cls.GPR, i);
        for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++)
          if (useFixed[u] >= 0 && classOf(useFixed[u]) === Cls.GPR) own |= 1 << useFixed[u];
      }
      if (own === 0) continue;
      for (let h = loopOf[b]; h >= 0 && loopSize[h] <= TAKEN_BLOCKS && freq[b] >= 0.5 * freq[h]; h = loopParent[h])
        inLoop[h] |= own;
    }
    for (let b = 0; b < nb; b++) if (loopOf[b] >= 0) inLoop[b] = inLoop[loopOf[b]];
  }
}
