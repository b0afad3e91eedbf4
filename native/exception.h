// Exceptions: making and freeing their records, and how the wasm stack is unwound to a landing pad.
#pragma once

#include "exception-table.h"
#include "stack.h"

namespace wn {

// A new exception with zeroed contents; null when all of them would take more memory than they may. May free others
// (sweep_exceptions).
Exception* new_exception(Env* e, Tag* tag);
// Frees the exceptions that nothing can name any more.
void sweep_exceptions(Env* e);
// All of them, when the environment ends.
void free_exceptions(Env* e);

// The landing pad that an exception comes to which is thrown at the departure at `sp` of an activation whose frames end
// at `top`: what `wn_land` needs. False when no frame of the activation has one.
bool find_landing(Thread* t, char* sp, char* top, Landing* out);

void register_exceptions(napi_env env, napi_value exports);

}  // namespace wn
