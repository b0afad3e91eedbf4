// The machine that this addon is built for: its folder says how thunks.h is made and what signal handlers see.
#pragma once

#if defined(__x86_64__)
#include "x64/context.h"
#include "x64/features.h"
#define WN_SHA_EXTENSIONS "x64/sha256.h"
#elif defined(__aarch64__)
#include "arm64/context.h"
#include "arm64/features.h"
#else
#error "wamr-native: no folder for this machine"
#endif
