// Open files by the numbers that Node gives them.
#pragma once

#include "../common.h"

namespace wn::os {

// Bytes of the file, or a negative errno.
int64_t file_size(int fd);
// Reads `size` bytes from an offset. 0, or an errno: EIO where the file ends before.
int read_at(int fd, char* to, u64 size, u64 from);

}  // namespace wn::os
