// Code lives in anonymous memory: a file that is mapped can be truncated or overwritten by anybody who may write to it,
// and would take the running code along. Pages are filled while they are writable and only then made executable; none
// is ever both. Modules share arenas, so that thousands of them need few mappings and no descriptor.

#include "executable.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <vector>

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

char* map(u64 size) {
  void* p = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
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
  char* arena = map(kArena);
  if (arena == nullptr) return map(size);  // little address space: no arena, then
  give_back(arena + size, kArena - size);
  return arena;
}

// A hardened system may forbid to execute what was once writable, but not to map what was written to a file.
bool replace_by_file(char* at, u64 size) {
  int fd = memfd_create("wamr-native", MFD_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, at, size) == static_cast<ssize_t>(size) &&
              mmap(at, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED;
  close(fd);
  return done;
}

}  // namespace

char* make_executable(u64 size, bool (*fill)(void* context, char* to), void* context, int* error) {
  size = align_up(size, kOsPage);
  char* at = size <= kArena / 4 ? take(size) : map(size);
  *error = ENOMEM;
  if (at == nullptr) return nullptr;
  if (mprotect(at, size, PROT_READ | PROT_WRITE) == 0) {
    if (fill(context, at)) {
      __builtin___clear_cache(at, at + size);
      if (mprotect(at, size, PROT_READ | PROT_EXEC) == 0 || replace_by_file(at, size)) return at;
      *error = errno == ENOMEM ? ENOMEM : EPERM;
    } else {
      *error = errno;
    }
  }
  free_executable(at, size);
  return nullptr;
}

void free_executable(char* at, u64 size) {
  size = align_up(size, kOsPage);
  if (size > kArena / 4) {
    munmap(at, size);
    return;
  }
  // Nothing of the old code stays, and nothing is accessible. When not even that can be had, the place is lost.
  if (mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) return;
  std::lock_guard<std::mutex> lock(mutex);
  give_back(at, size);
}

}  // namespace wn
