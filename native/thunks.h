// The addon's own assembly: entering and leaving generated code, helper stubs, switch thunks. See thunks.cc of the
// machine's folder.
#pragma once

#include "assembly.h"
#include "stack.h"

// Status of a helper that only JavaScript can finish; the value is the activation, which waits.
#define WN_ASK_JAVASCRIPT 255
// Status of a helper that throws: the value is a Landing, where generated code goes on; or the activation, which is
// left with the exception in `Thread::thrown`.
#define WN_LAND 254
#define WN_LEAVE 253

// What a runtime helper returns (rax, rdx): a value, and 0, a trap code or one of the above. With
// WN_TRAP_MEMORY_OUT_OF_BOUNDS the value is the address in linear memory or kNoAddress.
struct HelperResult {
  uint64_t value;
  uint64_t status;
};

namespace wn {
constexpr u64 kNoAddress = ~u64{0};
}

extern "C" {

// Calls the entry stub of a funcref on the wasm stack, until its function returns, traps, or waits for JavaScript. What
// it came to is in the control words.
WN_GENERATED void wn_enter(wn::Thread* t, uint64_t* buffer, wn::Activation* a, char* funcref) WN_SYMBOL(wn_enter);
// Continues the innermost activation, which waits.
WN_GENERATED void wn_resume(wn::Activation* a) WN_SYMBOL(wn_resume);
// The same, with the registers that the thread keeps (Helper.OBJECT_NEW).
WN_GENERATED void wn_resume_whole(wn::Activation* a) WN_SYMBOL(wn_resume_whole);
// The same at a landing pad.
WN_GENERATED void wn_land(wn::Activation* a, wn::Landing* landing) WN_SYMBOL(wn_land);
// Implemented in invoke.cc, the ends of wn_enter and wn_resume: an activation was unwound or waits; the function
// returned, and the thread's state says that there is something to do (WN_STATE_AT_END).
WN_GENERATED void wn_left(wn::Activation* a, int unwound) WN_SYMBOL(wn_left);
WN_GENERATED void wn_ended(wn::Thread* t) WN_SYMBOL(wn_ended);
// Where the signal handler sends the thread: stack pointer c_sp, first argument Thread*.
void wn_signal_landing() WN_SYMBOL(wn_signal_landing);
// Where the handler sends a thread that shall look whether it is being terminated and then go on: `called` by the
// interrupted instruction, with the return address below the red zone.
void wn_safepoint() WN_SYMBOL(wn_safepoint);
// Called by generated code only.
void wn_trap_stub() WN_SYMBOL(wn_trap_stub);
// The code of every function of a disposed instance: traps.
void wn_disposed_stub() WN_SYMBOL(wn_disposed_stub);
// [begin, end) of helpers that stay on the wasm stack: the stack pointer is at the return address all through.
void wn_leaves_begin() WN_SYMBOL(wn_leaves_begin);
void wn_leaves_end() WN_SYMBOL(wn_leaves_end);
void wn_string_leaves_begin() WN_SYMBOL(wn_string_leaves_begin);
void wn_string_leaves_end() WN_SYMBOL(wn_string_leaves_end);
extern void* const wn_helper_stubs[WN_HELPER_COUNT] WN_SYMBOL(wn_helper_stubs);
// MEMORY_COPY and MEMORY_FILL without the short ones that stay on the wasm stack.
void wn_stub_memory_copy_long() WN_SYMBOL(wn_stub_memory_copy_long);
void wn_stub_memory_fill_long() WN_SYMBOL(wn_stub_memory_fill_long);
// Entry code of functions of other instances: without and with an outgoing area. [start, end) of both for backtraces.
void wn_switch_thunk() WN_SYMBOL(wn_switch_thunk);
void wn_switch_thunk_returned() WN_SYMBOL(wn_switch_thunk_returned);
void wn_switch_thunk_area() WN_SYMBOL(wn_switch_thunk_area);
void wn_switch_thunk_area_returned() WN_SYMBOL(wn_switch_thunk_area_returned);

// Implemented in trap.cc; called from assembly on the thread's stack. They return the activation to land in.
// `address` means something for accesses out of bounds only, and so does `view`: where in the vmctx the memory's view
// is (0: memory 0).
WN_GENERATED wn::Activation* wn_raise_explicit(wn::Thread* t, char* vm, uint64_t address, uint64_t view)
    WN_SYMBOL(wn_raise_explicit);
WN_GENERATED wn::Activation* wn_raise_helper(wn::Thread* t, uint64_t status, char* vm, uint64_t address)
    WN_SYMBOL(wn_raise_helper);
WN_GENERATED wn::Activation* wn_raise_signal(wn::Thread* t) WN_SYMBOL(wn_raise_signal);
WN_GENERATED wn::Activation* wn_raise_disposed(wn::Thread* t, char* vm) WN_SYMBOL(wn_raise_disposed);
// Implemented in invoke.cc: the innermost activation waits until JavaScript has run.
WN_GENERATED wn::Activation* wn_wait_for_poll(char* vm) WN_SYMBOL(wn_wait_for_poll);

// Runtime helpers, which their stubs call (helpers.cc, heap-helpers.cc, exception.cc): arguments and the vmctx.
#define WN_DECLARE_HELPER(name)                                                                          \
  WN_GENERATED HelperResult wn_helper_##name(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, char* vm) \
      WN_SYMBOL(wn_helper_##name)
WN_DECLARE_HELPER(memory_grow);
WN_DECLARE_HELPER(memory_fill);
WN_DECLARE_HELPER(memory_copy);
WN_DECLARE_HELPER(memory_init);
WN_DECLARE_HELPER(memory_grow_of);
WN_DECLARE_HELPER(memory_fill_of);
WN_DECLARE_HELPER(memory_copy_of);
WN_DECLARE_HELPER(memory_init_of);
WN_DECLARE_HELPER(data_drop);
WN_DECLARE_HELPER(table_get);
WN_DECLARE_HELPER(table_set);
WN_DECLARE_HELPER(table_grow);
WN_DECLARE_HELPER(table_fill);
WN_DECLARE_HELPER(table_copy);
WN_DECLARE_HELPER(table_init);
WN_DECLARE_HELPER(elem_drop);
WN_DECLARE_HELPER(ref_func);
WN_DECLARE_HELPER(throw);
WN_DECLARE_HELPER(throw_ref);
WN_DECLARE_HELPER(atomic_wait32);
WN_DECLARE_HELPER(atomic_wait64);
WN_DECLARE_HELPER(atomic_notify);
WN_DECLARE_HELPER(object_new);
WN_DECLARE_HELPER(array_fill);
WN_DECLARE_HELPER(array_copy);
WN_DECLARE_HELPER(array_init);
WN_DECLARE_HELPER(array_new_segment);
WN_DECLARE_HELPER(ref_test);
#undef WN_DECLARE_HELPER
}

namespace wn {
// Whether the pc is in a helper that stays on the wasm stack: its frame is the return address.
inline bool in_leaf_stub(const char* pc) {
  auto within = [pc](void (*begin)(), void (*end)()) {
    return pc >= reinterpret_cast<char*>(begin) && pc < reinterpret_cast<char*>(end);
  };
  return within(&wn_leaves_begin, &wn_leaves_end) || within(&wn_string_leaves_begin, &wn_string_leaves_end);
}
}  // namespace wn
