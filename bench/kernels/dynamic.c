// Dynamic programming over tables of integers.
#include "kernel.h"
#define N 200
#define LONG 1600
static int32_t path[N][N], table[N][N], fold[N][N], rowa[LONG + 1], rowb[LONG + 1], worth[LONG], best[LONG + 1];
static uint8_t base[N], s[LONG], t[LONG];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    base[i] = rnd() & 3;
    for (int j = 0; j < N; j++) path[i][j] = (int32_t)(rnd() % 999) + 1;
  }
  for (int i = 0; i < LONG; i++) s[i] = 'a' + (rnd() & 3), t[i] = 'a' + (rnd() & 3), worth[i] = (int32_t)(rnd() % 100);
}

static inline int32_t most(int32_t x, int32_t y) { return x > y ? x : y; }
static inline int32_t least(int32_t x, int32_t y) { return x < y ? x : y; }

KERNEL(floyd, 10) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) table[i][j] = path[i][j];
  for (int k = 0; k < N; k++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++)
        table[i][j] = table[i][j] < table[i][k] + table[k][j] ? table[i][j] : table[i][k] + table[k][j];
  return table[3][5] + table[N - 1][1];
}

KERNEL(nussinov, 40) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) fold[i][j] = 0;
  for (int i = N - 1; i >= 0; i--)
    for (int j = i + 1; j < N; j++) {
      fold[i][j] = most(fold[i][j], fold[i][j - 1]);
      if (i + 1 < N) fold[i][j] = most(fold[i][j], fold[i + 1][j]);
      if (i + 1 < N)
        fold[i][j] = most(fold[i][j], fold[i + 1][j - 1] + (i < j - 1 && base[i] + base[j] == 3 ? 1 : 0));
      for (int k = i + 1; k < j; k++) fold[i][j] = most(fold[i][j], fold[i][k] + fold[k + 1][j]);
    }
  return fold[0][N - 1];
}

KERNEL(lcs, 12) {
  for (int j = 0; j <= LONG; j++) rowa[j] = 0;
  for (int i = 0; i < LONG; i++) {
    rowb[0] = 0;
    for (int j = 0; j < LONG; j++) rowb[j + 1] = s[i] == t[j] ? rowa[j] + 1 : most(rowa[j + 1], rowb[j]);
    for (int j = 0; j <= LONG; j++) rowa[j] = rowb[j];
  }
  return rowa[LONG];
}

KERNEL(distance, 12) {
  for (int j = 0; j <= LONG; j++) rowa[j] = j;
  for (int i = 0; i < LONG; i++) {
    int32_t diagonal = rowa[0];
    rowa[0] = i + 1;
    for (int j = 0; j < LONG; j++) {
      int32_t up = rowa[j + 1];
      rowa[j + 1] = least(least(up, rowa[j]) + 1, diagonal + (s[i] != t[j]));
      diagonal = up;
    }
  }
  return rowa[LONG];
}

KERNEL(knapsack, 60) {
  for (int w = 0; w <= LONG; w++) best[w] = 0;
  for (int i = 0; i < 400; i++) {
    int weight = 3 + (i * 7) % 90;
    for (int w = LONG; w >= weight; w--) best[w] = most(best[w], best[w - weight] + worth[i]);
  }
  return best[LONG];
}
