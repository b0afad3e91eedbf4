// SHA-256 by the SHA extensions of x86-64.
#pragma once

#include <immintrin.h>

#include "../sha256-rounds.h"
#include "../sha256.h"

namespace wn {

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
      const __m128i round = _mm_load_si128(reinterpret_cast<const __m128i*>(kSha256Round + 4 * g));
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

}  // namespace wn
