// What this processor can: bits of `Feature` in src-ts/arm64/features.ts, as the kernel tells them. All of Apple's have
// LSE.
#pragma once

#ifndef __APPLE__
#include <sys/auxv.h>
#endif

#include "../common.h"

namespace wn {

inline u32 cpu_features() {
#ifdef __APPLE__
  return WN_FEATURE_AARCH64_LSE;
#else
  constexpr unsigned long kAtomics = 1 << 8;  // HWCAP_ATOMICS
  return (getauxval(AT_HWCAP) & kAtomics) != 0 ? WN_FEATURE_AARCH64_LSE : 0;
#endif
}

// Of code whose functions, stubs and targets of switches begin with landing pads.
constexpr u32 kLandingPads = WN_FEATURE_AARCH64_BTI;

}  // namespace wn
