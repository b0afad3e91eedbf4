// Makes the n-th allocation of the addon fail. Loaded by LD_PRELOAD, so that it stands before libc and libstdc++, and
// as an addon, whose `failAt(n)` says which one is to fail (0: none) and whose `left()` says how many are still to come
// before that. Others than the addon's own are left alone: Node ends the process where it finds no memory.

#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace {

struct Range {
  char* low = nullptr;
  char* high = nullptr;
  bool has(const void* p) const { return p >= low && p < high; }
};
Range addon, cxx;
std::atomic<long> left{0};
std::atomic<bool> forever{false};
__thread bool looking = false;

int find_ranges(dl_phdr_info* info, size_t, void*) {
  Range* r = strstr(info->dlpi_name, "wamr_native.node") != nullptr ? &addon
             : strstr(info->dlpi_name, "libstdc++") != nullptr      ? &cxx
                                                                    : nullptr;
  for (int i = 0; r != nullptr && i < info->dlpi_phnum; i++) {
    const auto& h = info->dlpi_phdr[i];
    if (h.p_type != PT_LOAD || (h.p_flags & PF_X) == 0) continue;
    r->low = reinterpret_cast<char*>(info->dlpi_addr + h.p_vaddr);
    r->high = r->low + h.p_memsz;
  }
  return 0;
}

// Whether this allocation fails. The addon is `caller`, or behind it if that is libstdc++.
bool fails(void* caller) {
  if (left.load() <= 0 || looking) return false;
  if (cxx.has(caller)) {
    looking = true;
    void* frames[12];
    int n = backtrace(frames, 12), k = 0;
    looking = false;
    while (k < n && frames[k] != caller) k++;
    while (k < n && cxx.has(frames[k])) k++;
    if (k == n) return false;
    caller = frames[k];
  }
  if (!addon.has(caller)) return false;
  if (left.load() == 1 && forever.load()) return true;
  return left.fetch_sub(1) == 1;
}

}  // namespace

extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

#define FAIL(result)                        \
  if (fails(__builtin_return_address(0))) { \
    errno = ENOMEM;                         \
    return result;                          \
  }

void* malloc(size_t n) {
  FAIL(nullptr)
  return __libc_malloc(n);
}
void* calloc(size_t n, size_t size) {
  FAIL(nullptr)
  return __libc_calloc(n, size);
}
void* realloc(void* p, size_t n) {
  FAIL(nullptr)
  return __libc_realloc(p, n);
}
void* mmap(void* at, size_t n, int rights, int flags, int fd, off_t offset) {
  FAIL(MAP_FAILED)
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, n, rights, flags, fd, offset));
}
void* mmap64(void* at, size_t n, int rights, int flags, int fd, off64_t offset) {
  FAIL(MAP_FAILED)
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, n, rights, flags, fd, offset));
}
int mprotect(void* at, size_t n, int rights) {
  FAIL(-1)
  return static_cast<int>(syscall(SYS_mprotect, at, n, rights));
}
void* mremap(void* at, size_t from, size_t to, int flags, ...) {
  FAIL(MAP_FAILED)
  return reinterpret_cast<void*>(syscall(SYS_mremap, at, from, to, flags, nullptr));
}

}  // extern "C"

static void* make(size_t n, void* caller) {
  if (!fails(caller)) {
    if (void* p = __libc_malloc(n == 0 ? 1 : n)) return p;
  }
  throw std::bad_alloc();
}
void* operator new(size_t n) { return make(n, __builtin_return_address(0)); }
void* operator new[](size_t n) { return make(n, __builtin_return_address(0)); }
void* operator new(size_t n, const std::nothrow_t&) noexcept {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(n);
}
void* operator new[](size_t n, const std::nothrow_t&) noexcept {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(n);
}

// ---- as an addon ----

using Env = void*;
using Value = void*;
extern "C" {
int napi_get_cb_info(Env, void*, size_t*, Value*, Value*, void**);
int napi_get_value_int64(Env, Value, int64_t*);
int napi_create_int64(Env, int64_t, Value*);
int napi_create_function(Env, const char*, size_t, Value (*)(Env, void*), void*, Value*);
int napi_set_named_property(Env, Value, const char*, Value);

// (n, whether all from there on fail)
static Value fail_at(Env env, void* info) {
  size_t count = 2;
  Value v[2];
  int64_t n = 0, all = 0;
  napi_get_cb_info(env, info, &count, v, nullptr, nullptr);
  napi_get_value_int64(env, v[0], &n);
  napi_get_value_int64(env, v[1], &all);
  void* frames[2];
  backtrace(frames, 2);  // allocates at its first call
  dl_iterate_phdr(find_ranges, nullptr);
  forever.store(all != 0);
  left.store(n);
  return nullptr;
}
static Value how_many_left(Env env, void*) {
  Value v = nullptr;
  napi_create_int64(env, left.load(), &v);
  return v;
}

__attribute__((visibility("default"))) Value napi_register_module_v1(Env env, Value exports) {
  Value f = nullptr;
  napi_create_function(env, "failAt", 6, fail_at, nullptr, &f);
  napi_set_named_property(env, exports, "failAt", f);
  napi_create_function(env, "left", 4, how_many_left, nullptr, &f);
  napi_set_named_property(env, exports, "left", f);
  return exports;
}
}
