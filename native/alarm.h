// Periodic signals to a thread, by a timer of its own or, where none can be had, by a thread of the process.
#pragma once

#include <sys/types.h>

#include <atomic>

#include "timer.h"

namespace wn {

// Interrupts the thread that made it: at a time, then periodically. A timer of the kernel, whose signal carries
// `value`; where none can be had (`ulimit -i`), a thread of ours that looks every millisecond and sends SIGURG
// (alarm.cc).
struct Alarm {
  // False when there is neither.
  bool make(int signal, void* value);
  void drop();
  // CLOCK_MONOTONIC nanoseconds, 0: off. Async-signal-safe.
  void set(int64_t first, int64_t period);
  bool made() const { return kind != kNone; }

  enum Kind { kNone, kTimer, kThread } kind = kNone;
  TimerId timer = 0;
  // By our thread:
  pid_t thread = 0;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> period{0};
  std::atomic<bool> fired{false};
};

inline int64_t now_ns() {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

}  // namespace wn
