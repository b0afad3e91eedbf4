// Interruption. Each thread has a timer (SIGEV_THREAD_ID, made at first use) that fires at the deadline and then every
// millisecond, so that a signal which came while C++, a stub or JavaScript ran is followed by one that finds generated
// code. The handler sends the thread to the landing only when its pc is in a function of generated code; otherwise it
// leaves a flag that helpers and host-call returns look at. Generated code pays nothing.
//
// Watch: V8 has things to do in a thread that nothing tells native code of: `worker.terminate()`, `process.exit()`, a
// timeout of node:vm, a debugger. So a second timer fires every 10 ms while wasm runs; the handler sends generated code
// to wn_safepoint, which leaves it as for a host call. The JavaScript that resumes it polls V8, and if
// one is that the thread or the script ends, it does not come back.

#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <mutex>
#include <unordered_map>

#include "instance.h"
#include "thunks.h"
#include "timer.h"
#include "trap.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace wn {

static struct sigaction previous_action;
static std::mutex threads_mutex;
static std::unordered_map<u64, Thread*>& threads() {
  static auto* map = new std::unordered_map<u64, Thread*>();
  return *map;
}
static u64 next_token = 1;

static constexpr int64_t kPeriod = 1000000;
static constexpr int64_t kWatchPeriod = 10000000;

static int interrupt_signal() { return SIGRTMIN + 7; }

static int64_t now_ns() {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}

bool interrupt_due(const Thread* t) {
  if (t->requested.load(std::memory_order_relaxed)) return true;
  int64_t d = t->deadline.load(std::memory_order_relaxed);
  return d != 0 && now_ns() >= d;
}

static void set_watch(Thread* t, int64_t period) {
  struct itimerspec spec{};
  spec.it_value.tv_nsec = spec.it_interval.tv_nsec = period;
  timer_set(t->watch_timer, 0, &spec);
}

void arm_watch(Thread* t) {
  t->watch_armed.store(true);
  set_watch(t, kWatchPeriod);
}

// Async-signal-safe, as all that the handler calls.
static bool in_leaf_stub(const char* pc) {
  return pc >= reinterpret_cast<char*>(&wn_leaves_begin) && pc < reinterpret_cast<char*>(&wn_leaves_end);
}

static void on_interrupt(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  if (info->si_code != SI_TIMER || t == nullptr || info->si_value.sival_ptr != t) {
    // Another copy of the addon, or a stranger. The default action would end the process for a signal that is ours by
    // nature: ignore.
    if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN)
      chain_signal(signal, info, context, previous_action);
    errno = saved_errno;
    return;
  }
  if (t->top == nullptr && t->requested.load() && t->deadline.load() == 0) {
    // interruptThread while no wasm runs: nothing to do, and nothing to repeat. (A deadline goes on: its extent ends in
    // deadlineEnd.)
    t->requested.store(false);
    struct itimerspec off{};
    timer_set(t->timer, 0, &off);
  }
  if (t->top == nullptr && t->has_watch && t->watch_armed.load()) {
    set_watch(t, 0);
    t->watch_armed.store(false);
  }
  if (t->top != nullptr) {
    bool due = interrupt_due(t);
    if (due) t->pending.store(true, std::memory_order_relaxed);
    char* pc = context_pc(context);
    char* vm = context_vmctx(context);
    char* sp = context_sp(context);
    // Assembly that small fills and copies are done in: a loop of them spends its time there. Its frame is the return
    // address; interrupted, it is as if it had returned.
    bool leaf = due && in_leaf_stub(pc);
    if (leaf) {
      pc = field<char*>(sp, 0);
      sp += 8;
    }
    bool can = in_function(pc) && t->vmctxs.find(vm) != t->vmctxs.end();
    if (can && !due && t->has_watch) call_from_context(context, &wn_safepoint);
    if (can && due) {
      Fault f{};
      f.code = WN_TRAP_INTERRUPT;
      f.pc = pc;
      f.sp = sp;
      f.is_return = leaf;
      f.vm = vm;
      f.frame_exists = true;
      f.exact = false;
      t->fault = f;
      redirect_to_landing(context, t);
    }
  }
  errno = saved_errno;
}

bool install_interrupt_handler() {
  struct sigaction a{};
  a.sa_sigaction = on_interrupt;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&a.sa_mask);
  return sigaction(interrupt_signal(), &a, &previous_action) == 0;
}

void register_for_interrupts(Thread* t) {
  std::lock_guard<std::mutex> lock(threads_mutex);
  t->token = next_token++;
  threads()[t->token] = t;
}

void unregister_for_interrupts(Thread* t) {
  std::lock_guard<std::mutex> lock(threads_mutex);
  threads().erase(t->token);
  if (t->has_timer) timer_drop(t->timer);
  if (t->has_watch) timer_drop(t->watch_timer);
  t->has_timer = t->has_watch = false;
}

static bool create_timer(Thread* t, TimerId* timer) {
  struct sigevent ev{};
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev.sigev_signo = interrupt_signal();
  ev.sigev_value.sival_ptr = t;
  ev.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
  return timer_make(&ev, timer) == 0;
}

// Both timers of a thread.
static bool make_timers(Thread* t) {
  if (!t->has_timer) t->has_timer = create_timer(t, &t->timer);
  if (!t->has_watch) {
    t->has_watch = create_timer(t, &t->watch_timer);
    t->watch_armed.store(!t->has_watch);
  }
  return t->has_timer;
}

// First expiry at an absolute time (1 = at once), then every kPeriod; 0 disarms.
static void arm(Thread* t, int64_t at) {
  struct itimerspec spec{};
  if (at != 0) {
    spec.it_value.tv_sec = at / 1000000000;
    spec.it_value.tv_nsec = at % 1000000000;
    spec.it_interval.tv_nsec = kPeriod;
  }
  timer_set(t->timer, TIMER_ABSTIME, &spec);
}

void forget_interrupts(Thread* t) {
  t->pending.store(false);
  if (t->requested.load()) {
    std::lock_guard<std::mutex> lock(threads_mutex);
    t->requested.store(false);
    if (t->has_timer) arm(t, t->deadline.load());
  }
}

// ---- JavaScript ----

static napi_value deadline_begin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double ms = a.number(0);
  if (!a.ok) return nullptr;
  Thread* t = a.env->thread;
  std::lock_guard<std::mutex> lock(threads_mutex);
  int64_t previous = t->deadline.load();
  if (!make_timers(t)) {
    napi_throw_error(env, nullptr, "wamr-native: no timer for the deadline");
    return nullptr;
  }
  int64_t at = now_ns() + (ms > 0 ? static_cast<int64_t>((ms < 1e12 ? ms : 1e12) * 1e6) : 0);
  if (previous == 0 || at < previous) {
    t->deadline.store(at);
    arm(t, at);
  }
  return make_number(env, static_cast<double>(previous));
}

static napi_value deadline_end(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double previous = a.number(0);
  if (!a.ok) return nullptr;
  Thread* t = a.env->thread;
  std::lock_guard<std::mutex> lock(threads_mutex);
  t->deadline.store(static_cast<int64_t>(previous));
  t->pending.store(false);
  if (t->has_timer) arm(t, t->requested.load() ? 1 : t->deadline.load());
  return nullptr;
}

static napi_value interrupt_thread(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double token = a.number(0);
  if (!a.ok) return nullptr;
  std::lock_guard<std::mutex> lock(threads_mutex);
  auto it = threads().find(static_cast<u64>(token));
  if (it == threads().end() || !it->second->has_timer) return make_bool(env, false);
  // Nothing running there: the next signal finds no activation, and the next entry starts clean (invoke.cc).
  it->second->requested.store(true);
  arm(it->second, 1);
  return make_bool(env, true);
}

static napi_value stack_size(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double bytes = a.number(0);
  if (!a.ok || !(bytes > 0)) return make_bool(env, false);
  return make_bool(env, resize_stack(a.env->thread, static_cast<u64>(bytes < 1e12 ? bytes : 1e12)));
}

void register_interrupt(napi_env env, napi_value exports) {
  define(env, exports, "deadlineBegin", deadline_begin);
  define(env, exports, "deadlineEnd", deadline_end);
  define(env, exports, "interruptThread", interrupt_thread);
  define(env, exports, "stackSize", stack_size);
  Env* e = get_env(env);
  {
    std::lock_guard<std::mutex> lock(threads_mutex);
    make_timers(e->thread);
  }
  napi_set_named_property(env, exports, "threadToken", make_number(env, static_cast<double>(e->thread->token)));
}

}  // namespace wn
