// Bytes: short moves, scans, a compressor and its inverse.
#include "kernel.h"
#include <string.h>
#define N 65536
static uint8_t from[N + 64], to[N * 2 + 64], packed[N * 2 + 64], lengths[4096];
static uint16_t chain[1 << 13];

static void setup(void) {
  static const char words[] = "the quick brown fox jumps over the lazy dog and runs away from it ";
  for (int i = 0; i < N;) {
    int at = (int)(rnd() % 60), n = 2 + (int)(rnd() % 14);
    for (int k = 0; k < n && i < N; k++) from[i++] = (uint8_t)words[(at + k) % 66];
    if (rnd() % 9 == 0 && i < N - 3) from[i++] = 0xc3, from[i++] = 0xa9;
  }
  for (int i = 0; i < 4096; i++) lengths[i] = 1 + (rnd() & 63);
}

__attribute__((noinline)) static void move(uint8_t *restrict d, const uint8_t *restrict s, int n) {
  for (int i = 0; i < n; i++) {
    d[i] = s[i];
    __asm__("" : "+r"(i)); // stays a loop
  }
}

KERNEL(copyloop, 1800) {
  uint8_t *d = to;
  for (int i = 0; i < 1024; i++) {
    move(d, from + i, lengths[i]);
    d += lengths[i];
  }
  return to[77] + to[1000];
}

// Four bytes at a time, then the rest.
KERNEL(copywords, 6000) {
  uint8_t *d = to;
  for (int i = 0; i < 1024; i++) {
    int n = lengths[i], k = 0;
    for (; k + 4 <= n; k += 4) {
      uint32_t w;
      __builtin_memcpy(&w, from + i + k, 4);
      __builtin_memcpy(d + k, &w, 4);
      __asm__("" : "+r"(k));
    }
    for (; k < n; k++) {
      d[k] = from[i + k];
      __asm__("" : "+r"(k));
    }
    d += n;
  }
  return to[77] + to[1000];
}

// memory.copy of short pieces.
KERNEL(copybulk, 2000) {
  uint8_t *d = to;
  for (int i = 0; i < 2048; i++) {
    memcpy(d, from + i, lengths[i]);
    d += lengths[i];
  }
  return to[77] + to[1000];
}

KERNEL(fillbulk, 2000) {
  uint8_t *d = to;
  for (int i = 0; i < 2048; i++) {
    memset(d, i, lengths[i]);
    d += lengths[i];
  }
  return to[77] + to[1000];
}

// memmove within a buffer, as a text editor or a queue does.
KERNEL(slide, 1500) {
  for (int i = 0; i < 2048; i++) memmove(to + i + 1, to + i, lengths[i]);
  to[0]++;
  return to[77] + to[1000];
}

KERNEL(reverse, 600) {
  for (int i = 0; i < N; i++) to[N - 1 - i] = from[i];
  return to[77];
}

KERNEL(words, 300) {
  int n = 0, in = 0;
  for (int i = 0; i < N; i++) {
    int space = from[i] == ' ' || from[i] == '\n' || from[i] == '\t';
    n += in & space;
    in = !space;
  }
  return n;
}

// Checks UTF-8 and counts characters.
KERNEL(utf8, 800) {
  int n = 0;
  for (int i = 0; i < N; n++) {
    uint8_t c = from[i++];
    if (c < 0x80) continue;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : -1;
    if (more < 0) return -1;
    for (; more > 0; more--)
      if ((from[i++] & 0xc0) != 0x80) return -2;
  }
  return n;
}

static uint32_t load32(const uint8_t *p) {
  uint32_t w;
  __builtin_memcpy(&w, p, 4);
  return w;
}

// LZ77 with a hash of four bytes.
static int compress(void) {
  int at = 0, literal = 0;
  uint8_t *o = packed;
  memset(chain, 0, sizeof chain);
  while (at < N - 12) {
    uint32_t h = load32(from + at) * 2654435761u >> 19;
    int candidate = chain[h];
    chain[h] = (uint16_t)at;
    if (candidate < at && at - candidate < 65536 && load32(from + candidate) == load32(from + at)) {
      int n = 4;
      while (at + n < N - 5 && from[candidate + n] == from[at + n] && n < 255) n++;
      int k = at - literal;
      for (; k >= 255; k -= 255) *o++ = 255;
      *o++ = (uint8_t)k;
      for (int i = literal; i < at; i++) *o++ = from[i];
      *o++ = (uint8_t)(at - candidate), *o++ = (uint8_t)((at - candidate) >> 8), *o++ = (uint8_t)n;
      at += n;
      literal = at;
    } else at++;
  }
  return (int)(o - packed);
}

KERNEL(lzpack, 480) { return compress(); }

KERNEL(lzunpack, 500) {
  static int size;
  if (size == 0) size = compress();
  const uint8_t *p = packed, *end = packed + size;
  uint8_t *d = to;
  while (p < end) {
    int k = 0;
    for (; *p == 255; p++) k += 255;
    k += *p++;
    for (; k > 0; k--) *d++ = *p++;
    const uint8_t *s = d - (p[0] | p[1] << 8);
    int n = p[2];
    p += 3;
    for (; n > 0; n--) *d++ = *s++;
  }
  return to[1000] + (double)(d - to);
}

// Canonical Huffman codes by table, as inflate does: bits from a buffer, a table of 2^9 entries.
KERNEL(huffman, 250) {
  static uint16_t decode[512];
  if (decode[1] == 0)
    for (int i = 0; i < 512; i++) {
      int bits = 1;
      while (bits < 9 && (i >> (bits - 1) & 1)) bits++;
      decode[i] = (uint16_t)(bits | (i & 0x1f) << 4);
    }
  uint64_t buffer = 0;
  int have = 0;
  uint8_t *d = to;
  for (int i = 0; i < N;) {
    while (have <= 56) buffer |= (uint64_t)from[i++] << have, have += 8;
    uint16_t e = decode[buffer & 511];
    *d++ = (uint8_t)(e >> 4);
    buffer >>= e & 15;
    have -= e & 15;
    if (d - to >= N * 2) break;
  }
  return to[77] + (double)(d - to);
}
