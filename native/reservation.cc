// Reservations: PROT_NONE mappings whose first bytes are made accessible as a memory grows. Those that guard code wants
// go back to a process-wide pool, only when the memory and every buffer over it are gone.

#include "reservation.h"

#include <errno.h>

#include <atomic>
#include <mutex>
#include <new>

#include "os/memory.h"
#include "os/system.h"

namespace wn {

static std::mutex pool_mutex;
static std::atomic<u32> reservations_used{0};

static constexpr size_t kMaxPooled = 256;
static Reservation* pool[kMaxPooled];
static size_t pooled_now = 0;
// At most this many pooled reservations keep their pages resident.
static constexpr size_t kMaxResident = 32;
// 47 bits hold 21,837 reservations; V8 needs room for its own, and buffers of dropped memories are finalised late.
// Beyond this the runtime turns to V8's memories.
static constexpr u32 kMaxReservations = 8192;
static constexpr u64 kBaseAlign = u64{2} << 20;  // so that huge pages can back a memory

static Reservation* map_reservation(u64 size) {
  bool large = size >= kBaseAlign;
  // Below the base, too, guard code relies on bytes that nothing can access; of 64-bit memories on as many behind them.
  constexpr u64 kBelow = WN_MEM_LOW_GUARD;
  static_assert(kBelow >= WN_MEM_FENCE, "vmctx.ts");
  u64 map_size = kBelow + align_up(size, kOsPage) + WN_MEM_FENCE + (large ? kBaseAlign : 0);
  char* p = os::reserve(map_size);
  if (p == nullptr) return nullptr;
  Reservation* r = new (std::nothrow) Reservation{};  // nothing accessible, no image pages
  if (r == nullptr) {
    os::release(p, map_size);
    return nullptr;
  }
  r->map = p;
  r->map_size = map_size;
  char* least = r->map + kBelow;
  r->base = large ? reinterpret_cast<char*>(align_up(reinterpret_cast<u64>(least), kBaseAlign)) : least;
  r->size = size;
  return r;
}

Reservation* take_reservation(u64 size, int* error) {
  *error = EAGAIN;
  if (reservations_used.load() >= kMaxReservations) return nullptr;
  *error = ENOMEM;
  Reservation* r = nullptr;
  if (size == kGuardReservation) {
    std::lock_guard<std::mutex> lock(pool_mutex);
    if (pooled_now > 0) r = pool[--pooled_now];
  }
  if (r == nullptr) {
    // What little address space there is belongs to V8's heap first.
    if (size == kGuardReservation && os::address_space_left() < kGuardReservation + kRoomForV8) return nullptr;
    r = map_reservation(size);
    if (r == nullptr) return nullptr;
  }
  r->refs = 1;
  reservations_used++;
  return r;
}

// Up to this size zeroing by hand is cheaper than giving the pages back and faulting them in again.
static constexpr u64 kZeroByHand = 128 << 10;

static void drop_image(Reservation* r) {
  if (r->image != nullptr) release_image(r->image);
  r->image = nullptr;
}

bool clear_reservation(Reservation* r) {
  if (r->accessible == 0) return true;
  if (!os::clear(r->base, align_up(r->accessible, kOsPage))) return false;
  r->accessible = 0;
  r->large_pages = false;
  drop_image(r);
  return true;
}

// Contents are zero again, and the pages stay accessible: the next memory is often as large as the last one, and then
// needs no system call.
static bool make_fresh(Reservation* r, bool resident) {
  if (r->image != nullptr || r->large_pages) return clear_reservation(r);
  if (resident && r->accessible <= kZeroByHand) {
    memset(r->base, 0, r->accessible);
    return true;
  }
  return r->accessible == 0 || os::give_back(r->base, r->accessible) || clear_reservation(r);
}

bool set_accessible(Reservation* r, u64 n) {
  if (n > r->size) return false;
  n = align_up(n, kOsPage);
  if (n > r->accessible && !os::commit(r->base + r->accessible, n - r->accessible)) return false;
  if (n < r->accessible && !os::withdraw(r->base + n, r->accessible - n)) return false;
  r->accessible = n;
  return true;
}

void release_reservation(Reservation* r) {
  if (--r->refs > 0) return;
  reservations_used--;
  size_t pooled = reservation_stats().pooled;
  if (r->size == kGuardReservation && pooled < kMaxPooled && make_fresh(r, pooled < kMaxResident)) {
    std::lock_guard<std::mutex> lock(pool_mutex);
    if (pooled_now < kMaxPooled) {
      pool[pooled_now++] = r;
      return;
    }
  }
  os::release(r->map, r->map_size);
  drop_image(r);
  delete r;
}

ReservationStats reservation_stats() {
  std::lock_guard<std::mutex> lock(pool_mutex);
  return {reservations_used.load(), static_cast<u32>(pooled_now)};
}

}  // namespace wn
