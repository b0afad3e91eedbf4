// Linear memories.
//
// Native backing: a reservation (PROT_NONE) whose first bytes are made accessible as the memory grows; the base never
// moves. JavaScript's view is an external ArrayBuffer, detached and made anew at each growth. Reservations go back to a
// process-wide pool only when the memory and every buffer over it are gone. Adopted: V8's own reservation behind a
// genuine WebAssembly.Memory; growth goes through JavaScript.

#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "code.h"
#include "instance.h"

namespace wn {

// ---- reservations ----

static std::mutex pool_mutex;
static std::vector<Reservation*> pool;
static std::atomic<u32> reservations_used{0};

static constexpr size_t kMaxPooled = 256;
// So many of them may keep their pages.
static constexpr size_t kMaxResident = 32;
// 47 bits hold 21,837 reservations; V8 needs room for its own, and buffers of dropped memories are finalised late.
// Beyond this the runtime turns to V8's memories.
static constexpr u32 kMaxReservations = 8192;
static constexpr u64 kBaseAlign = u64{2} << 20;  // so that huge pages can back a memory

static Reservation* take_reservation(u64 size) {
  if (reservations_used.load() >= kMaxReservations) return nullptr;
  Reservation* r = nullptr;
  if (size == kGuardReservation) {
    std::lock_guard<std::mutex> lock(pool_mutex);
    if (!pool.empty()) {
      r = pool.back();
      pool.pop_back();
    }
  }
  if (r == nullptr) {
    u64 map_size = align_up(size, kOsPage) + kBaseAlign;
    void* p = mmap(nullptr, map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return nullptr;
    r = new Reservation{};  // nothing accessible, no file pages
    r->map = static_cast<char*>(p);
    r->map_size = map_size;
    r->base = reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(p), kBaseAlign));
    r->size = size;
  }
  r->refs = 1;
  reservations_used++;
  return r;
}

// Up to this size zeroing by hand is cheaper than giving the pages back and faulting them in again.
static constexpr u64 kZeroByHand = 128 << 10;

// Makes all contents zero again. The pages stay accessible when `keep`: the next memory is often as large as the last
// one, and then needs no system call.
static bool reset_reservation(Reservation* r, bool keep, bool resident = false) {
  if (r->accessible == 0) return true;
  if (keep && !r->file_pages) {
    if (resident && r->accessible <= kZeroByHand)
      memset(r->base, 0, r->accessible);
    else if (madvise(r->base, r->accessible, MADV_DONTNEED) != 0)
      return false;
    return true;
  }
  void* p = mmap(r->base, align_up(r->accessible, kOsPage), PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (p == MAP_FAILED) return false;
  r->accessible = 0;
  r->file_pages = false;
  return true;
}

// Exactly `n` bytes accessible.
static bool set_accessible(Reservation* r, u64 n) {
  if (n > r->size) return false;
  if (n > r->accessible && mprotect(r->base + r->accessible, n - r->accessible, PROT_READ | PROT_WRITE) != 0)
    return false;
  if (n < r->accessible && mprotect(r->base + n, r->accessible - n, PROT_NONE) != 0) return false;
  r->accessible = n;
  return true;
}

static void release_reservation(Reservation* r) {
  if (--r->refs > 0) return;
  reservations_used--;
  size_t pooled = reservation_stats().pooled;
  if (r->size == kGuardReservation && pooled < kMaxPooled && reset_reservation(r, true, pooled < kMaxResident)) {
    std::lock_guard<std::mutex> lock(pool_mutex);
    if (pool.size() < kMaxPooled) {
      pool.push_back(r);
      return;
    }
  }
  munmap(r->map, r->map_size);
  delete r;
}

ReservationStats reservation_stats() {
  std::lock_guard<std::mutex> lock(pool_mutex);
  return {reservations_used.load(), static_cast<u32>(pool.size())};
}

// ---- memory ----

u64 Memory::reserved() const { return reservation != nullptr ? reservation->size : guard ? kGuardReservation : bytes; }

// V8 counts its own memories and the contents of every buffer; the rest is ours to tell.
static void weigh_memory(Memory* m) {
  m->weigh(m->reservation == nullptr ? 0 : sizeof(Memory) + (m->buffer == nullptr ? m->bytes : 0));
}

void Memory::set_bytes(u64 n) {
  bytes = n;
  weigh_memory(this);
  for (Instance* i : users) i->set_memory_bytes(n);
}

static void drop_buffer(Memory* m) {
  if (m->buffer == nullptr) return;
  napi_env env = m->env->napi;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value b = nullptr;
  if (napi_get_reference_value(env, m->buffer, &b) == napi_ok && b != nullptr) napi_detach_arraybuffer(env, b);
  napi_delete_reference(env, m->buffer);
  napi_close_handle_scope(env, scope);
  m->buffer = nullptr;
}

Memory::~Memory() {
  env->adopted.erase(this);
  if (!env->closing) {
    // The buffer is not detached: a program may go on reading it; it holds the reservation.
    for (napi_ref r : {buffer, store, current, grower}) {
      if (r != nullptr) napi_delete_reference(env->napi, r);
    }
  }
  if (reservation != nullptr) release_reservation(reservation);
}

// Calls a function of an adopted memory with the memory object and perhaps a number. False: the call failed, or
// JavaScript dropped the object.
static bool call_adopted(Memory* m, napi_ref function, const u64* delta, napi_value* result) {
  napi_env env = m->env->napi;
  napi_value fn = nullptr, undefined = nullptr, args[2] = {nullptr, nullptr};
  napi_get_reference_value(env, function, &fn);
  napi_get_reference_value(env, m->store, &args[0]);
  napi_get_undefined(env, &undefined);
  if (delta != nullptr) napi_create_uint32(env, static_cast<u32>(*delta), &args[1]);
  return args[0] != nullptr &&
         napi_call_function(env, undefined, fn, delta != nullptr ? 2 : 1, args, result) == napi_ok;
}

static int64_t grow_adopted(Memory* m, u64 delta) {
  napi_env env = m->env->napi;
  int64_t old = static_cast<int64_t>(m->bytes / kWasmPage);
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value result = nullptr;
  bool grown = false;
  if (call_adopted(m, m->grower, &delta, &result)) napi_get_value_bool(env, result, &grown);
  napi_close_handle_scope(env, scope);
  if (!grown) return -1;
  m->refresh();
  return old;
}

int64_t Memory::grow(u64 delta) {
  u64 pages = bytes / kWasmPage;
  if (released || delta > max_pages || pages + delta > max_pages) return -1;
  if (reservation == nullptr) return grow_adopted(this, delta);
  if (!set_accessible(reservation, (pages + delta) * kWasmPage)) return -1;
  drop_buffer(this);
  set_bytes((pages + delta) * kWasmPage);
  return static_cast<int64_t>(pages);
}

void Memory::refresh() {
  if (released) return;
  napi_env e = env->napi;
  napi_handle_scope scope;
  napi_open_handle_scope(e, &scope);
  napi_value b = nullptr;
  bool detached = true;
  if (buffer != nullptr && napi_get_reference_value(e, buffer, &b) == napi_ok && b != nullptr)
    napi_is_detached_arraybuffer(e, b, &detached);
  if (detached) {
    void* data = nullptr;
    size_t n = 0;
    if (call_adopted(this, current, nullptr, &b) && napi_get_arraybuffer_info(e, b, &data, &n) == napi_ok) {
      if (buffer != nullptr) napi_delete_reference(e, buffer);
      napi_create_reference(e, b, 0, &buffer);
      if (n > 0 || base == nullptr) base = static_cast<char*>(data);
      set_bytes(n);
    } else {
      napi_value object = nullptr, ignored = nullptr;
      if (napi_get_reference_value(e, store, &object) == napi_ok && object == nullptr) {
        // JavaScript dropped the memory and has not freed our handle yet: nobody can use it any more.
        released = true;
        set_bytes(0);
      } else {
        // No room on the thread's stack for the call. The old size is safe (memories only grow), and the next look will
        // do.
        napi_get_and_clear_last_exception(e, &ignored);
      }
    }
  }
  napi_close_handle_scope(e, scope);
}

void refresh_all(Env* env) {
  bool dead = false;
  for (Memory* m : env->adopted) {
    m->refresh();
    dead |= m->released;
  }
  for (auto it = env->adopted.begin(); dead && it != env->adopted.end();)
    it = (*it)->released ? env->adopted.erase(it) : std::next(it);
}

// Whether `size` bytes from `base` are mapped without a hole (whatever the protection): V8's guard regions are
// PROT_NONE mappings.
static bool is_reserved(const char* base, u64 size) {
  FILE* f = fopen("/proc/self/maps", "re");
  if (f == nullptr) return false;
  u64 need = reinterpret_cast<u64>(base), end = need + size;
  char line[512];
  while (need < end && fgets(line, sizeof line, f) != nullptr) {
    unsigned long lo = 0, hi = 0;
    if (sscanf(line, "%lx-%lx", &lo, &hi) != 2 || hi <= need) continue;
    if (lo > need) break;
    need = hi;
  }
  fclose(f);
  return need >= end;
}

// ---- JavaScript ----

static napi_value memory_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u64 min = a.u32_at(0), max = a.u32_at(1);
  bool guard = a.boolean(2);
  if (!a.ok) return nullptr;
  if (max > kMaxPages) max = kMaxPages;
  if (min > max) return make_number(env, -ENOMEM);
  Reservation* r = nullptr;
  if (guard) {
    r = take_reservation(kGuardReservation);
  } else {
    // As much as may be needed; less when address space is short.
    for (u64 pages = max; r == nullptr; pages = pages / 2 < min ? min : pages / 2) {
      r = take_reservation((pages == 0 ? 1 : pages) * kWasmPage);
      if (pages == min) break;
    }
  }
  if (r == nullptr) return make_number(env, -ENOMEM);
  Memory* m = new Memory(a.env);
  m->reservation = r;
  m->base = r->base;
  m->max_pages = max;
  m->guard = guard;
  if (!set_accessible(r, min * kWasmPage)) {
    release(m);
    return make_number(env, -ENOMEM);
  }
  m->set_bytes(min * kWasmPage);
  return make_number(env, a.env->memories.add(m));
}

static napi_value memory_adopt(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u64 max = a.u32_at(3);
  if (!a.ok) return nullptr;
  Memory* m = new Memory(a.env);
  m->max_pages = max > kMaxPages ? kMaxPages : max;
  if (napi_create_reference(env, a.v[0], 0, &m->store) != napi_ok ||
      napi_create_reference(env, a.v[1], 1, &m->current) != napi_ok ||
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
  m->guard = m->base != nullptr && is_reserved(m->base, kGuardReservation);
  a.env->adopted.insert(m);
  return make_number(env, a.env->memories.add(m));
}

static Memory* memory_arg(Args& a) { return a.handle(0, a.env->memories, "wamr-native addon: no such memory"); }

static napi_value memory_has_guard(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  return m == nullptr ? nullptr : make_bool(env, m->guard);
}

static void buffer_finalized(napi_env, void*, void* hint) { release_reservation(static_cast<Reservation*>(hint)); }

static napi_value memory_buffer(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  napi_value b = nullptr;
  if (m->reservation == nullptr) m->refresh();
  if (m->buffer != nullptr) {
    bool detached = false;
    napi_get_reference_value(env, m->buffer, &b);
    if (b == nullptr) return nullptr;
    napi_is_detached_arraybuffer(env, b, &detached);
    // Somebody moved it away (ArrayBuffer.prototype.transfer of Node 22): the copy stays valid, and here a new one is
    // made.
    if (!detached || m->bytes == 0 || m->reservation == nullptr) return b;
    napi_delete_reference(env, m->buffer);
    m->buffer = nullptr;
  }
  if (m->bytes == 0) {
    void* data = nullptr;
    napi_create_arraybuffer(env, 0, &data, &b);
  } else {
    napi_status s = napi_create_external_arraybuffer(env, m->base, m->bytes, buffer_finalized, m->reservation, &b);
    if (s != napi_ok) {
      bool pending = false;
      napi_is_exception_pending(env, &pending);
      if (!pending)
        napi_throw_error(env, "WAMR_NO_EXTERNAL_BUFFERS",
                         "this embedder refuses external buffers: use memories backed by V8");
      return nullptr;
    }
    m->reservation->refs++;
  }
  napi_create_reference(env, b, 1, &m->buffer);
  weigh_memory(m);
  return b;
}

static napi_value memory_pages(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  if (m->reservation == nullptr) m->refresh();
  return make_number(env, static_cast<double>(m->bytes / kWasmPage));
}

static napi_value memory_grow(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  double delta = a.number(1);
  if (!a.ok) return nullptr;
  if (m->reservation == nullptr) m->refresh();
  return make_number(env, delta >= 0 && delta <= static_cast<double>(kMaxPages)
                              ? static_cast<double>(m->grow(static_cast<u64>(delta)))
                              : -1);
}

static napi_value memory_load_image(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  Code* c = a.ok ? a.handle(1, a.env->codes, "memoryLoadImage: no such code") : nullptr;
  double from = a.number(2), to = a.number(3), size = a.number(4);
  bool fresh = a.boolean(5);
  if (!a.ok) return nullptr;
  if (!(from >= 0 && to >= 0 && size >= 0) || from + size > static_cast<double>(c->file_size))
    return make_number(env, -EINVAL);
  if (to + size > static_cast<double>(m->bytes)) return make_number(env, -ERANGE);
  u64 src = static_cast<u64>(from), dst = static_cast<u64>(to), n = static_cast<u64>(size);
  u64 mapped = 0;
  if (fresh && m->reservation != nullptr && src % kOsPage == 0 && dst % kOsPage == 0) {
    // Whole pages only: the file's last page may go on with another section.
    mapped = n & ~(kOsPage - 1);
    if (mapped > 0) m->reservation->file_pages = true;
    if (mapped > 0 && mmap(m->base + dst, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, c->fd,
                           static_cast<off_t>(src)) == MAP_FAILED)
      return make_number(env, -errno);
  }
  memcpy(m->base + dst + mapped, c->file + src + mapped, n - mapped);
  return make_number(env, 0);
}

static napi_value memory_release(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  m->released = true;
  if (m->reservation != nullptr) {
    drop_buffer(m);
    // A buffer that is not finalised yet may have an alias (ArrayBuffer.prototype.transfer): then the pages are given
    // back, and read as zeros.
    Reservation* r = m->reservation;
    if (r->refs == 1)
      reset_reservation(r, false);
    else
      madvise(m->base, r->accessible, MADV_DONTNEED);
  } else {
    a.env->adopted.erase(m);
    if (m->buffer != nullptr) napi_delete_reference(env, m->buffer);
    m->buffer = nullptr;
  }
  m->set_bytes(0);
  return nullptr;
}

static napi_value memory_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (!a.env->memories.remove(a.u32_at(0))) a.fail("memoryFree: no such memory");
  return nullptr;
}

void register_memory(napi_env env, napi_value exports) {
  define(env, exports, "memoryCreate", memory_create);
  define(env, exports, "memoryAdopt", memory_adopt);
  define(env, exports, "memoryHasGuard", memory_has_guard);
  define(env, exports, "memoryBuffer", memory_buffer);
  define(env, exports, "memoryPages", memory_pages);
  define(env, exports, "memoryGrow", memory_grow);
  define(env, exports, "memoryLoadImage", memory_load_image);
  define(env, exports, "memoryRelease", memory_release);
  define(env, exports, "memoryFree", memory_free);
}

}  // namespace wn
