/** The flags of commands that may compile, as the command line leaves them. */
import type { CompileOptions } from '../options.js';

export interface CompileFlags {
  target?: CompileOptions['target'];
  bounds?: CompileOptions['bounds'];
  jobs?: number;
  disable?: CompileOptions['disable'];
  debugInfo?: boolean;
  count?: boolean;
}

/** The compiler's options out of the parsed flags. */
export function compileOptions({ target, bounds, jobs, disable, debugInfo, count }: CompileFlags): CompileOptions {
  return { target, bounds, jobs, disable, debugInfo, count };
}
