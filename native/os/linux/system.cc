#include "../system.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "../../machine.h"

// The old versions of these, which every glibc has: prebuilds must run on glibc 2.28, as Node 20 does.
#ifdef __GLIBC__
asm(".symver pthread_getattr_np, pthread_getattr_np@" WN_GLIBC_BASE);
asm(".symver pthread_attr_getstack, pthread_attr_getstack@" WN_GLIBC_BASE);
asm(".symver pthread_create, pthread_create@" WN_GLIBC_BASE);
#endif

namespace wn::os {

u64 page_size() { return static_cast<u64>(sysconf(_SC_PAGESIZE)); }

// By a flag of the linker (binding.gyp).
void stay_loaded() {}

bool own_stack(char** low, char** high) {
  pthread_attr_t attr;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return false;
  void* begin = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attr, &begin, &size);
  pthread_attr_destroy(&attr);
  *low = static_cast<char*>(begin);
  *high = *low + size;
  return true;
}

namespace {

struct Start {
  void (*run)(void*);
  void* argument;
};

void* run_thread(void* p) {
  Start start = *static_cast<Start*>(p);
  delete static_cast<Start*>(p);
  start.run(start.argument);
  return nullptr;
}

// A file's text, at most `size` - 1 bytes; false without one.
bool read_text(const char* name, char* text, size_t size) {
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
  if (fd >= 0) close(fd);
  text[n < 0 ? 0 : n] = 0;
  return n > 0;
}

}  // namespace

bool start_thread(void (*run)(void*), void* argument) {
  Start* start = new (std::nothrow) Start{run, argument};
  if (start == nullptr) return false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  bool started = pthread_create(&thread, &attributes, run_thread, start) == 0;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!started) delete start;
  return started;
}

u32 processors() { return static_cast<u32>(sysconf(_SC_NPROCESSORS_ONLN)); }

u64 address_space_left() {
  struct rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return ~u64{0};
  char text[64];
  unsigned long pages = 0;
  // Nothing known: nothing to spare.
  if (!read_text("/proc/self/statm", text, sizeof text) || sscanf(text, "%lu", &pages) != 1) return 0;
  u64 used = u64{pages} * kOsPage;
  return used < limit.rlim_cur ? limit.rlim_cur - used : 0;
}

u64 memory() {
  long pages = sysconf(_SC_PHYS_PAGES);
  u64 bytes = pages > 0 ? static_cast<u64>(pages) * kOsPage : ~u64{0};
  for (const char* name : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    char text[32];
    if (read_text(name, text, sizeof text) && text[0] >= '1' && text[0] <= '9')
      bytes = std::min<u64>(bytes, strtoull(text, nullptr, 10));
  }
  return bytes;
}

bool random(u8* to, u64 size) { return getrandom(to, size, 0) == static_cast<ssize_t>(size); }

}  // namespace wn::os
