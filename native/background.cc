// Starts the background compiler: a process that is not waited for. Node's child_process can do it, but takes some
// milliseconds to load and to start, which a program would pay for at a time when it has other things to do.

#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "env.h"

namespace wn {

namespace {

constexpr size_t kStack = 64 << 10;
constexpr int kLowestPriority = 19;

// What the two steps of a start work with. They run in our memory on stacks of their own while this thread waits, so
// they call nothing that allocates or locks.
struct Start {
  const char* file;
  char* const* arguments;
  char* const* environment;
  char* inner_stack_end;
  int error;
};

}  // namespace

static int become_program(void* p) {
  Start* s = static_cast<Start*>(p);
  setpriority(PRIO_PROCESS, 0, kLowestPriority);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; null >= 0 && fd < 3; fd++) dup2(null, fd);
  for (int sig = 1; sig < NSIG; sig++) signal(sig, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") == 0) execve(s->file, s->arguments, s->environment);
  s->error = errno;
  _exit(127);
}

// A child of a child: init collects it, and the program never sees it among its children.
static int start_grandchild(void* p) {
  Start* s = static_cast<Start*>(p);
  setsid();
  if (clone(become_program, s->inner_stack_end, CLONE_VM | CLONE_VFORK, s) < 0) s->error = errno;
  _exit(0);
}

static bool read_strings(napi_env env, napi_value array, std::vector<std::string>* out) {
  u32 n = 0;
  if (napi_get_array_length(env, array, &n) != napi_ok) return false;
  for (u32 i = 0; i < n; i++) {
    napi_value v;
    size_t size = 0;
    if (napi_get_element(env, array, i, &v) != napi_ok ||
        napi_get_value_string_utf8(env, v, nullptr, 0, &size) != napi_ok)
      return false;
    std::string s(size, '\0');
    napi_get_value_string_utf8(env, v, &s[0], size + 1, &size);
    out->push_back(s);
  }
  return true;
}

static std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> p;
  for (std::string& s : strings) p.push_back(&s[0]);
  p.push_back(nullptr);
  return p;
}

// startBackground(arguments, environment): 0, or an errno.
static napi_value start_background(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::vector<std::string> arguments, environment;
  if (!read_strings(env, a.v[0], &arguments) || !read_strings(env, a.v[1], &environment) || arguments.empty()) {
    a.fail("startBackground: two arrays of strings are expected");
    return nullptr;
  }
  std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  void* stacks = mmap(nullptr, 2 * kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stacks == MAP_FAILED) return make_number(env, errno);
  char* end = static_cast<char*>(stacks) + 2 * kStack;
  Start s{argv[0], argv.data(), envp.data(), end - kStack, 0};
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
  return make_number(env, error != 0 ? error : s.error);
}

// lockFile(fd): whether this process now holds the lock on the open file, which goes with its last descriptor.
static napi_value lock_file(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0);
  return a.ok ? make_bool(env, flock(static_cast<int>(fd), LOCK_EX | LOCK_NB) == 0) : nullptr;
}

void register_background(napi_env env, napi_value exports) {
  define<start_background>(env, exports, "startBackground");
  define<lock_file>(env, exports, "lockFile");
}

}  // namespace wn
