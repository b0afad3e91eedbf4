/** A compilation's use of the translated parts: by those of its thread, as long as there are any. */
import type { EmitOptions } from '../codegen/back-end.js';
import type { Allocation, MachFunc } from '../codegen/mach.js';
import type { ModuleFacts } from '../codegen/module-facts.js';
import type { PreservedRegisters } from '../codegen/preserved.js';
import type { TranslatedAllocation } from '../codegen/regalloc/index.js';
import type { SelectOptions } from '../codegen/selection.js';
import type { Func } from '../ir/func.js';
import type { Cfg } from '../opt/cfg.js';
import type { Enabled } from '../util/switches.js';
import type { BuildSource } from './build.js';
import type { AheadParts, AheadPass, Emitted } from './parts.js';

/** A function of more values, as nobody writes, is left to JavaScript: V8 has optimised it soon, and what it has let go is memory again. */
const MOST_AHEAD = 100_000;

/**
 * Its methods give null where there are no translated parts, for huge functions, or where they trap: without memory, or
 * where the same code here throws. What they were given is then as it was.
 */
export class AheadUse implements TranslatedAllocation {
  private parts: AheadParts | null | undefined;
  /** The parts whose memory has the answer to the last `allocate`. */
  private held: AheadParts | null = null;

  /** The function that the parts have optimised and selected, if they have selected the one in hand. */
  private selected: Func | null = null;
  private cfg: Cfg | null = null;

  /** `make`: gives the parts; null: there are none. `selectHere`: selects the function in hand, from SSA that is here. */
  constructor(
    private readonly make: () => AheadParts | null,
    private readonly enabled: Enabled,
    private readonly selectHere: () => void = () => undefined,
  ) {}

  /** As `AheadParts.build`; whether it was. */
  build(source: BuildSource, index: number, f: Func, copy: boolean): boolean {
    const { bodyStart, bodyEnd, importedFuncs } = source.module;
    const d = index - importedFuncs;
    this.selected = null;
    if (bodyEnd[d] - bodyStart[d] > MOST_AHEAD || !this.enabled['register-locals']) return false;
    const parts = this.get();
    if (parts === null) return false;
    try {
      parts.build(source, index, f, this.enabled, copy);
      return true;
    } catch (e) {
      return this.failed(e) ?? false;
    }
  }

  /** As `AheadParts.optimise`. `isAhead`: what `build` has made is nowhere else. */
  optimise(f: Func, cfg: Cfg, passes: readonly AheadPass[], isAhead: boolean, keep: boolean): Int32Array | null {
    this.selected = null;
    const parts = f.nv > MOST_AHEAD ? null : this.get();
    if (parts === null || (isAhead && !parts.has(f))) return null;
    try {
      return parts.optimise(f, cfg, this.enabled, passes, keep);
    } catch (e) {
      return this.failed(e);
    }
  }

  /** As `AheadParts.select`, after `optimise`; whether it is done. */
  select(f: Func, cfg: Cfg, m: ModuleFacts, options: SelectOptions, merges: boolean, mf: MachFunc): boolean {
    const { parts } = this;
    this.selected = f;
    this.cfg = cfg;
    try {
      parts!.select(f, cfg, m, options, merges, mf);
      return true;
    } catch (e) {
      this.giveBack(parts!);
      this.failed(e);
      return false;
    }
  }

  allocate(mf: MachFunc, savedRegs: number, copy: boolean): Allocation | null {
    this.held = null;
    const parts = this.get();
    if (parts === null) return null;
    if (mf.nVals > MOST_AHEAD) return this.leave(parts);
    try {
      const answer = parts.allocate(mf, this.enabled, savedRegs, copy);
      this.held = parts;
      return answer;
    } catch (e) {
      this.leave(parts);
      return this.failed(e);
    }
  }

  /** What was selected there is selected here. */
  private leave(parts: AheadParts): null {
    if (!this.giveBack(parts)) return null;
    this.selectHere();
    return null;
  }

  /** Whether the parts had the function in hand, which is here now. */
  private giveBack(parts: AheadParts): boolean {
    const { selected, cfg } = this;
    this.selected = null;
    if (selected === null) return false;
    parts.giveBack(selected, cfg!);
    return true;
  }

  /** As `AheadParts.emit`, for what `allocate` was about. */
  emit(options: EmitOptions, mf: MachFunc, order: Int32Array): Emitted | null {
    const { held } = this;
    if (held === null) return null;
    try {
      return held.emit(options, mf, order);
    } catch (e) {
      this.leave(held);
      return this.failed(e);
    }
  }

  /** As `AheadParts.units`, after `emit`. */
  units(options: EmitOptions): ReturnType<AheadParts['units']> {
    return this.held!.units(options);
  }

  /** As `AheadParts.preserved`, after `emit`. */
  preserved(options: EmitOptions, emitted: Emitted): PreservedRegisters {
    return this.held!.preserved(options, emitted);
  }

  private get(): AheadParts | null {
    if (this.parts !== undefined) return this.parts;
    try {
      return (this.parts = this.make());
    } catch (e) {
      // Not asked for again, since V8 collects all garbage before it says that there is no memory.
      this.parts = null;
      return this.failed(e);
    }
  }

  private failed(e: unknown): null {
    // Stack and memory of V8 that are at their end are its RangeErrors; these are ours.
    if (e instanceof TypeError) throw e;
    // After a trap the next function has new ones.
    if (this.parts !== null) this.parts = undefined;
    this.held = null;
    return null;
  }
}
