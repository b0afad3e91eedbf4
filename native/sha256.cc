// SHA-256: one version in plain C++, and where the machine has instructions for it one with them.

#include "sha256.h"

#include <cstring>

#include "machine.h"
#include "sha256-rounds.h"

#ifdef WN_SHA_EXTENSIONS
#include WN_SHA_EXTENSIONS
#endif

namespace wn {

const Sha256State kSha256Start = {
    {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static inline uint32_t big_endian(const uint8_t* p) {
  uint32_t x;
  memcpy(&x, p, 4);
  return __builtin_bswap32(x);
}

static void plain_blocks(Sha256State& s, const uint8_t* data, size_t blocks) {
  for (; blocks > 0; blocks--, data += 64) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++) w[t] = big_endian(data + 4 * t);
    for (int t = 16; t < 64; t++) {
      uint32_t x = w[t - 15], y = w[t - 2];
      w[t] = w[t - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[t - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    uint32_t a = s.h[0], b = s.h[1], c = s.h[2], d = s.h[3], e = s.h[4], f = s.h[5], g = s.h[6], h = s.h[7];
    for (int t = 0; t < 64; t++) {
      uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + kSha256Round[t] + w[t];
      uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    s.h[0] += a, s.h[1] += b, s.h[2] += c, s.h[3] += d, s.h[4] += e, s.h[5] += f, s.h[6] += g, s.h[7] += h;
  }
}

#ifdef WN_SHA_EXTENSIONS
static const bool has_extensions = has_sha();
#else
constexpr bool has_extensions = false;
static void extension_1(Sha256State&, const uint8_t*, size_t) {}
static void extension_2(Sha256State&, const uint8_t*, Sha256State&, const uint8_t*, size_t) {}
#endif

void sha256_blocks(Sha256State& s, const uint8_t* data, size_t blocks) {
  if (has_extensions)
    extension_1(s, data, blocks);
  else
    plain_blocks(s, data, blocks);
}

void sha256_blocks_2(Sha256State& s, const uint8_t* data, Sha256State& s2, const uint8_t* data2, size_t blocks) {
  if (has_extensions) {
    extension_2(s, data, s2, data2, blocks);
  } else {
    plain_blocks(s, data, blocks);
    plain_blocks(s2, data2, blocks);
  }
}

void sha256_finish(Sha256State& s, const uint8_t* tail, uint64_t total, uint8_t digest[32]) {
  uint8_t last[128] = {};
  size_t n = total % 64, size = n < 56 ? 64 : 128;
  memcpy(last, tail, n);
  last[n] = 0x80;
  for (int i = 0; i < 8; i++) last[size - 1 - i] = static_cast<uint8_t>(8 * total >> 8 * i);
  sha256_blocks(s, last, size / 64);
  for (int i = 0; i < 32; i++) digest[i] = static_cast<uint8_t>(s.h[i / 4] >> (24 - 8 * (i % 4)));
}

}  // namespace wn
