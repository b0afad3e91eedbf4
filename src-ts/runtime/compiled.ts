/**
 * The modules that this thread has compiled for programs and that are in use, by what they were compiled from: as in
 * V8, modules of the same bytes are compiled once and share their code.
 */
import { type CodeId, type NativeBinding, ObjectKind } from '../binding.js';
import { cacheKey } from '../cache/cache.js';
import type { ModuleState } from './module.js';

/** Larger artefacts are not shared: whoever keeps an instance alone would keep the artefact's bytes as well. */
const MOST_BYTES = 256 << 10;
const FIRST_SWEEP = 64;

export class CompiledModules {
  /** By `key`. Numbers of codes are never used twice, and the addon holds their states weakly. */
  private readonly codes = new Map<string, CodeId>();
  private sweepAt = FIRST_SWEEP;

  constructor(private readonly native: NativeBinding) {}

  /** What a module is known by: its bytes and how they are compiled. Null for those that are not shared. */
  key(wasm: Uint8Array, bounds: 'guard' | 'explicit'): string | null {
    if (wasm.length > MOST_BYTES) return null;
    return cacheKey(wasm, { bounds }, 0, (bytes) => new Uint8Array(this.native.hash(bytes) as ArrayBuffer));
  }

  find(key: string | null): ModuleState | null {
    const code = key === null ? undefined : this.codes.get(key);
    return code === undefined ? null : this.stateOf(code);
  }

  add(key: string | null, state: ModuleState, artefact: Uint8Array): void {
    if (key === null || artefact.length > MOST_BYTES) return;
    state.artefact = artefact;
    this.codes.set(key, state.code);
    if (this.codes.size < this.sweepAt) return;
    for (const [k, code] of this.codes) if (this.stateOf(code) === null) this.codes.delete(k);
    this.sweepAt = FIRST_SWEEP + 2 * this.codes.size;
  }

  private stateOf(code: CodeId): ModuleState | null {
    return (this.native.state(ObjectKind.CODE, code) as ModuleState | undefined) ?? null;
  }
}
