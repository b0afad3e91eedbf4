#include "../files.h"

#include <errno.h>

#include "handles.h"

// Without a loop and a callback it is done at once.
extern "C" {
__declspec(dllimport) int uv_fs_close(void* loop, void* request, int fd, void (*done)(void*));
__declspec(dllimport) void uv_fs_req_cleanup(void* request);
}

namespace wn::os {

static HANDLE handle_of(int fd) { return fd < 0 ? INVALID_HANDLE_VALUE : uv_get_osfhandle(fd); }

int64_t file_size(int fd) {
  LARGE_INTEGER size;
  HANDLE file = handle_of(fd);
  if (file == INVALID_HANDLE_VALUE || GetFileSizeEx(file, &size) == 0) return -EBADF;
  return size.QuadPart;
}

int read_at(int fd, char* to, u64 size, u64 from) {
  HANDLE file = handle_of(fd);
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

bool try_lock(int fd) {
  OVERLAPPED place{};
  return LockFileEx(handle_of(fd), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place) != 0;
}

void close_file(int fd) {
  // The system takes its time to give back the lock of a closed file.
  OVERLAPPED place{};
  UnlockFileEx(handle_of(fd), 0, 1, 0, &place);
  // More than libuv's record takes in any version.
  alignas(16) char request[2048];
  uv_fs_close(nullptr, request, fd, nullptr);
  uv_fs_req_cleanup(request);
}

std::wstring wide(const char* text) {
  int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, nullptr, 0);
  std::wstring out(size > 0 ? static_cast<size_t>(size) : 1, L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text, -1, &out[0], size);
  out.pop_back();
  return out;
}

int last_error() {
  switch (GetLastError()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return ENOENT;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
      return EACCES;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
      return EEXIST;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
      return ENOSPC;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
      return ENOMEM;
    default:
      return EIO;
  }
}

namespace {

class WindowsNewFile : public NewFile {
 public:
  explicit WindowsNewFile(const std::string (&places)[4])
      : temporary(wide((places[0] + '\\' + places[1]).c_str())), file(wide((places[2] + '\\' + places[3]).c_str())) {}

  // Who may do what with it, it inherits from its folder.
  int write(const char* data, u64 size, u32) override {
    int error = write_temporary(data, size);
    if (error == 0 && MoveFileExW(temporary.c_str(), file.c_str(), MOVEFILE_REPLACE_EXISTING) == 0)
      error = last_error();
    if (error != 0) DeleteFileW(temporary.c_str());
    return error;
  }

 private:
  std::wstring temporary, file;

  int write_temporary(const char* data, u64 size) const {
    OwnHandle out(
        CreateFileW(temporary.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (out.handle == INVALID_HANDLE_VALUE) return last_error();
    constexpr u64 kMost = u64{1} << 30;
    for (u64 done = 0; done < size;) {
      DWORD n = 0;
      u64 rest = size - done < kMost ? size - done : kMost;
      if (WriteFile(out.handle, data + done, static_cast<DWORD>(rest), &n, nullptr) == 0) return last_error();
      done += n;
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<NewFile> new_file(const std::string (&places)[4], int*) {
  return std::unique_ptr<NewFile>(new WindowsNewFile(places));
}

}  // namespace wn::os
