// What V8's collector has to know about native objects, and what they learn from it. See lifetimes.cc.
#pragma once

#include "env.h"

namespace wn {

// ObjectKind of binding.ts.
enum ObjectKind : u32 {
  kCodeObject = 1,
  kMemoryObject,
  kTableObject,
  kGlobalObject,
  kInstanceObject,
  kTagObject,
  kPromisingCall
};

// A full collection of V8's, here and now. What it frees of ours stays until it is next looked for.
void collect_garbage(Env* e);

void register_lifetimes(napi_env env, napi_value exports);

}  // namespace wn
