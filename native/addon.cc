// Registration: one environment's state, its exports, its clean-up. Everything else is in the file that its header
// names.

#include <stdlib.h>

#include "background.h"
#include "buffer.h"
#include "cache-read.h"
#include "cells.h"
#include "code.h"
#include "counters.h"
#include "env.h"
#include "exception.h"
#include "fast-call.h"
#include "funcref.h"
#include "gdb.h"
#include "global.h"
#include "hash.h"
#include "heap.h"
#include "instance.h"
#include "interrupt.h"
#include "invoke.h"
#include "kept.h"
#include "lifetimes.h"
#include "memory.h"
#include "os/system.h"
#include "profile.h"
#include "promising.h"
#include "stack.h"
#include "stdio.h"
#include "strings.h"
#include "table.h"
#include "trap.h"

namespace wn {

static napi_value stats(napi_env env, napi_callback_info) {
  Env* e = get_env(env);
  ReservationStats r = reservation_stats();
  napi_value o = nullptr;
  napi_create_object(env, &o);
  auto put = [&](const char* name, size_t n) {
    napi_set_named_property(env, o, name, make_number(env, static_cast<double>(n)));
  };
  put("instances", e->live_instances.size());
  put("memories", e->memories.map.size());
  put("tables", e->live_tables.size());
  put("globals", e->globals.map.size());
  put("codes", e->codes.map.size());
  put("promisingCalls", e->promising.map.size());
  put("funcrefs", funcrefs_in_use());
  put("reservations", r.used);
  put("pooled", r.pooled);
  return o;
}

static napi_value get_cpu_features(napi_env env, napi_callback_info) { return make_number(env, cpu_features()); }

// Runs in the environment's thread when it ends. Finalizers of function objects come later and release what they hold;
// the Env goes with the last object.
static void close_env(void* data) {
  Env* e = static_cast<Env*>(data);
  e->closing = true;
  e->objects++;  // not before this function is through
  e->promising.clear();
  e->instances.clear();
  e->globals.clear();
  e->tables.clear();
  e->memories.clear();
  free_exceptions(e);
  delete e->strings;
  e->strings = nullptr;
  delete e->heap;
  e->heap = nullptr;
  e->tags.clear();
  e->ahead.clear();
  e->codes.clear();
  // Those of instances went with them; these wait for theirs.
  PointerSet<HostFunction> hosts;
  std::swap(hosts, e->hosts);
  for (HostFunction* h : hosts) free_host(h);
  for (Env*& fast : e->thread->fast_envs) {
    if (fast == e) fast = nullptr;
  }
  release_thread(e->thread);
  e->thread = nullptr;
  if (--e->objects == 0) delete e;
}

// The exports; null, and thrown, where that cannot be. What was made so far goes with the environment.
static napi_value make_exports(napi_env env, napi_value exports) {
  // A memory ends where a page ends: those of WebAssembly are of 64 KiB.
  if (kOsPage > u64{1} << kWasmPageShift) {
    napi_throw_error(env, "ERR_WAMR_PAGE_SIZE", "wamr-native: this system has memory pages of more than 64 KiB");
    return nullptr;
  }
  os::stay_loaded();
  static const bool installed = install_trap_handler() && install_interrupt_handler();
  if (!installed) {
    napi_throw_error(env, nullptr, "wamr-native: signal handlers cannot be installed");
    return nullptr;
  }
  Thread* t = acquire_thread();
  if (t == nullptr) {
    napi_throw_error(env, "ERR_WAMR_NO_STACK",
                     "wamr-native: no address space for this thread's wasm stack: raise ulimit -v, vm.max_map_count or "
                     "the container's memory");
    return nullptr;
  }
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, (kArgumentSlots + kControlWords) * 8, &data, &buffer) != napi_ok) {
    release_thread(t);  // the thread is being terminated
    return nullptr;
  }
  std::unique_ptr<ExceptionTable> exceptions(new (std::nothrow) ExceptionTable());
  Env* e = exceptions == nullptr ? nullptr : new (std::nothrow) Env();
  if (e == nullptr) {
    release_thread(t);
    throw std::bad_alloc();
  }
  e->napi = env;
  e->thread = t;
  e->exceptions = exceptions.release();
  t->only_env = t->users == 1 ? e : nullptr;
  napi_set_instance_data(env, e, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, close_env, e);

  napi_create_reference(env, buffer, 1, &e->arguments_ref);
  napi_value source = nullptr, nothing = nullptr;
  napi_create_string_utf8(env, "(() => {})", NAPI_AUTO_LENGTH, &source);
  if (napi_run_script(env, source, &nothing) == napi_ok) napi_create_reference(env, nothing, 1, &e->nothing);
  e->arguments = static_cast<u64*>(data);
  napi_set_named_property(env, exports, "argumentBuffer", buffer);

  register_cells(env, exports);
  register_code(env, exports);
  register_gdb(env, exports);
  register_hash(env, exports);
  register_memory(env, exports);
  register_adopted(env, exports);
  register_buffer(env, exports);
  register_table(env, exports);
  register_global(env, exports);
  register_funcref(env, exports);
  register_instance(env, exports);
  register_exceptions(env, exports);
  register_heap(env, exports);
  register_invoke(env, exports);
  register_promising(env, exports);
  register_kept(env, exports);
  register_lifetimes(env, exports);
  register_fast_calls(env, exports);
  register_trap(env, exports);
  register_interrupt(env, exports);
  register_profile(env, exports);
  register_counters(env, exports);
  register_stdio(env, exports);
  register_strings(env, exports);
  register_background(env, exports);
  register_cache_read(env, exports);
  napi_set_named_property(env, exports, "architecture", make_number(env, kArchitecture));
  define<get_cpu_features>(env, exports, "cpuFeatures");
  define<stats>(env, exports, "stats");
  return exports;
}

}  // namespace wn

NAPI_MODULE_INIT() {
  napi_value made = nullptr;
  if (!wn::attempt([&] { made = wn::make_exports(env, exports); })) wn::throw_no_memory(env);
  return made;
}
