// Periodic signals without POSIX timers, for where the system refuses those (a real-time signal needs room in a queue
// that has a limit): one thread of the process sends ordinary signals. Such a signal says nothing about its sender, so
// `fired` tells whether it was an alarm. The signal is SIGURG, which is ignored by default.

#include "alarm.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "machine.h"

// musl has this name of timer_create(2), glibc what it stands for.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

// As in stack.cc.
#ifdef __GLIBC__
asm(".symver pthread_create, pthread_create@" WN_GLIBC_BASE);
#endif

namespace wn {

static std::mutex mutex;
static std::vector<Alarm*>& alarms() {
  static auto* list = new std::vector<Alarm*>();
  return *list;
}
// Counts what was set; the thread sleeps on it while nothing is.
static std::atomic<int> sets{0};
static bool running = false;

static bool look_once() {
  std::lock_guard<std::mutex> lock(mutex);
  int64_t now = now_ns();
  bool any = false;
  for (Alarm* a : alarms()) {
    int64_t next = a->next.load();
    any |= next != 0;
    if (next == 0 || now < next || !a->next.compare_exchange_strong(next, now + a->period.load())) continue;
    a->fired.store(true);
    syscall(SYS_tgkill, getpid(), a->thread, SIGURG);
  }
  return any;
}

static void* run(void*) {
  for (;;) {
    int seen = sets.load();
    if (look_once()) {
      struct timespec ms{0, 1000000};
      nanosleep(&ms, nullptr);
    } else {
      syscall(SYS_futex, &sets, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    }
  }
  return nullptr;
}

// Under the mutex. It lives as long as the process, takes no signals, and nothing waits for it.
static bool start() {
  if (running) return true;
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  running = pthread_create(&thread, &attributes, run, nullptr) == 0;
  pthread_attr_destroy(&attributes);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return running;
}

bool Alarm::make(int signal, void* value) {
  struct sigevent ev{};
  thread = static_cast<pid_t>(syscall(SYS_gettid));
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev.sigev_signo = signal;
  ev.sigev_value.sival_ptr = value;
  ev.sigev_notify_thread_id = thread;
  if (timer_make(&ev, &timer) == 0) {
    kind = kTimer;
    return true;
  }
  std::lock_guard<std::mutex> lock(mutex);
  if (!start()) return false;
  alarms().push_back(this);
  kind = kThread;
  return true;
}

void Alarm::drop() {
  if (kind == kTimer) timer_drop(timer);
  if (kind == kThread) {
    std::lock_guard<std::mutex> lock(mutex);
    alarms().erase(std::find(alarms().begin(), alarms().end(), this));
  }
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
    period.store(every);
    next.store(first);
    if (first == 0) return;
    sets++;
    syscall(SYS_futex, &sets, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
}

}  // namespace wn
