// Node's descriptors are numbers of its own C library, whose functions this addon cannot call: libuv knows the handle.
#pragma once

#include <windows.h>

extern "C" __declspec(dllimport) HANDLE uv_get_osfhandle(int fd);
