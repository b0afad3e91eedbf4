#include "../files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
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

bool try_lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0; }

void close_file(int fd) { close(fd); }

namespace {

class PosixNewFile : public NewFile {
 public:
  // -1 each, with an errno, where a folder cannot be opened.
  int temporary, folder;

  explicit PosixNewFile(const std::string (&places)[4]) : temporary_name(places[1]), name(places[3]) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    temporary = open(places[0].c_str(), flags);
    folder = temporary < 0 ? -1 : open(places[2].c_str(), flags);
  }
  ~PosixNewFile() override {
    if (temporary >= 0) close(temporary);
    if (folder >= 0) close(folder);
  }

  int write(const char* data, u64 size, u32 mode) override {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(temporary, temporary_name.c_str(), flags, static_cast<mode_t>(mode));
    if (fd < 0) return errno;
    int error = 0;
    for (u64 done = 0; error == 0 && done < size;) {
      ssize_t n = ::write(fd, data + done, size - done);
      if (n >= 0)
        done += static_cast<u64>(n);
      else if (errno != EINTR)
        error = errno;
    }
    close(fd);
    if (error == 0 && renameat(temporary, temporary_name.c_str(), folder, name.c_str()) != 0) error = errno;
    if (error != 0) unlinkat(temporary, temporary_name.c_str(), 0);
    return error;
  }

 private:
  std::string temporary_name, name;
};

}  // namespace

std::unique_ptr<NewFile> new_file(const std::string (&places)[4], int* error) {
  std::unique_ptr<PosixNewFile> file(new PosixNewFile(places));
  if (file->folder >= 0) return file;
  *error = errno;
  return nullptr;
}

}  // namespace wn::os
