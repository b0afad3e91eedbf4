/**
 * V8's code of the compiler, kept between processes that are ours alone: parsing it and compiling its functions to bytecode is
 * 50 ms of a cold compilation.
 */
import { binding } from '../addon.js';
import { storeCached } from '../cache/cache.js';
import { CodeCache } from '../cache/code-cache.js';
import { useScripts } from '../util/own-module.js';

/**
 * Before the first compilation of this process, which has told V8 these flags. Returns what leaves the code for the next
 * process, where there was none: to be called after the compilation, with the same flags still set.
 */
export function keepCompilerCode(flags: readonly string[]): () => void {
  let codes: CodeCache;
  try {
    codes = new CodeCache(binding(), flags.join(' '));
  } catch {
    return () => {}; // No addon for this machine.
  }
  codes.store = storeCached;
  useScripts((file, before, after, options) => codes.script(file, before, after, options));
  return () => {
    useScripts(() => null);
    codes.keep();
  };
}
