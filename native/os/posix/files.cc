#include "../files.h"

#include <errno.h>
#include <unistd.h>

namespace wn::os {

int64_t file_size(int fd) {
  off_t end = lseek(fd, 0, SEEK_END);
  return end < 0 ? -errno : end;
}

int read_at(int fd, char* to, u64 size, u64 from) {
  for (u64 done = 0; done < size;) {
    ssize_t n = pread(fd, to + done, size - done, static_cast<off_t>(from + done));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) return EIO;
    if (n < 0) return errno;
    done += static_cast<u64>(n);
  }
  return 0;
}

}  // namespace wn::os
