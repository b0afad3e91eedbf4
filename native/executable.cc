// Code lives in anonymous memory: a file that is mapped can be truncated or overwritten by anybody who may write to it,
// and would take the running code along. Pages are filled while they are writable and only then made executable; none
// is ever both. Modules share arenas, so that thousands of them need few mappings and no descriptor.

#include "executable.h"

#include <errno.h>

#include <mutex>
#include <vector>

#include "os/memory.h"

namespace wn {

namespace {

constexpr u64 kArena = u64{4} << 20;

struct Range {
  char* at;
  u64 size;
};

std::mutex mutex;
// Free parts of arenas, PROT_NONE, by ascending address; neighbours are joined.
std::vector<Range>& free_ranges() {
  static auto* ranges = new std::vector<Range>();
  return *ranges;
}

// When there is no memory to note it in, the place is lost.
void give_back(char* at, u64 size) {
  std::vector<Range>& ranges = free_ranges();
  if (!attempt([&] { ranges.reserve(ranges.size() + 1); })) return;
  size_t k = 0;
  while (k < ranges.size() && ranges[k].at < at) k++;
  ranges.insert(ranges.begin() + static_cast<std::ptrdiff_t>(k), {at, size});
  if (k + 1 < ranges.size() && at + size == ranges[k + 1].at) {
    ranges[k].size += ranges[k + 1].size;
    ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(k) + 1);
  }
  if (k > 0 && ranges[k - 1].at + ranges[k - 1].size == at) {
    ranges[k - 1].size += ranges[k].size;
    ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(k));
  }
}

char* take(u64 size) {
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<Range>& ranges = free_ranges();
  for (size_t k = 0; k < ranges.size(); k++) {
    if (ranges[k].size < size) continue;
    char* at = ranges[k].at;
    ranges[k].at += size;
    ranges[k].size -= size;
    if (ranges[k].size == 0) ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(k));
    return at;
  }
  char* arena = os::reserve_code(kArena);
  if (arena == nullptr) return os::reserve_code(size);  // little address space: no arena, then
  give_back(arena + size, kArena - size);
  return arena;
}

}  // namespace

bool open_executable(u64 size, OpenCode* code) {
  size = align_up(size, kOsPage);
  char* at = size <= kArena / 4 ? take(size) : os::reserve_code(size);
  char* to = at == nullptr ? nullptr : os::open_code(at, size);
  if (to != nullptr)
    *code = {at, to, size};
  else if (at != nullptr)
    free_executable(at, size);
  return to != nullptr;
}

int close_executable(const OpenCode& code) {
  int error = os::close_code(code.at, code.to, code.size);
  if (error != 0) free_executable(code.at, code.size);
  return error;
}

void drop_executable(const OpenCode& code) {
  os::drop_code(code.to, code.size);
  free_executable(code.at, code.size);
}

void free_executable(char* at, u64 size) {
  size = align_up(size, kOsPage);
  if (size > kArena / 4) {
    os::release(at, size);
    return;
  }
  // Nothing of the old code stays, and nothing is accessible. When not even that can be had, the place is lost.
  if (!os::clear_code(at, size)) return;
  std::lock_guard<std::mutex> lock(mutex);
  give_back(at, size);
}

}  // namespace wn
