// Deadlines and interruption by a real-time signal to the thread.
#pragma once

#include "env.h"
#include "stack.h"

namespace wn {

bool install_interrupt_handler();
void register_for_interrupts(Thread* t);
void unregister_for_interrupts(Thread* t);

// Whether wasm of this thread has to stop now.
bool interrupt_due(const Thread* t);
// The cheap question for helpers and host-call returns.
inline bool interrupted(const Thread* t) { return WN_UNLIKELY(t->is(WN_STATE_PENDING)) && interrupt_due(t); }
// At every entry: wasm that runs long makes a break every now and then, for what V8 has to do.
void arm_watch(Thread* t);
inline bool is_watched(const Thread* t) { return !t->is(WN_STATE_UNWATCHED); }
inline void watch(Thread* t) {
  if (WN_UNLIKELY(!is_watched(t))) arm_watch(t);
}
// After the outermost activation: nothing is left to interrupt.
void forget_interrupts(Thread* t);

// The extent of this thread's deadline was left without deadlineEnd.
void drop_deadline(Thread* t);

void register_interrupt(napi_env env, napi_value exports);

}  // namespace wn
