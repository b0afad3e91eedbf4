#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wn::os {

static constexpr int kLowestPriority = 19;

int become_program(char* const* arguments, char* const* environment) {
  setpriority(PRIO_PROCESS, 0, kLowestPriority);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; null >= 0 && fd < 3; fd++) dup2(null, fd);
  for (int sig = 1; sig < NSIG; sig++) signal(sig, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") == 0) execve(arguments[0], arguments, environment);
  return errno;
}

}  // namespace wn::os
