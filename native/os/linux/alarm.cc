// Alarms by POSIX timers whose signal goes to one thread. Where the system refuses those (a real-time signal needs room
// in a queue that has a limit, `ulimit -i`), one thread of the process sends ordinary signals. Such a signal says
// nothing about its sender, so `fired` tells whether it was an alarm. The signal is SIGURG, which is ignored by
// default.

#include "../alarm.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "../../stack.h"
#include "../posix/signals.h"
#include "../system.h"
#include "timer.h"

// musl has this name of timer_create(2), glibc what it stands for.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace wn::os {

static AlarmHandler handle;
static struct sigaction previous_action, previous_urgent;

static int alarm_signal() { return SIGRTMIN + 7; }

int64_t now_ns() {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

// ---- signals ----

// Another copy of the addon, or a stranger. The default action would end the process for a signal that is ours by
// nature: ignore.
static void pass_on(int signal, siginfo_t* info, void* context, struct sigaction& previous) {
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) chain_signal(signal, info, context, previous);
}

static void on_alarm(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  if (info->si_code == SI_TIMER && t != nullptr && info->si_value.sival_ptr == t)
    handle(t, context);
  else
    pass_on(signal, info, context, previous_action);
  errno = saved_errno;
}

// Of alarms without timers.
static void on_urgent(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  bool watched = t != nullptr && t->watch_alarm.fired.exchange(false);
  bool timed = t != nullptr && t->timer.fired.exchange(false);
  if (watched || timed)
    handle(t, context);
  else
    pass_on(signal, info, context, previous_urgent);
  errno = saved_errno;
}

static bool install(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous) {
  struct sigaction a{};
  a.sa_sigaction = handler;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&a.sa_mask);
  return sigaction(signal, &a, previous) == 0;
}

bool install_alarms(AlarmHandler handler) {
  handle = handler;
  return install(alarm_signal(), on_alarm, &previous_action);
}

// ---- the thread that stands in for timers ----

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
    syscall(SYS_tgkill, getpid(), static_cast<pid_t>(a->thread), SIGURG);
  }
  return any;
}

static void run(void*) {
  for (;;) {
    int seen = sets.load();
    if (look_once()) {
      struct timespec ms{0, 1000000};
      nanosleep(&ms, nullptr);
    } else {
      syscall(SYS_futex, &sets, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    }
  }
}

// Under the mutex. It lives as long as the process.
static bool start() {
  if (running) return true;
  static const bool urgent = install(SIGURG, on_urgent, &previous_urgent);
  return running = urgent && start_thread(run, nullptr);
}

// ---- alarms ----

bool Alarm::make(Thread* t) {
  struct sigevent ev{};
  pid_t id = static_cast<pid_t>(syscall(SYS_gettid));
  thread = static_cast<u64>(id);
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev.sigev_signo = alarm_signal();
  ev.sigev_value.sival_ptr = t;
  ev.sigev_notify_thread_id = id;
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

}  // namespace wn::os
