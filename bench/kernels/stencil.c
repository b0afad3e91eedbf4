// Stencils in one, two and three dimensions, and an alternating-direction solver.
#include "kernel.h"
#define N 160
#define M 28
static double a[N][N], b[N][N], c[N][N], p[N][N], q[N][N], v[N][N], h[M][M][M], g[M][M][M];

static void setup(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = real(), b[i][j] = real(), c[i][j] = real(), v[i][j] = real();
  for (int i = 0; i < M; i++)
    for (int j = 0; j < M; j++)
      for (int k = 0; k < M; k++) h[i][j][k] = g[i][j][k] = real();
}

KERNEL(jacobi1d, 800) {
  double *x = a[0], *y = b[0];
  const int n = N * N;
  for (int i = 1; i < n - 1; i++) y[i] = 0.33333 * (x[i - 1] + x[i] + x[i + 1]);
  for (int i = 1; i < n - 1; i++) x[i] = 0.33333 * (y[i - 1] + y[i] + y[i + 1]);
  return x[77];
}

KERNEL(jacobi2d, 400) {
  for (int i = 1; i < N - 1; i++)
    for (int j = 1; j < N - 1; j++) b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][j + 1] + a[i + 1][j] + a[i - 1][j]);
  for (int i = 1; i < N - 1; i++)
    for (int j = 1; j < N - 1; j++) a[i][j] = 0.2 * (b[i][j] + b[i][j - 1] + b[i][j + 1] + b[i + 1][j] + b[i - 1][j]);
  return a[N / 2][N / 3];
}

KERNEL(seidel2d, 100) {
  for (int i = 1; i < N - 1; i++)
    for (int j = 1; j < N - 1; j++)
      a[i][j] = (a[i - 1][j - 1] + a[i - 1][j] + a[i - 1][j + 1] + a[i][j - 1] + a[i][j] + a[i][j + 1] +
                 a[i + 1][j - 1] + a[i + 1][j] + a[i + 1][j + 1]) /
                9.0;
  return a[N / 2][N / 3];
}

static void heat(double to[M][M][M], double from[M][M][M]) {
  for (int i = 1; i < M - 1; i++)
    for (int j = 1; j < M - 1; j++)
      for (int k = 1; k < M - 1; k++)
        to[i][j][k] = 0.125 * (from[i + 1][j][k] - 2 * from[i][j][k] + from[i - 1][j][k]) +
                      0.125 * (from[i][j + 1][k] - 2 * from[i][j][k] + from[i][j - 1][k]) +
                      0.125 * (from[i][j][k + 1] - 2 * from[i][j][k] + from[i][j][k - 1]) + from[i][j][k];
}

KERNEL(heat3d, 250) {
  heat(g, h);
  heat(h, g);
  return h[M / 2][M / 3][3];
}

KERNEL(fdtd2d, 300) {
  for (int j = 0; j < N; j++) b[0][j] = 0.01;
  for (int i = 1; i < N; i++)
    for (int j = 0; j < N; j++) b[i][j] -= 0.5 * (c[i][j] - c[i - 1][j]);
  for (int i = 0; i < N; i++)
    for (int j = 1; j < N; j++) a[i][j] -= 0.5 * (c[i][j] - c[i][j - 1]);
  for (int i = 0; i < N - 1; i++)
    for (int j = 0; j < N - 1; j++) c[i][j] -= 0.7 * (a[i][j + 1] - a[i][j] + b[i + 1][j] - b[i][j]);
  return c[N / 2][N / 3];
}

// One direction: forward elimination along columns, then back substitution.
static void sweep(double to[N][N], double from[N][N], double l, double m, double r) {
  for (int i = 1; i < N - 1; i++) {
    to[0][i] = 1, p[i][0] = 0, q[i][0] = 1;
    for (int j = 1; j < N - 1; j++) {
      p[i][j] = -r / (l * p[i][j - 1] + m);
      q[i][j] = (-l * from[j][i - 1] + (1 + 2 * l) * from[j][i] - r * from[j][i + 1] - l * q[i][j - 1]) /
                (l * p[i][j - 1] + m);
    }
    to[N - 1][i] = 1;
    for (int j = N - 2; j >= 1; j--) to[j][i] = p[i][j] * to[j + 1][i] + q[i][j];
  }
}

KERNEL(adi, 60) {
  sweep(v, a, -0.3, 1.6, -0.3);
  sweep(a, v, -0.2, 1.4, -0.2);
  return a[N / 2][N / 3];
}
