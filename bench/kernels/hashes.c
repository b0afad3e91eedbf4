// Hashes and checksums, scalar.
#include "kernel.h"
#include <string.h>
#define N 65536
static uint8_t data[N];
static uint32_t k256[64];

static void setup(void) {
  for (int i = 0; i < N; i++) data[i] = (uint8_t)rnd();
  for (int i = 0; i < 64; i++) k256[i] = rnd() << 8 ^ rnd();
}

static inline uint32_t rotr(uint32_t x, int k) { return x >> k | x << (32 - k); }
static inline uint64_t rotl64(uint64_t x, int k) { return x << k | x >> (64 - k); }
static inline uint32_t load32(const uint8_t *p) {
  uint32_t w;
  __builtin_memcpy(&w, p, 4);
  return w;
}
static inline uint64_t load64(const uint8_t *p) {
  uint64_t w;
  __builtin_memcpy(&w, p, 8);
  return w;
}

// The rounds of SHA-256 (with other constants).
KERNEL(sha256, 100) {
  uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int at = 0; at < N; at += 64) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) w[i] = __builtin_bswap32(load32(data + at + 4 * i));
    for (int i = 16; i < 64; i++) {
      uint32_t x = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
      uint32_t y = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + x + w[i - 7] + y;
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], m = h[7];
    for (int i = 0; i < 64; i++) {
      uint32_t x = m + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + k256[i] + w[i];
      uint32_t y = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      m = g, g = f, f = e, e = d + x, d = c, c = b, b = a, a = x + y;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += m;
  }
  return h[0] ^ h[4];
}

#define G(a, b, c, d, x, y) \
  a = a + b + x, d = rotr(d ^ a, 16), c = c + d, b = rotr(b ^ c, 12), a = a + b + y, d = rotr(d ^ a, 8), c = c + d, \
  b = rotr(b ^ c, 7)

// The compression function of BLAKE3 (and BLAKE2s).
KERNEL(blake, 200) {
  static const uint8_t order[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
  uint32_t h[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  for (int at = 0; at < N; at += 64) {
    uint32_t m[16], t[16];
    for (int i = 0; i < 16; i++) m[i] = load32(data + at + 4 * i);
    uint32_t v[16] = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1, 2, 3, 4, (uint32_t)at, 0, 64, 3};
    for (int r = 0; r < 7; r++) {
      G(v[0], v[4], v[8], v[12], m[0], m[1]);
      G(v[1], v[5], v[9], v[13], m[2], m[3]);
      G(v[2], v[6], v[10], v[14], m[4], m[5]);
      G(v[3], v[7], v[11], v[15], m[6], m[7]);
      G(v[0], v[5], v[10], v[15], m[8], m[9]);
      G(v[1], v[6], v[11], v[12], m[10], m[11]);
      G(v[2], v[7], v[8], v[13], m[12], m[13]);
      G(v[3], v[4], v[9], v[14], m[14], m[15]);
      for (int i = 0; i < 16; i++) t[i] = m[order[i]];
      memcpy(m, t, sizeof m);
    }
    for (int i = 0; i < 8; i++) h[i] = v[i] ^ v[i + 8];
  }
  return h[0] ^ h[5];
}

// Four lanes, as XXH64.
KERNEL(xxhash, 3000) {
  const uint64_t p = 0x9e3779b185ebca87u, q = 0xc2b2ae3d27d4eb4fu;
  uint64_t a = p + q, b = q, c = 0, d = 0 - p;
  for (int i = 0; i < N; i += 32) {
    a = rotl64(a + load64(data + i) * q, 31) * p;
    b = rotl64(b + load64(data + i + 8) * q, 31) * p;
    c = rotl64(c + load64(data + i + 16) * q, 31) * p;
    d = rotl64(d + load64(data + i + 24) * q, 31) * p;
  }
  return (double)(rotl64(a, 1) + rotl64(b, 7) + rotl64(c, 12) + rotl64(d, 18));
}

KERNEL(fnv, 300) {
  uint32_t h = 2166136261u;
  for (int i = 0; i < N; i++) h = (h ^ data[i]) * 16777619u;
  return h;
}

KERNEL(adler, 600) {
  uint32_t a = 1, b = 0;
  for (int at = 0; at < N; at += 4096) {
    for (int i = at; i < at + 4096; i++) a += data[i], b += a;
    a %= 65521, b %= 65521;
  }
  return b * 65536.0 + a;
}

KERNEL(siphash, 600) {
  uint64_t v0 = 1, v1 = 2, v2 = 3, v3 = 4;
  for (int i = 0; i < N; i += 8) {
    uint64_t m = load64(data + i);
    v3 ^= m;
    for (int r = 0; r < 2; r++) {
      v0 += v1, v1 = rotl64(v1, 13) ^ v0, v0 = rotl64(v0, 32);
      v2 += v3, v3 = rotl64(v3, 16) ^ v2;
      v0 += v3, v3 = rotl64(v3, 21) ^ v0;
      v2 += v1, v1 = rotl64(v1, 17) ^ v2, v2 = rotl64(v2, 32);
    }
    v0 ^= m;
  }
  return (double)(v0 ^ v1 ^ v2 ^ v3);
}

// Dot products of signed bytes.
KERNEL(dot8, 1600) {
  const int8_t *x = (const int8_t *)data, *y = x + N / 2;
  int32_t s = 0;
  for (int i = 0; i < N / 2; i++) s += x[i] * y[i];
  return s;
}
