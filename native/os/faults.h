// Faults of the processor: accesses to inaccessible memory, divisions, instructions that are none.
#pragma once

#include "../common.h"

namespace wn::os {

// Is told of each fault, in the thread that it happened in; `address` is of an access. `context` has the registers
// (native/<machine>/context.h), with which the thread goes on. False: not ours, whoever was there before us is asked.
// The thread may have been anywhere.
using FaultHandler = bool (*)(bool access, u64 address, void* context);

// Once a process; false when the system refuses.
bool install_fault_handler(FaultHandler handler);
// Whether faults still come to us first.
bool fault_handler_installed();

// What a thread handles faults on, if not on the stack where they happened.
struct FaultStack;
// Makes the calling thread's. False: no memory.
bool make_fault_stack(FaultStack** stack);
void drop_fault_stack(FaultStack* stack);

}  // namespace wn::os
