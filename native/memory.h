// Linear memories: reservations, growth, buffers, adopted WebAssembly.Memory objects.
#pragma once

#include <vector>

#include "env.h"

namespace wn {

// Address space for one memory. Counted: by the memory and by every ArrayBuffer over it that is not finalised.
// Process-wide, outlives environments.
struct Reservation {
  char* base;
  u64 size;   // usable from base
  char* map;  // what mmap gave
  u64 map_size;
  u64 accessible;   // bytes from base that can be read and written; beyond them nothing can
  bool file_pages;  // pages of an artefact are mapped somewhere
  u32 refs;
};

struct Memory : Object {
  explicit Memory(Env* e) : Object(e) {}
  ~Memory();

  Reservation* reservation = nullptr;  // null: adopted
  char* base = nullptr;
  u64 bytes = 0;
  u64 max_pages = 0;
  bool guard = false;
  bool released = false;
  // Present ArrayBuffer, if one was made. Of an adopted memory: weak (V8 links buffers to their memory object, which
  // JavaScript must be able to drop).
  napi_ref buffer = nullptr;
  // Adopted: the memory object (weak), (object) => ArrayBuffer, (object, delta) => boolean.
  napi_ref store = nullptr;
  napi_ref current = nullptr;
  napi_ref grower = nullptr;
  std::vector<Instance*> users;

  // Old pages, or -1.
  int64_t grow(u64 delta);
  // Growing it runs JavaScript (adopted), or detaches a buffer.
  bool grows_in_javascript() const { return reservation == nullptr || buffer != nullptr; }
  // Adopted: looks whether others grew it.
  void refresh();
  // Sets the size in here and in every instance that uses it.
  void set_bytes(u64 n);
  u64 reserved() const;
};

// Looks at the adopted memories of an environment: at entries and host-call returns.
void refresh_all(Env* env);
inline void refresh_adopted(Env* env) {
  if (WN_UNLIKELY(env->refreshes())) refresh_all(env);
}

struct ReservationStats {
  u32 used, pooled;
};
ReservationStats reservation_stats();

void register_memory(napi_env env, napi_value exports);

}  // namespace wn
