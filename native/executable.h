// Executable memory for machine code.
#pragma once

#include "common.h"

namespace wn {

// Whole pages of code at `at`, to be written at `to`.
struct OpenCode {
  char* at = nullptr;
  char* to = nullptr;
  u64 size = 0;
};

// Room for so many bytes of code; false without memory.
bool open_executable(u64 size, OpenCode* code);
// Makes what was written executable, and not writable: 0; or ENOMEM, or EPERM when the system lets no memory be
// executed: then the room is gone.
int close_executable(const OpenCode& code);
// Gives back room that was not closed.
void drop_executable(const OpenCode& code);
void free_executable(char* at, u64 size);

}  // namespace wn
