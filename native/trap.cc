// Traps.
//
// Explicit ones: generated code calls wn_trap_stub, the trap table says what its return address means. Faults: the
// handler recognises a fault by pc (the trap table has this very pc) **and** address (in the reservation of the memory
// of the instance whose vmctx the interrupted registers hold), or by an address in the wasm stack's guard; everything
// else goes to the handler that was there before. The handler only rewrites the interrupted context: all work is done
// after it has returned, at wn_signal_landing, on the thread's stack.

#include "trap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "code.h"
#include "instance.h"
#include "memory.h"
#include "thunks.h"

namespace wn {

static struct sigaction previous_segv, previous_bus, previous_fpe, previous_ill;

// ---- handlers ----

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
static Verdict recognise(Thread* t, int signal, siginfo_t* info, void* context) {
  if (t == nullptr || t->top == nullptr || info->si_code <= 0) return Verdict::kForeign;
  char* pc = context_pc(context);
  // Nothing of a guest's is backed by a file: SIGBUS comes from broken memory.
  if (signal == SIGBUS) return Verdict::kForeign;
  Code* code = find_code(pc);
  if (code == nullptr) return Verdict::kForeign;
  char* vm = context_vmctx(context);
  if (t->vmctxs.find(vm) == t->vmctxs.end()) return Verdict::kForeign;
  Instance* instance = field<Instance*>(vm, WN_VM_INSTANCE);
  if (instance->code != code) return Verdict::kForeign;
  u64 address = reinterpret_cast<u64>(info->si_addr);
  if (signal == SIGSEGV) pc += access_within(context, address);
  Fault f{};
  f.pc = pc;
  f.sp = context_sp(context);
  f.frame_register = reinterpret_cast<u64>(context_frame(context));
  f.link = context_link(context);
  f.vm = vm;
  f.exact = true;
  f.frame_exists = true;
  bool memory_fault = signal == SIGSEGV;
  if (memory_fault && in_stack_guard(t, address)) {
    f.code = WN_TRAP_STACK_OVERFLOW;
    f.exact = false;
    t->fault = f;
    return Verdict::kTrap;
  }
  int site = code->find_trap(static_cast<u32>(pc - code->text), true);
  if (site < 0) return Verdict::kForeign;
  f.code = code->trap_codes[site] & ~WN_TRAP_FLAG_NO_FRAME;
  f.frame_exists = (code->trap_codes[site] & WN_TRAP_FLAG_NO_FRAME) == 0;
  if (memory_fault) {
    // A non-canonical address arrives as si_addr 0, which is in no memory.
    if (f.code != WN_TRAP_MEMORY_OUT_OF_BOUNDS || !find_memory(instance, address, &f.memory)) return Verdict::kForeign;
    if (continue_wrapped(code, static_cast<u32>(pc - code->text), context)) return Verdict::kContinued;
    f.address = address;
  } else if (f.code == 0 || f.code == WN_TRAP_MEMORY_OUT_OF_BOUNDS) {
    return Verdict::kForeign;
  }
  t->fault = f;
  return Verdict::kTrap;
}

void chain_signal(int signal, siginfo_t* info, void* context, struct sigaction& previous) {
  const struct sigaction action = previous;
  // As the kernel does: such a handler is called once.
  if ((action.sa_flags & SA_RESETHAND) != 0) {
    previous.sa_flags = 0;
    previous.sa_handler = SIG_DFL;
  }
  bool detailed = (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction != nullptr;
  if (!detailed && action.sa_handler == SIG_IGN && info->si_code <= 0) return;
  if (!detailed && (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)) {
    // Die as the process would have without us: the default action, by the same instruction again or by a new signal
    // when this one was sent.
    struct sigaction dfl{};
    dfl.sa_handler = SIG_DFL;
    sigaction(signal, &dfl, nullptr);
    if (info->si_code <= 0) raise(signal);
    return;
  }
  // With the signals blocked that it asked for.
  sigset_t blocked = action.sa_mask, before;
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&blocked, signal);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  if (detailed)
    action.sa_sigaction(signal, info, context);
  else
    action.sa_handler(signal);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

static void on_fault(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Thread* t = current_thread();
  Verdict verdict = recognise(t, signal, info, context);
  if (verdict == Verdict::kTrap) {
    redirect_to_landing(context, t);
  } else if (verdict == Verdict::kForeign &&
             (signal != SIGSEGV || !take_probe(t, reinterpret_cast<u64>(info->si_addr)))) {
    struct sigaction& previous = signal == SIGSEGV  ? previous_segv
                                 : signal == SIGBUS ? previous_bus
                                 : signal == SIGFPE ? previous_fpe
                                                    : previous_ill;
    chain_signal(signal, info, context, previous);
  }
  errno = saved_errno;
}

static bool install(int signal, struct sigaction* previous) {
  struct sigaction a{};
  a.sa_sigaction = on_fault;
  a.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&a.sa_mask);
  if (sigaction(signal, &a, previous) != 0) return false;
  // Never chain to ourselves (a second initialisation of the same image).
  if ((previous->sa_flags & SA_SIGINFO) != 0 && previous->sa_sigaction == on_fault) {
    previous->sa_flags = 0;
    previous->sa_handler = SIG_DFL;
  }
  return true;
}

bool install_handlers() {
  static bool installed = install(SIGSEGV, &previous_segv) && install(SIGBUS, &previous_bus) &&
                          install(SIGFPE, &previous_fpe) && install(SIGILL, &previous_ill);
  return installed;
}

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

bool signal_handler_installed() {
  struct sigaction now{};
  sigaction(SIGSEGV, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault;
}

static napi_value signal_handler_active(napi_env env, napi_callback_info) {
  return make_bool(env, signal_handler_installed());
}

void register_trap(napi_env env, napi_value exports) {
  define<take_trap>(env, exports, "takeTrap");
  define<capture_stack>(env, exports, "captureStack");
  define<signal_handler_active>(env, exports, "signalHandlerActive");
}

}  // namespace wn
