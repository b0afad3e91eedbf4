// Traps: signal handlers, records, and the raise functions that assembly calls.
#pragma once

#include <vector>

#include "env.h"
#include "stack.h"

namespace wn {

// `FrameRow` of src-ts/abi/objects.ts.
struct Frame {
  u32 instance;
  u32 func;
  u32 offset;  // in the wasm file, or kNoOffset
  u32 activation;
};
static_assert(offsetof(Frame, instance) == 4 * WN_FRAME_INSTANCE && offsetof(Frame, func) == 4 * WN_FRAME_FUNCTION &&
                  offsetof(Frame, offset) == 4 * WN_FRAME_OFFSET &&
                  offsetof(Frame, activation) == 4 * WN_FRAME_ACTIVATION && sizeof(Frame) == 4 * WN_FRAME_WORDS,
              "abi/objects.ts");

// The latest trap of a thread, until JavaScript takes it.
struct TrapState {
  bool present = false;
  u32 code = 0;
  int64_t address = -1;
  int64_t memory_bytes = -1;
  u32 memory = 0;  // whose they are: index in the instance
  u32 depth = 0;
  std::vector<Frame> frames;
};

constexpr u32 kInnerFrames = WN_FRAME_INNER;
constexpr u32 kOuterFrames = WN_FRAME_OUTER;

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

// backtrace.cc: frames from a fault downwards through all activations; returns how many there are.
u32 walk_fault(Thread* t, const Fault& f, std::vector<Frame>* out);
// The frames below the running host function.
u32 walk_departure(Thread* t, std::vector<Frame>* out);
// The wasm function code that covers a pc, as the interrupt handler needs it: false in stubs and thunks.
bool in_function(const char* pc);

TrapState& trap_state();

void register_trap(napi_env env, napi_value exports);

}  // namespace wn
