/** The addon's exports in this thread, as the built package has loaded it. */
import { createRequire } from 'node:module';

/** Loads nothing: the package must have been used before. */
export function addon(): unknown {
  const require = createRequire(import.meta.url);
  const file = Object.keys(require.cache).find((f) => f.endsWith('.node'));
  if (file === undefined) throw new Error('the addon was not loaded yet');
  return require(file);
}
