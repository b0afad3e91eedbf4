// Built with -msimd128: ciphers and hashes, by hand in vectors and as LLVM makes them.
#include "kernel.h"
#include "../programs/simd.h"
#include <string.h>
#define N 32768
static uint8_t data[N + 64], out[N + 64], box[256];
static uint32_t text[N / 4];

static void setup(void) {
  for (int i = 0; i < N; i++) data[i] = (uint8_t)rnd();
  for (int i = 0; i < N / 4; i++) text[i] = rnd() << 8 ^ rnd();
}

#define ROT(v, n) vor(shl32(v, n), shr32(v, 32 - (n)))
#define XOR(a, b) wasm_v128_xor(a, b)
#define ROWS(v, i, j, k, l) wasm_i32x4_shuffle(v, v, i, j, k, l)
#define QUARTER \
  a = iadd(a, b), d = ROT(XOR(d, a), 16), c = iadd(c, d), b = ROT(XOR(b, c), 12), \
  a = iadd(a, b), d = ROT(XOR(d, a), 8), c = iadd(c, d), b = ROT(XOR(b, c), 7)

// ChaCha20, a row of the state in each vector.
KERNEL(chachav, 120) {
  V a0 = wasm_i32x4_make(1, 2, 3, 4), b0 = wasm_i32x4_make(5, 6, 7, 8), c0 = wasm_i32x4_make(9, 10, 11, 12);
  for (int at = 0; at < N; at += 64) {
    V d0 = wasm_i32x4_make(at, 0, 14, 15), a = a0, b = b0, c = c0, d = d0;
    for (int r = 0; r < 10; r++) {
      QUARTER;
      b = ROWS(b, 1, 2, 3, 0), c = ROWS(c, 2, 3, 0, 1), d = ROWS(d, 3, 0, 1, 2);
      QUARTER;
      b = ROWS(b, 3, 0, 1, 2), c = ROWS(c, 2, 3, 0, 1), d = ROWS(d, 1, 2, 3, 0);
    }
    st(out + at, XOR(ld(data + at), iadd(a, a0)));
    st(out + at + 16, XOR(ld(data + at + 16), iadd(b, b0)));
    st(out + at + 32, XOR(ld(data + at + 32), iadd(c, c0)));
    st(out + at + 48, XOR(ld(data + at + 48), iadd(d, d0)));
  }
  return out[77] + out[N - 1];
}

static inline uint32_t rotl(uint32_t x, int k) { return x << k | x >> (32 - k); }

// The rounds of SHA-1.
KERNEL(sha1, 150) {
  uint32_t h[5] = {1, 2, 3, 4, 5};
  for (int at = 0; at < N / 4; at += 16) {
    uint32_t w[80];
    for (int i = 0; i < 16; i++) w[i] = __builtin_bswap32(text[at + i]);
    for (int i = 16; i < 80; i++) w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      uint32_t x = rotl(a, 5) + f + e + w[i] + 0x5a827999;
      e = d, d = c, c = rotl(b, 30), b = a, a = x;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  return h[0] ^ h[3];
}

// RC4: every step changes the table that the next one reads.
KERNEL(rc4, 120) {
  for (int i = 0; i < 256; i++) box[i] = (uint8_t)i;
  for (int i = 0, j = 0; i < 256; i++) {
    j = (j + box[i] + data[i & 15]) & 255;
    uint8_t x = box[i];
    box[i] = box[j], box[j] = x;
  }
  uint8_t i = 0, j = 0;
  for (int k = 0; k < N; k++) {
    i++, j += box[i];
    uint8_t x = box[i], y = box[j];
    box[i] = y, box[j] = x;
    out[k] = data[k] ^ box[(uint8_t)(x + y)];
  }
  return out[77] + out[N - 1];
}

// XTEA, as the reference has it.
KERNEL(xtea, 20) {
  static const uint32_t key[4] = {0x01234567, 0x89abcdef, 0xfedcba98, 0x76543210};
  uint32_t all = 0;
  for (int at = 0; at < N / 4; at += 2) {
    uint32_t v0 = text[at], v1 = text[at + 1], sum = 0;
    for (int r = 0; r < 32; r++) {
      v0 += ((v1 << 4 ^ v1 >> 5) + v1) ^ (sum + key[sum & 3]);
      sum += 0x9e3779b9;
      v1 += ((v0 << 4 ^ v0 >> 5) + v0) ^ (sum + key[sum >> 11 & 3]);
    }
    all += v0 ^ v1;
  }
  return all;
}

// The bytes of a vector in hexadecimal.
KERNEL(hexv, 12000) {
  const V table = bytes('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f');
  for (int i = 0; i < N / 2; i += 16) {
    V p = ld(data + i);
    V high = swz(table, wasm_u8x16_shr(p, 4)), low = swz(table, vand(p, b8(15)));
    st(out + 2 * i, wasm_i8x16_shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    st(out + 2 * i + 16, wasm_i8x16_shuffle(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
  return out[77] + out[N - 1];
}
