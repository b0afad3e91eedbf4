// Text: decoding, numbers, tokens, sorting by digits.
#include "kernel.h"
#define N 49152
static uint8_t plain[N], coded[N * 4 / 3 + 4], value[256], digits[N + 16], kindOf[256];
static uint32_t keys[N / 4], sorted[N / 4], starts[256];

static void setup(void) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 64; i++) value[(uint8_t)alphabet[i]] = i;
  for (int i = 0; i < N * 4 / 3; i++) coded[i] = alphabet[rnd() & 63];
  for (int i = 0; i < N;) {
    for (int k = 1 + (int)(rnd() % 9); k > 0 && i < N; k--) digits[i++] = '0' + rnd() % 10;
    if (i < N) digits[i++] = "  ,\n;(x"[rnd() % 7];
  }
  for (int c = 0; c < 256; c++)
    kindOf[c] = c >= '0' && c <= '9' ? 1 : (c | 32) >= 'a' && (c | 32) <= 'z' ? 2 : c == ' ' || c == '\n' ? 0 : 3;
  for (int i = 0; i < N / 4; i++) keys[i] = rnd() << 10 ^ rnd();
}

KERNEL(decode64, 800) {
  uint8_t *d = plain;
  for (const uint8_t *p = coded; p < coded + N * 4 / 3; p += 4) {
    uint32_t w = (uint32_t)value[p[0]] << 18 | value[p[1]] << 12 | value[p[2]] << 6 | value[p[3]];
    *d++ = (uint8_t)(w >> 16), *d++ = (uint8_t)(w >> 8), *d++ = (uint8_t)w;
  }
  return plain[77] + plain[N - 1];
}

// Sums the numbers of a text.
KERNEL(numbers, 250) {
  double sum = 0;
  for (int i = 0; i < N;) {
    if (digits[i] < '0' || digits[i] > '9') {
      i++;
      continue;
    }
    uint32_t n = 0;
    for (; digits[i] >= '0' && digits[i] <= '9'; i++) n = n * 10 + digits[i] - '0';
    sum += n;
  }
  return sum;
}

// Counts tokens by the kinds of their characters.
KERNEL(tokens, 250) {
  int counts[4] = {0};
  for (int i = 0; i < N;) {
    int kind = kindOf[digits[i]];
    do i++;
    while (i < N && kindOf[digits[i]] == kind && kind != 3);
    counts[kind]++;
  }
  return counts[0] + 3 * counts[1] + 5 * counts[2] + 7 * counts[3];
}

KERNEL(radix, 150) {
  uint32_t *from = keys, *to = sorted;
  for (int shift = 0; shift < 32; shift += 8) {
    for (int i = 0; i < 256; i++) starts[i] = 0;
    for (int i = 0; i < N / 4; i++) starts[from[i] >> shift & 0xff]++;
    uint32_t at = 0;
    for (int i = 0; i < 256; i++) {
      uint32_t n = starts[i];
      starts[i] = at, at += n;
    }
    for (int i = 0; i < N / 4; i++) to[starts[from[i] >> shift & 0xff]++] = from[i];
    uint32_t *other = from;
    from = to, to = other;
  }
  keys[5] = keys[5] * 1664525u + 1013904223u, keys[N / 8] ^= keys[9] << 3;
  return keys[77];
}

KERNEL(mergesort, 40) {
  for (int i = 0; i < N / 4; i++) keys[i] = keys[i] * 1664525u + 1013904223u;
  uint32_t *from = keys, *to = sorted;
  for (int width = 1; width < N / 4; width *= 2) {
    for (int lo = 0; lo < N / 4; lo += 2 * width) {
      int middle = lo + width < N / 4 ? lo + width : N / 4, hi = lo + 2 * width < N / 4 ? lo + 2 * width : N / 4;
      int i = lo, j = middle;
      for (int k = lo; k < hi; k++)
        if (i < middle && (j >= hi || from[i] <= from[j])) to[k] = from[i++];
        else to[k] = from[j++];
    }
    uint32_t *other = from;
    from = to, to = other;
  }
  return from[77] + from[N / 8];
}
