// Address space for linear memories of our own.
#pragma once

#include "image.h"

namespace wn {

// Address space for one memory. Counted: by the memory and by every ArrayBuffer over it that is not finalised.
// Process-wide, outlives environments.
struct Reservation {
  char* base;
  u64 size;   // usable from base
  char* map;  // what the system gave
  u64 map_size;
  u64 accessible;  // bytes from base that can be read and written; beyond them nothing can
  Image* image;    // whose pages are mapped somewhere, counted; null: none
  u32 refs;
  bool large_pages;  // asked for in a part
};

// Null: `*error` is ENOMEM where there is no address space for it, or none that V8 could spare, and EAGAIN when too
// many are alive.
Reservation* take_reservation(u64 size, int* error);
void release_reservation(Reservation* r);
// `n` bytes accessible, rounded up to pages of the system; false: no memory, or beyond the reservation.
bool set_accessible(Reservation* r, u64 n);
// All contents are zero again, nothing is accessible.
bool clear_reservation(Reservation* r);

struct ReservationStats {
  u32 used, pooled;
};
ReservationStats reservation_stats();

// What a process with such a limit keeps for V8's heap, when more than that is there to give.
constexpr u64 kRoomForV8 = u64{4} << 30;
// What a guest cannot take by tables and exceptions that grow: V8 ends the process where it finds no memory to compile
// a function of JavaScript.
constexpr u64 kLeastLeft = u64{16} << 20;

}  // namespace wn
