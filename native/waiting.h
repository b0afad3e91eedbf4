// Activations that wait for JavaScript: what for, and how helpers ask.
#pragma once

#include <algorithm>

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
  kRoom = WN_OUTCOME_ROOM,
};

// The activation waits: for a host function (funcref) or an Outcome.
inline Activation* wait_for(Activation* a, int32_t what, char* vm) {
  a->waits_for = what;
  a->waiting_vm = vm;
  return a;
}

// A helper found no room among our objects: JavaScript lets go what can be, then `again` is called once more with the
// same arguments. False when that is being done: there is no room. `whole`: the helper preserves all registers.
inline bool ask_for_room(char* vm, HelperFunction again, const u64 (&arguments)[5], bool whole) {
  Thread* t = field<Thread*>(vm, WN_VM_THREAD);
  Activation* a = t->top;
  if (a->waits_for == kRoom) return false;
  Retry* x = &a->retry;
  x->helper = again;
  std::copy(arguments, arguments + 5, x->arguments);
  x->whole = whole;
  if (whole) memcpy(x->registers, t->registers, sizeof t->registers);
  a->moved = a->env->bases_moved;
  wait_for(a, kRoom, vm);
  return true;
}

}  // namespace wn
