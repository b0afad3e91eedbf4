// Traps: signal handlers, records, and the raise functions that assembly calls.
#pragma once

#include "env.h"
#include "stack.h"

namespace wn {

// Installs the handlers once a process; false when the kernel refuses.
bool install_handlers();
// Whether the process's SIGSEGV handler is still ours.
bool signal_handler_installed();
// Whether a fault is the load that asks for V8's policy (adopted.cc); then it has a page to load from.
bool take_probe(Thread* t, u64 address);
// Sends the thread of a signal context to the landing. Only when the pc is in generated code.
void redirect_to_landing(void* context, Thread* t);
// Runs the handler that was there before ours.
void chain_signal(int signal, siginfo_t* info, void* context, struct sigaction& previous);

// backtrace.cc: frames from a fault downwards through all activations.
void walk_fault(Thread* t, const Fault& f, Frames* out);
// The frames below the running host function.
void walk_departure(Thread* t, Frames* out);
// The wasm function code that covers a pc, as the interrupt handler needs it: false in stubs and thunks.
bool in_function(const char* pc);

void register_trap(napi_env env, napi_value exports);

}  // namespace wn
