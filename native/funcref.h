// The process-wide array of funcref records (FuncRef in layout.ts) and what the addon keeps in their spare bytes.
#pragma once

#include "env.h"

// Addon-private fields of a record.
#define WN_FUNCREF_HOST 40  // HostFunction*, or null
#define WN_FUNCREF_PIN 48   // u32: kPinned, kDead

namespace wn {

struct HostFunction {
  Env* env;
  Code* code;  // has the host stub; retained
};

// Base of the array; null when no address space could be had.
char* funcref_base();
// The same without looking: null before the first funcref.
extern char* funcref_array;
inline char* funcref_record(u32 ref) { return funcref_base() + u64{ref} * WN_FUNCREF_SIZE; }
// A zeroed record, or 0 when the array is full.
u32 funcref_allocate();
// Makes the record null; its number is used again, unless it is pinned: then when it no longer is.
void funcref_release(u32 ref);
bool funcref_alive(u32 ref);
u32 funcrefs_in_use();

// The code that a call entry for `ref` needs when it is called from `caller` (null: callers of several instances).
void* funcref_entry_code(u32 ref, const Instance* caller);
// Fills a 16-byte call entry; ref 0 makes a null entry.
void write_entry(char* entry, u32 ref, const Instance* caller);

void register_funcref(napi_env env, napi_value exports);

}  // namespace wn
