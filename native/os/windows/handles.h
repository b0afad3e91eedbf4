// Node's descriptors are numbers of its own C library, whose functions this addon cannot call: libuv knows the handle.
// Handles of our own, and the system's words for texts and errors.
#pragma once

#include <windows.h>

#include <string>

extern "C" __declspec(dllimport) HANDLE uv_get_osfhandle(int fd);

namespace wn::os {

// UTF-8 as the system takes it.
std::wstring wide(const char* text);
// What GetLastError says, as an errno.
int last_error();

struct OwnHandle {
  HANDLE handle;
  explicit OwnHandle(HANDLE given) : handle(given) {}
  OwnHandle(const OwnHandle&) = delete;
  ~OwnHandle() {
    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
  }
};

}  // namespace wn::os
