#include "../files.h"

#include <errno.h>

#include "handles.h"

namespace wn::os {

int64_t file_size(int fd) {
  LARGE_INTEGER size;
  HANDLE file = fd < 0 ? INVALID_HANDLE_VALUE : uv_get_osfhandle(fd);
  if (file == INVALID_HANDLE_VALUE || GetFileSizeEx(file, &size) == 0) return -EBADF;
  return size.QuadPart;
}

int read_at(int fd, char* to, u64 size, u64 from) {
  HANDLE file = fd < 0 ? INVALID_HANDLE_VALUE : uv_get_osfhandle(fd);
  constexpr u64 kMost = u64{1} << 30;
  for (u64 done = 0; done < size;) {
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(from + done);
    place.OffsetHigh = static_cast<DWORD>((from + done) >> 32);
    DWORD n = 0;
    u64 rest = size - done < kMost ? size - done : kMost;
    if (ReadFile(file, to + done, static_cast<DWORD>(rest), &n, &place) == 0 || n == 0) return EIO;
    done += n;
  }
  return 0;
}

}  // namespace wn::os
