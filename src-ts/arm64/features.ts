/**
 * CPU features that generated code may require beyond Armv8.0-A, or use where they are, and the targets made of them. The
 * addon reports the machine's features with the same bits.
 */
export const enum Feature {
  /** Atomic operations on memory (Armv8.1). */
  LSE = 1,
  /** Branch target identification (Armv8.5): functions, stubs and targets of switches begin with landing pads. */
  BTI = 2,
  /** Pointer authentication (Armv8.3): return addresses in frames are signed. */
  PAC = 4,
}

/** Code with these runs everywhere: processors that do not know their instructions take them for no-operations. */
export const OPTIONAL = Feature.BTI | Feature.PAC;

export const FEATURE_NAMES: readonly [Feature, string][] = [
  [Feature.LSE, 'lse'],
  [Feature.BTI, 'bti'],
  [Feature.PAC, 'pac'],
];

/** Features of the named targets (aot/targets.ts). */
export const TARGETS: Readonly<
  Record<
    'aarch64' | 'aarch64-bti' | 'aarch64-bti-pac' | 'aarch64-lse' | 'aarch64-lse-bti' | 'aarch64-lse-bti-pac',
    number
  >
> = {
  aarch64: 0,
  'aarch64-bti': Feature.BTI,
  'aarch64-bti-pac': Feature.BTI | Feature.PAC,
  'aarch64-lse': Feature.LSE,
  'aarch64-lse-bti': Feature.LSE | Feature.BTI,
  'aarch64-lse-bti-pac': Feature.LSE | Feature.BTI | Feature.PAC,
};
