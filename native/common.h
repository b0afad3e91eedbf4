// Types and small tools that every file of the addon uses.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>

#include "layout.generated.h"

#define WN_LIKELY(x) __builtin_expect(!!(x), 1)
#define WN_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WN_NOINLINE __attribute__((noinline))
// The calling convention of generated code, which is the same on all systems: of functions that assembly calls, or is.
#if defined(_WIN32) && defined(__x86_64__)
#define WN_GENERATED __attribute__((sysv_abi))
#else
#define WN_GENERATED
#endif

namespace wn {

using u8 = uint8_t;
using u32 = uint32_t;
using u64 = uint64_t;

constexpr u32 kWasmPageShift = 16;
constexpr u64 kOsPage = 4096;
// What a memory may have at most: with 32-bit addresses, and with 64-bit ones, where it is V8's limit.
constexpr u64 kMaxBytes = u64{WN_MAX_PAGES} << kWasmPageShift;
constexpr u64 kMaxBytes64 = u64{WN_MAX_PAGES64} << kWasmPageShift;
// Address space that guard-mode code relies on behind a base: a 32-bit index, an offset below 2^31, the widest access.
constexpr u64 kGuardReservation = (u64{4} << 30) + WN_GUARD_BYTES;
// Slots of the argument buffer.
constexpr u32 kArgumentSlots = WN_ARGUMENT_SLOTS;
// 8-byte words behind the slots: what the JavaScript side and invoke.cc tell each other.
constexpr u32 kControlWords = WN_CONTROL_END / 2 - kArgumentSlots;

struct Code;
struct Env;
struct Global;
struct HostFunction;
struct Instance;
struct Memory;
struct Table;
struct Tag;
struct PromisingCall;
struct ExceptionTable;
struct Heap;
class Strings;
struct Thread;

// A field at a layout offset (vmctx, entry, funcref record: all of them are described by layout.generated.h only).
template <class T>
inline T& field(char* base, std::ptrdiff_t offset) {
  return *reinterpret_cast<T*>(base + offset);
}

// Whether n bytes or elements from `at` on are within `size`.
inline bool fits(u64 at, u64 n, u64 size) { return n <= size && at <= size - n; }

// Runs what may throw because there is no memory; false: it did.
template <class F>
inline bool attempt(F f) {
  try {
    f();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

inline u64 align_up(u64 x, u64 a) { return (x + a - 1) & ~(a - 1); }

}  // namespace wn
