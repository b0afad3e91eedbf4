// JavaScript ↔ wasm. Arguments and results are in the argument buffer, what to call and what came of it in control
// words behind it, so the calls carry nothing.
//
// Wasm that needs JavaScript does not call it from here: the activation is put aside, invoke returns, the caller
// (settle in runtime/settle.ts) does what the outcome asks for and says `resume`. That spares calls from C++ into
// JavaScript, which cost several times the way back and leave 2.5 KB each on the thread's stack, and it lets V8 call
// invoke and resume without any frame that its garbage collector would have to know (fast-call.cc).
//
// If the caller does not come back (JavaScript was terminated by a vm timeout, or there was no stack left even for
// `abandon`), the activation stays: it goes when an outer one goes on or ends, or at an entry from further up the
// thread's own stack. Entries from about the same place tell nothing: frames differ, and V8 inlines. So activations
// that lie deep have a token that only the waiting JavaScript holds, and V8's collector is asked who is still there.

#include "invoke.h"

#include <algorithm>

#include "code.h"
#include "exception.h"
#include "funcref.h"
#include "instance.h"
#include "interrupt.h"
#include "lifetimes.h"
#include "memory.h"
#include "thunks.h"
#include "trap.h"

namespace wn {

// A control word, WN_CONTROL_*.
static inline u32& control(Env* e, u32 word) { return reinterpret_cast<u32*>(e->arguments)[word]; }
void set_outcome(Env* e, int32_t outcome) { control(e, WN_CONTROL_OUTCOME) = static_cast<u32>(outcome); }

static inline void pop(Thread* t) {
  Activation* a = t->top;
  a->waits_for = 0;
  t->wasm_sp = a->wasm_sp;
  t->top = a->prev;
}

// Whether the innermost activation waits so deep that it has a token, once its host function is called.
static bool is_deep(const Thread* t) { return t->top->level > WN_DEEP_LEVEL || t->wasm_sp < t->deep_sp; }

// Whether the innermost activation was left by JavaScript that does not come back: a nested entry comes from frames
// that lie below those of the one that waits. Host functions have wide margins, for frames that V8 replaced by
// optimised ones meanwhile. Before a host function is called, and between a poll (or growth) and its resume, nothing
// can enter but what V8 does at that moment, the evaluation of a debugger for instance, far below.
static bool is_stale(const Thread* t, char* here) {
  const Activation* a = t->top;
  auto own = [t](char* p) { return p >= t->own_low && p < t->own_high; };
  bool alone = a->waits_for < 0 || (is_deep(t) && !a->watched);
  return own(here) && own(a->sp) && here > a->sp + (alone ? -512 : 4096);
}

// How deep tokens are looked at, in levels and in parts of the wasm stack. (Activations have tokens from half of that
// on: Thread::deep_sp, DEEP_LEVEL.)
static constexpr u32 kLookLevel = 2 * WN_DEEP_LEVEL, kLookPart = 4;

static u64 used_stack(const Thread* t) { return static_cast<u64>(t->stack_high - t->wasm_sp); }
static bool must_look(const Thread* t) {
  return t->top->level >= std::max(t->look_at_level, kLookLevel) ||
         used_stack(t) >= std::max(t->look_at_bytes, t->map_size / kLookPart);
}

static bool token_collected(const Activation* a) {
  if (!a->watched) return false;
  napi_value token = nullptr;
  napi_get_reference_value(a->env->napi, a->env->tokens[a->level], &token);
  return token == nullptr;
}

// Drops the innermost activations whose tokens have been collected. This takes a collection, so it is done again only
// much deeper.
static WN_NOINLINE void drop_left(Env* e, Thread* t, char* here) {
  collect_garbage(e);
  napi_handle_scope scope;
  napi_open_handle_scope(e->napi, &scope);
  while (t->top != nullptr && (is_stale(t, here) || token_collected(t->top))) pop(t);
  napi_close_handle_scope(e->napi, scope);
  if (t->top == nullptr) forget_interrupts(t);
  t->look_at_level = t->top == nullptr ? 0 : 2 * t->top->level;
  t->look_at_bytes = used_stack(t) + t->map_size / kLookPart;
}

void drop_stale(Thread* t, char* here) {
  while (t->top != nullptr && is_stale(t, here)) pop(t);
  if (t->top == nullptr) forget_interrupts(t);
}

static void drop_above(Thread* t, u32 level) {
  while (t->top != nullptr && t->top->level > level) pop(t);
}

void push_activation(Thread* t, Activation* a) {
  a->prev = t->top;
  u32 level = t->top == nullptr ? 0 : t->top->level;
  for (Activation* x = a; x != nullptr; x = x->next) x->level = ++level;
  // In this order: a signal in between would find an activation without its place in the chain.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  t->top = a;
}

void drop_activation(Thread* t, Activation* a) {
  Activation* x = t->top;
  while (x != nullptr && x != a) x = x->prev;
  while (x != nullptr && t->top != a->prev) pop(t);
}

// The record of the function that is to be called; null: its instance was freed.
static inline char* callee(Env* e) {
  char* record = funcref_array_now() + u64{control(e, WN_CONTROL_CALLEE)} * WN_FUNCREF_SIZE;
  return field<void*>(record, WN_FUNCREF_ENTRY_STUB) != nullptr ? record : nullptr;
}

// Calls a leaf function (LEAF_FUNCTION of src-ts/abi/artefact.ts) if it is one. It needs nothing of what entries are
// for: it takes little of any stack, cannot fail or wait, and ends soon.
static inline bool call_leaf(Env* e, char* record) {
  u64 stub = field<u64>(record, WN_FUNCREF_ENTRY_STUB);
  if ((stub & kLeafStub) == 0) return false;
  set_outcome(e, kDone);
  reinterpret_cast<LeafStub>(stub - kLeafStub)(e->arguments, field<char*>(record, WN_FUNCREF_VMCTX),
                                               field<void*>(record, WN_FUNCREF_CODE));
  return true;
}

static void enter(Env* e, Thread* t, Activation* a, char* record) {
  a->begin_at(t->wasm_sp);
  a->env = e;
  a->exception = 0;
  a->watched = false;
  t->top = a;
  // In this order: a signal in between would find no activation and stop the watch.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  watch(t);
  wn_enter(t, e->arguments, a, record);
}

// A call that cannot begin: as if the function's first check of the stack had failed.
static WN_NOINLINE void refuse(Env* e) {
  e->thread->thrown = 0;
  e->thread->trap.begin(WN_TRAP_STACK_OVERFLOW);
  set_outcome(e, kTrapped);
}

static void invoke_now(Env* e, char* here) {
  Thread* t = e->thread;
  char* record = callee(e);
  if (record == nullptr) return set_outcome(e, kDisposed);
  if (call_leaf(e, record)) return;
  if (t->top != nullptr) drop_stale(t, here);
  if (t->top != nullptr && must_look(t)) return set_outcome(e, kDeclined);
  Activation* a = t->top == nullptr ? &t->first : t->top->next;
  if (a == nullptr) a = make_activation(t, t->top);
  if (a == nullptr) return refuse(e);
  enter(e, t, a, record);
}

// Whether an entry has to look at adopted memories first.
static bool looks(Env* e) {
  Thread* t = e->thread;
  if (!t->is(WN_STATE_LOOKS)) return false;
  if (e->refreshes()) return true;
  if (t->only_env == e) t->clear(WN_STATE_LOOKS);
  return false;
}

// Fast calls are given nothing to call N-API with: what takes that is declined.
static WN_NOINLINE void invoke_or_decline(Env* e) {
  if (looks(e)) return set_outcome(e, kDeclined);
  invoke_now(e, static_cast<char*>(__builtin_frame_address(0)));
}

// Straight through where nothing is unusual: no other activation, no bit of the thread's state. What such calls wait
// for are their stores: so the thread's own activation has all but the environment from before.
void invoke_quickly(Thread* t, Env* e) {
  Activation* a = &t->first;
  char* record = callee(e);
  if (WN_UNLIKELY(record == nullptr)) return set_outcome(e, kDisposed);
  if (call_leaf(e, record)) return;
  if (WN_UNLIKELY(t->top != nullptr)) return invoke_or_decline(e);
  a->env = e;
  t->top = a;
  // As in enter.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (WN_UNLIKELY(t->state.load(std::memory_order_relaxed) != 0)) {
    t->top = nullptr;
    return invoke_or_decline(e);
  }
  wn_enter(t, e->arguments, a, record);
}

void invoke_in(Env* e, Activation* a) {
  Thread* t = e->thread;
  char* record = callee(e);
  if (record == nullptr) return set_outcome(e, kDisposed);
  if (call_leaf(e, record)) return;
  if (!refresh_adopted(e)) return refuse(e);
  a->begin_at(t->wasm_sp);
  push_activation(t, a);
  enter(e, t, a, record);
}

// What had no room is made now, unless something ends the activation first (`trap`).
static WN_NOINLINE void try_again(Thread* t, Activation* a, u32 trap) {
  const Retry& x = a->retry;
  if (x.whole) memcpy(t->registers, x.registers, sizeof t->registers);
  const u64(&arg)[5] = x.arguments;
  HelperResult result{kNoAddress, trap};
  if (trap == 0) result = x.helper(arg[0], arg[1], arg[2], arg[3], arg[4], a->waiting_vm);
  a->waits_for = 0;
  // As in go_on.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  watch(t);
  a->value = result.value;
  if (result.status == WN_LAND) return wn_land(a, reinterpret_cast<Landing*>(result.value));
  if (result.status == WN_LEAVE) return wn_left(a, 1);
  if (result.status != 0)
    return wn_left(wn_raise_helper(t, static_cast<u32>(result.status), a->waiting_vm, result.value), 1);
  if (x.whole) return wn_resume_whole(a);
  wn_resume(a);
}

// `seen`: adopted memories are where generated code is told.
static void go_on(Env* e, bool seen) {
  Thread* t = e->thread;
  u32 level = control(e, WN_CONTROL_LEVEL);
  drop_above(t, level);
  Activation* a = t->top;
  if (WN_UNLIKELY(a == nullptr || a->level != level || a->waits_for == 0)) return set_outcome(e, kNothingWaits);
  // The registers of a poll are in no state to trap; the next signal will find generated code. Unless they hold the
  // base of a memory that moved (a debugger's doing): then this is the end.
  bool may_trap = a->waits_for != kPoll;
  bool moved = (a->waits_for == kPoll || a->waits_for == kRoom) && a->moved != e->bases_moved;
  if (WN_UNLIKELY(a->waits_for == kRoom))
    return try_again(t, a, !seen ? WN_TRAP_STACK_OVERFLOW : moved || interrupted(t) ? WN_TRAP_INTERRUPT : 0);
  a->waits_for = 0;
  // In this order: a signal in between would find that it waits, and stop the watch.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  watch(t);
  if (WN_UNLIKELY(!seen || moved || (may_trap && interrupted(t)))) {
    u32 code = seen ? WN_TRAP_INTERRUPT : WN_TRAP_STACK_OVERFLOW;
    return wn_left(wn_raise_helper(t, code, a->waiting_vm, kNoAddress), 1);
  }
  wn_resume(a);
}

static WN_NOINLINE void resume_or_decline(Env* e) {
  if (looks(e)) return set_outcome(e, kDeclined);
  go_on(e, true);
}

void resume_quickly(Thread* t, Env* e) {
  Activation* a = t->top;
  if (WN_UNLIKELY(a == nullptr || a->level != control(e, WN_CONTROL_LEVEL))) return resume_or_decline(e);
  int32_t what = a->waits_for;
  if (WN_UNLIKELY(what <= 0)) return resume_or_decline(e);
  a->waits_for = 0;
  // As in go_on.
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (WN_UNLIKELY(t->state.load(std::memory_order_relaxed) != 0)) {
    a->waits_for = what;
    return resume_or_decline(e);
  }
  wn_resume(a);
}

}  // namespace wn

using namespace wn;

void wn_ended(Thread* t) {
  if (t->top != nullptr) return;
  t->first.exception = 0;
  t->first.watched = false;
  t->clear(WN_STATE_UNTIDY);
  forget_interrupts(t);
}

Activation* wn_wait_for_poll(char* vm) {
  Activation* a = wait_for(field<Thread*>(vm, WN_VM_THREAD)->top, kPoll, vm);
  a->moved = a->env->bases_moved;
  return a;
}

void wn_left(Activation* a, int unwound) {
  Env* e = a->env;
  if (!unwound) {
    control(e, WN_CONTROL_LEVEL) = a->level;
    return set_outcome(e, a->waits_for);
  }
  Thread* t = a->thread;
  pop(t);
  wn_ended(t);
  set_outcome(e, t->thrown != 0 ? kThrown : kTrapped);
  if (t->trap.code == WN_TRAP_STACK_OVERFLOW && t->top == nullptr) trim_stack(t);
}

namespace wn {

// The environment of a call without arguments. Asking N-API costs as much as the rest.
static inline Env* env_of_call(napi_env env) {
  Thread* t = current_thread();
  return WN_LIKELY(t->only_env != nullptr) ? t->only_env : get_env(env);
}

static napi_value invoke(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  char* here = static_cast<char*>(__builtin_frame_address(0));
  if (!refresh_adopted(e)) {
    refuse(e);
    return nullptr;
  }
  if (e->thread->top != nullptr && must_look(e->thread)) drop_left(e, e->thread, here);
  invoke_now(e, here);
  return nullptr;
}

static napi_value resume(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  go_on(e, refresh_adopted(e));
  return nullptr;
}

static napi_value grow_waiting(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  Thread* t = e->thread;
  u32 level = control(e, WN_CONTROL_LEVEL);
  drop_above(t, level);
  Activation* a = t->top;
  if (a == nullptr || a->level != level || a->waits_for != kGrow) {
    napi_throw_error(env, nullptr, "wamr-native: no memory waits");
    return nullptr;
  }
  Memory* m = field<Instance*>(a->waiting_vm, WN_VM_INSTANCE)->memories[a->growing];
  a->value = static_cast<u32>(m->grow(a->value));
  return nullptr;
}

// (what the helper that waits for JavaScript returns)
static napi_value answer_waiting(napi_env env, napi_callback_info info) {
  Args args(env, info);
  Thread* t = args.env->thread;
  u32 answer = args.u32_at(0), level = control(args.env, WN_CONTROL_LEVEL);
  if (!args.ok) return nullptr;
  drop_above(t, level);
  Activation* a = t->top;
  if (a == nullptr || a->level != level || a->waits_for != kAtomics)
    args.fail("answerWaiting: nothing waits");
  else
    a->value = answer;
  return nullptr;
}

// V8 handles pending interrupts (termination, debugger) on entry to a JavaScript function, and is guaranteed to do so
// nowhere else. So call an empty one.
static napi_value poll_v8(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  napi_value fn = nullptr, undefined = nullptr, ignored = nullptr;
  napi_get_reference_value(env, e->nothing, &fn);
  napi_get_undefined(env, &undefined);
  // The only possible exception is a stack overflow of this internal call; clear it, because the program must not
  // observe it. When the thread or the script is being terminated there is none to clear.
  if (napi_call_function(env, undefined, fn, 0, nullptr, nullptr) == napi_pending_exception)
    napi_get_and_clear_last_exception(env, &ignored);
  return nullptr;
}

// From the event loop, where no wasm waits for JavaScript: what is left of this turn goes. (Unless a host function runs
// an event loop of its own, far below.)
static napi_value end_turn(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  Thread* t = e->thread;
  char* here = static_cast<char*>(__builtin_frame_address(0));
  constexpr std::ptrdiff_t kCloser = 512;
  auto over = [t, here](char* p) {
    return here >= t->own_low && here < t->own_high && p >= t->own_low && p < t->own_high && here + kCloser > p;
  };
  while (t->top != nullptr && over(t->top->sp)) pop(t);
  if (t->top == nullptr) forget_interrupts(t);
  if (t->deadline_set != nullptr && over(t->deadline_set)) drop_deadline(t);
  return nullptr;
}

// The host function threw, and this is the exception: whether generated code catches it, and went on.
static napi_value throw_waiting(napi_env env, napi_callback_info info) {
  Args args(env, info);
  Env* e = args.env;
  Thread* t = e->thread;
  bool seen = refresh_adopted(e);
  Exception* x = e->exceptions->get(args.u32_at(0));
  u32 level = control(e, WN_CONTROL_LEVEL);
  drop_above(t, level);
  Activation* a = t->top;
  if (x == nullptr || a == nullptr || a->level != level || a->waits_for <= 0) {
    args.fail("throwWaiting: nothing waits");
    return nullptr;
  }
  if (!find_landing(t, t->wasm_sp, a->stack_top(), &t->landing)) return make_bool(env, false);
  a->waits_for = 0;
  a->keep(x->handle);
  t->landing.record = reinterpret_cast<char*>(x);
  watch(t);
  if (!seen || interrupted(t))
    wn_left(wn_raise_helper(t, seen ? WN_TRAP_INTERRUPT : WN_TRAP_STACK_OVERFLOW, a->waiting_vm, kNoAddress), 1);
  else
    wn_land(a, &t->landing);
  return make_bool(env, true);
}

static napi_value watch_activation(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Env* e = a.env;
  u32 level = a.u32_at(0);
  drop_above(e->thread, level);
  Activation* top = e->thread->top;
  if (!a.ok || top == nullptr || top->level != level || top->env != e) return nullptr;
  if (level >= e->tokens.size()) e->tokens.resize(2 * level, nullptr);
  napi_ref& token = e->tokens[level];
  if (token != nullptr) napi_delete_reference(env, token);
  token = nullptr;
  top->watched = napi_create_reference(env, a.v[1], 0, &token) == napi_ok;
  e->thread->set(WN_STATE_UNTIDY);
  return nullptr;
}

// The host function threw: its activation goes.
static napi_value abandon(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  drop_above(e->thread, control(e, WN_CONTROL_LEVEL) - 1);
  wn_ended(e->thread);
  return nullptr;
}

static napi_value stack_size(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double bytes = a.number(0);
  if (!a.ok || !(bytes > 0 && bytes <= static_cast<double>(kMaxStack))) return make_bool(env, false);
  Thread* t = a.env->thread;
  drop_stale(t, static_cast<char*>(__builtin_frame_address(0)));
  return make_bool(env, resize_stack(t, static_cast<u64>(bytes)));
}

void register_invoke(napi_env env, napi_value exports) {
  define<invoke>(env, exports, "invoke");
  define<resume>(env, exports, "resume");
  define<grow_waiting>(env, exports, "growWaiting");
  define<answer_waiting>(env, exports, "answerWaiting");
  define<poll_v8>(env, exports, "pollV8");
  define<end_turn>(env, exports, "endTurn");
  define<abandon>(env, exports, "abandon");
  define<watch_activation>(env, exports, "watchActivation");
  define<throw_waiting>(env, exports, "throwWaiting");
  define<stack_size>(env, exports, "stackSize");
}

}  // namespace wn
