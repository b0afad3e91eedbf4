// Memory by mmap. Nothing is accounted for in advance (MAP_NORESERVE), so sparse memory is like any other.

#include "../memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wn::os {

static constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

static char* map(void* at, u64 size, int protection, int flags) {
  void* p = mmap(at, size, protection, kAnonymous | flags, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

char* reserve(u64 size) { return map(nullptr, size, PROT_NONE, 0); }

char* reserve_at(char* at, u64 size) {
  char* p = map(at, size, PROT_NONE, MAP_FIXED_NOREPLACE);
  if (p == at || p == nullptr) return p;
  munmap(p, size);  // kernels before 4.17 take the address as a hint
  return nullptr;
}

void release(char* at, u64 size) { munmap(at, size); }

bool commit(char* at, u64 size) { return mprotect(at, size, PROT_READ | PROT_WRITE) == 0; }
bool withdraw(char* at, u64 size) { return mprotect(at, size, PROT_NONE) == 0; }
bool clear(char* at, u64 size) { return map(at, size, PROT_NONE, MAP_FIXED) != nullptr; }
bool give_back(char* at, u64 size) { return madvise(at, size, MADV_DONTNEED) == 0; }

char* allocate(u64 size) { return map(nullptr, size, PROT_READ | PROT_WRITE, 0); }

char* reallocate(char* at, u64 size, u64 new_size) {
  void* p = mremap(at, size, new_size, MREMAP_MAYMOVE);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

bool open_sparse(char* at, u64 size) { return commit(at, size); }
bool touch(void*, u64) { return true; }

// A hardened system may forbid to execute what was once writable, but not to map what was written to a file.
static bool replace_by_file(char* at, u64 size) {
  int fd = memfd_create("wamr-native", MFD_CLOEXEC);
  if (fd < 0) return false;
  bool done = write(fd, at, size) == static_cast<ssize_t>(size) &&
              mmap(at, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) != MAP_FAILED;
  close(fd);
  return done;
}

int make_executable(char* at, u64 size) {
  __builtin___clear_cache(at, at + size);
  if (mprotect(at, size, PROT_READ | PROT_EXEC) == 0 || replace_by_file(at, size)) return 0;
  return errno == ENOMEM ? ENOMEM : EPERM;
}

void use_small_pages(char* at, u64 size) { madvise(at, size, MADV_NOHUGEPAGE); }

// Fails where nothing is mapped.
bool lend(char* page) { return mprotect(page, kOsPage, PROT_READ) == 0; }
bool take_back(char* page) { return mprotect(page, kOsPage, PROT_NONE) == 0; }

// The kernel looks at the mask before it finds that there is no such operation.
bool is_readable(const char* page) {
  int saved_errno = errno;
  bool readable = syscall(SYS_rt_sigprocmask, ~0, page, nullptr, 8) != -1 || errno != EFAULT;
  errno = saved_errno;
  return readable;
}

bool is_reserved(u64 from, u64 to) {
  FILE* maps = from < to ? fopen("/proc/self/maps", "re") : nullptr;
  if (maps == nullptr) return from >= to;
  char line[512];
  unsigned long long low = 0, high = 0;
  char rights[5];
  while (from < to && fgets(line, sizeof line, maps) != nullptr) {
    if (sscanf(line, "%llx-%llx %4s", &low, &high, rights) != 3 || high <= from) continue;
    if (low > from || strncmp(rights, "---", 3) != 0) break;
    from = high;
  }
  fclose(maps);
  return from >= to;
}

}  // namespace wn::os
