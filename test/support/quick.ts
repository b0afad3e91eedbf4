/** `npm test -- --quick` (WAMR_TEST_QUICK=1): every kind of test, the long ones on a part of their cases. */
export const QUICK = process.env.WAMR_TEST_QUICK === '1';

/** A number of cases, seeds or rounds. */
export const amount = (all: number, quick: number): number => (QUICK ? quick : all);

/** All cases, or every `stride`-th. */
export const sample = <T>(all: readonly T[], stride: number): T[] => all.filter((_, i) => !QUICK || i % stride === 0);
