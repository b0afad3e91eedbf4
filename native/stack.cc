// Threads' stacks. Wasm runs on an own mapped stack, one a thread, strictly last in, first out. It lies below the
// thread's own stack (V8's profiler wants that), its low end is a guard, and the limit that generated code compares
// with is a reserve above the guard.

#include "stack.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "interrupt.h"

// The old versions of these, which every glibc has: prebuilds must run on glibc 2.28, as Node 20 does.
#ifdef __GLIBC__
asm(".symver pthread_getattr_np, pthread_getattr_np@" WN_GLIBC_BASE);
asm(".symver pthread_attr_getstack, pthread_attr_getstack@" WN_GLIBC_BASE);
#endif

namespace wn {

__thread Thread* tls_thread = nullptr;

static constexpr u64 kSignalStack = 128 << 10;
static constexpr u64 kSmallestFirstStack = u64{1} << 20;

// Finds the calling thread's own stack.
static void find_own_stack(Thread* t) {
  pthread_attr_t attr;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  void* low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  t->own_low = static_cast<char*>(low);
  t->own_high = t->own_low + size;
}

// Maps guard + stack below the thread's stack, trying ever lower places; anywhere when there is none.
static char* map_below(char* low, u64 size) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK;
  if (low != nullptr) {
    u64 place = (reinterpret_cast<u64>(low) - size - (u64{1} << 20)) & ~(kOsPage - 1);
    for (int i = 0; i < 64 && place > (u64{1} << 32); i++, place -= size + (u64{1} << (20 + i / 4))) {
      void* p = mmap(reinterpret_cast<void*>(place), size, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);
      if (p == reinterpret_cast<void*>(place)) return static_cast<char*>(p);
      if (p != MAP_FAILED) munmap(p, size);  // a kernel without MAP_FIXED_NOREPLACE
    }
  }
  void* p = mmap(nullptr, size, PROT_NONE, flags, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<char*>(p);
}

static bool map_stack(Thread* t, u64 bytes) {
  bytes = align_up(bytes < 4 * kStackReserve ? 4 * kStackReserve : bytes, kOsPage);
  u64 size = bytes + kStackGuard;
  char* p = map_below(t->own_low, size);
  if (p == nullptr) return false;
  if (mprotect(p + kStackGuard, bytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(p, size);
    return false;
  }
  madvise(p, size, MADV_NOHUGEPAGE);
  t->map = p;
  t->map_size = size;
  t->stack_high = p + size;
  t->stack_limit = p + kStackGuard + kStackReserve;
  t->deep_sp = t->stack_high - bytes / 8;
  t->wasm_sp = t->stack_high;
  return true;
}

// The usual size, or what there is address space for.
static bool map_first_stack(Thread* t) {
  for (u64 bytes = kDefaultStack; bytes >= kSmallestFirstStack; bytes /= 2) {
    if (map_stack(t, bytes)) return true;
  }
  return false;
}

static bool map_signal_stack(Thread* t) {
  void* p = mmap(nullptr, kSignalStack + kStackGuard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return false;
  char* base = static_cast<char*>(p) + kStackGuard;
  if (mprotect(base, kSignalStack, PROT_READ | PROT_WRITE) != 0) {
    munmap(p, kSignalStack + kStackGuard);
    return false;
  }
  stack_t ss{};
  ss.ss_sp = base;
  ss.ss_size = kSignalStack;
  sigaltstack(&ss, &t->previous_signal_stack);
  t->signal_stack = static_cast<char*>(p);
  return true;
}

Activation* make_activation(Thread* t, Activation* prev) {
  Activation* a = new (std::nothrow) Activation();
  if (a == nullptr) return nullptr;
  a->thread = t;
  a->prev = prev;
  a->level = prev == nullptr ? 1 : prev->level + 1;
  (prev == nullptr ? t->first : prev->next) = a;
  return a;
}

static void free_thread(Thread* t) {
  if (t->map != nullptr) munmap(t->map, t->map_size);
  while (Activation* a = t->first) {
    t->first = a->next;
    delete a;
  }
  delete t;
}

Thread* acquire_thread() {
  if (tls_thread != nullptr) {
    tls_thread->users++;
    return tls_thread;
  }
  Thread* t = new (std::nothrow) Thread();
  if (t == nullptr) return nullptr;
  find_own_stack(t);
  if (!map_first_stack(t) || make_activation(t, nullptr) == nullptr || !attempt([t] { register_for_interrupts(t); }) ||
      !map_signal_stack(t)) {
    unregister_for_interrupts(t);
    free_thread(t);
    return nullptr;
  }
  t->users = 1;
  tls_thread = t;
  return t;
}

void release_thread(Thread* t) {
  if (--t->users > 0) return;
  unregister_for_interrupts(t);
  // Put the previous signal stack back, unless another one was installed over ours.
  stack_t now{};
  sigaltstack(nullptr, &now);
  if (now.ss_sp == t->signal_stack + kStackGuard) {
    stack_t previous = t->previous_signal_stack;
    if ((previous.ss_flags & SS_DISABLE) != 0) previous.ss_flags = SS_DISABLE;
    sigaltstack(&previous, nullptr);
    munmap(t->signal_stack, kSignalStack + kStackGuard);
  }
  tls_thread = nullptr;
  free_thread(t);
}

bool resize_stack(Thread* t, u64 bytes) {
  if (t->top != nullptr || t->suspended != 0) return false;
  char* old = t->map;
  u64 old_size = t->map_size;
  if (!map_stack(t, bytes)) return false;
  munmap(old, old_size);
  for (char* vm : t->vmctxs) field<char*>(vm, WN_VM_STACK_LIMIT) = t->stack_limit;
  return true;
}

void trim_stack(Thread* t) {
  constexpr u64 keep = u64{1} << 20;
  u64 bytes = t->map_size - kStackGuard;
  if (t->top == nullptr && bytes > keep) madvise(t->map + kStackGuard, bytes - keep, MADV_DONTNEED);
}

}  // namespace wn
