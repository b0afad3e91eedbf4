// Linear memories: ours in reservations, and adopted WebAssembly.Memory objects.
#pragma once

#include <vector>

#include "env.h"
#include "reservation.h"

namespace wn {

// An instance that uses a memory, and as which of its memories: it may have the same one twice.
struct MemoryUser {
  Instance* instance;
  u32 index;
};

struct Memory : Object {
  explicit Memory(Env* e) : Object(e) {}
  ~Memory();

  Reservation* reservation = nullptr;  // null: adopted
  char* base = nullptr;
  u64 bytes = 0;
  u64 max_pages = 0;
  u32 page_shift = kWasmPageShift;
  bool address64 = false;  // V8 wants numbers of pages as BigInts
  // Guard code may run on it: kGuardReservation bytes behind the base, which never moves, are its own.
  bool guard = false;
  // So may guard code with addresses that may lie below the base: nothing can access the WN_MEM_LOW_GUARD bytes there.
  bool low_guard = false;
  bool released = false;
  // Adopted, on a SharedArrayBuffer: any thread may grow it, at any time. It never moves, V8 reserves all that it may
  // become, and what it has not become yet is inaccessible. So accesses are bounded by that, `bytes` is only what was
  // seen last, and `bound` is what generated code compares with.
  bool shared = false;
  // Present ArrayBuffer, if one was made. Of an adopted memory: weak (V8 links buffers to their memory object, which
  // JavaScript must be able to drop).
  napi_ref buffer = nullptr;
  // Adopted: the memory object (weak), and V8's own getter of its buffer and method to grow it, which run no
  // JavaScript.
  napi_ref store = nullptr;
  char* below = nullptr;  // the guard below the base, where V8 has none and it is ours
  napi_ref getter = nullptr;
  napi_ref grower = nullptr;
  napi_ref length = nullptr;  // shared: V8's getter of a buffer's length
  std::vector<MemoryUser> users;

  u64 pages() const { return bytes >> page_shift; }
  // Old pages, or -1.
  int64_t grow(u64 delta);
  // Growing it takes V8: its own memory (adopted), or to detach a buffer.
  bool grows_in_javascript() const { return reservation == nullptr || buffer != nullptr; }
  // Adopted: looks whether others grew it, and where it is then. False: that could not be seen, and it may be anywhere.
  bool refresh();
  // Sets the size, or the base, in here and in every instance that uses it. Generated code must be at a call or
  // suspended: it keeps the base in a register, which is loaded again when it goes on.
  void set_bytes(u64 n);
  void set_base(char* at);
  u64 bound() const { return shared && !released ? max_pages << page_shift : bytes; }
  // Whether n bytes from `at` on are within it, now. Of a shared memory that grew meanwhile too.
  bool has(u64 at, u64 n) { return fits(at, n, bytes) || (shared && fits(at, n, present_bytes())); }
  // The size, now.
  u64 present_bytes();
  u64 reserved() const;
  void remove_user(const Instance* i, u32 index);
};

// Looks at the adopted memories of an environment: at entries and host-call returns. False: wasm may not go on, because
// one of them may be elsewhere than generated code is told. (It is not always compared with the size: nothing is said
// by that.)
bool refresh_all(Env* env);
inline bool refresh_adopted(Env* env) { return WN_LIKELY(!env->refreshes()) || refresh_all(env); }

int64_t grow_adopted(Memory* m, u64 delta);
// Gives back a guard below a base.
void release_below(char* below);

void register_memory(napi_env env, napi_value exports);
void register_adopted(napi_env env, napi_value exports);

}  // namespace wn
