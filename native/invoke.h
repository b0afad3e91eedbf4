// Calls from JavaScript. See invoke.cc.
#pragma once

#include "env.h"
#include "stack.h"
#include "waiting.h"

namespace wn {

// Drops activations that JavaScript left without coming back, as far as the place on the thread's own stack tells.
void drop_stale(Thread* t, char* here);
// Into the control words.
void set_outcome(Env* e, int32_t outcome);
// `invoke` and `resume` for V8's fast calls. They leave their outcome in the control words.
void invoke_quickly(Thread* t, Env* e);
void resume_quickly(Thread* t, Env* e);
// `invoke` in an activation of the caller's, for which the thread's stack is free from where it is.
void invoke_in(Env* e, Activation* a);
// Makes an activation of the caller's the innermost one; its `wasm_sp` is set.
void push_activation(Thread* t, Activation* a);
// Drops it, with those inside of it, if it is on the stack.
void drop_activation(Thread* t, Activation* a);

void register_invoke(napi_env env, napi_value exports);

}  // namespace wn
