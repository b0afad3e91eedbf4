// The hash of artefacts (src-ts/aot/format.ts): SHA-256 over the header and the SHA-256 of each MiB.
#pragma once

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

// Copies all bytes of an artefact to the places, and hashes what has arrived there: each byte is read once, so the hash
// is that of the copy whatever happens to the source meanwhile. On several threads. 0, or a negative errno.
int copy_and_hash(const Source& source, const std::vector<Place>& places, u8 digest[32]);

// The hash of bytes in memory; false without memory for it.
bool hash_bytes(const u8* bytes, u64 size, u8 digest[32]);

void register_hash(napi_env env, napi_value exports);

}  // namespace wn
