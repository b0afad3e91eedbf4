// Adopted memories: genuine WebAssembly.Memory objects. V8 owns the bytes. Growth goes through V8, others may grow them
// too, and V8 may move them then; so entries and returns of host functions look where they are.
//
// Guard code may run on them only where V8's own code relies on the same guard, which is one decision of V8 for the
// whole process: flags, little address space or the host may have turned its trap handler off. It is found out by a
// load far behind the end of a memory in code of V8's, not by a look at what is mapped, since neighbours of a memory
// look like its guard.

#include <errno.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "memory.h"
#include "os/faults.h"
#include "os/memory.h"
#include "stack.h"
#include "trap.h"

namespace wn {

// Calls V8's getter or grow method on the memory object. False: the call failed (the memory cannot grow, no stack is
// left, JavaScript is being ended), or JavaScript dropped the object.
static bool call_store(Memory* m, napi_ref function, const u64* delta, napi_value* result) {
  napi_env env = m->env->napi;
  napi_value fn = nullptr, object = nullptr, argument = nullptr, ignored = nullptr;
  napi_get_reference_value(env, function, &fn);
  napi_get_reference_value(env, m->store, &object);
  if (object == nullptr) return false;
  if (delta != nullptr && m->address64) napi_create_bigint_uint64(env, *delta, &argument);
  if (delta != nullptr && !m->address64) napi_create_uint32(env, static_cast<u32>(*delta), &argument);
  if (napi_call_function(env, object, fn, delta != nullptr ? 1 : 0, &argument, result) == napi_ok) return true;
  napi_get_and_clear_last_exception(env, &ignored);
  return false;
}

// What V8 says of pages: a BigInt, if addresses have 64 bits.
static bool pages_of(napi_env env, napi_value v, int64_t* pages) {
  bool lossless = false;
  return napi_get_value_int64(env, v, pages) == napi_ok ||
         napi_get_value_bigint_int64(env, v, pages, &lossless) == napi_ok;
}

int64_t grow_adopted(Memory* m, u64 delta) {
  napi_env env = m->env->napi;
  m->refresh();
  int64_t old = static_cast<int64_t>(m->pages());
  if (delta > m->max_pages || static_cast<u64>(old) + delta > m->max_pages) return -1;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value result = nullptr;
  bool grown = call_store(m, m->grower, &delta, &result);
  // Others may have grown it since.
  int64_t before = 0;
  if (grown && m->shared && pages_of(env, result, &before)) old = before;
  napi_close_handle_scope(env, scope);
  m->refresh();
  return grown ? old : -1;
}

// The memory's present buffer, null when there is none to be had.
static napi_value present_buffer(Memory* m, void** data, size_t* bytes) {
  napi_env e = m->env->napi;
  napi_value b = nullptr;
  bool detached = true;
  if (m->buffer != nullptr && napi_get_reference_value(e, m->buffer, &b) == napi_ok && b != nullptr)
    napi_is_detached_arraybuffer(e, b, &detached);
  if (detached) {
    if (!call_store(m, m->getter, nullptr, &b)) return nullptr;
    if (m->buffer != nullptr) napi_delete_reference(e, m->buffer);
    m->buffer = nullptr;
    if (napi_create_reference(e, b, 0, &m->buffer) != napi_ok) return nullptr;
  }
  // Asked each time: a resizable buffer grows without being detached.
  return napi_get_arraybuffer_info(e, b, data, bytes) == napi_ok ? b : nullptr;
}

// The length of a shared memory's present buffer, as V8 shows it in this thread.
static bool shared_length(Memory* m, size_t* bytes) {
  napi_env e = m->env->napi;
  napi_value buffer = nullptr, get = nullptr, length = nullptr;
  double n = 0;
  if (!call_store(m, m->getter, nullptr, &buffer)) return false;
  napi_get_reference_value(e, m->length, &get);
  if (napi_call_function(e, buffer, get, 0, nullptr, &length) != napi_ok) {
    napi_get_and_clear_last_exception(e, &length);
    return false;
  }
  if (napi_get_value_double(e, length, &n) != napi_ok) return false;
  *bytes = static_cast<size_t>(n);
  return true;
}

u64 Memory::present_bytes() {
  if (!shared || released || bytes == max_pages << kWasmPageShift || !os::is_readable(base + bytes)) return bytes;
  u64 low = (bytes >> kWasmPageShift) + 1, high = max_pages;
  while (low < high) {
    u64 middle = (low + high) / 2;
    if (os::is_readable(base + (middle << kWasmPageShift)))
      low = middle + 1;
    else
      high = middle;
  }
  set_bytes(low << kWasmPageShift);
  return bytes;
}

bool Memory::refresh() {
  if (reservation != nullptr || store == nullptr) return true;
  napi_env e = env->napi;
  napi_handle_scope scope;
  napi_open_handle_scope(e, &scope);
  void* data = nullptr;
  size_t n = 0;
  napi_value object = nullptr;
  bool seen = true;
  if (shared) {
    if (!released && shared_length(this, &n) && n > bytes) set_bytes(n);
  } else if (present_buffer(this, &data, &n) != nullptr) {
    // Where it is matters after `dispose` too: calls under way go on, and not every access of theirs is compared.
    if (n > 0 || base == nullptr) set_base(static_cast<char*>(data));
    if (n != bytes && !released) set_bytes(n);
  } else if (napi_get_reference_value(e, store, &object) == napi_ok && object == nullptr) {
    // JavaScript dropped the memory and has not freed our handle yet: it can no longer be used.
    released = true;
    set_bytes(0);
    napi_delete_reference(e, store);
    store = nullptr;
  } else {
    // No room on the thread's stack for the call. Behind a guard the contents have not moved, and the old size is safe,
    // since memories only grow.
    seen = guard;
  }
  napi_close_handle_scope(e, scope);
  return seen;
}

bool refresh_all(Env* env) {
  // What V8 does meanwhile is not known here: over a copy, which keeps them.
  std::vector<Memory*> all;
  auto copy_all = [&] {
    all.reserve(env->adopted.size());
    for (Memory* m : env->adopted) all.push_back(m);
  };
  if (!attempt(copy_all)) return false;
  for (Memory* m : all) retain(m);
  bool seen = true;
  for (Memory* m : all) {
    seen = m->refresh() && seen;
    if (m->released && (m->guard || m->store == nullptr)) env->adopted.erase(m);
    release(m);
  }
  return seen;
}

// ---- V8's policy ----

enum Policy { kUnknown, kGuarded, kUnguarded };
// Of memories with an ArrayBuffer, and with a SharedArrayBuffer.
static std::atomic<int> policies[2];

// Where the bytes of a buffer or a typed array are. N-API has none of shared buffers themselves.
static bool bytes_of(napi_env env, napi_value v, void** data, size_t* n) {
  bool is_array = false;
  if (napi_is_typedarray(env, v, &is_array) == napi_ok && is_array)
    return napi_get_typedarray_info(env, v, nullptr, n, data, nullptr, nullptr) == napi_ok;
  return napi_get_arraybuffer_info(env, v, data, n) == napi_ok;
}

bool take_probe(Thread* t, u64 address) {
  if (t == nullptr || t->probe == nullptr || address - reinterpret_cast<u64>(t->probe) < kGuardReservation)
    return false;
  char* page = reinterpret_cast<char*>(address & ~(kOsPage - 1));
  // The load gets a zero and goes on.
  if (!os::lend(page)) return false;
  t->probe_page = page;
  return true;
}

// (buffer of a genuine memory, or bytes over it; function that lets V8's code load from at least kGuardReservation
// behind its base; whether it is a shared one) → whether V8 relied on a guard there. One answer for the process.
static napi_value v8_guards(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Thread* t = a.env->thread;
  void* data = nullptr;
  size_t n = 0;
  napi_value undefined = nullptr, ignored = nullptr;
  std::atomic<int>& policy = policies[a.boolean(2) ? 1 : 0];
  if (!a.ok) return nullptr;
  if (policy.load() == kUnknown && os::fault_handler_installed() && bytes_of(env, a.v[0], &data, &n)) {
    napi_get_undefined(env, &undefined);
    t->probe_page = nullptr;
    t->probe = static_cast<char*>(data);
    napi_status called = napi_call_function(env, undefined, a.v[1], 0, nullptr, &ignored);
    t->probe = nullptr;
    if (called != napi_ok) napi_get_and_clear_last_exception(env, &ignored);
    bool guarded = called == napi_ok && t->probe_page != nullptr && os::take_back(t->probe_page);
    policy.store(guarded ? kGuarded : kUnguarded);
  }
  return make_bool(env, policy.load() == kGuarded);
}

// Guards below bases, counted: a shared memory is adopted by several threads.
static std::mutex below_mutex;
static std::unordered_map<char*, u32> below_users;

void release_below(char* below) {
  std::lock_guard<std::mutex> lock(below_mutex);
  if (--below_users[below] > 0) return;
  below_users.erase(below);
  os::release(below, WN_MEM_LOW_GUARD);
}

// Maps a guard below the base of an adopted memory. False: something else is there.
static bool take_below(Memory* m) {
  if (m->base == nullptr) return false;
  char* want = m->base - WN_MEM_LOW_GUARD;
  std::lock_guard<std::mutex> lock(below_mutex);
  auto known = below_users.find(want);
  if (known != below_users.end()) {
    known->second++;
    m->below = want;
    return true;
  }
  below_users.emplace(want, 1);
  if (os::reserve_at(want, WN_MEM_LOW_GUARD) == nullptr) {
    below_users.erase(want);
    return false;
  }
  m->below = want;
  return true;
}

// Where a shared memory is, for good. `view`: bytes over its buffer.
static bool find_shared(Memory* m, napi_value view) {
  void* data = nullptr;
  size_t n = 0;
  if (!bytes_of(m->env->napi, view, &data, &n) || data == nullptr) return false;
  m->shared = true;
  m->base = static_cast<char*>(data);
  m->bytes = n;
  return true;
}

// ---- JavaScript ----

static napi_value memory_adopt(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u64 max = a.u64_at(3);
  bool guards_below = a.boolean(4);
  bool address64 = a.boolean(5);
  if (!a.ok) return nullptr;
  Owned<Memory> m(new Memory(a.env));
  bool shared = a.count > 6;
  m->max_pages = std::min(max, (address64 ? kMaxBytes64 : kMaxBytes) >> kWasmPageShift);
  m->address64 = address64;
  // Of a memory with 64-bit addresses no code relies on one.
  m->guard = policies[shared ? 1 : 0].load() == kGuarded && !address64;
  if (napi_create_reference(env, a.v[0], 0, &m->store) != napi_ok ||
      napi_create_reference(env, a.v[1], 1, &m->getter) != napi_ok ||
      napi_create_reference(env, a.v[2], 1, &m->grower) != napi_ok) {
    a.fail("memoryAdopt: a memory and two functions are expected");
    return nullptr;
  }
  if (shared) {
    if (!find_shared(m.get(), a.v[6]) || napi_create_reference(env, a.v[7], 1, &m->length) != napi_ok)
      return make_number(env, -EINVAL);
  } else {
    m->refresh();
  }
  if (m->buffer == nullptr && !shared) {
    a.fail("memoryAdopt: the first function must return an ArrayBuffer");
    return nullptr;
  }
  m->low_guard = m->guard && (guards_below || take_below(m.get()));
  if (!shared) {
    a.env->adopted.insert(m.get());
    a.env->thread->set(WN_STATE_LOOKS);
  } else if (!m->guard) {
    // What generated code takes for its bound must be the memory's own, to the end.
    u64 base = reinterpret_cast<u64>(m->base);
    if (!os::is_reserved(base + m->bytes, base + m->bound())) return make_number(env, -EINVAL);
  }
  return make_number(env, a.env->memories.add(m.release()));
}

void register_adopted(napi_env env, napi_value exports) {
  define<memory_adopt>(env, exports, "memoryAdopt");
  define<v8_guards>(env, exports, "v8Guards");
}

}  // namespace wn
