// Executable memory for machine code.
#pragma once

#include "common.h"

namespace wn {

// Whole pages, executable and not writable, with a copy of the `size` bytes that `fill(context, page)` writes; null,
// and
// `*error` is ENOMEM, or EPERM when the system lets no memory be executed. `fill` returns false to give up, with its
// errno.
char* make_executable(u64 size, bool (*fill)(void* context, char* to), void* context, int* error);
void free_executable(char* at, u64 size);

}  // namespace wn
