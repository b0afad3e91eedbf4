import { describe, expect, it } from 'vitest';
import { checkAllocation } from '../../src-ts/codegen/regalloc/checker.js';
import { allocateRegisters } from '../support/phases.js';
import { type Allocation, type MachFunc, Rec } from '../../src-ts/codegen/mach.js';
import { makeRandom, randomMach } from './random-mach.js';

const rejects = (mf: MachFunc, ra: Allocation): boolean => {
  try {
    checkAllocation(mf, ra);
    return false;
  } catch (e) {
    expect((e as Error).message).toMatch(/^register allocation check: function \d+, /);
    return true;
  }
};

/** Breaks one thing at a time in allocations of random functions and counts what the checker notices. */
function mutate(change: (mf: MachFunc, ra: Allocation, rnd: (n: number) => number) => (() => void) | null): {
  tried: number;
  noticed: number;
} {
  let tried = 0;
  let noticed = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const mf = randomMach(seed);
    const ra = allocateRegisters(mf, { verify: true });
    const rnd = makeRandom(seed + 1000);
    for (let k = 0; k < 5; k++) {
      const undo = change(mf, ra, rnd);
      if (undo === null) continue;
      tried++;
      if (rejects(mf, ra)) noticed++;
      undo();
    }
    checkAllocation(mf, ra);
  }
  return { tried, noticed };
}

/** Turns a random record of the kinds into one that does nothing. */
const lose =
  (array: 'code' | 'edgeCode', kinds: Rec[]) =>
  (_mf: MachFunc, ra: Allocation, rnd: (n: number) => number): (() => void) | null => {
    const code = ra[array];
    const at: number[] = [];
    for (let k = 0; k < code.length; k += 3) if (kinds.includes(code[k])) at.push(k);
    if (at.length === 0) return null;
    const k = at[rnd(at.length)];
    const old = code.slice(k, k + 3);
    code.set([Rec.MOVE, 0, 0], k);
    return () => code.set(old, k);
  };

describe('the allocation checker notices', () => {
  it.each([
    ['lost reloads', 'code', [Rec.LOAD]],
    ['lost constants', 'code', [Rec.REMAT]],
    ['lost stores', 'code', [Rec.STORE]],
    ['lost moves', 'code', [Rec.MOVE]],
    ['lost exchanges', 'code', [Rec.XCHG]],
    ['lost reloads on edges', 'edgeCode', [Rec.LOAD]],
    ['lost constants on edges', 'edgeCode', [Rec.REMAT, Rec.STORE_CONST]],
    ['lost moves and exchanges on edges', 'edgeCode', [Rec.MOVE, Rec.XCHG]],
    ['lost slot copies and stores', 'edgeCode', [Rec.STORE, Rec.COPY_SLOT]],
  ] as const)('%s', (_name, array, kinds) => {
    const { tried, noticed } = mutate(lose(array, [...kinds]));
    expect(tried).toBeGreaterThan(20);
    // A few are superfluous: the value happens to be there already.
    expect(noticed).toBeGreaterThan(0.9 * tried);
  });

  it('operands in other registers', () => {
    const { tried, noticed } = mutate((_mf, ra, rnd) => {
      if (ra.useReg.length === 0) return null;
      const u = rnd(ra.useReg.length);
      const old = ra.useReg[u];
      ra.useReg[u] = (old + 1 + rnd(27)) % 28;
      return () => (ra.useReg[u] = old);
    });
    expect(tried).toBeGreaterThan(200);
    // Some registers hold the same value.
    expect(noticed).toBeGreaterThan(0.95 * tried);
  });

  it('temporaries that are somebody else’s', () => {
    const { tried, noticed } = mutate((mf, ra, rnd) => {
      const at: number[] = [];
      for (let i = 0; i < mf.nInst; i++)
        if (ra.tempAt[i] < ra.tempAt[i + 1] && mf.useAt.a[i] < mf.useAt.a[i + 1]) at.push(i);
      if (at.length === 0) return null;
      const i = at[rnd(at.length)];
      const k = ra.tempAt[i];
      const old = ra.temps[k];
      ra.temps[k] = ra.useReg[mf.useAt.a[i]];
      return () => (ra.temps[k] = old);
    });
    expect(tried).toBeGreaterThan(50);
    expect(noticed).toBe(tried);
  });

  it('callee-saved registers that are not saved', () => {
    const { tried, noticed } = mutate((_mf, ra) => {
      const old = ra.savedRegs;
      if (old === 0) return null;
      ra.savedRegs = old & (old - 1);
      return () => (ra.savedRegs = old);
    });
    expect(tried).toBeGreaterThan(50);
    expect(noticed).toBeGreaterThan(0.9 * tried);
  });

  it('slots that overlap', () => {
    const { tried, noticed } = mutate((_mf, ra, rnd) => {
      const slots: number[] = [];
      ra.slotOf.forEach((at, v) => at >= 0 && slots.push(v));
      if (slots.length < 2) return null;
      const v = slots[rnd(slots.length)];
      const w = slots[rnd(slots.length)];
      if (ra.slotOf[v] === ra.slotOf[w]) return null;
      const old = ra.slotOf[v];
      ra.slotOf[v] = ra.slotOf[w];
      return () => (ra.slotOf[v] = old);
    });
    expect(tried).toBeGreaterThan(50);
    // Many pairs may share, their lives being apart.
    expect(noticed).toBeGreaterThan(0.3 * tried);
  });
});
