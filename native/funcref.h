// The process-wide array of funcref records (FuncRef in layout.ts) and what the addon keeps in their spare bytes.
#pragma once

#include <atomic>

#include "env.h"

// Addon-private fields of a record.
#define WN_FUNCREF_HOST 32  // HostFunction*, or null
#define WN_FUNCREF_ENV 40   // Env* that it belongs to: whose thread alone may follow the record's pointers

namespace wn {

// Added to the address of an entry stub in a record: it is a leaf stub, a C function, which needs no activation
// (invoke.cc).
constexpr u64 kLeafStub = 1;
using LeafStub = void(WN_GENERATED*)(u64* arguments, char* vm, void* code);

// The id of the n-th long type: minus what its record is below a heap's base (GcTypeRecord of src-ts/abi/gc-layout.ts).
constexpr u32 kMaxTypes = 1 << 20;
constexpr u32 long_id(u32 n) { return 0u - WN_TYPE_RECORD_SIZE * (n + 1); }
constexpr u32 index_of_long_id(u32 id) { return (0u - id) / WN_TYPE_RECORD_SIZE - 1; }
constexpr bool is_long_id(u32 id) { return (id >> 31) != 0; }

struct HostFunction {
  Env* env;
  Code* code;  // has the host stub; retained
  u32 ref;
  void* leaf;       // what call entries have in place of the stub, or null (strings.h)
  Instance* owner;  // whose import it is, and with whom it goes; null until that is made
};

// Base of the array; null when no address space could be had.
char* funcref_base();
// The same without looking: null before the first funcref.
extern std::atomic<char*> funcref_array;
inline char* funcref_array_now() { return funcref_array.load(std::memory_order_relaxed); }
inline char* funcref_record(u32 ref) { return funcref_base() + u64{ref} * WN_FUNCREF_SIZE; }
// Other threads read it, of numbers that may be anybody's, and nothing else of a record.
inline std::atomic<const Env*>& funcref_env(char* record) {
  return field<std::atomic<const Env*>>(record, WN_FUNCREF_ENV);
}
// A zeroed record, or 0 when the array is full.
u32 funcref_allocate();
// Makes the record null and its number free. Only when nothing can hold the number any more (lifetimes.cc). With
// WAMR_NATIVE_POISON=1 in the environment records are filled with 0xdb and no number is used twice: a call by a stale
// number crashes.
void funcref_release(u32 ref);
// Of a disposed instance: the number stays taken, and every call traps.
void funcref_bury(u32 ref);
bool funcref_alive(u32 ref);
// The instance that a function goes with; null when there is none of this environment. `ref` may be any number: other
// threads free the records of their own at the same time.
Instance* funcref_owner(const Env* e, u32 ref);
// Frees a host function.
void free_host(HostFunction* h);
u32 funcrefs_in_use();

// The code that a call entry for `ref` needs when it is called from `caller` (null: callers of several instances).
void* funcref_entry_code(u32 ref, const Instance* caller);
// Fills the record's own entry, when the rest of the record is complete.
void write_own_entry(u32 ref);
// Fills a 16-byte call entry; ref 0 makes a null entry.
void write_entry(char* entry, u32 ref, const Instance* caller);

void register_funcref(napi_env env, napi_value exports);

}  // namespace wn
