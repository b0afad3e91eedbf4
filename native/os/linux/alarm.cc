// Alarms by POSIX timers whose signal goes to one thread. Where the system refuses those (a real-time signal needs room
// in a queue that has a limit, `ulimit -i`), one thread of the process sends ordinary signals (posix/alarm-thread.h).

#include "../alarm.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "../../stack.h"
#include "../posix/alarm-thread.h"
#include "../posix/signals.h"
#include "timer.h"

// musl has this name of timer_create(2), glibc what it stands for.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace wn::os {

static AlarmHandler handle;
static struct sigaction previous_action;

static int alarm_signal() { return SIGRTMIN + 7; }

int64_t now_ns() {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

// ---- signals ----

static void on_alarm(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  if (info->si_code == SI_TIMER && t != nullptr && info->si_value.sival_ptr == t)
    handle(t, context);
  else
    pass_on_alarm(signal, info, context, previous_action);
  errno = saved_errno;
}

bool install_alarms(AlarmHandler handler) {
  handle = handler;
  return install_alarm_signal(alarm_signal(), on_alarm, &previous_action);
}

// ---- alarms ----

u64 this_thread() { return static_cast<u64>(syscall(SYS_gettid)); }
void signal_thread(u64 thread, int signal) { syscall(SYS_tgkill, getpid(), static_cast<pid_t>(thread), signal); }

bool Alarm::make(Thread* t) {
  struct sigevent ev{};
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev.sigev_signo = alarm_signal();
  ev.sigev_value.sival_ptr = t;
  ev.sigev_notify_thread_id = static_cast<pid_t>(this_thread());
  if (timer_make(&ev, &timer) == 0) {
    kind = kTimer;
    return true;
  }
  return make_by_thread(this, handle);
}

void Alarm::drop() {
  if (kind == kTimer) timer_drop(timer);
  if (kind == kThread) drop_by_thread(this);
  kind = kNone;
}

void Alarm::set(int64_t first, int64_t every) {
  if (kind == kTimer) {
    struct itimerspec spec{};
    if (first != 0) {
      spec.it_value.tv_sec = first / 1000000000;
      spec.it_value.tv_nsec = first % 1000000000;
      spec.it_interval.tv_nsec = every;
    }
    timer_set(timer, TIMER_ABSTIME, &spec);
  } else if (kind == kThread) {
    set_by_thread(this, first, every);
  }
}

}  // namespace wn::os
