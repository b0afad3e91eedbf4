// SHA-256: one version in plain C++, one with the SHA extensions of x86-64, chosen by what the CPU has.

#include "sha256.h"

#include <immintrin.h>

#include <cstring>

#include "machine.h"

namespace wn {

const Sha256State kSha256Start = {
    {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

alignas(64) static const uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

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
      uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + kRound[t] + w[t];
      uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    s.h[0] += a, s.h[1] += b, s.h[2] += c, s.h[3] += d, s.h[4] += e, s.h[5] += f, s.h[6] += g, s.h[7] += h;
  }
}

// The instructions want the state as (a b e f) and (c d g h), high lane first.
template <int N>
__attribute__((target("sha,sse4.1,ssse3"))) static inline void extension_blocks(Sha256State* const (&states)[N],
                                                                                const uint8_t* const (&data)[N],
                                                                                size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i abef[N], cdgh[N];
  for (int k = 0; k < N; k++) {
    __m128i dcba = _mm_loadu_si128(reinterpret_cast<const __m128i*>(states[k]->h));
    __m128i hgfe = _mm_loadu_si128(reinterpret_cast<const __m128i*>(states[k]->h + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    abef[k] = _mm_alignr_epi8(cdab, efgh, 8);
    cdgh[k] = _mm_blend_epi16(efgh, cdab, 0xf0);
  }
  for (size_t block = 0; block < blocks; block++) {
    __m128i w[N][4], abef_before[N], cdgh_before[N];
    for (int k = 0; k < N; k++) {
      abef_before[k] = abef[k];
      cdgh_before[k] = cdgh[k];
      for (int i = 0; i < 4; i++)
        w[k][i] =
            _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data[k] + 64 * block + 16 * i)), swap);
    }
#pragma GCC unroll 16
    for (int g = 0; g < 16; g++) {
      const __m128i round = _mm_load_si128(reinterpret_cast<const __m128i*>(kRound + 4 * g));
#pragma GCC unroll 2
      for (int k = 0; k < N; k++) {
        __m128i x = _mm_add_epi32(w[k][g & 3], round);
        cdgh[k] = _mm_sha256rnds2_epu32(cdgh[k], abef[k], x);
        abef[k] = _mm_sha256rnds2_epu32(abef[k], cdgh[k], _mm_shuffle_epi32(x, 0x0e));
        if (g < 12) {
          __m128i next = _mm_add_epi32(_mm_sha256msg1_epu32(w[k][g & 3], w[k][(g + 1) & 3]),
                                       _mm_alignr_epi8(w[k][(g + 3) & 3], w[k][(g + 2) & 3], 4));
          w[k][g & 3] = _mm_sha256msg2_epu32(next, w[k][(g + 3) & 3]);
        }
      }
    }
    for (int k = 0; k < N; k++) {
      abef[k] = _mm_add_epi32(abef[k], abef_before[k]);
      cdgh[k] = _mm_add_epi32(cdgh[k], cdgh_before[k]);
    }
  }
  for (int k = 0; k < N; k++) {
    __m128i feba = _mm_shuffle_epi32(abef[k], 0x1b), dchg = _mm_shuffle_epi32(cdgh[k], 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(states[k]->h), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(states[k]->h + 4), _mm_alignr_epi8(dchg, feba, 8));
  }
}

__attribute__((target("sha,sse4.1,ssse3"))) static void extension_1(Sha256State& s, const uint8_t* data,
                                                                    size_t blocks) {
  Sha256State* const states[1] = {&s};
  const uint8_t* const all[1] = {data};
  extension_blocks<1>(states, all, blocks);
}

__attribute__((target("sha,sse4.1,ssse3"))) static void extension_2(Sha256State& s, const uint8_t* data,
                                                                    Sha256State& s2, const uint8_t* data2,
                                                                    size_t blocks) {
  Sha256State* const states[2] = {&s, &s2};
  const uint8_t* const all[2] = {data, data2};
  extension_blocks<2>(states, all, blocks);
}

static const bool has_extensions = has_sha();

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
