// Periodic interruption of threads.
#pragma once

#include <atomic>

#include "../common.h"

namespace wn::os {

// What an alarm does with the thread that made it, which is stopped meanwhile: in its own signal handler or by another
// thread. It may have been stopped anywhere, so nothing that it may be changing is touched. `context` has its registers
// (native/<machine>/context.h).
using AlarmHandler = void (*)(Thread* t, void* context);

// Once a process; false when the system refuses.
bool install_alarms(AlarmHandler handler);

// Interrupts the thread that made it: at a time, then periodically.
struct Alarm {
  // False when the system has none to give.
  bool make(Thread* t);
  void drop();
  // Nanoseconds as `now_ns` counts them, 0: off. Async-signal-safe.
  void set(int64_t first, int64_t period);
  bool made() const { return kind != kNone; }

  // By the kernel, or by a thread of ours that looks every millisecond.
  enum Kind { kNone, kTimer, kThread } kind = kNone;
  int timer = 0;
  // By our thread:
  Thread* owner = nullptr;
  u64 thread = 0;  // as the system knows it
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> period{0};
  std::atomic<bool> fired{false};
};

// A clock that nobody sets.
int64_t now_ns();

}  // namespace wn::os
