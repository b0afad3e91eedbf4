// Hands modules to the background compiler, and starts it: a process that is not waited for. Node's child_process can
// do it, but takes some milliseconds to load and to start, which a program would pay for at a time when it has other
// things to do.

#include "../../background.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "../../env.h"

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

// 0, or an errno.
static int start_background(std::vector<std::string>& arguments, std::vector<std::string>& environment) {
  std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  void* stacks = mmap(nullptr, 2 * kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stacks == MAP_FAILED) return errno;
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
  return error != 0 ? error : s.error;
}

namespace {

// A module that is handed to the compiler by a thread of libuv's pool, which Node waits for before it ends: to write it
// takes as long as to hash it several times.
struct HandOver {
  napi_async_work work = nullptr;
  napi_ref bytes = nullptr;  // keeps them
  napi_ref done = nullptr;
  const char* data = nullptr;
  size_t size = 0;
  int temporary = -1, folder = -1;  // descriptors of folders
  std::string temporary_name, name;
  mode_t mode = 0;
  int lock = -1;  // of the compiler, which is started if nobody holds it
  std::vector<std::string> arguments, environment;
  int write_error = 0, start_error = 0;

  ~HandOver() {
    for (int fd : {temporary, folder, lock}) {
      if (fd >= 0) close(fd);
    }
  }
};

}  // namespace

// Nothing, where it is there already.
static int write_whole(const HandOver& h) {
  if (h.name.empty()) return 0;
  int fd = openat(h.temporary, h.temporary_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, h.mode);
  if (fd < 0) return errno;
  int error = 0;
  for (size_t done = 0; error == 0 && done < h.size;) {
    ssize_t n = write(fd, h.data + done, h.size - done);
    if (n >= 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      error = errno;
  }
  close(fd);
  if (error == 0 && renameat(h.temporary, h.temporary_name.c_str(), h.folder, h.name.c_str()) != 0) error = errno;
  if (error != 0) unlinkat(h.temporary, h.temporary_name.c_str(), 0);
  return error;
}

static void hand_over(napi_env, void* data) {
  HandOver& h = *static_cast<HandOver*>(data);
  h.write_error = write_whole(h);
  if (h.write_error != 0 || h.lock < 0 || flock(h.lock, LOCK_EX | LOCK_NB) != 0) return;
  close(h.lock);
  h.lock = -1;
  auto start = [&h] { h.start_error = start_background(h.arguments, h.environment); };
  if (!attempt(start)) h.start_error = ENOMEM;
}

static void handed_over(napi_env env, napi_status, void* data) {
  HandOver* h = static_cast<HandOver*>(data);
  napi_value done = nullptr, undefined = nullptr;
  if ((h->write_error != 0 || h->start_error != 0) && napi_get_reference_value(env, h->done, &done) == napi_ok) {
    napi_get_undefined(env, &undefined);
    napi_value arguments[] = {make_number(env, h->write_error), make_number(env, h->start_error)};
    napi_call_function(env, undefined, done, 2, arguments, nullptr);
  }
  napi_delete_reference(env, h->bytes);
  napi_delete_reference(env, h->done);
  napi_delete_async_work(env, h->work);
  delete h;
}

// handOver(bytes, places, mode, lock, arguments, environment, failed): see binding.ts. 0, or an errno.
static napi_value hand_over_module(napi_env env, napi_callback_info info) {
  Args a(env, info);
  std::unique_ptr<HandOver> h(new HandOver());
  std::vector<std::string> places;
  u32 mode = a.u32_at(2);
  double lock = a.number(3);
  if (!a.ok) return nullptr;
  h->lock = static_cast<int>(lock);
  h->mode = mode;
  void* data = nullptr;
  if (!is_bytes(Napi::Value(env, a.v[0])) ||
      napi_get_typedarray_info(env, a.v[0], nullptr, &h->size, &data, nullptr, nullptr) != napi_ok ||
      !read_strings(env, a.v[1], &places) || (places.size() != 4 && !places.empty()) ||
      !read_strings(env, a.v[4], &h->arguments) || !read_strings(env, a.v[5], &h->environment) ||
      (h->lock >= 0 && h->arguments.empty())) {
    a.fail("handOver: bytes, four strings, a mode, a descriptor and two arrays of strings are expected");
    return nullptr;
  }
  h->data = static_cast<const char*>(data);
  if (!places.empty()) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    h->temporary = open(places[0].c_str(), flags);
    h->temporary_name = places[1];
    h->folder = open(places[2].c_str(), flags);
    h->name = places[3];
    if (h->temporary < 0 || h->folder < 0) return make_number(env, errno);
  }
  napi_value name = nullptr;
  napi_create_string_utf8(env, "wamr-native", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(env, nullptr, name, hand_over, handed_over, h.get(), &h->work) != napi_ok)
    return make_number(env, EAGAIN);
  napi_create_reference(env, a.v[0], 1, &h->bytes);
  napi_create_reference(env, a.v[6], 1, &h->done);
  napi_queue_async_work(env, h->work);
  h.release();  // `handed_over` has it
  return make_number(env, 0);
}

// lockFile(fd): whether this process now holds the lock on the open file, which goes with its last descriptor.
static napi_value lock_file(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double fd = a.number(0);
  return a.ok ? make_bool(env, flock(static_cast<int>(fd), LOCK_EX | LOCK_NB) == 0) : nullptr;
}

void register_background(napi_env env, napi_value exports) {
  define<hand_over_module>(env, exports, "handOver");
  define<lock_file>(env, exports, "lockFile");
}

}  // namespace wn
