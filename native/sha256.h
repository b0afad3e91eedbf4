// SHA-256 (FIPS 180-4) of two independent streams at once: the instruction for it has a latency of several times its
// throughput, so the second stream is nearly free.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wn {

struct Sha256State {
  uint32_t h[8];
};

extern const Sha256State kSha256Start;

// Takes `blocks` blocks of 64 bytes into each state. Uses the CPU's SHA extensions where it has them.
void sha256_blocks(Sha256State& s, const uint8_t* data, size_t blocks);
void sha256_blocks_2(Sha256State& s, const uint8_t* data, Sha256State& s2, const uint8_t* data2, size_t blocks);
// Ends a stream of `total` bytes, the last `total % 64` of which are at `tail`; writes the digest.
void sha256_finish(Sha256State& s, const uint8_t* tail, uint64_t total, uint8_t digest[32]);

}  // namespace wn
