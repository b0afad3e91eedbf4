// Calls from JavaScript. See invoke.cc.
#pragma once

#include "env.h"
#include "stack.h"

namespace wn {

// What a call came to (Outcome in binding.ts); above 0: the funcref of a host function that JavaScript has to call.
enum Outcome : int32_t {
  kDone = 0,
  kTrapped = -1,   // takeTrap tells
  kLook = -2,      // look, then resume
  kGrow = -3,      // growWaiting, then resume
  kDeclined = -4,  // a fast call that only the N-API function of the same name can do
  kDisposed = -5,
  kNothingWaits = -6,
};

// Into the control words.
void set_outcome(Env* e, int32_t outcome);
// `invoke` and `resume` without V8. They leave their outcome in the control words.
void invoke_now(Env* e, char* here);
void resume_now(Env* e, char* here);

// The activation waits: for a host function (funcref) or an Outcome.
inline Activation* wait_for(Activation* a, int32_t what, char* vm) {
  a->waits_for = what;
  a->waiting_vm = vm;
  return a;
}

void register_invoke(napi_env env, napi_value exports);

}  // namespace wn
