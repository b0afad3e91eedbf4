// Adopted memories: genuine WebAssembly.Memory objects. V8 owns the bytes. Growth goes through V8, others may grow them
// too, and V8 may move them then; so entries and returns of host functions look where they are.
//
// Guard code may run on them only where V8's own code relies on the same guard, which is one decision of V8 for the
// whole process: flags, little address space or the host may have turned its trap handler off. It is found out by a
// load far behind the end of a memory in code of V8's, not by a look at what is mapped, since neighbours of a memory
// look like its guard.

#include <algorithm>
#include <atomic>
#include <vector>

#include <sys/mman.h>

#include "memory.h"
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

int64_t grow_adopted(Memory* m, u64 delta) {
  napi_env env = m->env->napi;
  m->refresh();
  int64_t old = static_cast<int64_t>(m->pages());
  if (delta > m->max_pages || static_cast<u64>(old) + delta > m->max_pages) return -1;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value result = nullptr;
  bool grown = call_store(m, m->grower, &delta, &result);
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

void Memory::refresh() {
  if (released) return;
  napi_env e = env->napi;
  napi_handle_scope scope;
  napi_open_handle_scope(e, &scope);
  void* data = nullptr;
  size_t n = 0;
  napi_value object = nullptr;
  if (present_buffer(this, &data, &n) != nullptr) {
    if (n > 0 || base == nullptr) set_base(static_cast<char*>(data));
    if (n != bytes) set_bytes(n);
  } else if (napi_get_reference_value(e, store, &object) == napi_ok && object == nullptr) {
    // JavaScript dropped the memory and has not freed our handle yet: it can no longer be used.
    released = true;
    set_bytes(0);
  } else if (!guard) {
    // No room on the thread's stack for the call. The contents may have moved: until the next look nothing is
    // accessible. (Behind a guard they have not, and the old size is safe, since memories only grow.)
    set_bytes(0);
  }
  napi_close_handle_scope(e, scope);
}

void refresh_all(Env* env) {
  // What V8 does meanwhile is not known here: over a copy, which keeps them.
  std::vector<Memory*> all(env->adopted.begin(), env->adopted.end());
  for (Memory* m : all) retain(m);
  for (Memory* m : all) {
    m->refresh();
    if (m->released) env->adopted.erase(m);
    release(m);
  }
}

// ---- V8's policy ----

enum Policy { kUnknown, kGuarded, kUnguarded };
static std::atomic<int> policy{kUnknown};

bool take_probe(Thread* t, u64 address) {
  if (t == nullptr || t->probe == nullptr || address - reinterpret_cast<u64>(t->probe) < kGuardReservation)
    return false;
  char* page = reinterpret_cast<char*>(address & ~(kOsPage - 1));
  // Fails where nothing is mapped. The load gets a zero and goes on.
  if (mprotect(page, kOsPage, PROT_READ) != 0) return false;
  t->probe_page = page;
  return true;
}

// (buffer of a genuine memory, function that lets V8's code load from at least kGuardReservation behind its base) →
// whether V8 relied on a guard there. One answer for the process.
static napi_value v8_guards(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Thread* t = a.env->thread;
  void* data = nullptr;
  size_t n = 0;
  napi_value undefined = nullptr, ignored = nullptr;
  if (policy.load() == kUnknown && signal_handler_installed() &&
      napi_get_arraybuffer_info(env, a.v[0], &data, &n) == napi_ok) {
    napi_get_undefined(env, &undefined);
    t->probe_page = nullptr;
    t->probe = static_cast<char*>(data);
    napi_status called = napi_call_function(env, undefined, a.v[1], 0, nullptr, &ignored);
    t->probe = nullptr;
    if (called != napi_ok) napi_get_and_clear_last_exception(env, &ignored);
    bool guarded = called == napi_ok && t->probe_page != nullptr && mprotect(t->probe_page, kOsPage, PROT_NONE) == 0;
    policy.store(guarded ? kGuarded : kUnguarded);
  }
  return make_bool(env, policy.load() == kGuarded);
}

// Maps a guard below the base of an adopted memory. False: something else is there.
static bool take_below(Memory* m) {
  if (m->base == nullptr) return false;
  char* want = m->base - WN_MEM_LOW_GUARD;
  void* p =
      mmap(want, WN_MEM_LOW_GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (p == MAP_FAILED) return false;
  if (p != want) {  // kernels before 4.17 take the address as a hint
    munmap(p, WN_MEM_LOW_GUARD);
    return false;
  }
  m->below = want;
  return true;
}

// ---- JavaScript ----

static napi_value memory_adopt(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u64 max = a.u64_at(3);
  bool guards_below = a.boolean(4);
  bool address64 = a.boolean(5);
  if (!a.ok) return nullptr;
  Memory* m = new Memory(a.env);
  m->max_pages = std::min(max, (address64 ? kMaxBytes64 : kMaxBytes) >> kWasmPageShift);
  m->address64 = address64;
  // Of a memory with 64-bit addresses no code relies on one.
  m->guard = policy.load() == kGuarded && !address64;
  if (napi_create_reference(env, a.v[0], 0, &m->store) != napi_ok ||
      napi_create_reference(env, a.v[1], 1, &m->getter) != napi_ok ||
      napi_create_reference(env, a.v[2], 1, &m->grower) != napi_ok) {
    a.fail("memoryAdopt: a memory and two functions are expected");
    release(m);
    return nullptr;
  }
  m->refresh();
  if (m->buffer == nullptr) {
    a.fail("memoryAdopt: the first function must return an ArrayBuffer");
    release(m);
    return nullptr;
  }
  if (m->guard && !guards_below) m->guard = take_below(m);
  a.env->adopted.insert(m);
  return make_number(env, a.env->memories.add(m));
}

void register_adopted(napi_env env, napi_value exports) {
  define(env, exports, "memoryAdopt", memory_adopt);
  define(env, exports, "v8Guards", v8_guards);
}

}  // namespace wn
