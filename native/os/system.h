// What else is asked of the system: threads, processors, how much memory there is, random bytes.
#pragma once

#include "../common.h"

namespace wn::os {

u64 page_size();
// Keeps the addon in memory until the process ends: handlers and threads of ours run its code.
void stay_loaded();

// Bounds of the calling thread's own stack; false: not known.
bool own_stack(char** low, char** high);
// Runs `run` in a thread that nothing waits for and no signal is handled in; false when the system has none to give
// (std::thread would end the process).
bool start_thread(void (*run)(void* argument), void* argument);
u32 processors();

// Bytes that may still be mapped under the process's limit (`ulimit -v`); ~0 without a limit. Costs a system call, with
// a limit a look at /proc.
u64 address_space_left();
// Bytes of memory that this process may use.
u64 memory();

bool random(u8* to, u64 size);

}  // namespace wn::os
