// Traps: the fault handler, records, and the raise functions that assembly calls.
#pragma once

#include "env.h"
#include "stack.h"

namespace wn {

// Installs the handler once a process; false when the system refuses.
bool install_trap_handler();
// Whether a fault is the load that asks for V8's policy (adopted.cc); then it has a page to load from.
bool take_probe(Thread* t, u64 address);
// Sends the thread of a context to the landing. Only when the pc is in generated code.
void redirect_to_landing(void* context, Thread* t);

// backtrace.cc: frames from a fault downwards through all activations.
void walk_fault(Thread* t, const Fault& f, Frames* out);
// The frames below the running host function.
void walk_departure(Thread* t, Frames* out);
// The wasm function code that covers a pc, as the interrupt handler needs it: false in stubs and thunks.
bool in_function(const char* pc, const Thread* t);

void register_trap(napi_env env, napi_value exports);

}  // namespace wn
