// Threads' stacks. Wasm runs on an own mapped stack, one a thread, strictly last in, first out. It lies below the
// thread's own stack (V8's profiler wants that), its low end is a guard, and the limit that generated code compares
// with is a reserve above the guard.

#include "stack.h"

#include <new>

#include "interrupt.h"
#include "os/memory.h"
#include "os/system.h"

namespace wn {

#ifdef __APPLE__
static pthread_key_t make_key() {
  pthread_key_t key;
  pthread_key_create(&key, nullptr);
  return key;
}
pthread_key_t thread_key = make_key();
#else
__thread Thread* tls_thread = nullptr;
#endif

static constexpr u64 kSmallestFirstStack = u64{1} << 20;

// Maps guard + stack below the thread's stack, trying ever lower places; anywhere when there is none.
static char* map_below(char* low, u64 size) {
  if (low != nullptr) {
    u64 place = (reinterpret_cast<u64>(low) - size - (u64{1} << 20)) & ~(os::kPlace - 1);
    for (int i = 0; i < 64 && place > (u64{1} << 32);
         i++, place -= align_up(size, os::kPlace) + (u64{1} << (20 + i / 4))) {
      char* p = os::reserve_at(reinterpret_cast<char*>(place), size);
      if (p != nullptr) return p;
    }
  }
  return os::reserve(size);
}

static bool map_stack(Thread* t, u64 bytes) {
  bytes = align_up(bytes < 4 * kStackReserve ? 4 * kStackReserve : bytes, kOsPage);
  u64 size = bytes + kStackGuard;
  char* p = map_below(t->own_low, size);
  if (p == nullptr) return false;
  if (!os::commit(p + kStackGuard, bytes)) {
    os::release(p, size);
    return false;
  }
  os::use_small_pages(p, size);
  t->map = p;
  t->map_size = size;
  t->stack_high = p + size;
  t->stack_limit = p + kStackGuard + kStackReserve;
  t->deep_sp = t->stack_high - bytes / 8;
  t->wasm_sp = t->stack_high;
  t->first.begin_at(t->wasm_sp);
  return true;
}

// The usual size, or what there is address space for.
static bool map_first_stack(Thread* t) {
  for (u64 bytes = kDefaultStack; bytes >= kSmallestFirstStack; bytes /= 2) {
    if (map_stack(t, bytes)) return true;
  }
  return false;
}

Activation* make_activation(Thread* t, Activation* prev) {
  Activation* a = new (std::nothrow) Activation();
  if (a == nullptr) return nullptr;
  a->thread = t;
  a->prev = prev;
  a->level = prev->level + 1;
  prev->next = a;
  return a;
}

static void free_thread(Thread* t) {
  if (t->map != nullptr) os::release(t->map, t->map_size);
  while (Activation* a = t->first.next) {
    t->first.next = a->next;
    delete a;
  }
  delete t;
}

Thread* acquire_thread() {
  if (Thread* present = current_thread()) {
    present->users++;
    return present;
  }
  Thread* t = new (std::nothrow) Thread();
  if (t == nullptr) return nullptr;
  t->first.thread = t;
  t->first.level = 1;
  os::own_stack(&t->own_low, &t->own_high);
  if (!map_first_stack(t) || !attempt([t] { register_for_interrupts(t); }) || !os::make_fault_stack(&t->fault_stack)) {
    unregister_for_interrupts(t);
    free_thread(t);
    return nullptr;
  }
  t->users = 1;
  set_current_thread(t);
  return t;
}

void release_thread(Thread* t) {
  if (--t->users > 0) return;
  unregister_for_interrupts(t);
  os::drop_fault_stack(t->fault_stack);
  set_current_thread(nullptr);
  free_thread(t);
}

bool resize_stack(Thread* t, u64 bytes) {
  if (t->top != nullptr || t->suspended != 0) return false;
  char* old = t->map;
  u64 old_size = t->map_size;
  if (!map_stack(t, bytes)) return false;
  os::release(old, old_size);
  for (char* vm : t->vmctxs) field<char*>(vm, WN_VM_STACK_LIMIT) = t->stack_limit;
  return true;
}

void trim_stack(Thread* t) {
  constexpr u64 keep = u64{1} << 20;
  u64 bytes = t->map_size - kStackGuard;
  if (t->top == nullptr && bytes > keep) os::give_back(t->map + kStackGuard, bytes - keep);
}

}  // namespace wn
