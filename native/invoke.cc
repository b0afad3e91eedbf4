// JavaScript ↔ wasm. Arguments and results are in the argument buffer and what to call is in a control word behind it, so the N-API calls carry nothing.
//
// A wasm function that calls a host function does not call JavaScript from here: the activation is put aside, invoke returns the JavaScript function, the caller (Env.settle in
// runtime/env.ts) calls it and says `resume`. That spares a call from C++ into JavaScript, which costs several times the way back and leaves 2.5 KB on the thread's stack.
//
// If the caller does not come back (JavaScript was terminated by a vm timeout, or there was no stack left even for `abandon`), the activation stays: it goes when an outer one goes on or ends, or
// at an entry from further up the thread's own stack.

#include "invoke.h"

#include "code.h"
#include "funcref.h"
#include "global.h"
#include "instance.h"
#include "interrupt.h"
#include "memory.h"
#include "stack.h"
#include "table.h"
#include "thunks.h"
#include "trap.h"

namespace wn {

// Control words: u32 behind the slots (ControlWord in binding.ts).
static constexpr u32 kCallee = 0, kLevel = 1;
static u32* control(Env* e) { return reinterpret_cast<u32*>(e->arguments + kArgumentSlots); }

// The environment of a call without arguments. Asking N-API costs as much as the rest.
static inline Env* env_of_call(napi_env env) {
  Thread* t = current_thread();
  return WN_LIKELY(t->only_env != nullptr) ? t->only_env : get_env(env);
}

static Activation* make_activation(Thread* t) {
  Activation* a = new Activation();
  a->thread = t;
  if (t->top == nullptr) t->first = a;
  else t->top->next = a;
  return a;
}

static inline void pop(Thread* t) {
  Activation* a = t->top;
  t->wasm_sp = a->wasm_sp;
  t->top = a->prev;
}

// Nested entries come from frames that lie below those of the waiting activation's. The margin is for frames that V8 replaced by optimised ones meanwhile.
static void drop_stale(Thread* t, char* here) {
  auto own = [t](char* p) { return p >= t->own_low && p < t->own_high; };
  while (t->top != nullptr && own(here) && own(t->top->entered) && here > t->top->entered + 4096) pop(t);
}

static void dropped_to(Thread* t) {
  if (t->top == nullptr && WN_UNLIKELY(t->pending.load(std::memory_order_relaxed) || t->requested.load(std::memory_order_relaxed))) forget_interrupts(t);
}

// After wn_enter or wn_resume. undefined: done; true: trapped; a function: call it, then `resume`.
static inline napi_value left(Env* e, Thread* t, Activation* a, int how) {
  if (how == 2) {
    napi_value fn = nullptr;
    napi_get_reference_value(e->napi, a->host->fn, &fn);
    control(e)[kLevel] = a->level;
    return fn;
  }
  pop(t);
  dropped_to(t);
  if (WN_LIKELY(how == 0)) return nullptr;
  TrapState& s = trap_state();
  if (!s.present) return nullptr;  // the thread is being terminated, or growing an adopted memory threw: N-API goes on with it
  if (s.code == WN_TRAP_STACK_OVERFLOW && t->top == nullptr) trim_stack(t);
  return make_bool(e->napi, true);
}

static napi_value invoke(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  Thread* t = e->thread;
  char* record = funcref_array + u64{control(e)[kCallee]} * WN_FUNCREF_SIZE;
  void* stub = field<void*>(record, WN_FUNCREF_ENTRY_STUB);
  if (WN_UNLIKELY(stub == nullptr)) {
    napi_throw_error(env, nullptr, "wamr-native: the instance was disposed");
    return nullptr;
  }
  refresh_adopted(e);
  char* here = static_cast<char*>(__builtin_frame_address(0));
  if (WN_UNLIKELY(t->top != nullptr)) drop_stale(t, here);
  Activation* prev = t->top;
  Activation* a = prev == nullptr ? t->first : prev->next;
  if (WN_UNLIKELY(a == nullptr)) a = make_activation(t);
  a->prev = prev;
  a->level = prev == nullptr ? 1 : prev->level + 1;
  a->wasm_sp = t->wasm_sp;
  a->stack_top = reinterpret_cast<char*>(reinterpret_cast<u64>(t->wasm_sp) & ~u64{15});
  a->entered = here;
  a->host = nullptr;
  t->top = a;
  watch(t);
  return left(e, t, a, wn_enter(field<char*>(record, WN_FUNCREF_VMCTX), field<void*>(record, WN_FUNCREF_CODE), e->arguments, a->stack_top, stub, a));
}

static void drop_above(Thread* t, u32 level) {
  while (t->top != nullptr && t->top->level > level) pop(t);
}

static napi_value resume(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  Thread* t = e->thread;
  u32 level = control(e)[kLevel];
  drop_above(t, level);
  Activation* a = t->top;
  if (WN_UNLIKELY(a == nullptr || a->level != level || a->host == nullptr)) {
    napi_throw_error(env, nullptr, "wamr-native: nothing to resume");
    return nullptr;
  }
  u32 results = a->host->results;
  for (u32 i = 0; i < results; i++) a->host_buffer[i] = e->arguments[i];
  a->host = nullptr;
  a->entered = static_cast<char*>(__builtin_frame_address(0));
  refresh_adopted(e);
  watch(t);
  if (WN_UNLIKELY(interrupted(t))) {
    wn_raise_helper(t, WN_TRAP_INTERRUPT, a->host_vm, kNoAddress);
    return left(e, t, a, 1);
  }
  return left(e, t, a, wn_resume(a));
}

// The host function threw: its activation goes.
static napi_value abandon(napi_env env, napi_callback_info) {
  Env* e = env_of_call(env);
  drop_above(e->thread, control(e)[kLevel] - 1);
  dropped_to(e->thread);
  return nullptr;
}

// ---- externrefs ----

namespace {
struct Marker {
  u8* marks;
  size_t count;
  void mark(u32 handle) const {
    if (handle < count) marks[handle] = 1;
  }
};
}  // namespace

static napi_value externref_mark(napi_env env, napi_callback_info info) {
  Args a(env, info);
  napi_typedarray_type type;
  size_t n = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, a.v[0], &type, &n, &data, nullptr, nullptr) != napi_ok || type != napi_uint8_array) {
    a.fail("externrefMark: a Uint8Array is expected");
    return nullptr;
  }
  Marker m{static_cast<u8*>(data), n};
  for (const Table* t : a.env->live_tables) {
    for (u64 i = 0; !t->funcref && i < t->length; i++) m.mark(t->get(i));
  }
  for (const Global* g : a.env->live_globals) {
    if (g->kind == kGlobalExternref) m.mark(field<u32>(g->cell, 0));
  }
  for (const Instance* i : a.env->live_instances) {
    for (size_t k = i->imported_globals.size(); k < i->global_kinds.size(); k++) {
      if (i->global_kinds[k] == kGlobalExternref) m.mark(field<u32>(i->vm, i->global_offsets[k]));
    }
    for (const ElemSegment& e : i->elems) {
      for (size_t k = 0; !e.functions && k < e.items.size(); k++) m.mark(e.items[k]);
    }
  }
  for (u32 i = 0; i < kArgumentSlots; i++) m.mark(static_cast<u32>(a.env->arguments[i]));
  // Suspended frames: everything between the latest departure and the stack's end, callee-saved registers included (the departure pushed them).
  Thread* t = a.env->thread;
  for (char* p = t->wasm_sp; p < t->stack_high; p += 4) m.mark(field<u32>(p, 0));
  return nullptr;
}

void register_invoke(napi_env env, napi_value exports) {
  define(env, exports, "invoke", invoke);
  define(env, exports, "resume", resume);
  define(env, exports, "abandon", abandon);
  define(env, exports, "externrefMark", externref_mark);
}

}  // namespace wn
