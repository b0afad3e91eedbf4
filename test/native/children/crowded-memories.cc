// Something lies below the first memories: fixed mappings of a guard's size fail, as many as CROWDED says. Loaded by
// LD_PRELOAD.

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long left = -1;

extern "C" void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  if (left < 0) left = atol(getenv("CROWDED"));
  if ((flags & MAP_FIXED_NOREPLACE) != 0 && size == 65536 && protection == PROT_NONE && left > 0) {
    left--;
    errno = EEXIST;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, protection, flags, fd, offset));
}
extern "C" void* mmap64(void*, size_t, int, int, int, off_t) __attribute__((alias("mmap")));
