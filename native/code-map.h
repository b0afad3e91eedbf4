// Which code a pc is in: asked by backtraces, signal handlers, and of words that may be no pc at all.
#pragma once

#include "common.h"

namespace wn {

// From now on find_code knows `size` bytes at `text`, which lie in whole pages of their own, as the thread's with this
// token. False without memory, or beyond the addresses that programs have.
bool map_code(const char* text, u64 size, u64 thread_token, Code* code);
void unmap_code(const char* text, u64 size);
// The code of the calling thread on whose pages a pc is, or null. Async-signal-safe. Code of other threads is not
// found: it may be gone in the next moment.
Code* find_code(const char* pc);
// The same of another thread, which is stopped.
Code* find_code(const char* pc, const Thread* t);

}  // namespace wn
