/**
 * Short cuts for calls of the host that carry nothing but a number: reading the clock, drawing a random number. jco's
 * glue makes a task, a subtask and several closures for each (about 10 µs); programs read the clock thousands of times.
 *
 * A core module's import may be called `wasi:clocks/monotonic-clock` `now` and be something else, when a component
 * virtualises its clock. So the first call goes through the glue, and only if that called the host's function, once,
 * and passed on its result, are later ones made directly.
 */

/** Functions `() -> u64` by interface: the name in core modules → the name in the import object. */
const SHORT: Record<string, Record<string, string>> = {
  'wasi:clocks/monotonic-clock': { now: 'now', resolution: 'resolution' },
  'wasi:random/random': { 'get-random-u64': 'getRandomU64' },
  'wasi:random/insecure': { 'get-insecure-random-u64': 'getInsecureRandomU64' },
};

type U64Function = () => bigint;

/** `wasi:clocks/monotonic-clock@0.2.3` → `wasi:clocks/monotonic-clock`. */
export const bareName = (name: string): string => name.replace(/@.*$/, '');

/** A host function that can be seen being called. */
class Watched {
  calls = 0;
  result = 0n;
  constructor(readonly host: U64Function) {}
  readonly call = (): bigint => {
    this.calls++;
    return (this.result = this.host());
  };
}

/** The short cuts of one instantiation. */
export class DirectCalls {
  /** The import object for the glue. */
  readonly imports: Record<string, unknown>;
  private readonly watched = new Map<string, Watched>();

  constructor(imports: Record<string, unknown>) {
    this.imports = { ...imports };
    for (const [name, members] of Object.entries(imports)) {
      const short = SHORT[bareName(name)];
      if (short === undefined) continue;
      const copy = { ...(members as Record<string, unknown>) };
      for (const [core, host] of Object.entries(short))
        if (typeof copy[host] === 'function')
          copy[host] = this.watch(`${bareName(name)} ${core}`, copy[host] as U64Function).call;
      this.imports[name] = copy;
    }
  }

  private watch(key: string, host: U64Function): Watched {
    const known = this.watched.get(key);
    if (known?.host === host) return known;
    const made = new Watched(host);
    this.watched.set(key, made);
    return made;
  }

  /** The imports of a core module with short cuts in them. */
  shorten(
    coreImports: Record<string, Record<string, unknown>> | undefined,
  ): Record<string, Record<string, unknown>> | undefined {
    if (coreImports === undefined) return undefined;
    const out = { ...coreImports };
    for (const [name, members] of Object.entries(coreImports)) {
      const short = SHORT[bareName(name)];
      if (short === undefined) continue;
      out[name] = { ...members };
      for (const core of Object.keys(short)) {
        const watched = this.watched.get(`${bareName(name)} ${core}`);
        if (watched !== undefined && typeof members[core] === 'function')
          out[name][core] = shortCut(members[core] as U64Function, watched);
      }
    }
    return out;
  }
}

function shortCut(lowered: U64Function, watched: Watched): U64Function {
  let state: 'unknown' | 'direct' | 'lowered' = 'unknown';
  return () => {
    if (state === 'direct') return watched.host();
    if (state === 'lowered') return lowered();
    const before = watched.calls;
    const result = lowered();
    state = watched.calls === before + 1 && watched.result === result ? 'direct' : 'lowered';
    return result;
  };
}
