#include "alarm-thread.h"

#include <errno.h>
#include <time.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "../../stack.h"
#include "../system.h"
#include "signals.h"

namespace wn::os {

static AlarmHandler handle;
static struct sigaction previous_urgent;

// Another copy of the addon, or a stranger. The default action would end the process for a signal that is ours by
// nature: ignore.
void pass_on_alarm(int signal, siginfo_t* info, void* context, struct sigaction& previous) {
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) chain_signal(signal, info, context, previous);
}

static void on_urgent(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  bool watched = t != nullptr && t->watch_alarm.fired.exchange(false);
  bool timed = t != nullptr && t->timer.fired.exchange(false);
  if (watched || timed)
    handle(t, context);
  else
    pass_on_alarm(signal, info, context, previous_urgent);
  errno = saved_errno;
}

bool install_alarm_signal(int signal, void (*handler)(int, siginfo_t*, void*), struct sigaction* previous) {
  struct sigaction a{};
  a.sa_sigaction = handler;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&a.sa_mask);
  return sigaction(signal, &a, previous) == 0;
}

// ---- the thread ----

static std::mutex mutex;
static std::vector<Alarm*>& alarms() {
  static auto* list = new std::vector<Alarm*>();
  return *list;
}
// Counts what was set; the thread sleeps on it while nothing is.
static std::atomic<int> sets{0};
static std::condition_variable& was_set() {
  static auto* condition = new std::condition_variable();
  return *condition;
}
static bool running = false;

// Under the mutex; whether one is set.
static bool look_once() {
  int64_t now = now_ns();
  bool any = false;
  for (Alarm* a : alarms()) {
    int64_t next = a->next.load();
    any |= next != 0;
    if (next == 0 || now < next || !a->next.compare_exchange_strong(next, now + a->period.load())) continue;
    a->fired.store(true);
    signal_thread(a->thread, SIGURG);
  }
  return any;
}

static void run(void*) {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    int seen = sets.load();
    if (!look_once()) {
      was_set().wait(lock, [seen] { return sets.load() != seen; });
      continue;
    }
    lock.unlock();
    struct timespec ms{0, 1000000};
    nanosleep(&ms, nullptr);
    lock.lock();
  }
}

// Under the mutex. It lives as long as the process.
static bool start() {
  if (running) return true;
  static const bool urgent = install_alarm_signal(SIGURG, on_urgent, &previous_urgent);
  return running = urgent && start_thread(run, nullptr);
}

// ---- alarms ----

bool make_by_thread(Alarm* a, AlarmHandler handler) {
  std::lock_guard<std::mutex> lock(mutex);
  handle = handler;
  if (!start()) return false;
  a->thread = this_thread();
  alarms().push_back(a);
  a->kind = Alarm::kThread;
  return true;
}

void drop_by_thread(Alarm* a) {
  std::lock_guard<std::mutex> lock(mutex);
  alarms().erase(std::find(alarms().begin(), alarms().end(), a));
}

void set_by_thread(Alarm* a, int64_t first, int64_t every) {
  a->period.store(every);
  a->next.store(first);
  if (first == 0) return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    sets++;
  }
  was_set().notify_one();
}

}  // namespace wn::os
