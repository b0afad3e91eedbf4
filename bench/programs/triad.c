// A CoreMark-class program of our own: list processing, small matrices and a state machine over text, chained through one CRC-16 as checksum.
#include "bench.h"
#include <stdlib.h>
#include <string.h>
typedef struct item { struct item *next; int16_t value, index; } item;
#define ITEMS 200
#define M 12
static item pool[ITEMS];
static int16_t ma[M * M], mb[M * M];
static int32_t mc[M * M];
static uint16_t crc16(uint16_t crc, uint16_t v) {
  for (int i = 0; i < 16; i++) { int bit = (v ^ crc) & 1; v >>= 1; crc = crc >> 1 ^ (bit ? 0xa001 : 0); }
  return crc;
}
typedef int (*order)(const item *, const item *);
static int by_value(const item *x, const item *y) { return (x->value & 0x7f) - (y->value & 0x7f); }
static int by_index(const item *x, const item *y) { return x->index - y->index; }
static item *merge_sort(item *list, order f) {
  for (int width = 1;; width *= 2) {
    item *p = list, *tail = 0;
    int merges = 0;
    list = 0;
    while (p) {
      item *q = p;
      int np = 0, nq = width;
      merges++;
      while (np < width && q) { np++; q = q->next; }
      while (np || (nq && q)) {
        item *e;
        if (np && (!nq || !q || f(p, q) <= 0)) { e = p; p = p->next; np--; } else { e = q; q = q->next; nq--; }
        if (tail) tail->next = e; else list = e;
        tail = e;
      }
      p = q;
    }
    tail->next = 0;
    if (merges <= 1) return list;
  }
}
static item *reverse(item *l) { item *r = 0; while (l) { item *n = l->next; l->next = r; r = l; l = n; } return r; }
static uint16_t lists(uint16_t crc, int seed) {
  item *l = 0;
  for (int i = 0; i < ITEMS; i++) { pool[i].value = (i * 7919 + seed) & 0xfff; pool[i].index = i; pool[i].next = l; l = &pool[i]; }
  for (int k = 0; k < 12; k++) { item *p = l; while (p && (p->value & 0xff) != ((seed + k * 17) & 0xff)) p = p->next; crc = crc16(crc, p ? p->index : k); l = reverse(l); }
  l = merge_sort(l, by_value);
  for (item *p = l; p; p = p->next) crc = crc16(crc, p->value);
  l = merge_sort(l, by_index);
  return crc16(crc, l->value);
}
static uint16_t matrices(uint16_t crc, int seed) {
  for (int i = 0; i < M * M; i++) { ma[i] = (i * seed) % 251; mb[i] = (i + seed) % 127; }
  for (int i = 0; i < M; i++) for (int j = 0; j < M; j++) { int32_t s = 0; for (int k = 0; k < M; k++) { int32_t t = ma[i * M + k] * mb[k * M + j]; s += (t >> 2 & 0xf) * (t >> 5 & 0x7f); } mc[i * M + j] = s; }
  int32_t last = 0, sum = 0;
  for (int i = 0; i < M * M; i++) { sum += mc[i] > last ? 10 : mc[i] & 0xff; last = mc[i]; }
  return crc16(crc16(crc, sum), sum >> 16);
}
enum { START, INT, FRAC, EXP, EXPS, SIGN, BAD, DONE };
static int scan(const char **at, uint32_t *count) {
  int s = START;
  const char *p = *at;
  for (; *p && s != BAD; p++) {
    char c = *p;
    if (c == ',') { p++; break; }
    count[s]++;
    switch (s) {
    case START: s = c >= '0' && c <= '9' ? INT : c == '+' || c == '-' ? SIGN : c == '.' ? FRAC : BAD; break;
    case SIGN: s = c >= '0' && c <= '9' ? INT : c == '.' ? FRAC : BAD; break;
    case INT: s = c == '.' ? FRAC : c >= '0' && c <= '9' ? INT : BAD; break;
    case FRAC: s = c == 'e' || c == 'E' ? EXPS : c >= '0' && c <= '9' ? FRAC : BAD; break;
    case EXPS: s = c == '+' || c == '-' || (c >= '0' && c <= '9') ? EXP : BAD; break;
    case EXP: s = c >= '0' && c <= '9' ? EXP : BAD; break;
    }
  }
  *at = p;
  return s;
}
static uint16_t states(uint16_t crc, char *text, int n, int seed) {
  uint32_t final[8] = {0}, count[8] = {0};
  for (int i = 0; i < n; i += seed) if (text[i] != ',') text[i] ^= 1;
  for (const char *p = text; *p;) final[scan(&p, count)]++;
  for (int i = 0; i < n; i += seed) if (text[i] != ',') text[i] ^= 1;
  for (int i = 0; i < 8; i++) crc = crc16(crc16(crc, final[i]), count[i]);
  return crc;
}
int main(void) {
  static char text[2048];
  static const char *parts[] = {"5012,", "-874,", "+122,", "35.54400,", ".1234500,", "5.500e+3,", "-.123e-2,", "T0.3e-1F,", "1.2.3,"};
  int n = 0;
  uint16_t crc = 0xffff;
  for (int i = 0; n < 1900; i++) { const char *w = parts[(i * 5 + 3) % 9]; while (*w) text[n++] = *w++; }
  bench_start();
  for (int i = 1; i <= 9000; i++) { crc = lists(crc, i); crc = matrices(crc, i); crc = states(crc, text, n, 3 + i % 11); }
  bench_end();
  printf("triad %04x\n", crc);
}
