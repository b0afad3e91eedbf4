// Strings: base64 both ways, UTF-8 decoding, substring search, number formatting and parsing.
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#define N 600000
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint32_t rs = 97;
static uint32_t rnd(void) { rs = rs * 1103515245u + 12345u; return rs >> 16; }
static int encode(const uint8_t *in, int n, char *out) {
  int o = 0;
  for (int i = 0; i < n; i += 3) {
    uint32_t v = in[i] << 16 | (i + 1 < n ? in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);
    out[o++] = digits[v >> 18];
    out[o++] = digits[v >> 12 & 63];
    out[o++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
    out[o++] = i + 2 < n ? digits[v & 63] : '=';
  }
  return o;
}
static int decode(const char *in, int n, uint8_t *out, const int8_t *value) {
  int o = 0;
  for (int i = 0; i + 3 < n; i += 4) {
    uint32_t v = value[(uint8_t)in[i]] << 18 | value[(uint8_t)in[i + 1]] << 12;
    out[o++] = v >> 16;
    if (in[i + 2] != '=') { v |= value[(uint8_t)in[i + 2]] << 6; out[o++] = v >> 8; }
    if (in[i + 3] != '=') { v |= value[(uint8_t)in[i + 3]]; out[o++] = v; }
  }
  return o;
}
static uint32_t utf8(const uint8_t *s, int n) {
  uint32_t h = 0;
  for (int i = 0; i < n;) {
    uint32_t c = s[i++];
    if (c >= 0xf0 && i + 2 < n) { c = (c & 7) << 18 | (s[i] & 63) << 12 | (s[i + 1] & 63) << 6 | (s[i + 2] & 63); i += 3; }
    else if (c >= 0xe0 && i + 1 < n) { c = (c & 15) << 12 | (s[i] & 63) << 6 | (s[i + 1] & 63); i += 2; }
    else if (c >= 0xc0 && i < n) { c = (c & 31) << 6 | (s[i] & 63); i++; }
    h = h * 31 + c;
  }
  return h;
}
int main(void) {
  uint8_t *raw = malloc(N), *back = malloc(N + 3);
  char *text = malloc(2 * N), line[64];
  int8_t value[256];
  uint32_t h = 0, found = 0;
  for (int i = 0; i < N; i++) raw[i] = rnd();
  for (int i = 0; i < 64; i++) value[(uint8_t)digits[i]] = i;
  value['='] = 0;
  bench_start();
  for (int round = 0; round < 12; round++) {
    int n = encode(raw, N, text), m = decode(text, n, back, value);
    text[n] = 0;
    h = h * 7 + (m == N && !memcmp(raw, back, N));
    h += utf8(raw, N);
    for (const char *p = text; (p = strstr(p, "AB")); p++) found++;
    raw[round]++;
  }
  for (int i = 0; i < 60000; i++) { int n = snprintf(line, sizeof line, "%d:%x:%u", i * 37 - 999, i, i * i); h = h * 31 + n + strtol(line, 0, 10); }
  bench_end();
  printf("base64 %u %u\n", h, found);
}
