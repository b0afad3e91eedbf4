/** What tests compile for that say so: `WAMR_TEST_TARGET`, for machines that can run more than one kind of code. */
import type { CompileOptions } from '../../src-ts/options.js';

export const ON_TARGET: Pick<CompileOptions, 'target'> = {
  target: process.env.WAMR_TEST_TARGET as CompileOptions['target'],
};
