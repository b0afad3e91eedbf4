// What this processor can: bits of `Feature` in src-ts/x64/features.ts.
#pragma once

#include "../common.h"

namespace wn {

inline u32 cpu_features() {
  __builtin_cpu_init();
  u32 mask = 0;
  if (__builtin_cpu_supports("sse4.1")) mask |= WN_FEATURE_SSE41;
  if (__builtin_cpu_supports("sse4.2")) mask |= WN_FEATURE_SSE42;
  if (__builtin_cpu_supports("popcnt")) mask |= WN_FEATURE_POPCNT;
  if (__builtin_cpu_supports("avx")) mask |= WN_FEATURE_AVX;
  if (__builtin_cpu_supports("avx2")) mask |= WN_FEATURE_AVX2;
  if (__builtin_cpu_supports("bmi")) mask |= WN_FEATURE_BMI1;
  if (__builtin_cpu_supports("bmi2")) mask |= WN_FEATURE_BMI2;
  if (__builtin_cpu_supports("lzcnt")) mask |= WN_FEATURE_LZCNT;
  if (__builtin_cpu_supports("fma")) mask |= WN_FEATURE_FMA;
  return mask;
}

}  // namespace wn
