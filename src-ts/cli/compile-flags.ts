/** The flags of commands that may compile, as the command line leaves them. */
import fs from 'node:fs';
import type { CompileOptions } from '../options.js';
import { parseProfile } from '../profile/stored.js';
import type { BuiltinSet } from '../wasm/compile-time-imports.js';

export interface CompileFlags {
  target?: CompileOptions['target'];
  bounds?: CompileOptions['bounds'];
  deterministic?: boolean;
  jobs?: number;
  disable?: CompileOptions['disable'];
  /** Proposals to refuse. */
  without?: string[];
  builtins?: BuiltinSet[];
  stringConstants?: string;
  debugInfo?: boolean;
  count?: boolean;
  coverage?: boolean;
  /** File of a stored profile. */
  profile?: string;
}

/** The compiler's options out of the parsed flags. Throws ProfileError when the profile is none. */
export function compileOptions({
  target,
  bounds,
  deterministic,
  jobs,
  disable,
  without,
  builtins,
  stringConstants,
  debugInfo,
  count,
  coverage,
  profile,
}: CompileFlags): CompileOptions {
  return {
    target,
    bounds,
    deterministic,
    // Nothing else waits for this thread, and each worker has V8 optimise the compiler anew.
    jobs: jobs ?? 0,
    disable,
    features: without && Object.fromEntries(without.map((name) => [name, false])),
    builtins,
    importedStringConstants: stringConstants,
    debugInfo,
    count,
    coverage,
    profile: profile === undefined ? undefined : parseProfile(fs.readFileSync(profile, 'utf8'), profile),
  };
}
