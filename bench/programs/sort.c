// Sorting: heap sort of integers, merge sort of records through a comparison callback, radix sort of 64-bit keys.
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#define N 300000
typedef struct { uint32_t key, id; double w; } rec;
static uint32_t rs = 2463534242u;
static uint32_t rnd(void) { rs ^= rs << 13; rs ^= rs >> 17; rs ^= rs << 5; return rs; }
static void heap_sort(uint32_t *a, int n) {
  for (int s = n / 2 - 1, e = n; e > 1;) {
    uint32_t v;
    int i;
    if (s >= 0) { i = s; v = a[s--]; } else { v = a[--e]; a[e] = a[0]; i = 0; }
    for (int c; (c = 2 * i + 1) < e; i = c) { if (c + 1 < e && a[c + 1] > a[c]) c++; if (a[c] <= v) break; a[i] = a[c]; }
    a[i] = v;
  }
}
typedef int (*cmp)(const rec *, const rec *);
static int by_key(const rec *x, const rec *y) { return x->key < y->key ? -1 : x->key > y->key; }
static int by_weight(const rec *x, const rec *y) { return x->w < y->w ? -1 : x->w > y->w; }
static void merge_sort(rec *a, rec *t, int n, cmp f) {
  if (n < 12) { for (int i = 1; i < n; i++) { rec v = a[i]; int j = i; while (j && f(&a[j - 1], &v) > 0) { a[j] = a[j - 1]; j--; } a[j] = v; } return; }
  int h = n / 2;
  merge_sort(a, t, h, f);
  merge_sort(a + h, t, n - h, f);
  memcpy(t, a, h * sizeof(rec));
  for (int i = 0, j = h, k = 0; i < h;) a[k++] = j < n && f(&a[j], &t[i]) < 0 ? a[j++] : t[i++];
}
static void radix_sort(uint64_t *a, uint64_t *t, int n) {
  for (int shift = 0; shift < 64; shift += 8) {
    uint32_t count[257] = {0};
    for (int i = 0; i < n; i++) count[(a[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) count[i + 1] += count[i];
    for (int i = 0; i < n; i++) t[count[a[i] >> shift & 255]++] = a[i];
    uint64_t *x = a; a = t; t = x;
  }
}
int main(void) {
  uint32_t *a = malloc(4 * N);
  rec *r = malloc(sizeof(rec) * N), *t = malloc(sizeof(rec) * N);
  uint64_t *k = malloc(8 * N), *k2 = malloc(8 * N), sum = 0;
  for (int i = 0; i < N; i++) { a[i] = rnd(); r[i].key = rnd() % 5000; r[i].id = i; r[i].w = rnd() / 3.0; k[i] = (uint64_t)rnd() << 32 | rnd(); }
  bench_start();
  heap_sort(a, N);
  merge_sort(r, t, N, by_key);
  for (int i = 0; i < N; i += 997) sum = sum * 31 + r[i].id;
  merge_sort(r, t, N, by_weight);
  radix_sort(k, k2, N);
  bench_end();
  for (int i = 0; i < N; i += 499) sum = sum * 31 + a[i] + r[i].id + k[i];
  printf("sort %llu\n", (unsigned long long)sum);
}
