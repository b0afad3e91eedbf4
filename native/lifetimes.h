// Liveness across the two heaps: what native slots hold, for V8's collector, and which native objects it has collected.
// See lifetimes.cc.
#pragma once

#include "env.h"

namespace wn {

// `ObjectKind` of src-ts/abi/objects.ts.
enum ObjectKind : u32 {
  kCodeObject = WN_OBJECT_CODE,
  kMemoryObject = WN_OBJECT_MEMORY,
  kTableObject = WN_OBJECT_TABLE,
  kGlobalObject = WN_OBJECT_GLOBAL,
  kInstanceObject = WN_OBJECT_INSTANCE,
  kTagObject = WN_OBJECT_TAG,
  kPromisingCall = WN_OBJECT_PROMISING_CALL,
};

// A full collection of V8's, here and now. What it frees of ours stays until it is next looked for.
void collect_garbage(Env* e);

void register_lifetimes(napi_env env, napi_value exports);

}  // namespace wn
