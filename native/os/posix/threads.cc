#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <new>

#include "../../machine.h"
#include "../system.h"

// The old version, as in linux/system.cc.
#ifdef __GLIBC__
asm(".symver pthread_create, pthread_create@" WN_GLIBC_BASE);
#endif

namespace wn::os {

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

u64 page_size() { return static_cast<u64>(sysconf(_SC_PAGESIZE)); }

}  // namespace wn::os
