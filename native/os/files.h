// Files, where they are open by the numbers that Node gives them.
#pragma once

#include <memory>
#include <string>

#include "../common.h"

namespace wn::os {

// Bytes of the file, or a negative errno.
int64_t file_size(int fd);
// Reads `size` bytes from an offset. 0, or an errno: EIO where the file ends before.
int read_at(int fd, char* to, u64 size, u64 from);
// Takes the file's lock, which goes when the file is closed, the process ended too; false: another process has it.
bool try_lock(int fd);
void close_file(int fd);

// A file that is written in one folder and then moved into another: readers see whole ones.
class NewFile {
 public:
  virtual ~NewFile() = default;
  // Once; `mode`: its rights. 0, or an errno: then there is no such file.
  virtual int write(const char* data, u64 size, u32 mode) = 0;
};

// Where a new file is written, by which name, into which folder it is moved, and its name there. The folders' paths
// need be good during this call only. Null: an errno.
std::unique_ptr<NewFile> new_file(const std::string (&places)[4], int* error);

}  // namespace wn::os
