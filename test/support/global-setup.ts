/** Runs once before the areas that test the built product. */
import { createRequire } from 'node:module';

export default function setup(): void {
  if (process.env.WAMR_TEST_ENGINE === 'v8' || process.env.WAMR_TEST_NO_BUILD === '1') return;
  const { ensureBuilt } = createRequire(import.meta.url)('../../scripts/setup.cjs');
  ensureBuilt();
}
