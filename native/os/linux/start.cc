// Starts the background compiler by clone(2), in our memory: a fork of a process as large as Node's takes milliseconds.

#include "../posix/start.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wn::os {

namespace {

constexpr size_t kStack = 64 << 10;

// What the two steps of a start work with. They run in our memory on stacks of their own while this thread waits, so
// they call nothing that allocates or locks.
struct Start {
  char* const* arguments;
  char* const* environment;
  char* inner_stack_end;
  int error;
};

}  // namespace

static int become(void* p) {
  Start* s = static_cast<Start*>(p);
  s->error = become_program(s->arguments, s->environment);
  _exit(127);
}

// A child of a child: init collects it, and the program never sees it among its children.
static int start_grandchild(void* p) {
  Start* s = static_cast<Start*>(p);
  setsid();
  if (clone(become, s->inner_stack_end, CLONE_VM | CLONE_VFORK, s) < 0) s->error = errno;
  _exit(0);
}

int start_program(char* const* arguments, char* const* environment) {
  void* stacks = mmap(nullptr, 2 * kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stacks == MAP_FAILED) return errno;
  char* end = static_cast<char*>(stacks) + 2 * kStack;
  Start s{arguments, environment, end - kStack, 0};
  // A handler of this process must not run in a child that shares its memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = clone(start_grandchild, end, CLONE_VM | CLONE_VFORK, &s);
  int error = child < 0 ? errno : 0;
  // No signal tells of its end: __WALL.
  while (child >= 0 && waitpid(child, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  munmap(stacks, 2 * kStack);
  return error != 0 ? error : s.error;
}

}  // namespace wn::os
