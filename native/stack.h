// What one thread has: its wasm stack, its alternate signal stack, the chain of activations (entries from JavaScript),
// trap and deadline state.
#pragma once

#ifdef __APPLE__
#include <pthread.h>
#endif

#include <atomic>
#include "common.h"
#include "flat-table.h"
#include "machine.h"
#include "os/alarm.h"
#include "os/faults.h"

// Offsets that assembly uses (native/<machine>/thunks.cc); checked below.
#define WN_THREAD_WASM_SP 0
#define WN_THREAD_C_SP 8
#define WN_THREAD_TOP 16
#define WN_THREAD_STATE 24
#define WN_THREAD_DEEP_SP 32
#define WN_THREAD_REGISTERS 40
#define WN_ACTIVATION_SP 0
#define WN_ACTIVATION_THREAD 8
#define WN_ACTIVATION_VALUE 16
#define WN_ACTIVATION_WASM_SP 24
#define WN_ACTIVATION_PREV 32
#define WN_ACTIVATION_LEVEL 40
#define WN_ACTIVATION_WAITS_FOR 44
#define WN_ACTIVATION_WAITING_VM 48
#define WN_ACTIVATION_START 56

// Bits of Thread::state. 0 is the usual case: calls from JavaScript and returns to wasm go straight through then.
#define WN_STATE_PENDING 1    // an interrupt came while C++ or JavaScript ran
#define WN_STATE_REQUESTED 2  // interruptThread
#define WN_STATE_UNTIDY 4     // the outermost activation has something to clear when it ends
#define WN_STATE_UNWATCHED 8  // the watch is off (interrupt.cc)
#define WN_STATE_LOOKS 16     // an environment has adopted memories: entries look at them first
// When an activation ends, there is something to do (wn_ended).
#define WN_STATE_AT_END 7

#define WN_LANDING_PC 0
#define WN_LANDING_SP 8
#define WN_LANDING_VM 16
#define WN_LANDING_RECORD 24
#define WN_LANDING_SAVED 32

struct HelperResult;

namespace wn {

// What generated code calls through the vmctx (thunks.h).
using HelperFunction = HelperResult(WN_GENERATED*)(u64, u64, u64, u64, u64, char*);

constexpr u32 kFastEnvs = 8;
// Where generated code goes on with an exception (exception.h).
struct Landing {
  char* pc;
  char* sp;
  char* vm;
  char* record;
  // Callee-saved registers, in the order in which prologues save them.
  u64 saved[kSavedRegisters];
};
static_assert(offsetof(Landing, pc) == WN_LANDING_PC && offsetof(Landing, sp) == WN_LANDING_SP &&
                  offsetof(Landing, vm) == WN_LANDING_VM && offsetof(Landing, record) == WN_LANDING_RECORD &&
                  offsetof(Landing, saved) == WN_LANDING_SAVED,
              "thunks.cc");

// A helper that is called once more when there may be room. `whole`: with the registers that it preserves.
struct Retry {
  HelperFunction helper;
  u64 arguments[5];
  bool whole;
  u64 registers[kThreadRegisters];
};

// One entry from JavaScript into wasm, from invoke to its end; in between it may wait for JavaScript, when nothing of
// it is on the thread's own stack. Strictly last in, first out.
struct Activation {
  // Of the frame of wn_enter or wn_resume: where returns and the landing continue, and where the thread's own stack was
  // at the latest invoke or resume.
  char* sp;
  Thread* thread;
  u64 value;      // what the helper that JavaScript was asked for returns
  char* wasm_sp;  // the thread's value before this entry, put back after it
  Activation* prev;
  u32 level;  // number of activations from here outwards, 1 = outermost
  // What it waits for: the funcref of a host function, or an Outcome of invoke.h; 0 while it runs.
  int32_t waits_for;
  char* waiting_vm;
  char* start;  // the stack pointer with which its entry stub is called
  Env* env;
  Activation* next;  // the one for the next entry, made before or not; kept for the thread's life
  u32 growing;       // which of its instance's memories, where it waits for growth
  u64 moved;         // Env::bases_moved when it left for a poll or for room
  u32 exception;     // exnref of the exception that landed in it last: its record may be in use
  bool watched;      // its JavaScript is there as long as its token (Env::tokens)
  Retry retry;       // where it waits for room

  // The exception landed in it.
  inline void keep(u32 exnref);
  // It begins below what the wasm stack has.
  void begin_at(char* sp) {
    wasm_sp = sp;
    start = stack_top() - WN_ENTRY_GAP;
  }
  // Where its wasm frames begin.
  char* stack_top() const { return reinterpret_cast<char*>(reinterpret_cast<u64>(wasm_sp) & ~u64{15}); }
};

// Where and why generated code stopped. Filled by the signal handler or by the raise functions.
struct Fault {
  u32 code;
  bool frame_exists;  // false: frameless code, the return address is at sp or in the link register
  bool exact;         // pc is a trap site; false: anywhere in a function (interrupt)
  bool is_return;     // pc is a return address, one past the site
  bool departed;      // in a helper, or a stub that waited for JavaScript: wasm_sp is at its departure
  char* pc;
  char* sp;
  char* vm;
  u64 address;  // of a memory access, else 0
  u32 memory;   // which of the instance's memories was accessed
  u64 frame_register;
  char* link;  // kLinkRegister: the return address of code without a frame
};

// `FrameRow` of src-ts/abi/objects.ts.
struct Frame {
  u32 instance;
  u32 func;
  u32 offset;  // in the wasm file, or kNoOffset
  u32 activation;
};
static_assert(offsetof(Frame, instance) == 4 * WN_FRAME_INSTANCE && offsetof(Frame, func) == 4 * WN_FRAME_FUNCTION &&
                  offsetof(Frame, offset) == 4 * WN_FRAME_OFFSET &&
                  offsetof(Frame, activation) == 4 * WN_FRAME_ACTIVATION && sizeof(Frame) == 4 * WN_FRAME_WORDS,
              "abi/objects.ts");

constexpr u32 kInnerFrames = WN_FRAME_INNER;
constexpr u32 kOuterFrames = WN_FRAME_OUTER;

// A backtrace: `depth` frames, of which the innermost and the outermost are kept.
struct Frames {
  u32 depth = 0;
  u32 count = 0;
  Frame rows[kInnerFrames + kOuterFrames];
};

// The latest trap of a thread, until JavaScript takes it.
struct TrapState {
  bool present = false;
  u32 code = 0;
  int64_t address = -1;
  int64_t memory_bytes = -1;
  u32 memory = 0;  // whose they are: index in the instance
  Frames frames;

  void begin(u32 trap) {
    present = true;
    code = trap;
    address = memory_bytes = -1;
    memory = 0;
    frames.depth = frames.count = 0;
  }
};

struct Thread {
  // next free wasm stack: stack pointer of the latest departure to C++, the stack's high end when no wasm runs
  char* wasm_sp = nullptr;
  char* c_sp = nullptr;  // where helpers run: below the frame of the innermost wn_enter
  Activation* top = nullptr;
  std::atomic<u32> state{0};  // bits WN_STATE_*; other threads and signal handlers change it, too
  char* deep_sp = nullptr;    // what waits below it, waits deep (ControlWord::DEEP)
  // While a helper runs that preserves all registers (Helper.OBJECT_NEW): those that C++ does not.
  u64 registers[kThreadRegisters] = {};
  Activation first{};              // the outermost; ready for an entry when it is not in use (invoke_quickly)
  Env* only_env = nullptr;         // when there is one environment in this thread; null when there were ever more
  Env* fast_envs[kFastEnvs] = {};  // those that V8 calls directly (fast-call.cc)
  char* own_low = nullptr;         // bounds of the thread's own stack
  char* own_high = nullptr;

  char* map = nullptr;  // mapping of the wasm stack: guard, then stack
  u64 map_size = 0;
  char* stack_high = nullptr;
  char* stack_limit = nullptr;
  os::FaultStack* fault_stack = nullptr;

  Fault fault{};
  TrapState trap;
  Landing landing{};
  u32 suspended = 0;  // promising calls whose frames are put aside: the stack must stay where it is
  // How deep activations may lie before it is found out which of them JavaScript has left (invoke.cc).
  u32 look_at_level = 0;
  u64 look_at_bytes = 0;
  u32 faulting_memory = 0;  // index of the memory that a helper found an access beyond
  u32 thrown = 0;           // the exception that ended the latest failed call, until JavaScript takes it
  // While V8's policy is asked (adopted.cc): base of the memory, and the page behind it that V8's code loaded from.
  char* probe = nullptr;
  char* probe_page = nullptr;
  std::atomic<int64_t> deadline{0};  // by os::now_ns; 0 = none
  char* deadline_set = nullptr;      // where the thread's own stack was at the outermost deadlineBegin
  os::Alarm timer;
  // The watch (interrupt.cc); without an alarm it counts as armed.
  os::Alarm watch_alarm;

  u64 token = 0;
  u32 users = 0;  // environments of this thread (the addon may be loaded in several contexts)
  PointerSet<char> vmctxs;

  bool is(u32 bit) const { return (state.load(std::memory_order_relaxed) & bit) != 0; }
  void set(u32 bit) { state.fetch_or(bit); }
  void clear(u32 bit) { state.fetch_and(~bit); }
};

inline void Activation::keep(u32 exnref) {
  exception = exnref;
  if (!thread->is(WN_STATE_UNTIDY)) thread->set(WN_STATE_UNTIDY);
}

static_assert(offsetof(Thread, wasm_sp) == WN_THREAD_WASM_SP && offsetof(Thread, c_sp) == WN_THREAD_C_SP &&
                  offsetof(Thread, top) == WN_THREAD_TOP && offsetof(Thread, state) == WN_THREAD_STATE &&
                  sizeof(Thread::state) == 4 && std::atomic<u32>::is_always_lock_free &&
                  offsetof(Thread, deep_sp) == WN_THREAD_DEEP_SP && offsetof(Thread, registers) == WN_THREAD_REGISTERS,
              "the offsets that assembly uses");
static_assert(offsetof(Activation, sp) == WN_ACTIVATION_SP && offsetof(Activation, thread) == WN_ACTIVATION_THREAD &&
                  offsetof(Activation, value) == WN_ACTIVATION_VALUE &&
                  offsetof(Activation, wasm_sp) == WN_ACTIVATION_WASM_SP &&
                  offsetof(Activation, prev) == WN_ACTIVATION_PREV &&
                  offsetof(Activation, level) == WN_ACTIVATION_LEVEL &&
                  offsetof(Activation, waits_for) == WN_ACTIVATION_WAITS_FOR &&
                  offsetof(Activation, waiting_vm) == WN_ACTIVATION_WAITING_VM &&
                  offsetof(Activation, start) == WN_ACTIVATION_START,
              "the offsets that assembly uses");

// Windows counts all of a stack as used, and puts the registers of a fault where it happened: less stack, more reserve.
#ifdef _WIN32
constexpr u64 kDefaultStack = u64{16} << 20;
constexpr u64 kRoomForFaults = 65536;
#else
constexpr u64 kDefaultStack = u64{64} << 20;
constexpr u64 kRoomForFaults = 0;
#endif
constexpr u64 kMaxStack = WN_MAX_STACK;
constexpr u64 kStackGuard = 65536;
// Distance of the limit from the guard: what leaf functions, thunks, helper stubs and signal frames of others may use
// unchecked.
constexpr u64 kStackReserve = 65536 + kRoomForFaults;

// Signal handlers read it, so it must be there without an allocation: glibc has room for late libraries' variables of
// the initial-exec model; musl has not, but allocates those of the others before a thread can see them. macOS allocates
// them at the first use, so there it is no variable.
#ifdef __APPLE__
extern pthread_key_t thread_key;
inline Thread* current_thread() { return static_cast<Thread*>(pthread_getspecific(thread_key)); }
inline void set_current_thread(Thread* t) { pthread_setspecific(thread_key, t); }
#else
#ifdef __GLIBC__
#define WN_TLS_MODEL tls_model("initial-exec"),
#else
#define WN_TLS_MODEL
#endif
extern __thread Thread* tls_thread __attribute__((WN_TLS_MODEL visibility("hidden")));
// This thread's state, or null when the addon was never loaded in it. Safe in signal handlers.
inline Thread* current_thread() { return tls_thread; }
inline void set_current_thread(Thread* t) { tls_thread = t; }
#endif
// The activation for an entry below `prev`, which waits. Null without memory.
Activation* make_activation(Thread* t, Activation* prev);
// Makes (or counts another user of) this thread's state. Null when there is no memory for its stacks.
Thread* acquire_thread();
void release_thread(Thread* t);
// Replaces the wasm stack; false when wasm runs on it or there is no memory.
bool resize_stack(Thread* t, u64 bytes);
// Gives the pages of a deep stack back to the system, except the highest MiB. Only when no wasm runs.
void trim_stack(Thread* t);

inline bool in_stack_guard(const Thread* t, u64 address) {
  return address - reinterpret_cast<u64>(t->map) < kStackGuard;
}

}  // namespace wn
