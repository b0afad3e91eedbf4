// Address space of a heap, and new objects. Collection: heap-collect.cc.

#include "heap.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "os/memory.h"
#include "os/system.h"
#include "reservation.h"

namespace wn {

// ---- address space ----

// A reference has 32 bits, and nothing begins in the last piece.
static constexpr u64 kMost = u64{4} << 30;
static constexpr u64 kLeast = u64{16} << 20;
static constexpr u64 kLast = 65536;
// No object is below this place, or below the end of the cards. What is there can be read: what null would be has no
// type. Generated code has its window there.
static constexpr u64 kLeastFirst = 65536;
static_assert(WN_HEAP_AT >= WN_TYPE_RECORD_SIZE, "null has a header and, where its type's record would be, no display");
static_assert(WN_HEAP_END < kLeastFirst >> WN_HEAP_CARD_SHIFT, "the window is where no card is used");

// Beyond this a heap has large pages. It grows by them.
static constexpr u64 kSmallHeap = u64{8} << 20;

static char* reserve_sparse(u64 bytes) {
  char* at = os::reserve(bytes);
  return at == nullptr || os::open_sparse(at, bytes) ? at : nullptr;
}

bool Heap::reserve() {
  const u64 left = os::address_space_left() / 8;
  // Half of the memory that this process may use: a guest that fills its heap shall not bring the process down.
  const u64 memory = os::memory() / 2;
  for (u64 bytes = kMost; bytes >= kLeast; bytes /= 2) {
    if (bytes > kLeast && (bytes > left || bytes / 2 > memory)) continue;
    // 64 MiB of records for 4 GiB.
    u64 below = bytes / 64;
    char* p = os::reserve(below + bytes);
    if (p == nullptr) continue;
    map = p;
    type_bytes = below;
    base = p + below;
    reserved = bytes;
    starts = reinterpret_cast<u64*>(reserve_sparse(bytes / 64));
    marks = reinterpret_cast<u64*>(reserve_sparse(bytes / 64));
    open = reinterpret_cast<u32*>(reserve_sparse(bytes / 32));
    open_size = bytes / 32 / sizeof(u32);
    if (starts == nullptr || marks == nullptr || open == nullptr || !os::open_sparse(map, type_bytes)) return false;
    first = std::max(kLeastFirst, bytes >> WN_HEAP_CARD_SHIFT);
    os::use_large_pages(base + kSmallHeap, reserved - std::min(reserved, kSmallHeap));
    if (!commit(first)) return false;
    top = clean = first;
    describe_all();
    return true;
  }
  return false;
}

Heap::~Heap() {
  if (map != nullptr) os::release(map, type_bytes + reserved);
  if (starts != nullptr) os::release(reinterpret_cast<char*>(starts), reserved / 64);
  if (marks != nullptr) os::release(reinterpret_cast<char*>(marks), reserved / 64);
  if (open != nullptr) os::release(reinterpret_cast<char*>(open), reserved / 32);
}

bool Heap::commit(u64 end) {
  if (end <= committed) return true;
  u64 to = align_up(end, kStep);
  if (to > reserved) to = reserved;
  // Maps have a bit for 8 bytes, and are cleared a word further; the list of open objects has a word for each at most.
  const u64 map_bytes = std::min(to / 64 + 8, reserved / 64);
  if (to < end || !os::commit(base + committed, to - committed) || !os::touch(starts, map_bytes) ||
      !os::touch(marks, map_bytes) || !os::touch(open, std::min(to / 2, reserved / 32)))
    return false;
  committed = to;
  return true;
}

// ---- allocation ----

// A window: small enough for what is cleared to be still in the cache when it is used.
static constexpr u32 kWindow = 32 << 10;
// So many large runs are tried for a large object before the heap grows.
static constexpr size_t kTries = 32;

bool gc_stressed() {
  static const bool on = [] {
    const char* v = getenv("WAMR_NATIVE_GC_STRESS");
    return v != nullptr && strcmp(v, "1") == 0;
  }();
  return on;
}

// Makes free memory zero.
void Heap::clear(u32 from, u32 to) {
  if (from < clean) memset(base + from, 0, std::min<u64>(to, clean) - from);
  clean = std::max<u64>(clean, to);
}

// All objects in it have headers.
void Heap::add_piece(u32 from, u32 to) {
  if (to == from) return;
  Piece p{from, to, false};
  // Without memory for the list it is noted now what is in it.
  if (!attempt([&] { pieces.push_back(p); })) {
    note_starts(&p);
    unlisted = true;
  }
  made += to - from;
}

// One object, without its header yet.
void Heap::add_large(u32 ref, u32 end) {
  if (!attempt([&] { pieces.push_back({ref, end, false}); })) {
    note_start(ref);
    unlisted = true;
  }
  made += end - ref;
}

// Without memory for the list it is used after the next collection of all objects.
void Heap::add_run(std::vector<Run>& runs, u64 from, u64 to) {
  if (to - from >= least_run) attempt([&] { runs.push_back({static_cast<u32>(from), static_cast<u32>(to)}); });
}

// What was made in the present run so far.
void Heap::close_piece() {
  add_piece(run.at, window_at());
  run.at = window_at();
}

// What is left of the present run is for later.
void Heap::close_run() {
  u32 at = window_at();
  close_piece();
  add_run(rest, at, run.end);
  run = {0, 0};
  window_at() = window_end() = 0;
}

// The present run becomes one with room for so much, at most kMedium.
bool Heap::next_run(u32 bytes) {
  Run next{0, 0};
  auto is_short = [&] { return next.end - next.at < bytes; };
  while (bytes <= kSmall && !rest.empty() && is_short()) {
    next = rest.back();
    rest.pop_back();
  }
  while (bytes <= kSmall && next_small < small.size() && is_short()) next = small[next_small++];
  while (next_large < large.size() && is_short()) next = large[next_large++];
  if (is_short()) {
    u64 end = std::min(align_up(top + bytes, kStep), reserved - kLast);
    if (top + bytes > end || !commit(end)) return false;
    next = {static_cast<u32>(top), static_cast<u32>(end)};
    top = end;
    if (run.end == next.at) {
      run.end = next.end;
      return true;
    }
  }
  close_run();
  run = next;
  window_at() = window_end() = next.at;
  return true;
}

bool Heap::next_window(u32 bytes) {
  while (run.end - window_at() < bytes) {
    if (!next_run(bytes)) return false;
  }
  close_piece();
  u32 from = window_end();
  u32 to = static_cast<u32>(std::min<u64>(run.end, u64{window_at()} + bytes + kWindow));
  if (to > from) {
    clear(from, to);
    count_allocated(to - from);
    window_end() = to;
  }
  return true;
}

u32 Heap::take_small(u64 bytes) {
  u32 n = static_cast<u32>(bytes);
  if (window_end() - window_at() < n && !next_window(n)) return 0;
  u32 ref = window_at();
  window_at() += n;
  return ref;
}

u32 Heap::take_large(u64 bytes) {
  u32 ref = 0;
  for (size_t k = next_large; k < large.size() && k < next_large + kTries; k++) {
    if (large[k].end - large[k].at < bytes) continue;
    ref = large[k].at;
    large[k].at += static_cast<u32>(bytes);
    break;
  }
  if (ref == 0) {
    if (top + bytes > reserved - kLast || !commit(top + bytes)) return 0;
    ref = static_cast<u32>(top);
    top += bytes;
  }
  u32 end = ref + static_cast<u32>(bytes);
  clear(ref, end);
  count_allocated(bytes);
  add_large(ref, end);
  return ref;
}

u32 Heap::allocate(u64 bytes) {
  if (allocated + bytes > budget || gc_stressed()) collect(is_full_due() ? kFull : kYoung);
  for (int tries = 0;; tries++) {
    u32 ref = bytes <= kMedium ? take_small(bytes) : take_large(bytes);
    if (gc_stressed()) window_end() = window_at();
    if (ref != 0) return ref;
    if (tries == 2) return 0;
    // In a fragmented heap small pieces count too.
    collect(tries == 0 ? kFull : kTight);
  }
}

u32 Heap::make_struct(const GcType* t) {
  u32 ref = allocate(t->bytes);
  if (ref != 0) field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  return ref;
}

u32 Heap::make_array(const GcType* t, u64 length) {
  u32 ref = allocate((kGcElements + (length << t->shift) + 7) & ~u64{7});
  if (ref == 0) return 0;
  field<u32>(base + ref, WN_GC_TYPE_ID) = t->id;
  field<u32>(base + ref, WN_GC_LENGTH) = static_cast<u32>(length);
  return ref;
}

}  // namespace wn
