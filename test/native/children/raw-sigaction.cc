// `sigaction` past ThreadSanitizer, which would keep the signals of alarms until the program calls into its runtime:
// generated code never does. scripts/test-sanitized.cjs renames all uses to this one.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};
}  // namespace

extern "C" void wn_restore_rt();
asm(R"(
  .text
  .hidden wn_restore_rt
  .globl wn_restore_rt
  .type wn_restore_rt, @function
wn_restore_rt:
  mov $15, %rax
  syscall
)");

extern "C" __attribute__((visibility("hidden"))) int wn_sigaction(int signal, const struct sigaction* action,
                                                                  struct sigaction* old) noexcept {
  constexpr int kRestorer = 0x04000000;
  KernelAction now{}, before{};
  if (action != nullptr) {
    now.handler = action->sa_handler;
    now.flags = static_cast<unsigned>(action->sa_flags | kRestorer);
    now.restorer = wn_restore_rt;
    memcpy(&now.mask, &action->sa_mask, sizeof now.mask);
  }
  if (syscall(SYS_rt_sigaction, signal, action == nullptr ? nullptr : &now, old == nullptr ? nullptr : &before, 8) != 0)
    return -1;
  if (old != nullptr) {
    memset(old, 0, sizeof *old);
    old->sa_handler = before.handler;
    old->sa_flags = static_cast<int>(before.flags) & ~kRestorer;
    memcpy(&old->sa_mask, &before.mask, sizeof before.mask);
  }
  return 0;
}
