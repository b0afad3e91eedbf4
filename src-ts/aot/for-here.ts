/** How modules are compiled that are to run here. */
import { type CompileOptions, ENV } from '../options.js';
import { TARGET_HERE } from './targets.js';

/** For this machine's CPU unless the options name another target, and with counters where WAMR_COVERAGE asks for them. */
export function forHere(options: CompileOptions): CompileOptions {
  const here: CompileOptions = { ...options, target: options.target ?? TARGET_HERE };
  if (ENV.coverage !== '') here.coverage ??= true;
  return here;
}
