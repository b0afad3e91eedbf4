// POSIX timers by system call: glibc's functions have a version that would tie prebuilds to glibc 2.34.
#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace wn::os {

inline int timer_make(struct sigevent* event, int* timer) {
  return static_cast<int>(syscall(SYS_timer_create, CLOCK_MONOTONIC, event, timer));
}
inline int timer_set(int timer, int flags, const struct itimerspec* spec) {
  return static_cast<int>(syscall(SYS_timer_settime, timer, flags, spec, nullptr));
}
inline void timer_drop(int timer) { syscall(SYS_timer_delete, timer); }

}  // namespace wn::os
