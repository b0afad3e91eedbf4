// Memory by mmap. Nothing is accounted for in advance (MAP_NORESERVE), so sparse memory is like any other.

#include "../memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../system.h"

namespace wn::os {

static constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

// Whole pages, as the kernel asks. Where tests have set larger ones than the system's (page.cc), it does not.
static bool are_pages(const void* at, u64 size) { return ((reinterpret_cast<u64>(at) | size) & (kOsPage - 1)) == 0; }

static char* map(void* at, u64 size, int protection, int flags) {
  if (!are_pages(at, size)) return nullptr;
  void* p = mmap(at, size, protection, kAnonymous | flags, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

static bool protect(char* at, u64 size, int protection) {
  return are_pages(at, size) && mprotect(at, size, protection) == 0;
}

// Anywhere. The system knows no larger pages than its own: then what is too much goes again.
static char* map_anywhere(u64 size, int protection) {
  static const u64 more = kOsPage - page_size();
  char* p = map(nullptr, size + (more == 0 ? 0 : kOsPage), protection, 0);
  if (p == nullptr || more == 0) return p;
  char* from = reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(p), kOsPage));
  if (from != p) munmap(p, static_cast<u64>(from - p));
  munmap(from + size, static_cast<u64>(p + kOsPage - from));
  return from;
}

// Where the system has them (`/sys/kernel/mm/transparent_hugepage/enabled`).
static constexpr u64 kLargePage = u64{2} << 20;

// Address space in which a large page begins at `large_from`.
static char* reserve_whole(u64 size, u64 large_from) {
  char* p = map_anywhere(size, PROT_NONE);
  if (p == nullptr || size - large_from < kLargePage || (reinterpret_cast<u64>(p) + large_from) % kLargePage == 0)
    return p;
  munmap(p, size);
  p = map_anywhere(size + kLargePage, PROT_NONE);
  if (p == nullptr) return map_anywhere(size, PROT_NONE);
  char* from = reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(p) + large_from, kLargePage)) - large_from;
  if (from != p) munmap(p, static_cast<u64>(from - p));
  munmap(from + size, static_cast<u64>(p + kLargePage - from));
  return from;
}

char* reserve(u64 size) { return reserve_whole(size, 0); }

static bool commit_whole(char* at, u64 size, u64 large_from) {
  if (!commit(at, size)) return false;
  use_large_pages(at + large_from, size - large_from);
  return true;
}

char* reserve_at(char* at, u64 size) {
  char* p = map(at, size, PROT_NONE, MAP_FIXED_NOREPLACE);
  if (p == at || p == nullptr) return p;
  munmap(p, size);  // kernels before 4.17 take the address as a hint
  return nullptr;
}

void release(char* at, u64 size) { munmap(at, align_up(size, kOsPage)); }

bool commit(char* at, u64 size) { return protect(at, size, PROT_READ | PROT_WRITE); }
bool withdraw(char* at, u64 size) { return protect(at, size, PROT_NONE); }
bool clear(char* at, u64 size) { return map(at, size, PROT_NONE, MAP_FIXED) != nullptr; }
bool give_back(char* at, u64 size) { return are_pages(at, size) && madvise(at, size, MADV_DONTNEED) == 0; }

char* allocate(u64 size) { return map_anywhere(align_up(size, kOsPage), PROT_READ | PROT_WRITE); }

char* allocate_whole(u64 size, u64 large_from) {
  size = align_up(size, kOsPage);
  char* p = reserve_whole(size, large_from);
  if (p == nullptr || commit_whole(p, size, large_from)) return p;
  release(p, size);
  return nullptr;
}

// Of Linux 5.7. Without it the addresses at `from` would be anybody's at once.
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

bool move(char* from, char* to, u64 size) {
  void* p = mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to);
  if (p != to) {
    map(to, size, PROT_READ | PROT_WRITE, MAP_FIXED);
    return false;
  }
  use_small_pages(to, size);  // those that there are stay large
  return true;
}

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

char* reserve_code(u64 size) { return reserve(size); }
char* open_code(char* at, u64 size) { return commit_whole(at, size, 0) ? at : nullptr; }
void drop_code(char*, u64) {}
bool clear_code(char* at, u64 size) { return clear(at, size); }

int close_code(char* at, char*, u64 size) {
  __builtin___clear_cache(at, at + size);
  if (protect(at, size, PROT_READ | PROT_EXEC) || replace_by_file(at, size)) return 0;
  return errno == ENOMEM ? ENOMEM : EPERM;
}

#ifdef __aarch64__
void require_landing_pads(char* at, u64 size) {
  constexpr unsigned long kBti = 1 << 17;  // HWCAP2_BTI
  constexpr int kProtBti = 0x10;           // PROT_BTI
  if ((getauxval(AT_HWCAP2) & kBti) != 0) protect(at, align_up(size, kOsPage), PROT_READ | PROT_EXEC | kProtBti);
}
#else
void require_landing_pads(char*, u64) {}
#endif

void use_small_pages(char* at, u64 size) { madvise(at, size, MADV_NOHUGEPAGE); }

void use_large_pages(char* at, u64 size) {
  char* from = reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(at), kOsPage));
  char* to = reinterpret_cast<char*>(reinterpret_cast<u64>(at + size) & ~(kOsPage - 1));
  if (to >= from + kLargePage) madvise(from, static_cast<u64>(to - from), MADV_HUGEPAGE);
}

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
