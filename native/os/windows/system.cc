#include "../system.h"

#include <windows.h>
// Needs the types above.
#include <bcrypt.h>

#include <algorithm>
#include <new>

namespace wn::os {

static SYSTEM_INFO system_info() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info;
}

u64 page_size() { return system_info().dwPageSize; }

void stay_loaded() {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&stay_loaded), &self);
}

bool own_stack(char** low, char** high) {
  ULONG_PTR begin, end;
  GetCurrentThreadStackLimits(&begin, &end);
  *low = reinterpret_cast<char*>(begin);
  *high = reinterpret_cast<char*>(end);
  return true;
}

namespace {

struct Start {
  void (*run)(void*);
  void* argument;
};

DWORD WINAPI run_thread(void* p) {
  Start start = *static_cast<Start*>(p);
  delete static_cast<Start*>(p);
  start.run(start.argument);
  return 0;
}

}  // namespace

bool start_thread(void (*run)(void*), void* argument) {
  Start* start = new (std::nothrow) Start{run, argument};
  if (start == nullptr) return false;
  HANDLE thread = CreateThread(nullptr, 0, run_thread, start, 0, nullptr);
  if (thread == nullptr) {
    delete start;
    return false;
  }
  CloseHandle(thread);
  return true;
}

u32 processors() { return system_info().dwNumberOfProcessors; }

// There is nothing like `ulimit -v`.
u64 address_space_left() { return ~u64{0}; }

// What is accessible takes room in memory or in the page file.
u64 memory() {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  if (GlobalMemoryStatusEx(&status) == 0) return ~u64{0};
  return std::min<u64>(status.ullTotalPhys, status.ullTotalPageFile);
}

bool random(u8* to, u64 size) {
  return BCryptGenRandom(nullptr, to, static_cast<ULONG>(size), BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

}  // namespace wn::os
