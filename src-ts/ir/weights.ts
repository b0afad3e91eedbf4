/**
 * Weights of blocks and edges from a profile, gathered while a function is built. The profile knows blocks by their
 * place in a function's body, so every block notes which body it comes from: the function's own or one that is inlined,
 * which then is a *context* with a scale of its own (executions here for one call of the function).
 *
 * Without a profile nothing is noted and nothing costs anything.
 */
import { blockCount, edgeCount, type ModuleProfile, partsAt, targetRow } from './profile.js';
import { IntVec } from '../util/vec.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import type { Func } from './func.js';

/** Where the profile knows nothing. */
export const UNKNOWN = -1;

export class Weights {
  private m!: WasmModule;
  private profile: ModuleProfile | null = null;
  /** Whether the function under construction has weights. */
  active = false;

  /** By context: defined index, start of the body, scale. Context 0 is the function itself. */
  private readonly contextFunc = new IntVec(16);
  private scale = new Float64Array(16);
  private context = 0;
  /** By block: context and place that it counts as for edges that leave it, and its weight. */
  private readonly blockContext = new IntVec();
  private readonly blockPlace = new IntVec();
  private weight = new Float64Array(64);
  /** By block: context and place where it began. */
  private readonly headContext = new IntVec();
  private readonly headPlace = new IntVec();
  /** By edge: context and place of its source at the time. */
  private readonly edgeContext = new IntVec();
  private readonly edgePlace = new IntVec();

  /** Of the blocks whose calls are open bodies: context and place. */
  private readonly saved = new IntVec(16);

  start(m: WasmModule, profile: ModuleProfile | null, defined: number): void {
    this.m = m;
    this.profile = profile;
    this.active = profile !== null && profile.calls[defined] > 0;
    for (const list of [
      this.contextFunc,
      this.blockContext,
      this.blockPlace,
      this.headContext,
      this.headPlace,
      this.edgeContext,
      this.edgePlace,
    ])
      list.clear();
    this.contextFunc.push(defined);
    this.scale[0] = 1;
    this.context = 0;
  }

  /** A block begins at byte `p`. */
  addBlock(p: number): void {
    if (!this.active) return;
    const place = p - this.m.bodyStart[this.contextFunc.a[this.context]];
    this.headContext.push(this.context);
    this.headPlace.push(place);
    this.blockContext.push(this.context);
    const b = this.blockPlace.push(place);
    if (b === this.weight.length) {
      const bigger = new Float64Array(b * 2);
      bigger.set(this.weight);
      this.weight = bigger;
    }
    this.weight[b] = this.weightAt(place);
  }

  /** Executions of the open body's block at `place`, or UNKNOWN. */
  private weightAt(place: number): number {
    const n = blockCount(this.profile!, this.contextFunc.a[this.context], place);
    return n < 0 ? UNKNOWN : n * this.scale[this.context];
  }

  dropBlock(): void {
    if (!this.active) return;
    for (const list of [this.headContext, this.headPlace, this.blockContext, this.blockPlace]) list.n--;
  }

  /** The first block of a body begins at byte `p`, which is known only after its declarations. */
  moveBlock(b: number, p: number): void {
    if (!this.active) return;
    this.blockPlace.a[b] = p - this.m.bodyStart[this.contextFunc.a[this.context]];
    if (this.headContext.a[b] !== this.context) return;
    this.headPlace.a[b] = this.blockPlace.a[b];
    this.weight[b] = this.weightAt(this.headPlace.a[b]);
  }

  /** An edge leaves block `from`. */
  addEdge(from: number): void {
    if (!this.active) return;
    this.edgeContext.push(this.blockContext.a[from]);
    this.edgePlace.push(this.blockPlace.a[from]);
  }

  /** Executions of block b, or UNKNOWN. */
  of(b: number): number {
    return this.active ? this.weight[b] : UNKNOWN;
  }

  /** The body of defined function `d` goes on in block b, which executes its call. Returns what `leave` needs. */
  enter(d: number, b: number): number {
    if (!this.active) return 0;
    const outer = this.context;
    const place = this.blockPlace.a[b];
    const k = this.contextFunc.push(d);
    if (k === this.scale.length) {
      const bigger = new Float64Array(k * 2);
      bigger.set(this.scale);
      this.scale = bigger;
    }
    const calls = this.profile!.calls[d];
    this.scale[k] = calls > 0 && this.weight[b] > 0 ? this.weight[b] / calls : 0;
    this.context = k;
    this.blockContext.a[b] = k;
    this.saved.push(outer);
    return this.saved.push(place);
  }

  /**
   * The body entered last has ended; block b, if any, goes on with the caller. `weight`: what the block with the call
   * had.
   */
  leave(b: number, weight: number): void {
    if (!this.active) return;
    const place = this.saved.a[--this.saved.n];
    this.context = this.saved.a[--this.saved.n];
    if (b < 0) return;
    this.blockContext.a[b] = this.context;
    this.blockPlace.a[b] = place;
    this.weight[b] = weight;
  }

  /**
   * Table element that most calls of the indirect call at byte `p` in block b go to, if it is known and worth a
   * comparison; else -1.
   */
  likelyTarget(p: number, b: number, share: number): number {
    if (!this.active || this.weight[b] <= 0) return -1;
    const profile = this.profile!;
    const d = this.contextFunc.a[this.context];
    const row = targetRow(profile, d, p - this.m.bodyStart[d]);
    if (row < 0) return -1;
    const scale = this.scale[this.context];
    return profile.targetVotes[row] * scale >= share * this.weight[b] ? profile.targetElement[row] : -1;
  }

  /**
   * Block b (-1: none) was made where the profile knows none: it counts as block `from`, executed `share` times as
   * often.
   */
  like(b: number, from: number, share: number): void {
    if (!this.active || b < 0) return;
    this.blockContext.a[b] = this.blockContext.a[from];
    this.blockPlace.a[b] = this.blockPlace.a[from];
    this.weight[b] = this.weight[from] < 0 ? UNKNOWN : share * this.weight[from];
  }

  /** Hands the weights to the finished function. */
  finish(f: Func): void {
    f.weighted = this.active;
    if (!this.active) return;
    if (f.blockWeight.length < f.nb) f.blockWeight = new Float64Array(f.nb * 2);
    if (f.edgeWeight.length < f.ne) f.edgeWeight = new Float64Array(f.ne * 2);
    f.blockWeight.set(this.weight.subarray(0, f.nb));
    for (let e = 0; e < f.ne; e++) f.edgeWeight[e] = this.weightOfEdge(f, e);
    this.findParts(f);
  }

  /** Says where the profile has the parts of branches (opt/split-conditions.ts). */
  private findParts(f: Func): void {
    const profile = this.profile!;
    f.partKeys = profile.partKeys;
    f.partCount = profile.partCount;
    f.partTaken = profile.partTaken;
    if (f.partRow.length < f.nb) {
      f.partRow = new Int32Array(f.nb * 2);
      f.partScale = new Float64Array(f.nb * 2);
    }
    for (let b = 0; b < f.nb; b++) {
      const context = this.blockContext.a[b];
      f.partRow[b] = partsAt(profile, this.contextFunc.a[context], this.blockPlace.a[b]);
      f.partScale[b] = this.scale[context];
    }
  }

  private weightOfEdge(f: Func, e: number): number {
    const context = this.edgeContext.a[e];
    const to = f.edgeTo[e];
    if (this.weight[to] === 0) return 0;
    if (context === this.headContext.a[to]) {
      const n = edgeCount(this.profile!, this.contextFunc.a[context], this.edgePlace.a[e], this.headPlace.a[to]);
      if (n >= 0) return n * this.scale[context];
    }
    if (f.predAt[to + 1] - f.predAt[to] === 1) return this.weight[to];
    const from = f.edgeFrom[e];
    return f.succAt[from + 1] - f.succAt[from] === 1 ? this.weight[from] : UNKNOWN;
  }
}
