// Threads that map and unmap code on each other's places, and ask for pcs while alarms ask too: native/code-map.cc
// alone. Prints how many answers there were; exits with 1 at the first wrong one.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "code-map.h"
#include "stack.h"

namespace wn {
__thread Thread* tls_thread = nullptr;
}
using namespace wn;

constexpr u32 kThreads = 4, kPlaces = 64, kRounds = 300000;
// Far apart too, so that nodes of every level are made.
static const char* place(u32 k) { return reinterpret_cast<char*>((u64{k} % 4 << 40) + (u64{k} << 12) + 4096); }

// Pages that all threads share, mapped anew again and again: by whoever comes when nobody uses them.
static const char* const kSharedPlace = place(kPlaces);
static Users* shared;
static u32 sharing;

// Who has a place now, and as what: one at a time, as allocators see to it.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool taken[kPlaces];

struct Worker {
  Thread thread;
  Code* mine[kPlaces];  // null: somebody else's, or nobody's
  u64 seed;
  std::atomic<u64> answers{0};
};
static __thread Worker* self;

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  _exit(1);
}
// Async-signal-safe, as find_code.
static void on_alarm(int) {
  if (self == nullptr) return;
  for (u32 k = 0; k <= kPlaces; k++) {
    Code* found = find_code(place(k) + 4095);
    if (found != nullptr && (reinterpret_cast<u64>(found) >> 32) != self->thread.token) fail("another thread's code");
    self->answers++;
  }
}

static void use_shared(u32 round) {
  pthread_mutex_lock(&mutex);
  if (sharing++ == 0) shared = map_shared(kSharedPlace, 4096);
  int mine = add_user(shared, self->thread.token);
  if (mine < 0 || add_user(shared, self->thread.token) >= 0) fail("not one place for a thread");
  pthread_mutex_unlock(&mutex);
  if (find_code(kSharedPlace) != nullptr) fail("code that is not there yet was found");
  Code* code = reinterpret_cast<Code*>(self->thread.token << 32 | round << 4);
  set_user(shared, mine, code);
  if (find_code(kSharedPlace + 5) != code) fail("shared code that is there was not found");
  remove_user(shared, mine);
  if (find_code(kSharedPlace) != nullptr) fail("shared code that has gone was found");
  pthread_mutex_lock(&mutex);
  if (--sharing == 0) unmap_shared(kSharedPlace, 4096, shared);
  pthread_mutex_unlock(&mutex);
}

static void* run(void* p) {
  self = static_cast<Worker*>(p);
  tls_thread = &self->thread;
  u64 seed = self->seed;
  for (u32 round = 1; round <= kRounds; round++) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    u32 k = static_cast<u32>(seed >> 33) % kPlaces;
    if (round % 8 == 0) use_shared(round);
    if (self->mine[k] != nullptr) {
      if (find_code(place(k)) != self->mine[k]) fail("code that is there was not found");
      unmap_code(place(k), 1);
      self->mine[k] = nullptr;
      if (find_code(place(k)) != nullptr) fail("code that has gone was found");
      pthread_mutex_lock(&mutex);
      taken[k] = false;
      pthread_mutex_unlock(&mutex);
      continue;
    }
    pthread_mutex_lock(&mutex);
    bool free = !taken[k];
    taken[k] = true;
    pthread_mutex_unlock(&mutex);
    Code* found = find_code(place(k) + seed % 4096);
    if (found != nullptr) fail("another thread's code");
    self->answers++;
    if (!free) continue;
    self->mine[k] = reinterpret_cast<Code*>(self->thread.token << 32 | round << 4);
    if (!map_code(place(k), 4096, self->thread.token, self->mine[k])) fail("not mapped");
  }
  self = nullptr;
  return nullptr;
}

int main() {
  static Worker workers[kThreads];
  if (map_code(reinterpret_cast<char*>(u64{1} << 47), 4096, 1, nullptr)) fail("beyond what programs have");
  if (find_code(reinterpret_cast<char*>(~u64{0})) != nullptr || find_code(nullptr) != nullptr) fail("no address");
  struct sigaction action{};
  action.sa_handler = on_alarm;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  struct itimerval often{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
  pthread_t threads[kThreads];
  for (u32 i = 0; i < kThreads; i++) {
    workers[i].thread.token = i + 1;
    workers[i].seed = i;
    pthread_create(&threads[i], nullptr, run, &workers[i]);
  }
  u64 answers = 0;
  for (u32 i = 0; i < kThreads; i++) {
    pthread_join(threads[i], nullptr);
    answers += workers[i].answers;
  }
  printf("%llu answers\n", static_cast<unsigned long long>(answers));
  return 0;
}
