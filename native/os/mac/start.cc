// Starts the background compiler: by two forks, so that the program never sees it among its children.

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../posix/start.h"

namespace wn::os {

int start_program(char* const* arguments, char* const* environment) {
  int ends[2];
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  // A handler of this process must not run in a child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    int failed = become_program(arguments, environment);
    _exit(write(ends[1], &failed, sizeof failed) < 0 ? 126 : 127);
  }
  int error = child < 0 ? errno : 0;
  while (child >= 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(ends[1]);
  // Nothing comes where the program has started.
  int told = 0;
  if (error == 0 && read(ends[0], &told, sizeof told) == sizeof told) error = told;
  close(ends[0]);
  return error;
}

}  // namespace wn::os
