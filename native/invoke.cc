// JavaScript → wasm. One native function for each wasm function that JavaScript calls; arguments and results are in the argument buffer, so the N-API call itself has none.

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

// What an invoker's function object carries. Keeps the instance's memory valid; `freed` says whether it may still be entered.
struct Invoker {
  Instance* instance;
  Env* env;
  Thread* thread;
  char* vm;
  void* code;
  void* stub;
  u64* buffer;
};

static napi_value invoke(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  Invoker* v = static_cast<Invoker*>(data);
  if (WN_UNLIKELY(v->instance->freed)) {
    napi_throw_error(env, nullptr, "wamr-native: the instance was disposed");
    return nullptr;
  }
  refresh_adopted(v->env);
  Thread* t = v->thread;
  Activation a;
  a.thread = t;
  a.prev = t->top;
  a.c_sp = t->c_sp;
  a.wasm_sp = t->wasm_sp;
  a.stack_top = reinterpret_cast<char*>(reinterpret_cast<u64>(t->wasm_sp) & ~u64{15});
  t->top = &a;
  watch(t);
  int unwound = wn_enter(v->vm, v->code, v->buffer, a.stack_top, v->stub, &a);
  t->top = a.prev;
  t->c_sp = a.c_sp;
  t->wasm_sp = a.wasm_sp;
  if (a.prev == nullptr && WN_UNLIKELY(t->pending.load(std::memory_order_relaxed) || t->requested.load(std::memory_order_relaxed))) forget_interrupts(t);
  if (WN_LIKELY(unwound == 0)) return nullptr;
  TrapState& s = trap_state();
  if (!s.present) return nullptr;  // a host function threw, or the thread is being terminated: N-API goes on with it
  if (s.code == WN_TRAP_STACK_OVERFLOW && a.prev == nullptr) trim_stack(t);
  return make_bool(env, true);
}

static void invoker_finalized(napi_env, void* data, void*) {
  Invoker* v = static_cast<Invoker*>(data);
  release(v->instance);
  delete v;
}

static napi_value make_invoker(napi_env env, napi_callback_info info) {
  Args a(env, info);
  u32 ref = a.u32_at(0);
  if (!a.ok) return nullptr;
  char* record = funcref_alive(ref) ? funcref_record(ref) : nullptr;
  char* vm = record == nullptr ? nullptr : field<char*>(record, WN_FUNCREF_VMCTX);
  void* stub = record == nullptr ? nullptr : field<void*>(record, WN_FUNCREF_ENTRY_STUB);
  if (vm == nullptr || stub == nullptr || field<Instance*>(vm, WN_VM_INSTANCE)->env != a.env) {
    a.fail("invoker: not a wasm function that JavaScript can call");
    return nullptr;
  }
  Invoker* v = new Invoker{retain(field<Instance*>(vm, WN_VM_INSTANCE)), a.env, a.env->thread, vm, field<void*>(record, WN_FUNCREF_CODE), stub, a.env->arguments};
  napi_value fn = nullptr;
  if (napi_create_function(env, nullptr, 0, invoke, v, &fn) != napi_ok || napi_add_finalizer(env, fn, v, invoker_finalized, nullptr, nullptr) != napi_ok) {
    invoker_finalized(env, v, nullptr);  // the thread is being terminated
    return nullptr;
  }
  return fn;
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
  define(env, exports, "invoker", make_invoker);
  define(env, exports, "externrefMark", externref_mark);
}

}  // namespace wn
