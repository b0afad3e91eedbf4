// The hash of artefacts (src-ts/aot/format.ts): SHA-256 over the header and the SHA-256 of each MiB.
#pragma once

#include <memory>
#include <vector>

#include "common.h"

namespace wn {

// Where the bytes of an artefact come from: a file, or memory.
struct Source {
  int fd = -1;
  const char* bytes = nullptr;
  u64 size = 0;

  // Copies a range; false, and errno, when it is not (any more) there.
  int copy(u64 from, u64 n, char* to) const;
};

// Where so many bytes of an artefact go; those of the next place follow them.
struct Place {
  char* to;
  u64 size;
};

struct HashJob;

// All bytes of an artefact on their way to the places, hashed as they arrive there: each byte is read once, so the hash
// is that of the copy whatever happens to the source meanwhile.
class HashedCopy {
 public:
  HashedCopy() = default;
  HashedCopy(const HashedCopy&) = delete;
  HashedCopy& operator=(const HashedCopy&) = delete;
  ~HashedCopy() { give_up(); }
  // Lets up to `threads` other threads begin. 0, or a negative errno.
  int begin(const Source& source, const std::vector<Place>& places, u32 threads);
  // Does what is left, with them: 0, or a negative errno. From then on nobody touches source and places.
  int finish(u8 digest[32]);
  // Leaves what is not finished undone.
  void give_up();

 private:
  std::shared_ptr<HashJob> job;
};

// As many threads as help one that waits for them.
constexpr u32 kHelpingThreads = 3;

// The hash of bytes in memory; false without memory for it.
bool hash_bytes(const u8* bytes, u64 size, u8 digest[32]);

void register_hash(napi_env env, napi_value exports);

}  // namespace wn
