// Dense double-precision matrix product, LU factorisation and a 2-D stencil: regular loops over arrays.
#include "bench.h"
#define N 220
static double a[N][N], b[N][N], c[N][N];
static uint32_t rs = 12345;
static double rnd(void) { rs = rs * 1664525u + 1013904223u; return (double)(rs >> 8) / (1 << 24); }
static void product(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double s = 0;
      for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
      c[i][j] = s;
    }
}
static void factorise(void) {
  for (int k = 0; k < N; k++)
    for (int i = k + 1; i < N; i++) {
      double f = c[i][k] / c[k][k];
      c[i][k] = f;
      for (int j = k + 1; j < N; j++) c[i][j] -= f * c[k][j];
    }
}
static void relax(int rounds) {
  for (int r = 0; r < rounds; r++)
    for (int i = 1; i < N - 1; i++)
      for (int j = 1; j < N - 1; j++) a[i][j] = 0.2 * (a[i][j] + a[i - 1][j] + a[i + 1][j] + a[i][j - 1] + a[i][j + 1]);
}
int main(void) {
  double check = 0;
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) { a[i][j] = rnd(); b[i][j] = rnd() + (i == j ? N : 0); }
  bench_start();
  for (int r = 0; r < 6; r++) { product(); factorise(); relax(60); }
  bench_end();
  for (int i = 0; i < N; i++) check += c[i][N - 1 - i] + a[i][i];
  printf("matrix %.9g\n", check);
}
