/**
 * CPU features that generated code may require beyond Armv8.0-A, and the targets made of them. The addon reports the
 * machine's features with the same bits.
 */
export const enum Feature {
  /** Atomic operations on memory (Armv8.1). */
  LSE = 1,
}

export const FEATURE_NAMES: readonly [Feature, string][] = [[Feature.LSE, 'lse']];

/** Features of the named targets (aot/targets.ts). */
export const TARGETS: Readonly<Record<'aarch64' | 'aarch64-lse', number>> = { aarch64: 0, 'aarch64-lse': Feature.LSE };
