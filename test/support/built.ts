/** The built package, as a user gets it by `require('wamr-native')`, and a garbage collector to call. */
import { createRequire } from 'node:module';
import v8 from 'node:v8';
import vm from 'node:vm';

export const wamr = createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Collects garbage and lets finalizers run. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
