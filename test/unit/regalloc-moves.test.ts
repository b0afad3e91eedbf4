import { describe, expect, it } from 'vitest';
import { ParallelMove } from '../../src-ts/codegen/regalloc/moves.js';
import { IntVec } from '../../src-ts/util/vec.js';
import { classOf, Cls, REGISTERS } from '../../src-ts/codegen/machine.js';
import { Rec } from '../../src-ts/codegen/mach.js';
import { amount } from '../support/quick.js';
import { makeRandom } from './random-mach.js';

/** Executes records on a register file that holds each register's own number; xmm15 is the last cell. */
function execute(out: IntVec): number[] {
  const r = Array.from({ length: REGISTERS + 1 }, (_, k) => k);
  for (let k = 0; k < out.n; k += 3) {
    const [kind, x, y] = [out.a[k], out.a[k + 1], out.a[k + 2]];
    if (kind === Rec.MOVE) {
      expect(classOf(x)).toBe(classOf(y));
      r[x] = r[y];
    } else if (kind === Rec.XCHG) {
      expect([classOf(x), classOf(y)]).toEqual([Cls.GPR, Cls.GPR]);
      [r[x], r[y]] = [r[y], r[x]];
    } else if (kind === Rec.SAVE_VECTOR) r[REGISTERS] = r[y];
    else if (kind === Rec.RESTORE_VECTOR) r[x] = r[REGISTERS];
    else throw new Error(`record ${kind}`);
  }
  return r;
}

const moves = new ParallelMove();

describe('parallel moves', () => {
  it('read the state before, whatever the cycles and copies', () => {
    for (let seed = 1; seed <= amount(3000, 500); seed++) {
      const rnd = makeRandom(seed);
      const want = Array.from({ length: REGISTERS }, (_, k) => k);
      const share = 1 + rnd(4);
      for (let k = 0; k < REGISTERS; k++) {
        if (rnd(share) > 0) continue;
        want[k] = (k & ~31) + rnd(32);
      }
      if (rnd(3) === 0)
        for (let k = REGISTERS - 1; k > 0; k--) {
          // a permutation: nothing but cycles
          want[k] = k;
          const j = (k & ~31) + rnd((k & 31) + 1);
          [want[k], want[j]] = [want[j], want[k]];
        }
      const written = want.flatMap((from, to) => (from !== to ? [to] : []));
      const out = new IntVec();
      for (const to of written) moves.add(to, want[to]);
      const n = moves.emit(out);
      expect(n).toBe(out.n / 3);
      const r = execute(out);
      for (const to of written) expect(r[to], `seed ${seed}, register ${to}`).toBe(want[to]);
      // The set is empty afterwards.
      expect(moves.emit(new IntVec())).toBe(0);
    }
  });

  it('needs no more than one instruction per destination without cycles, and n - 1 exchanges for a cycle of n', () => {
    const out = new IntVec();
    moves.add(1, 0);
    moves.add(2, 1);
    moves.add(3, 1);
    expect(moves.emit(out)).toBe(3);
    out.clear();
    moves.add(0, 1);
    moves.add(1, 2);
    moves.add(2, 0);
    expect(moves.emit(out)).toBe(2);
    expect([out.a[0], out.a[3]]).toEqual([Rec.XCHG, Rec.XCHG]);
  });
});
