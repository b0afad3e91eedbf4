// Which code a pc is in: asked by backtraces, signal handlers, and of words that may be no pc at all.
#pragma once

#include "common.h"

namespace wn {

// From now on find_code knows `size` bytes at `text`, which lie in whole pages of their own, as the thread's with this
// token. False without memory, or beyond the addresses that programs have.
bool map_code(const char* text, u64 size, u64 thread_token, Code* code);
void unmap_code(const char* text, u64 size);

// Threads that run the same pages, each with a code of its own for them.
struct Users;
// From now on find_code asks the users, none so far, about these bytes. Null without memory.
Users* map_shared(const char* text, u64 size);
void unmap_shared(const char* text, u64 size, Users* users);
// A place for a thread, under a lock of the caller's; -1 when it has one, or all are taken.
int add_user(Users* users, u64 thread_token);
// Of the thread's own place: the code, null at first; and its end.
void set_user(Users* users, int place, Code* code);
void remove_user(Users* users, int place);
// The code of the calling thread on whose pages a pc is, or null. Async-signal-safe. Code of other threads is not
// found: it may be gone in the next moment.
Code* find_code(const char* pc);
// The same of another thread, which is stopped.
Code* find_code(const char* pc, const Thread* t);

}  // namespace wn
