// Interruption. Each thread has an alarm that comes at the deadline and then every millisecond, so that a signal which
// came while C++, a stub or JavaScript ran is followed by one that finds generated code. The handler sends the thread
// to the landing only when its pc is in a function of generated code; otherwise it leaves a flag that helpers and
// host-call returns look at. Generated code pays nothing.
//
// Watch: V8 has things to do in a thread that nothing tells native code of: `worker.terminate()`, `process.exit()`, a
// timeout of node:vm, a debugger. So a second alarm comes every 10 ms while wasm runs; the handler sends generated code
// to wn_safepoint, which leaves it as for a host call. The JavaScript that resumes it polls V8, and if
// one is that the thread or the script ends, it does not come back. While JavaScript runs, or nothing, the watch is
// off: entries and returns of host functions turn it on again.

#include "interrupt.h"

#include <math.h>

#include <mutex>
#include <unordered_map>

#include "code.h"
#include "instance.h"
#include "thunks.h"
#include "trap.h"

namespace wn {

static std::mutex threads_mutex;
static std::unordered_map<u64, Thread*>& threads() {
  static auto* map = new std::unordered_map<u64, Thread*>();
  return *map;
}
static u64 next_token = 1;

static constexpr int64_t kPeriod = 1000000;
static constexpr int64_t kWatchPeriod = 10000000;

bool interrupt_due(const Thread* t) {
  if (t->is(WN_STATE_REQUESTED)) return true;
  int64_t d = t->deadline.load(std::memory_order_relaxed);
  return d != 0 && os::now_ns() >= d;
}

void arm_watch(Thread* t) {
  t->clear(WN_STATE_UNWATCHED);
  t->watch_alarm.set(os::now_ns() + kWatchPeriod, kWatchPeriod);
}

// An object is being made: the collector must find none without a header. The next alarm comes soon.
static bool in_allocation(const char* pc, const Thread* t) {
  const Code* code = find_code(pc, t);
  return code != nullptr && code->in_allocation(static_cast<u32>(pc - code->text));
}

// An alarm of this thread came. Async-signal-safe.
static void attend(Thread* t, void* context) {
  if (t->top == nullptr && t->is(WN_STATE_REQUESTED) && t->deadline.load() == 0) {
    // interruptThread while no wasm runs: nothing to do, and nothing to repeat. (A deadline goes on: its extent ends in
    // deadlineEnd.)
    t->clear(WN_STATE_REQUESTED);
    t->timer.set(0, 0);
  }
  if ((t->top == nullptr || t->top->waits_for != 0) && t->watch_alarm.made() && is_watched(t)) {
    t->watch_alarm.set(0, 0);
    t->set(WN_STATE_UNWATCHED);
  }
  if (t->top != nullptr) {
    bool due = interrupt_due(t);
    if (due) t->set(WN_STATE_PENDING);
    char* pc = context_pc(context);
    char* vm = context_vmctx(context);
    char* sp = context_sp(context);
    // Assembly that small fills and copies are done in: a loop of them spends its time there. Its frame is the return
    // address at most; interrupted, it is as if it had returned.
    bool leaf = due && in_leaf_stub(pc);
    if (leaf) {
      pc = leaf_return(context, &sp);
    }
    // A leaf function on the thread's own stack ends soon, and nothing could unwind it.
    bool on_wasm_stack = sp >= t->map && sp < t->stack_high;
    bool can = on_wasm_stack && in_function(pc, t) && t->vmctxs.has(vm) && !in_allocation(pc, t);
    if (can && !due && t->watch_alarm.made()) call_from_context(context, &wn_safepoint);
    if (can && due) {
      Fault f{};
      f.code = WN_TRAP_INTERRUPT;
      f.pc = pc;
      f.sp = sp;
      f.is_return = leaf;
      f.vm = vm;
      f.frame_register = reinterpret_cast<u64>(context_frame(context));
      f.link = context_link(context);
      f.frame_exists = true;
      f.exact = false;
      t->fault = f;
      redirect_to_landing(context, t);
    }
  }
}

bool install_interrupt_handler() { return os::install_alarms(attend); }

void register_for_interrupts(Thread* t) {
  std::lock_guard<std::mutex> lock(threads_mutex);
  t->token = next_token++;
  threads()[t->token] = t;
}

void unregister_for_interrupts(Thread* t) {
  std::lock_guard<std::mutex> lock(threads_mutex);
  threads().erase(t->token);
  t->timer.drop();
  t->watch_alarm.drop();
}

// Both alarms of a thread. Under the mutex.
static bool make_alarms(Thread* t) {
  if (!t->timer.made()) t->timer.make(t);
  if (!t->watch_alarm.made() && t->watch_alarm.make(t)) t->set(WN_STATE_UNWATCHED);
  return t->timer.made();
}

// First at an absolute time (1 = at once), then every kPeriod; 0: off.
static void arm(Thread* t, int64_t at) { t->timer.set(at, kPeriod); }

void forget_interrupts(Thread* t) {
  t->clear(WN_STATE_PENDING);
  if (t->is(WN_STATE_REQUESTED)) {
    std::lock_guard<std::mutex> lock(threads_mutex);
    t->clear(WN_STATE_REQUESTED);
    if (t->timer.made()) arm(t, t->deadline.load());
  }
}

// ---- JavaScript ----

// Under the mutex.
static void set_deadline(Thread* t, int64_t at, char* from) {
  t->deadline.store(at);
  t->deadline_set = at == 0 ? nullptr : from;
  if (t->timer.made()) arm(t, at == 0 && t->is(WN_STATE_REQUESTED) ? 1 : at);
}

void drop_deadline(Thread* t) {
  std::lock_guard<std::mutex> lock(threads_mutex);
  set_deadline(t, 0, nullptr);
}

static napi_value deadline_begin(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double ms = a.number(0);
  if (!a.ok) return nullptr;
  Thread* t = a.env->thread;
  char* here = static_cast<char*>(__builtin_frame_address(0));
  std::lock_guard<std::mutex> lock(threads_mutex);
  int64_t previous = t->deadline.load();
  // One whose extent was left without its end (a timeout of node:vm), further down the stack.
  if (previous != 0 && here > t->deadline_set + 4096) previous = 0;
  if (!make_alarms(t)) {
    napi_throw_error(env, "ERR_WAMR_NO_TIMER",
                     "wamr-native: no timer and no thread for the deadline: raise ulimit -i or ulimit -u");
    return nullptr;
  }
  int64_t at = os::now_ns() + (ms > 0 ? static_cast<int64_t>((ms < 1e12 ? ms : 1e12) * 1e6) : 0);
  if (previous == 0 || at < previous) set_deadline(t, at, previous == 0 ? here : t->deadline_set);
  return make_number(env, static_cast<double>(previous));
}

static napi_value deadline_end(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double previous = a.number(0);
  if (!a.ok) return nullptr;
  Thread* t = a.env->thread;
  std::lock_guard<std::mutex> lock(threads_mutex);
  t->clear(WN_STATE_PENDING);
  set_deadline(t, static_cast<int64_t>(previous), t->deadline_set);
  return nullptr;
}

static napi_value interrupt_thread(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double token = a.number(0);
  if (!a.ok) return nullptr;
  std::lock_guard<std::mutex> lock(threads_mutex);
  auto it = threads().find(static_cast<u64>(token));
  if (it == threads().end() || !it->second->timer.made()) return make_bool(env, false);
  // Nothing running there: the next signal finds no activation, and the next entry starts clean (invoke.cc).
  it->second->set(WN_STATE_REQUESTED);
  arm(it->second, 1);
  return make_bool(env, true);
}

// Milliseconds until this thread's wasm has to stop: 0 if it has to now, Infinity without a deadline.
static napi_value time_left(napi_env env, napi_callback_info) {
  Thread* t = get_env(env)->thread;
  int64_t at = t->deadline.load();
  // The alarm may be late, and what runs next may end before it comes.
  if (t->top != nullptr && interrupt_due(t)) t->set(WN_STATE_PENDING);
  double left = interrupted(t) ? 0 : at == 0 ? HUGE_VAL : static_cast<double>(at - os::now_ns()) / 1e6;
  return make_number(env, left < 0 ? 0 : left);
}

void register_interrupt(napi_env env, napi_value exports) {
  define<deadline_begin>(env, exports, "deadlineBegin");
  define<deadline_end>(env, exports, "deadlineEnd");
  define<interrupt_thread>(env, exports, "interruptThread");
  define<time_left>(env, exports, "timeLeft");
  Env* e = get_env(env);
  {
    std::lock_guard<std::mutex> lock(threads_mutex);
    make_alarms(e->thread);
  }
  napi_set_named_property(env, exports, "threadToken", make_number(env, static_cast<double>(e->thread->token)));
}

}  // namespace wn
