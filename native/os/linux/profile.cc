// Sampling profiler of the calling thread. Generated code pays nothing: a timer signal looks at the interrupted pc,
// walks the wasm frames by the function table, and writes to a buffer that was allocated before.
//
// The timer runs on the wall clock, because the kernel drives timers of a thread's processor time by its own tick (4 ms
// or more). Each sample carries the processor time that the thread has used since the one before: a thread that waits
// weighs nothing.
//
// To tell JavaScript's frames as well, a sample is taken whenever V8's own profiler takes one: its signal comes here
// first.
//
// A sample in the buffer is a row of u64: frames | weight in nanoseconds << WN_SAMPLE_FRAME_BITS, then when it was
// taken (CLOCK_MONOTONIC, nanoseconds), then the frames, innermost first: number of the code << 32 | code offset, where
// a caller's offset is that of its call (return address - 1). Outside of generated code the innermost frame is one of
// `Outside`; so is what stands between the frames of one activation and those of the next.

#include "../../profile.h"

#include <errno.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "../../code.h"
#include "../../instance.h"
#include "../../stack.h"
#include "../../thunks.h"
#include "../../walk.h"
#include "../posix/signals.h"
#include "timer.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace wn {
namespace {

enum Outside : u64 {
  kElsewhere = u64{WN_SAMPLE_CODE} << 32 | WN_SAMPLE_ELSEWHERE,
  kInAddon = u64{WN_SAMPLE_CODE} << 32 | WN_SAMPLE_ADDON,
  kActivation = u64{WN_SAMPLE_CODE} << 32 | WN_SAMPLE_ACTIVATION,
};

constexpr u32 kMaxFrames = 512;

struct Sampler {
  Thread* thread;
  bool follows = false;  // V8's profiler: it has no timer
  int timer;
  u64* buffer;
  u64 capacity;
  u64 used = 0;
  u64 samples = 0;
  u64 lost = 0;
  int64_t last_cpu = 0;
  const char* addon_begin = nullptr;  // the addon's executable segment
  const char* addon_end = nullptr;
};

std::atomic<Sampler*> active{nullptr};
// Of the timer's signal and of V8's profiler's.
struct sigaction previous_actions[2];

int sample_signal(bool follows) { return follows ? SIGPROF : SIGRTMIN + 8; }

int64_t now_ns(clockid_t clock) {
  struct timespec ts;
  clock_gettime(clock, &ts);
  return int64_t{ts.tv_sec} * 1000000000 + ts.tv_nsec;
}
int64_t cpu_ns() { return now_ns(CLOCK_THREAD_CPUTIME_ID); }

// Writes frames behind each other into a row. Only code prepared by `profileCode` has the order that makes look-ups
// fast, so all of it is.
struct SampleRow {
  u64* out;
  u32 n = 0;

  void put(u64 frame) { out[n++] = frame; }
  void put_frames(FrameWalk& w, bool some) {
    for (; some && n < kMaxFrames; some = w.next()) put(u64{w.code()->number} << 32 | w.offset());
  }
};

// The frames of the activations that wait further out.
void put_outer(SampleRow& r, const Activation* a) {
  for (; a->prev != nullptr && r.n < kMaxFrames; a = a->prev) {
    r.put(kActivation);
    FrameWalk w(a->wasm_sp, a->prev->stack_top(), false);
    r.put_frames(w, w.from_departure(a->wasm_sp));
  }
}

void take_sample(Sampler* s, void* context) {
  int64_t now = cpu_ns();
  int64_t weight = now - s->last_cpu;
  s->last_cpu = now;
  s->samples++;
  if (s->used + 3 + kMaxFrames > s->capacity) {
    s->lost++;
    return;
  }
  Thread* t = s->thread;
  char* pc = context_pc(context);
  u64* row = s->buffer + s->used;
  SampleRow r{row + 2};
  FrameWalk w(t->map + kStackGuard, t->top != nullptr ? t->top->stack_top() : t->map, false);
  Fault at{};
  at.pc = pc;
  at.sp = context_sp(context);
  at.vm = context_vmctx(context);
  at.frame_register = reinterpret_cast<u64>(context_frame(context));
  at.link = context_link(context);
  at.frame_exists = true;
  if (find_code(pc) != nullptr) {
    r.put_frames(w, w.from_fault(at, context_frame(context)));
  } else {
    r.put(pc >= s->addon_begin && pc < s->addon_end ? kInAddon : kElsewhere);
    if (in_leaf_stub(pc)) {
      at.pc = leaf_return(context, &at.sp);
      at.is_return = at.exact = true;
      r.put_frames(w, w.from_fault(at));
    } else if (t->top != nullptr) {
      r.put_frames(w, w.from_departure(t->wasm_sp));
    }
  }
  if (t->top != nullptr) put_outer(r, t->top);
  row[0] = r.n | static_cast<u64>(weight < 0 ? 0 : weight) << WN_SAMPLE_FRAME_BITS;
  row[1] = static_cast<u64>(now_ns(CLOCK_MONOTONIC));
  s->used += 2 + r.n;
}

void on_sample(int signal, siginfo_t* info, void* context) {
  int saved_errno = errno;
  Sampler* s = active.load(std::memory_order_relaxed);
  bool follows = signal == SIGPROF;
  bool own = !follows && s != nullptr && info->si_code == SI_TIMER && info->si_value.sival_ptr == s;
  // V8's profilers of other threads use the same signal.
  bool followed = follows && s != nullptr && s->follows && s->thread == current_thread();
  if (own || followed) take_sample(s, context);
  struct sigaction& previous = previous_actions[follows];
  if (!own && previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
    os::chain_signal(signal, info, context, previous);
  errno = saved_errno;
}

int find_segment(struct dl_phdr_info* info, size_t, void* data) {
  Sampler* s = static_cast<Sampler*>(data);
  const char* here = reinterpret_cast<const char*>(&on_sample);
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) & h = info->dlpi_phdr[i];
    const char* begin = reinterpret_cast<const char*>(info->dlpi_addr + h.p_vaddr);
    if (h.p_type != PT_LOAD || (h.p_flags & PF_X) == 0 || here < begin || here >= begin + h.p_memsz) continue;
    s->addon_begin = begin;
    s->addon_end = begin + h.p_memsz;
    return 1;
  }
  return 0;
}

void destroy(Sampler* s) {
  if (s->buffer != nullptr) munmap(s->buffer, s->capacity * 8);
  delete s;
}

// Has the timer send the thread of `s` its signal; whether that is possible.
bool start_timer(Sampler* s, double us) {
  struct sigevent ev{};
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev.sigev_signo = sample_signal(false);
  ev.sigev_value.sival_ptr = s;
  ev.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
  if (os::timer_make(&ev, &s->timer) != 0) return false;
  int64_t ns = static_cast<int64_t>(us * 1000);
  struct itimerspec spec{};
  spec.it_interval.tv_sec = ns / 1000000000;
  spec.it_interval.tv_nsec = ns % 1000000000;
  spec.it_value = spec.it_interval;
  os::timer_set(s->timer, 0, &spec);
  return true;
}

// (interval in microseconds, or 0: whenever V8's profiler takes a sample, which runs already; megabytes of buffer) →
// whether sampling of this thread started: one sampler a process.
napi_value profile_start(napi_env env, napi_callback_info info) {
  Args a(env, info);
  double us = a.number(0), mib = a.number(1);
  if (!a.ok) return nullptr;
  if (active.load() != nullptr || !(us >= 1 || us == 0) || !(mib >= 1)) return make_bool(env, false);
  Sampler* s = new Sampler();
  s->thread = a.env->thread;
  s->follows = us == 0;
  s->capacity = static_cast<u64>(mib < 4096 ? mib : 4096) << 17;
  void* p = mmap(nullptr, s->capacity * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  s->buffer = p == MAP_FAILED ? nullptr : static_cast<u64*>(p);
  dl_iterate_phdr(find_segment, s);
  s->last_cpu = cpu_ns();
  struct sigaction action{};
  action.sa_sigaction = on_sample;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  struct sigaction old{};
  if (s->buffer == nullptr || sigaction(sample_signal(s->follows), nullptr, &old) != 0) {
    destroy(s);
    return make_bool(env, false);
  }
  // Before ours can run.
  if ((old.sa_flags & SA_SIGINFO) == 0 || old.sa_sigaction != on_sample) previous_actions[s->follows] = old;
  sigaction(sample_signal(s->follows), &action, nullptr);
  active.store(s);
  if (!s->follows && !start_timer(s, us)) {
    active.store(nullptr);
    destroy(s);
    return make_bool(env, false);
  }
  return make_bool(env, true);
}

// V8's handler is the first again, unless somebody else has put another one there.
void unfollow() {
  struct sigaction now{};
  if (sigaction(SIGPROF, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_sample)
    sigaction(SIGPROF, &previous_actions[true], nullptr);
}

// () → { samples: ArrayBuffer of the rows, count, lost } or null when none runs. A late signal finds no sampler and is
// ignored.
napi_value profile_stop(napi_env env, napi_callback_info info) {
  Args a(env, info);
  Sampler* s = active.load();
  if (s == nullptr || s->thread != a.env->thread) return nullptr;
  if (s->follows)
    unfollow();
  else
    os::timer_drop(s->timer);
  active.store(nullptr);
  napi_value result = nullptr, samples = nullptr;
  void* data = nullptr;
  napi_create_object(env, &result);
  if (napi_create_arraybuffer(env, s->used * 8, &data, &samples) == napi_ok) {
    memcpy(data, s->buffer, s->used * 8);
    napi_set_named_property(env, result, "samples", samples);
    napi_set_named_property(env, result, "count", make_number(env, static_cast<double>(s->samples)));
    napi_set_named_property(env, result, "lost", make_number(env, static_cast<double>(s->lost)));
  }
  destroy(s);
  return result;
}

// Maps the first page of an open file executable, for good: `perf record` notes executable mappings, and finds a
// jitdump file by that.
napi_value profile_note_file(napi_env env, napi_callback_info info) {
  Args a(env, info);
  int fd = static_cast<int>(a.number(0));
  if (!a.ok) return nullptr;
  void* page = mmap(nullptr, static_cast<size_t>(sysconf(_SC_PAGESIZE)), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  return make_bool(env, page != MAP_FAILED);
}

}  // namespace

void register_profile(napi_env env, napi_value exports) {
  define<profile_start>(env, exports, "profileStart");
  define<profile_stop>(env, exports, "profileStop");
  define<profile_note_file>(env, exports, "profileNoteFile");
}

}  // namespace wn
