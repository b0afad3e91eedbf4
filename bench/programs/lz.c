// Compression: an LZ77 coder with hash chains and canonical-prefix entropy estimate, then decompression and CRC-32.
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#define N 1500000
#define HASH 15
static uint8_t *in, *out, *back;
static int32_t head[1 << HASH], prev_[65536];
static uint32_t crc_table[256];
static uint32_t hash3(const uint8_t *p) { return (p[0] << 16 | p[1] << 8 | p[2]) * 2654435761u >> (32 - HASH); }
static int compress(int n) {
  int o = 0, lit = 0;
  memset(head, -1, sizeof head);
  for (int i = 0; i < n;) {
    int best = 0, dist = 0;
    if (i + 4 < n) {
      uint32_t h = hash3(in + i);
      int c = head[h], tries = 16;
      while (c >= 0 && i - c < 65000 && tries--) {
        int l = 0;
        while (l < 255 && i + l < n && in[c + l] == in[i + l]) l++;
        if (l > best) { best = l; dist = i - c; }
        c = prev_[c & 65535];
      }
      prev_[i & 65535] = head[h];
      head[h] = i;
    }
    if (best >= 4) { out[o++] = lit; memcpy(out + o, in + i - lit, lit); o += lit; lit = 0; out[o++] = best; out[o++] = dist; out[o++] = dist >> 8; i += best; }
    else { i++; if (++lit == 255) { out[o++] = 255; memcpy(out + o, in + i - 255, 255); o += 255; out[o++] = 0; lit = 0; } }
  }
  out[o++] = lit; memcpy(out + o, in + N - lit, lit); o += lit; out[o++] = 0;
  return o;
}
static int expand(int n) {
  int o = 0;
  for (int i = 0; i < n;) {
    int lit = out[i++];
    memcpy(back + o, out + i, lit); o += lit; i += lit;
    int len = out[i++];
    if (len) { int dist = out[i] | out[i + 1] << 8; i += 2; for (int k = 0; k < len; k++, o++) back[o] = back[o - dist]; }
  }
  return o;
}
static uint32_t crc(const uint8_t *p, int n) {
  uint32_t c = ~0u;
  while (n--) c = crc_table[(c ^ *p++) & 255] ^ c >> 8;
  return ~c;
}
int main(void) {
  static const char *words[] = {"the ", "register ", "allocator ", "spills ", "a ", "value ", "when ", "pressure ", "exceeds ", "limit", ", ", "and\n", "0x1f", "; "};
  in = malloc(N); out = malloc(2 * N); back = malloc(N + 300);
  uint32_t rs = 7;
  for (int i = 0; i < N;) { rs = rs * 1103515245u + 12345u; const char *w = words[(rs >> 16) % 14]; while (*w && i < N) in[i++] = *w++; if ((rs >> 28) == 3 && i < N) in[i++] = rs >> 8; }
  for (uint32_t i = 0; i < 256; i++) { uint32_t c = i; for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1; crc_table[i] = c; }
  bench_start();
  int n = 0, m = 0;
  for (int round = 0; round < 8; round++) { in[round * 1021] ^= round; n = compress(N); m = expand(n); }
  uint32_t c = crc(back, m);
  bench_end();
  printf("lz %d %d %08x %d\n", n, m, c, m == N && !memcmp(in, back, N));
}
