// What this processor can: bits of `Feature` in src-ts/x64/features.ts. By CPUID (Intel SDM volume 2A) and not by
// __builtin_cpu_supports, whose tables not every compiler's library has for shared objects.
#pragma once

#include <cpuid.h>

#include "../common.h"

namespace wn {

struct CpuId {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;

  explicit CpuId(unsigned leaf) { __get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx); }
};

inline bool bit(unsigned word, int index) { return (word >> index & 1) != 0; }

// The system keeps the upper halves of the vector registers.
inline bool keeps_vectors(const CpuId& basic) {
  const int kOsXsave = 27;
  if (!bit(basic.ecx, kOsXsave)) return false;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

inline u32 cpu_features() {
  const CpuId basic(1), structured(7), extended(0x80000001);
  const bool avx = bit(basic.ecx, 28) && keeps_vectors(basic);
  u32 mask = 0;
  if (bit(basic.ecx, 19)) mask |= WN_FEATURE_SSE41;
  if (bit(basic.ecx, 20)) mask |= WN_FEATURE_SSE42;
  if (bit(basic.ecx, 23)) mask |= WN_FEATURE_POPCNT;
  if (avx) mask |= WN_FEATURE_AVX;
  if (avx && bit(structured.ebx, 5)) mask |= WN_FEATURE_AVX2;
  if (bit(structured.ebx, 3)) mask |= WN_FEATURE_BMI1;
  if (bit(structured.ebx, 8)) mask |= WN_FEATURE_BMI2;
  if (bit(extended.ecx, 5)) mask |= WN_FEATURE_LZCNT;
  if (avx && bit(basic.ecx, 12)) mask |= WN_FEATURE_FMA;
#ifndef _WIN32
  mask |= WN_FEATURE_RED_ZONE;
#endif
  return mask;
}

// The instructions for SHA-256, and those that code with them uses beside.
inline bool has_sha() { return bit(CpuId(7).ebx, 29) && bit(CpuId(1).ecx, 19); }

// No code has landing pads.
constexpr u32 kLandingPads = 0;

}  // namespace wn
