/**
 * CPU features that generated code may require, and the targets made of them. The addon reports the machine's features
 * with the same bits (`cpuFeatures`).
 */
export const enum Feature {
  SSE41 = 1,
  SSE42 = 2,
  POPCNT = 4,
  AVX = 8,
  AVX2 = 16,
  BMI1 = 32,
  BMI2 = 64,
  LZCNT = 128,
  FMA = 256,
  /**
   * The system leaves 128 bytes below the stack pointer alone, whatever interrupts a thread. Windows does not: where code
   * goes on after a fault (section WRAPS), they are lost.
   */
  RED_ZONE = 512,
}

export const FEATURE_NAMES: readonly [Feature, string][] = [
  [Feature.SSE41, 'sse4.1'],
  [Feature.SSE42, 'sse4.2'],
  [Feature.POPCNT, 'popcnt'],
  [Feature.AVX, 'avx'],
  [Feature.AVX2, 'avx2'],
  [Feature.BMI1, 'bmi1'],
  [Feature.BMI2, 'bmi2'],
  [Feature.LZCNT, 'lzcnt'],
  [Feature.FMA, 'fma'],
  [Feature.RED_ZONE, 'red-zone'],
];

const V2 = Feature.SSE41 | Feature.SSE42 | Feature.POPCNT;
const V3 = V2 | Feature.AVX | Feature.AVX2 | Feature.BMI1 | Feature.BMI2 | Feature.LZCNT | Feature.FMA;

/** Features of the named targets (aot/targets.ts). What is made for Windows runs on other systems, too. */
export const TARGETS = {
  'x86-64-v2': V2 | Feature.RED_ZONE,
  'x86-64-v3': V3 | Feature.RED_ZONE,
  'x86-64-v2-windows': V2,
  'x86-64-v3-windows': V3,
} as const;
