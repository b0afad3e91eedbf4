/**
 * Decides which calls are replaced by the body of the callee: those that a profile shows to be executed often enough to
 * pay for the bytes. Without a profile none are: producers have inlined what is small, and inlining tiny leaves again
 * changed nothing (docs/performance.md). O(1) per call.
 */
import type { Enabled } from '../util/switches.js';
import type { ModuleProfile } from './profile.js';
import type { WasmModule } from '../wasm/decoded-module.js';

/** Inlined bodies in one another. */
export const MAX_DEPTH = 6;
/** A function may grow to this many bytes by inlining, or to twice its size if it is larger. */
const MAX_GROWN = 12_000;
/** Longest body. */
const MAX_BODY = 4_000;
/** Locals of an inlined body. */
const MAX_LOCALS = 100;
/**
 * Bodies are inlined whose hot part (`ModuleProfile.hotBytes`) has up to so many bytes, where a call is executed at
 * least once in so many calls of the program. What is rarely executed of them is out of the way, at the end of the
 * function.
 */
const BY_HEAT: readonly (readonly [bytes: number, oneIn: number])[] = [
  [60, 50_000],
  [160, 10_000],
  [400, 2_000],
  [1_000, 500],
  [2_000, 60],
];

export class Inliner {
  private m!: WasmModule;
  private profile: ModuleProfile | null = null;
  /** Bytes of bodies in the function under construction, its own included; and the bound. */
  private size = 0;
  private limit = 0;
  /** Functions whose bodies are open, the outermost first. */
  private readonly open: number[] = [];

  constructor(private readonly enabled: Enabled) {}

  start(m: WasmModule, profile: ModuleProfile | null, defined: number): void {
    this.m = m;
    this.profile = profile;
    this.open.length = 0;
    this.open.push(defined);
    this.size = m.bodyEnd[defined] - m.bodyStart[defined];
    this.limit = Math.max(MAX_GROWN, 2 * this.size);
  }

  /** Whether a call of this function is inlined, at a place that is executed `weight` times (-1: not known). */
  wants(callee: number, weight: number): boolean {
    const { m } = this;
    const d = callee - m.importedFuncs;
    if (d < 0 || weight <= 0 || !this.enabled.inlining || this.open.length > MAX_DEPTH) return false;
    // Its addresses are not to be folded, the caller's are.
    if (this.profile?.wrapping[d] === 1) return false;
    const bytes = m.bodyEnd[d] - m.bodyStart[d];
    return bytes <= MAX_BODY && this.isHot(d, weight) && this.size + bytes <= this.limit && !this.open.includes(d);
  }

  enter(callee: number): void {
    const d = callee - this.m.importedFuncs;
    this.open.push(d);
    this.size += this.m.bodyEnd[d] - this.m.bodyStart[d];
  }

  leave(): void {
    this.open.pop();
  }

  private isHot(d: number, weight: number): boolean {
    if (this.profile === null) return false;
    const { hotBytes, totalCalls } = this.profile;
    for (const [most, oneIn] of BY_HEAT) if (hotBytes[d] <= most) return weight * oneIn >= totalCalls;
    return false;
  }
}

/** Whether the body's declarations are few enough to be inlined. */
export const fewLocals = (params: number, locals: number): boolean => params + locals <= MAX_LOCALS;
