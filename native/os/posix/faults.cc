// Faults by signals.

#include "../faults.h"

#include <errno.h>
#include <signal.h>

#include <new>

#include "../memory.h"
#include "signals.h"

namespace wn::os {

static FaultHandler handle;
static struct sigaction previous_segv, previous_bus, previous_fpe, previous_ill;

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
  // A signal that was sent is no fault, and nothing of a guest's is backed by a file: SIGBUS comes from broken memory.
  bool fault = info->si_code > 0 && signal != SIGBUS;
  if (!fault || !handle(signal == SIGSEGV, reinterpret_cast<u64>(info->si_addr), context)) {
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

bool install_fault_handler(FaultHandler handler) {
  handle = handler;
  static bool installed = install(SIGSEGV, &previous_segv) && install(SIGBUS, &previous_bus) &&
                          install(SIGFPE, &previous_fpe) && install(SIGILL, &previous_ill);
  return installed;
}

bool fault_handler_installed() {
  struct sigaction now{};
  sigaction(SIGSEGV, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault;
}

// ---- the alternate stack ----

static constexpr u64 kSize = 128 << 10, kGuard = 65536;

struct FaultStack {
  char* map;  // guard, then stack
  stack_t previous;
};

bool make_fault_stack(FaultStack** stack) {
  FaultStack* s = new (std::nothrow) FaultStack{};
  if (s == nullptr) return false;
  s->map = reserve(kGuard + kSize);
  if (s->map == nullptr || !commit(s->map + kGuard, kSize)) {
    if (s->map != nullptr) release(s->map, kGuard + kSize);
    delete s;
    return false;
  }
  stack_t ss{};
  ss.ss_sp = s->map + kGuard;
  ss.ss_size = kSize;
  sigaltstack(&ss, &s->previous);
  *stack = s;
  return true;
}

// Puts the one before back, unless another one was installed over ours.
void drop_fault_stack(FaultStack* s) {
  stack_t now{};
  sigaltstack(nullptr, &now);
  if (now.ss_sp == s->map + kGuard) {
    stack_t previous = s->previous;
    if ((previous.ss_flags & SS_DISABLE) != 0) previous.ss_flags = SS_DISABLE;
    sigaltstack(&previous, nullptr);
    release(s->map, kGuard + kSize);
  }
  delete s;
}

}  // namespace wn::os
