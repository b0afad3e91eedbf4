// Hands modules to the background compiler, and starts it: a process that is not waited for. Node's child_process can
// do it, but takes some milliseconds to load and to start, which a program would pay for at a time when it has other
// things to do.

#include "background.h"

#include <errno.h>

#include <memory>
#include <string>
#include <vector>

#include "env.h"
#include "os/files.h"
#include "os/start.h"

namespace wn {

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
  return os::start_program(pointers(arguments).data(), pointers(environment).data());
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
  std::unique_ptr<os::NewFile> file;  // none where it is there already
  u32 mode = 0;
  int lock = -1;  // of the compiler, which is started if nobody holds it
  std::vector<std::string> arguments, environment;
  int write_error = 0, start_error = 0;

  ~HandOver() { unlock(); }
  void unlock() {
    if (lock >= 0) os::close_file(lock);
    lock = -1;
  }
};

}  // namespace

static void hand_over(napi_env, void* data) {
  HandOver& h = *static_cast<HandOver*>(data);
  if (h.file != nullptr) h.write_error = h.file->write(h.data, h.size, h.mode);
  if (h.write_error != 0 || h.lock < 0 || !os::try_lock(h.lock)) return;
  h.unlock();
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
    int error = 0;
    h->file = os::new_file({places[0], places[1], places[2], places[3]}, &error);
    if (h->file == nullptr) return make_number(env, error);
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
  return a.ok ? make_bool(env, os::try_lock(static_cast<int>(fd))) : nullptr;
}

void register_background(napi_env env, napi_value exports) {
  define<hand_over_module>(env, exports, "handOver");
  define<lock_file>(env, exports, "lockFile");
}

}  // namespace wn
