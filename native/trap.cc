// Traps.
//
// Explicit ones: generated code calls wn_trap_stub, the trap table says what its return address means. Faults: the
// handler recognises a fault by pc (the trap table has this very pc) **and** address (in the reservation of the memory
// of the instance whose vmctx the interrupted registers hold), or by an address in the wasm stack's guard; everything
// else goes to the handler that was there before. The handler only rewrites the interrupted context: all work is done
// after it has returned, at wn_signal_landing, on the thread's stack.

#include "trap.h"

#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "code.h"
#include "instance.h"
#include "memory.h"
#include "os/faults.h"
#include "thunks.h"

namespace wn {

// ---- the handler ----

void redirect_to_landing(void* context, Thread* t) { redirect_context(context, &wn_signal_landing, t->c_sp, t); }

// Whether the access at `pc` has faulted because the sum in its address wraps in wasm and not in the processor; then
// its cold copy does it again with an index that gives wasm's address. Async-signal-safe.
static bool continue_wrapped(Code* code, u32 pc, void* context) {
  const WrapRow* row = code->find_wrap(pc);
  if (row == nullptr) return false;
  u64 index = context_register(context, row->place & 0xff);
  u32 scale = row->place >> 8;
  int64_t sum = static_cast<int64_t>(index << scale) + row->add;
  constexpr int64_t k4GiB = int64_t{1} << 32;
  if (sum >= 0 && sum < k4GiB) return false;
  if (code->wrap_runs) code->wrap_runs[row - code->wraps].fetch_add(1, std::memory_order_relaxed);
  index += static_cast<u64>(sum < 0 ? k4GiB >> scale : -(k4GiB >> scale));
  continue_context(context, code->text + row->copy, row->place & 0xff, index);
  return true;
}

// Which of the instance's memories has the address in its reservation. Async-signal-safe.
static bool find_memory(const Instance* i, u64 address, u32* index) {
  for (u32 k = 0; k < i->memories.size(); k++) {
    const Memory* m = i->memories[k];
    *index = k;
    if (address - reinterpret_cast<u64>(m->base) + WN_MEM_LOW_GUARD < m->reserved() + WN_MEM_LOW_GUARD) return true;
  }
  return false;
}

enum class Verdict { kForeign, kTrap, kContinued };

// What a fault means. If it is a trap, t->fault says all about it. Async-signal-safe: the thread was in generated code,
// so nothing it owns is half-changed.
static Verdict recognise(Thread* t, bool access, u64 address, void* context) {
  if (t == nullptr || t->top == nullptr) return Verdict::kForeign;
  char* pc = context_pc(context);
  Code* code = find_code(pc);
  if (code == nullptr) return Verdict::kForeign;
  char* vm = context_vmctx(context);
  if (!t->vmctxs.has(vm)) return Verdict::kForeign;
  Instance* instance = field<Instance*>(vm, WN_VM_INSTANCE);
  if (instance->code != code) return Verdict::kForeign;
  if (access) pc += access_within(context, address);
  Fault f{};
  f.pc = pc;
  f.sp = context_sp(context);
  f.frame_register = reinterpret_cast<u64>(context_frame(context));
  f.link = context_link(context);
  f.vm = vm;
  f.exact = true;
  f.frame_exists = true;
  if (access && in_stack_guard(t, address)) {
    f.code = WN_TRAP_STACK_OVERFLOW;
    f.exact = false;
    t->fault = f;
    return Verdict::kTrap;
  }
  int site = code->find_trap(static_cast<u32>(pc - code->text), true);
  if (site < 0) return Verdict::kForeign;
  f.code = code->trap_codes[site] & ~WN_TRAP_FLAG_NO_FRAME;
  f.frame_exists = (code->trap_codes[site] & WN_TRAP_FLAG_NO_FRAME) == 0;
  if (access) {
    // A non-canonical address arrives as one that is in no memory.
    if (f.code != WN_TRAP_MEMORY_OUT_OF_BOUNDS || !find_memory(instance, address, &f.memory)) return Verdict::kForeign;
    if (continue_wrapped(code, static_cast<u32>(pc - code->text), context)) return Verdict::kContinued;
    f.address = address;
  } else if (f.code == 0 || f.code == WN_TRAP_MEMORY_OUT_OF_BOUNDS) {
    return Verdict::kForeign;
  }
  t->fault = f;
  return Verdict::kTrap;
}

static bool on_fault(bool access, u64 address, void* context) {
  if (!access && leave_safepoint(context)) return true;
  Thread* t = current_thread();
  Verdict verdict = recognise(t, access, address, context);
  if (verdict == Verdict::kTrap) redirect_to_landing(context, t);
  return verdict != Verdict::kForeign || (access && take_probe(t, address));
}

bool install_trap_handler() { return os::install_fault_handler(on_fault); }

// ---- raising ----

// `address`: where in linear memory an access begins that a comparison found out of bounds. Its first byte beyond the
// end is reported, as the processor reports it of a fault.
static Activation* record(Thread* t, const Fault& f, u64 address = kNoAddress) {
  TrapState& s = t->trap;
  s.begin(f.code);
  t->thrown = 0;
  s.memory = f.memory;
  const Instance* i = field<Instance*>(f.vm, WN_VM_INSTANCE);
  if (f.code == WN_TRAP_MEMORY_OUT_OF_BOUNDS && f.memory < i->memories.size()) {
    Memory* m = i->memories[f.memory];
    u64 bytes = m->present_bytes();
    s.memory_bytes = static_cast<int64_t>(bytes);
    if (f.address != 0)
      s.address = static_cast<int64_t>(f.address - reinterpret_cast<u64>(m->base));
    else if (address != kNoAddress)
      s.address = static_cast<int64_t>(std::max(address, bytes));
  }
  if (f.departed)
    walk_departure(t, &s.frames);
  else
    walk_fault(t, f, &s.frames);
  return t->top;
}

}  // namespace wn

using namespace wn;

// The stub's departure frame is at wasm_sp; above it the return address that the trap table knows.
static Fault departure(Thread* t, char* vm, u32 code) {
  Fault f{};
  f.pc = field<char*>(t->wasm_sp, WN_DEPARTURE_RETURN);
  f.sp = t->wasm_sp + WN_DEPARTURE_RETURN + 8;
  f.frame_register = field<u64>(t->wasm_sp, WN_DEPARTURE_FRAME);
  f.link = field<char*>(t->wasm_sp, WN_DEPARTURE_LINK);
  f.vm = vm;
  f.exact = f.is_return = f.frame_exists = true;
  f.code = code;
  return f;
}

Activation* wn_raise_explicit(Thread* t, char* vm, uint64_t address, uint64_t view) {
  Fault f = departure(t, vm, WN_TRAP_UNREACHABLE);
  Code* code = find_code(f.pc);
  int site = code == nullptr ? -1 : code->find_trap(static_cast<u32>(f.pc - code->text));
  if (site >= 0) {
    f.code = code->trap_codes[site] & ~WN_TRAP_FLAG_NO_FRAME;
    f.frame_exists = (code->trap_codes[site] & WN_TRAP_FLAG_NO_FRAME) == 0;
  }
  // Code of instances with one memory does not say which.
  const Instance* i = field<Instance*>(vm, WN_VM_INSTANCE);
  for (u32 k = 1; k < i->memories.size(); k++) {
    if (i->shape->memory_offsets[k] == view) f.memory = k;
  }
  return record(t, f, address);
}

Activation* wn_raise_helper(Thread* t, uint64_t status, char* vm, uint64_t address) {
  Fault f = departure(t, vm, static_cast<u32>(status));
  f.departed = true;
  f.memory = t->faulting_memory;
  return record(t, f, address);
}

// `vm` is the disposed instance's when a thunk called, else the caller's.
Activation* wn_raise_disposed(Thread* t, char* vm) { return record(t, departure(t, vm, WN_TRAP_DISPOSED_FUNCTION)); }

Activation* wn_raise_signal(Thread* t) { return record(t, t->fault); }

namespace wn {

// ---- JavaScript ----

static napi_value frames_to_js(napi_env env, const Frames& frames) {
  napi_value buffer = nullptr, array = nullptr;
  void* data = nullptr;
  size_t bytes = frames.count * sizeof(Frame);
  // Fails in a thread that is being terminated, like every call that may run JavaScript.
  if (napi_create_arraybuffer(env, bytes, &data, &buffer) != napi_ok) return nullptr;
  if (bytes > 0) memcpy(data, frames.rows, bytes);
  napi_create_typedarray(env, napi_uint32_array, bytes / 4, buffer, 0, &array);
  return array;
}

static napi_value take_trap(napi_env env, napi_callback_info) {
  TrapState& s = get_env(env)->thread->trap;
  napi_value o = nullptr;
  if (!s.present) {
    napi_get_null(env, &o);
    return o;
  }
  s.present = false;
  napi_create_object(env, &o);
  napi_set_named_property(env, o, "code", make_number(env, s.code));
  napi_set_named_property(env, o, "address", make_number(env, static_cast<double>(s.address)));
  napi_set_named_property(env, o, "memoryBytes", make_number(env, static_cast<double>(s.memory_bytes)));
  napi_set_named_property(env, o, "memory", make_number(env, s.memory));
  napi_set_named_property(env, o, "depth", make_number(env, s.frames.depth));
  napi_set_named_property(env, o, "frames", frames_to_js(env, s.frames));
  return o;
}

static napi_value capture_stack(napi_env env, napi_callback_info) {
  Frames frames;
  Thread* t = get_env(env)->thread;
  if (t->top != nullptr) walk_departure(t, &frames);
  return frames_to_js(env, frames);
}

static napi_value signal_handler_active(napi_env env, napi_callback_info) {
  return make_bool(env, os::fault_handler_installed());
}

void register_trap(napi_env env, napi_value exports) {
  define<take_trap>(env, exports, "takeTrap");
  define<capture_stack>(env, exports, "captureStack");
  define<signal_handler_active>(env, exports, "signalHandlerActive");
}

}  // namespace wn
