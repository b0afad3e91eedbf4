/**
 * Decides which calls are replaced by the body of the callee: those that a profile shows to be executed often enough to
 * pay for the bytes. Without a profile none are: producers have inlined what is small, and inlining tiny leaves again
 * changed nothing (docs/performance.md). O(1) per call.
 */
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import type { ModuleProfile } from './profile.js';
import type { WasmModule } from '../wasm/decoded-module.js';

/** Inlined bodies in one another. */
export const MAX_DEPTH = 6;
/** A function may grow to this many bytes by inlining, or by this many beyond its own size if it is larger. */
const MAX_GROWN = 12_000;
const MAX_GROWTH = 6_000;
/** Longest body. */
const MAX_BODY = 4_000;
/** Locals of an inlined body. */
const MAX_LOCALS = 100;
/** Bodies of up to so many bytes are inlined where a call is executed at least once in so many calls of the program. */
const BODY_BYTES = Int32Array.of(60, 160, 400, 1_000, 2_000);
const ONE_IN = Int32Array.of(50_000, 10_000, 2_000, 500, 120);
/**
 * Where a call is so many times as frequent, what is rarely executed of the body (`ModuleProfile.hotBytes`) counts an
 * eighth (RARE_SHIFT), because it is out of the way, at the end of the function. Such calls may stand anywhere, so the
 * function may grow by its own size, or MAX_GROWN, for them alone.
 */
const VERY_HOT = 8;
const RARE_SHIFT = 3;

export class Inliner {
  private m!: WasmModule;
  private profile: ModuleProfile | null = null;
  /** Bytes of bodies in the function under construction, its own included but not those of very hot calls; the bound. */
  private size = 0;
  private limit = 0;
  /** The same of very hot calls. */
  private veryHotSize = 0;
  private veryHotLimit = 0;
  /** Whether the call that was last wanted is one. */
  private isVeryHot = false;
  /** Functions whose bodies are open, the outermost first. */
  private readonly open = new IntVec(MAX_DEPTH + 1);

  constructor(private readonly enabled: Enabled) {}

  start(m: WasmModule, profile: ModuleProfile | null, defined: number): void {
    this.m = m;
    this.profile = profile;
    this.open.clear();
    this.open.push(defined);
    this.size = m.bodyEnd[defined] - m.bodyStart[defined];
    this.limit = Math.max(MAX_GROWN, this.size + MAX_GROWTH);
    this.veryHotSize = 0;
    this.veryHotLimit = Math.max(MAX_GROWN, this.size);
  }

  /** Whether a call of this function is inlined, at a place that is executed `weight` times (-1: not known). */
  wants(callee: number, weight: number): boolean {
    const { m } = this;
    const d = callee - m.importedFuncs;
    if (d < 0 || weight <= 0 || !this.enabled.inlining || this.open.n > MAX_DEPTH) return false;
    // Its addresses are not to be folded, the caller's are.
    if (this.profile !== null && this.profile.wrapping[d] === 1) return false;
    const bytes = m.bodyEnd[d] - m.bodyStart[d];
    if (bytes > MAX_BODY || this.isOpen(d)) return false;
    const hot = this.profile === null ? bytes : this.profile.hotBytes[d];
    this.isVeryHot =
      this.veryHotSize + bytes <= this.veryHotLimit &&
      this.isHot(hot + ((bytes - hot) >> RARE_SHIFT), weight / VERY_HOT);
    return this.isVeryHot || (this.size + bytes <= this.limit && this.isHot(bytes, weight));
  }

  /** Of the call that was last wanted. */
  enter(callee: number): void {
    const d = callee - this.m.importedFuncs;
    this.open.push(d);
    const bytes = this.m.bodyEnd[d] - this.m.bodyStart[d];
    if (this.isVeryHot) this.veryHotSize += bytes;
    else this.size += bytes;
  }

  leave(): void {
    this.open.n--;
  }

  private isOpen(d: number): boolean {
    for (let k = 0; k < this.open.n; k++) if (this.open.a[k] === d) return true;
    return false;
  }

  private isHot(bytes: number, weight: number): boolean {
    const total = this.profile === null ? 0 : this.profile.totalCalls;
    let k = 0;
    while (k < BODY_BYTES.length && bytes > BODY_BYTES[k]) k++;
    return k < BODY_BYTES.length && weight * ONE_IN[k] >= total;
  }
}

/** Whether the body's declarations are few enough to be inlined. */
export const fewLocals = (params: number, locals: number): boolean => params + locals <= MAX_LOCALS;
