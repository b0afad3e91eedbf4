#include "../system.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/sysctl.h>

namespace wn::os {

void stay_loaded() {
  Dl_info here;
  if (dladdr(reinterpret_cast<void*>(&stay_loaded), &here) != 0)
    dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

bool own_stack(char** low, char** high) {
  *high = static_cast<char*>(pthread_get_stackaddr_np(pthread_self()));
  *low = *high - pthread_get_stacksize_np(pthread_self());
  return true;
}

// The system takes no notice of RLIMIT_AS.
u64 address_space_left() { return ~u64{0}; }

u64 memory() {
  u64 bytes = 0;
  size_t n = sizeof bytes;
  return sysctlbyname("hw.memsize", &bytes, &n, nullptr, 0) == 0 ? bytes : ~u64{0};
}

bool random(u8* to, u64 size) {
  arc4random_buf(to, size);
  return true;
}

}  // namespace wn::os
