// Alarms: macOS has no timers whose signal goes to one thread (posix/alarm-thread.h).

#include "../alarm.h"

#include <pthread.h>
#include <time.h>

#include "../posix/alarm-thread.h"

namespace wn::os {

static AlarmHandler handle;

bool install_alarms(AlarmHandler handler) {
  handle = handler;
  return true;
}

int64_t now_ns() { return static_cast<int64_t>(clock_gettime_nsec_np(CLOCK_UPTIME_RAW)); }

u64 this_thread() { return reinterpret_cast<u64>(pthread_self()); }
void signal_thread(u64 thread, int signal) { pthread_kill(reinterpret_cast<pthread_t>(thread), signal); }

bool Alarm::make(Thread*) { return make_by_thread(this, handle); }

void Alarm::drop() {
  if (kind == kThread) drop_by_thread(this);
  kind = kNone;
}

void Alarm::set(int64_t first, int64_t every) {
  if (kind == kThread) set_by_thread(this, first, every);
}

}  // namespace wn::os
