// Calls from JavaScript. See invoke.cc.
#pragma once

#include "env.h"
#include "stack.h"

namespace wn {

// What a call came to (`Outcome` of src-ts/abi/calls.ts says what follows); above 0: the funcref of a host function
// that JavaScript has to call.
enum Outcome : int32_t {
  kDone = WN_OUTCOME_DONE,
  kTrapped = WN_OUTCOME_TRAPPED,
  kPoll = WN_OUTCOME_POLL,
  kGrow = WN_OUTCOME_GROW,
  kDeclined = WN_OUTCOME_DECLINED,
  kDisposed = WN_OUTCOME_DISPOSED,
  kNothingWaits = WN_OUTCOME_NOTHING_WAITS,
  kThrown = WN_OUTCOME_THROWN,
  kAtomics = WN_OUTCOME_ATOMICS,
};

// Drops activations that JavaScript left without coming back, as far as the place on the thread's own stack tells.
void drop_stale(Thread* t, char* here);
// Into the control words.
void set_outcome(Env* e, int32_t outcome);
// `invoke` and `resume` without V8. They leave their outcome in the control words.
void invoke_now(Env* e, char* here);
// The same in an activation of the caller's, for which the thread's stack is free from where it is.
void invoke_in(Env* e, Activation* a, char* here);
// Makes an activation of the caller's the innermost one; its `wasm_sp` is set.
void push_activation(Thread* t, Activation* a);
// Drops it, with those inside of it, if it is on the stack.
void drop_activation(Thread* t, Activation* a);
void resume_now(Env* e, char* here);

// The activation waits: for a host function (funcref) or an Outcome.
inline Activation* wait_for(Activation* a, int32_t what, char* vm) {
  a->waits_for = what;
  a->waiting_vm = vm;
  return a;
}

void register_invoke(napi_env env, napi_value exports);

}  // namespace wn
