// Alarms by a thread of the process that looks every millisecond, stops the thread whose time has come, and changes its
// registers. Meanwhile the stopped thread may hold any lock, that of the heap too: nothing here takes one until it goes
// on.

#include "../alarm.h"

#include <windows.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "../system.h"

namespace wn::os {

static AlarmHandler handle;

bool install_alarms(AlarmHandler handler) {
  handle = handler;
  return true;
}

int64_t now_ns() {
  static const int64_t frequency = [] {
    LARGE_INTEGER f;
    QueryPerformanceFrequency(&f);
    return f.QuadPart;
  }();
  LARGE_INTEGER ticks;
  QueryPerformanceCounter(&ticks);
  constexpr int64_t kSecond = 1000000000;
  return ticks.QuadPart / frequency * kSecond + ticks.QuadPart % frequency * kSecond / frequency;
}

static std::mutex mutex;
static std::vector<Alarm*>& alarms() {
  static auto* list = new std::vector<Alarm*>();
  return *list;
}
// Set when an alarm was; the thread sleeps on it while none is.
static HANDLE was_set = nullptr;
static bool running = false;

static void interrupt(const Alarm* a) {
  HANDLE thread = reinterpret_cast<HANDLE>(a->thread);
  if (SuspendThread(thread) == static_cast<DWORD>(-1)) return;
  CONTEXT context{};
  context.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
  if (GetThreadContext(thread, &context) != 0) {
    DWORD64 pc = context.Rip;
    handle(a->owner, &context);
    if (context.Rip != pc) SetThreadContext(thread, &context);
  }
  ResumeThread(thread);
}

static bool look_once() {
  std::lock_guard<std::mutex> lock(mutex);
  int64_t now = now_ns();
  bool any = false;
  for (Alarm* a : alarms()) {
    int64_t next = a->next.load();
    any |= next != 0;
    if (next != 0 && now >= next && a->next.compare_exchange_strong(next, now + a->period.load())) interrupt(a);
  }
  return any;
}

static void run(void*) {
  for (;;) WaitForSingleObject(was_set, look_once() ? 1 : INFINITE);
}

// Under the mutex. It lives as long as the process.
static bool start() {
  if (running) return true;
  if (was_set == nullptr) was_set = CreateEventW(nullptr, FALSE, FALSE, nullptr);
  return running = was_set != nullptr && start_thread(run, nullptr);
}

bool Alarm::make(Thread* t) {
  HANDLE copy = nullptr;
  HANDLE process = GetCurrentProcess();
  std::lock_guard<std::mutex> lock(mutex);
  if (!start() || DuplicateHandle(process, GetCurrentThread(), process, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS) == 0)
    return false;
  owner = t;
  thread = reinterpret_cast<u64>(copy);
  alarms().push_back(this);
  kind = kThread;
  return true;
}

void Alarm::drop() {
  if (kind == kNone) return;
  std::lock_guard<std::mutex> lock(mutex);
  alarms().erase(std::find(alarms().begin(), alarms().end(), this));
  CloseHandle(reinterpret_cast<HANDLE>(thread));
  kind = kNone;
}

void Alarm::set(int64_t first, int64_t every) {
  if (kind == kNone) return;
  period.store(every);
  next.store(first);
  if (first != 0) SetEvent(was_set);
}

}  // namespace wn::os
