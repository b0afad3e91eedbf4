// What V8's collector has to know about native objects, and what they learn from it. See lifetimes.cc.
#pragma once

#include "env.h"

namespace wn {

// ObjectKind of binding.ts.
enum ObjectKind : u32 { kCodeObject = 1, kMemoryObject, kTableObject, kGlobalObject, kInstanceObject, kTagObject, kPromisingCall };

void register_lifetimes(napi_env env, napi_value exports);

}  // namespace wn
