// Linear memories.
//
// Native backing: a reservation (reservation.cc) whose first bytes are accessible. Where it was made for guard code the
// base never moves; else a memory that outgrows its reservation moves to a larger one. JavaScript's view is an external
// ArrayBuffer (buffer.cc), detached and made anew at each growth. Adopted memories are V8's (adopted.cc).

#include "memory.h"

#include <errno.h>
#include <math.h>

#include <algorithm>

#include "buffer.h"
#include "code.h"
#include "instance.h"
#include "os/memory.h"
#include "os/system.h"

namespace wn {

// ---- memory ----

u64 Memory::reserved() const {
  return reservation != nullptr ? reservation->size + WN_MEM_FENCE : guard ? kGuardReservation : bound();
}

// V8 counts its own memories and the contents of every buffer; the rest is ours to tell.
static void weigh_memory(Memory* m) {
  m->weigh(m->reservation == nullptr ? 0 : sizeof(Memory) + (m->buffer == nullptr ? m->bytes : 0));
}

// What a program asks for in such portions it uses: an allocator grows a memory by what it needs. Of what a memory
// begins with it may use little (Emscripten gives each program 16 MiB).
static constexpr u64 kMuch = u64{2} << 20;
static constexpr u64 kMuchToBeginWith = u64{32} << 20;

static void use_large_pages(Memory* m, u64 n) {
  if (n < m->bytes + (m->bytes == 0 ? kMuchToBeginWith : kMuch)) return;
  os::use_large_pages(m->base + m->bytes, n - m->bytes);
  if (m->reservation != nullptr) m->reservation->large_pages = true;
}

void Memory::set_bytes(u64 n) {
  use_large_pages(this, n);
  bytes = n;
  weigh_memory(this);
  for (const MemoryUser& u : users) u.instance->set_memory_bytes(u.index, bound());
}

void Memory::set_base(char* at) {
  if (at == base) return;
  base = at;
  for (const MemoryUser& u : users) {
    u.instance->set_memory_base(u.index, at);
    if (u.index > 0) env->bases_moved++;
  }
}

void Memory::remove_user(const Instance* i, u32 index) {
  for (MemoryUser& u : users) {
    if (u.instance != i || u.index != index) continue;
    u = users.back();
    users.pop_back();
    return;
  }
}

static void drop_buffer(Memory* m) {
  if (m->buffer == nullptr) return;
  napi_env env = m->env->napi;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  napi_value b = nullptr;
  if (napi_get_reference_value(env, m->buffer, &b) == napi_ok && b != nullptr) detach_buffer(env, b);
  napi_delete_reference(env, m->buffer);
  napi_close_handle_scope(env, scope);
  m->buffer = nullptr;
}

Memory::~Memory() {
  env->adopted.erase(this);
  if (!env->closing) {
    // The buffer is not detached: a program may go on reading it; it holds the reservation.
    for (napi_ref r : {buffer, store, getter, grower, length}) {
      if (r != nullptr) napi_delete_reference(env->napi, r);
    }
  }
  if (below != nullptr) release_below(below);
  if (reservation != nullptr) release_reservation(reservation);
}

// A larger reservation with the contents and `need` bytes accessible, or null.
static Reservation* copy_to_larger(const Memory* m, u64 need) {
  u64 most = m->max_pages << m->page_shift;
  int error;
  Reservation* r = nullptr;
  for (u64 size : {2 * need, need + need / 4, need}) {
    r = take_reservation(std::min(size, most), &error);
    if (r != nullptr) break;
  }
  if (r == nullptr) return nullptr;
  if (!set_accessible(r, need)) {
    release_reservation(r);
    return nullptr;
  }
  memcpy(r->base, m->base, m->bytes);
  return r;
}

int64_t Memory::grow(u64 delta) {
  u64 old_pages = pages();
  if (released || delta > max_pages || old_pages + delta > max_pages) return -1;
  if (reservation == nullptr) return grow_adopted(this, delta);
  u64 need = (old_pages + delta) << page_shift;
  if (need <= reservation->size) {
    if (!set_accessible(reservation, need)) return -1;
    drop_buffer(this);
  } else {
    Reservation* larger = guard ? nullptr : copy_to_larger(this, need);
    if (larger == nullptr) return -1;
    drop_buffer(this);
    Reservation* old = reservation;
    reservation = larger;
    set_base(larger->base);
    // The detached buffer may not be finalised yet: it keeps the address space, but not the pages.
    if (old->refs > 1) clear_reservation(old);
    release_reservation(old);
  }
  set_bytes(need);
  return static_cast<int64_t>(old_pages);
}

// ---- JavaScript ----

// A reservation for `min` bytes that may become `max`: all that guard code needs; or all that it may become, where
// there is so much address space; or what such a memory can expect to use, because V8's heap needs the rest.
static Reservation* reserve(u64 min, u64 max, bool guard, int* error) {
  if (guard) return take_reservation(kGuardReservation, error);
  constexpr u64 kSmallest = 16 << 16;
  bool plenty = os::address_space_left() == ~u64{0};
  Reservation* r = plenty ? take_reservation(std::max(max, kOsPage), error) : nullptr;
  if (r == nullptr) r = take_reservation(std::max(std::min(max, std::max(2 * min, kSmallest)), kOsPage), error);
  return r != nullptr || min == 0 ? r : take_reservation(min, error);
}

static napi_value memory_create(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u64 min = a.u64_at(0), max = a.u64_at(1);
  bool guard = a.boolean(2);
  u32 page_shift = a.u32_at(3);
  bool address64 = a.boolean(4);
  if (!a.ok) return nullptr;
  if (page_shift != 0 && page_shift != kWasmPageShift) return make_number(env, -EINVAL);
  max = std::min({max, (address64 ? kMaxBytes64 : kMaxBytes) >> page_shift, u64{WN_MAX_PAGE_COUNT}});
  if (min > max) return make_number(env, -ENOMEM);
  int error = ENOMEM;
  Owned<Memory> m(new Memory(a.env));
  Reservation* r = reserve(min << page_shift, max << page_shift, guard, &error);
  if (r == nullptr) return make_number(env, -error);
  m->reservation = r;
  m->base = r->base;
  m->max_pages = max;
  m->page_shift = page_shift;
  m->address64 = address64;
  m->guard = m->low_guard = guard;
  if (!set_accessible(r, min << page_shift)) return make_number(env, -ENOMEM);
  m->set_bytes(min << page_shift);
  return make_number(env, a.env->memories.add(m.release()));
}

static Memory* memory_arg(Args& a) { return a.handle(0, a.env->memories, "wamr-native addon: no such memory"); }

static napi_value memory_has_guard(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  return m == nullptr ? nullptr : make_bool(env, m->guard);
}

static napi_value memory_is_crowded(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  return m == nullptr ? nullptr : make_bool(env, m->guard && !m->low_guard);
}

static napi_value memory_buffer(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  napi_value b = nullptr;
  m->refresh();
  if (m->buffer != nullptr) {
    bool detached = false;
    napi_get_reference_value(env, m->buffer, &b);
    if (b == nullptr) return nullptr;
    napi_is_detached_arraybuffer(env, b, &detached);
    if (!detached || m->bytes == 0 || m->reservation == nullptr) return b;
    napi_delete_reference(env, m->buffer);
    m->buffer = nullptr;
  }
  if (m->bytes == 0) {
    void* data = nullptr;
    napi_create_arraybuffer(env, 0, &data, &b);
  } else {
    b = make_buffer(env, m->reservation, m->bytes);
    if (b == nullptr) {
      bool pending = false;
      napi_is_exception_pending(env, &pending);
      if (!pending)
        napi_throw_error(env, "WAMR_NO_EXTERNAL_BUFFERS",
                         "this host has no buffers over memory of addons: use memories backed by V8");
      return nullptr;
    }
  }
  napi_create_reference(env, b, 1, &m->buffer);
  weigh_memory(m);
  return b;
}

static napi_value memory_pages(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  m->refresh();
  return make_number(env, static_cast<double>(m->pages()));
}

static napi_value memory_grow(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  double delta = a.number(1);
  if (!a.ok) return nullptr;
  m->refresh();
  return make_number(env, delta >= 0 && delta <= static_cast<double>(kMaxBytes64)
                              ? static_cast<double>(m->grow(static_cast<u64>(delta)))
                              : -1);
}

static napi_value memory_load_image(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  Code* c = a.ok ? a.handle(1, a.env->codes, "memoryLoadImage: no such code") : nullptr;
  double from = a.number(2), to = a.number(3), size = a.number(4);
  bool fresh = a.boolean(5), only = a.boolean(6);
  if (!a.ok) return nullptr;
  if (!(from >= 0 && size >= 0 && to >= 0)) return make_number(env, -EINVAL);
  const char* bytes = c->artefact->at(static_cast<u64>(from), static_cast<u64>(size));
  if (bytes == nullptr) return make_number(env, c->artefact->given_to > 0 ? -EBUSY : -EINVAL);
  if (!m->refresh()) return make_number(env, -EAGAIN);
  if (to + size > static_cast<double>(m->bytes)) return make_number(env, -ERANGE);
  u64 dst = static_cast<u64>(to), n = static_cast<u64>(size);
  // Whole pages only.
  u64 mapped = n & ~(kOsPage - 1);
  bool map = fresh && mapped > 0 && dst % kOsPage == 0 && m->reservation != nullptr && m->reservation->image == nullptr;
  bool given = map && only && give_image(c->artefact, static_cast<u64>(from), mapped, m->base + dst);
  if (given) m->reservation->large_pages = true;
  Image* image = map && !given ? image_of(c->artefact, static_cast<u64>(from), mapped) : nullptr;
  if (image != nullptr && map_image(image, 0, mapped, m->base + dst))
    m->reservation->image = retain_image(image);
  else if (!given)
    mapped = 0;
  memcpy(m->base + dst + mapped, bytes + mapped, n - mapped);
  return make_number(env, 0);
}

// Puts inaccessible addresses in place of an adopted memory, which V8 keeps for others or gives to others: accesses of
// calls under way trap. False without address space for them.
static bool leave_store(Memory* m) {
  int error;
  Reservation* r = take_reservation(m->guard ? kGuardReservation : std::max(m->bound(), kOsPage), &error);
  if (r == nullptr) return false;
  m->reservation = r;
  m->set_base(r->base);
  m->env->adopted.erase(m);
  return true;
}

static napi_value memory_release(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Memory* m = memory_arg(a);
  if (m == nullptr) return nullptr;
  if (m->reservation != nullptr) {
    drop_buffer(m);
    // A detached buffer cannot be read, and only this addon can detach it (buffer.cc).
    clear_reservation(m->reservation);
  } else {
    // Else what calls under way access stays the memory's own: one that may move is still looked at (`refresh`).
    if (!leave_store(m) && m->guard) a.env->adopted.erase(m);
    if (m->buffer != nullptr) napi_delete_reference(env, m->buffer);
    m->buffer = nullptr;
  }
  m->released = true;
  m->set_bytes(0);
  return nullptr;
}

static napi_value memory_free(napi_env env, napi_callback_info info) {
  Args a(env, info);
  if (!a.env->memories.remove(a.u32_at(0))) a.fail("memoryFree: no such memory");
  return nullptr;
}

static napi_value can_guard(napi_env env, napi_callback_info) {
  return make_bool(env, reservation_stats().pooled > 0 || os::address_space_left() >= kGuardReservation + kRoomForV8);
}

static napi_value address_space_left(napi_env env, napi_callback_info) {
  u64 left = os::address_space_left();
  return make_number(env, left == ~u64{0} ? HUGE_VAL : static_cast<double>(left));
}

void register_memory(napi_env env, napi_value exports) {
  define<can_guard>(env, exports, "canGuard");
  define<address_space_left>(env, exports, "addressSpaceLeft");
  define<memory_create>(env, exports, "memoryCreate");
  define<memory_has_guard>(env, exports, "memoryHasGuard");
  define<memory_is_crowded>(env, exports, "memoryIsCrowded");
  define<memory_buffer>(env, exports, "memoryBuffer");
  define<memory_pages>(env, exports, "memoryPages");
  define<memory_grow>(env, exports, "memoryGrow");
  define<memory_load_image>(env, exports, "memoryLoadImage");
  define<memory_release>(env, exports, "memoryRelease");
  define<memory_free>(env, exports, "memoryFree");
}

}  // namespace wn
