/** Whether traps can still work, which is looked at now and then. */
import type { Env } from './env.js';

/**
 * A look at the signal handler takes as long as several small instances: it is done for the first ones, for every power of
 * two, and for one in so many.
 */
const LOOKS_FOR_ALL = 16;
const LOOKS_FOR_ONE_IN = 1024;

const isLookedAt = (n: number): boolean => n <= LOOKS_FOR_ALL || (n & (n - 1)) === 0 || n % LOOKS_FOR_ONE_IN === 0;

/**
 * Says once that traps cannot work any more: `process.on('SIGSEGV')` replaces every handler of the process, V8's too.
 */
export function warnOfLostHandler(e: Env): void {
  const { handlerLooks: looks } = e;
  if (looks.warned || !isLookedAt(++looks.instances)) return;
  if (e.native.signalHandlerActive()) return;
  looks.warned = true;
  process.emitWarning(
    "the SIGSEGV handler was replaced (process.on('SIGSEGV')?): a wasm trap by a memory access will hang or kill this process, under V8's own WebAssembly too",
    {
      code: 'WAMR_SIGNAL_HANDLER',
    },
  );
}
