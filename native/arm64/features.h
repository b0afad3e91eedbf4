// What this processor can: bits of `Feature` in src-ts/arm64/features.ts, as the kernel tells them.
#pragma once

#include <sys/auxv.h>

#include "../common.h"

namespace wn {

inline u32 cpu_features() {
  constexpr unsigned long kAtomics = 1 << 8;  // HWCAP_ATOMICS
  return (getauxval(AT_HWCAP) & kAtomics) != 0 ? WN_FEATURE_AARCH64_LSE : 0;
}

}  // namespace wn
