// The system's memory. Sizes and places are whole pages.
#pragma once

#include "../common.h"

namespace wn::os {

// What places that are asked for are multiples of.
#ifdef _WIN32
constexpr u64 kPlace = 65536;
#else
inline const u64& kPlace = kOsPage;
#endif

// Address space where nothing is accessible, anywhere (from 2 MiB on at a multiple of them, where the system has large
// pages) or at one place; null where there is none.
char* reserve(u64 size);
char* reserve_at(char* at, u64 size);
// Gives back all of what `reserve` or `allocate` gave.
void release(char* at, u64 size);

// Makes reserved pages accessible: zeros. False without memory.
bool commit(char* at, u64 size);
// Makes them inaccessible: with `withdraw` their contents may come back with the next `commit`, with `clear` they are
// gone.
bool withdraw(char* at, u64 size);
bool clear(char* at, u64 size);
// Accessible pages that read as zeros from now on, which the system may use for something else meanwhile. False: they
// are as they were.
bool give_back(char* at, u64 size);

// Accessible memory, zeros. `reallocate` keeps the contents, not the place; null: all is as it was.
char* allocate(u64 size);
char* reallocate(char* at, u64 size, u64 new_size);
// As `allocate`, for what is written as a whole at once. Where the system has large pages, one begins at `large_from`.
char* allocate_whole(u64 size, u64 large_from = 0);
// Moves memory of `allocate_whole` over accessible pages that are zeros; where it was are zeros then. False: the system
// cannot, and nothing has changed.
bool move(char* from, char* to, u64 size);

// Much memory that little is used of: reserved pages that may be used where they were touched. Systems that count
// accessible memory, used or not, have `touch` make it accessible; false: no memory.
bool open_sparse(char* at, u64 size);
bool touch(void* at, u64 size);

// Address space for code, as `reserve` and `clear` for other memory. Code is written where `open_code` says, by any
// thread (null: no memory). `close_code` makes pages at `at` of it, executable and not writable: 0, or ENOMEM, or EPERM
// where the system lets no memory be executed. `drop_code` ends what `open_code` began without that.
char* reserve_code(u64 size);
char* open_code(char* at, u64 size);
int close_code(char* at, char* written, u64 size);
void drop_code(char* written, u64 size);
// From now on jumps and calls through registers may go to landing pads only in this code, where processor and system
// see to that (AArch64: BTI).
void require_landing_pads(char* at, u64 size);
bool clear_code(char* at, u64 size);

// A stack grows by pages, not by what large pages would take.
void use_small_pages(char* at, u64 size);
// Much of this will be used: by large pages where the system has them, which cost fewer faults and fewer misses of the
// TLB. The first access makes one of each 2 MiB that are accessible as a whole.
void use_large_pages(char* at, u64 size);

// ---- memory of others ----

// Lets an inaccessible page be read, zeros; false where nothing is reserved. Safe in fault handlers.
bool lend(char* page);
bool take_back(char* page);
bool is_readable(const char* page);
// Whether all of [from, to) is reserved and inaccessible.
bool is_reserved(u64 from, u64 to);

}  // namespace wn::os
