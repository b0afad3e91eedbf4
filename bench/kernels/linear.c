// Dense linear algebra in double precision: products by rows and columns, triangular loops, factorisations.
#include "kernel.h"
#define N 128
static double a[N][N], b[N][N], c[N][N], x[N], y[N], u[N], v[N];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    x[i] = real(), y[i] = real();
    for (int j = 0; j < N; j++) a[i][j] = real() + (i == j ? 4 * N : 0), b[i][j] = real(), c[i][j] = real();
  }
}

static double trace(double m[N][N]) {
  double s = 0;
  for (int i = 0; i < N; i++) s += m[i][i] + m[i][N - 1 - i];
  return s;
}

KERNEL(gemm, 24) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) c[i][j] *= 0.25;
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++) c[i][j] += 1.5 * a[i][k] * b[k][j];
  }
  return trace(c);
}

KERNEL(product, 24) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double s = 0;
      for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
      c[i][j] = s;
    }
  return trace(c);
}

KERNEL(syrk, 48) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j <= i; j++) c[i][j] *= 0.25;
    for (int k = 0; k < N; k++)
      for (int j = 0; j <= i; j++) c[i][j] += 1.5 * a[i][k] * a[j][k];
  }
  return trace(c);
}

KERNEL(trmm, 48) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      for (int k = i + 1; k < N; k++) b[i][j] += 0.001 * a[k][i] * b[k][j];
      b[i][j] *= 0.9;
    }
  return trace(b);
}

KERNEL(correlation, 32) {
  for (int j = 0; j < N; j++) {
    double s = 0, d = 0;
    for (int i = 0; i < N; i++) s += b[i][j];
    u[j] = s / N;
    for (int i = 0; i < N; i++) d += (b[i][j] - u[j]) * (b[i][j] - u[j]);
    v[j] = __builtin_sqrt(d / N);
    if (v[j] <= 0.1) v[j] = 1;
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) b[i][j] = (b[i][j] - u[j]) / (11.3 * v[j]);
  for (int i = 0; i < N - 1; i++) {
    c[i][i] = 1;
    for (int j = i + 1; j < N; j++) {
      c[i][j] = 0;
      for (int k = 0; k < N; k++) c[i][j] += b[k][i] * b[k][j];
      c[j][i] = c[i][j];
    }
  }
  return trace(c) + c[3][N - 5];
}

KERNEL(covariance, 32) {
  for (int j = 0; j < N; j++) {
    u[j] = 0;
    for (int i = 0; i < N; i++) u[j] += b[i][j];
    u[j] /= N;
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) b[i][j] -= u[j];
  for (int i = 0; i < N; i++)
    for (int j = i; j < N; j++) {
      c[i][j] = 0;
      for (int k = 0; k < N; k++) c[i][j] += b[k][i] * b[k][j];
      c[j][i] = c[i][j] /= N - 1;
    }
  return trace(c);
}

KERNEL(atax, 1500) {
  for (int i = 0; i < N; i++) y[i] = 0;
  for (int i = 0; i < N; i++) {
    double s = 0;
    for (int j = 0; j < N; j++) s += a[i][j] * x[j];
    for (int j = 0; j < N; j++) y[j] += a[i][j] * s;
  }
  return y[1] + y[N - 1];
}

KERNEL(bicg, 1500) {
  for (int i = 0; i < N; i++) u[i] = 0;
  for (int i = 0; i < N; i++) {
    v[i] = 0;
    for (int j = 0; j < N; j++) {
      u[j] += y[i] * a[i][j];
      v[i] += a[i][j] * x[j];
    }
  }
  return u[2] + v[N - 1];
}

KERNEL(mvt, 1500) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) u[i] += a[i][j] * x[j];
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) v[i] += a[j][i] * y[j];
  return u[2] + v[N - 1];
}

KERNEL(lu, 40) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) c[i][j] = a[i][j];
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++) c[i][j] -= c[i][k] * c[k][j];
      c[i][j] /= c[j][j];
    }
    for (int j = i; j < N; j++)
      for (int k = 0; k < i; k++) c[i][j] -= c[i][k] * c[k][j];
  }
  return trace(c);
}

KERNEL(cholesky, 80) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) c[i][j] = 0.5 * (a[i][j] + a[j][i]);
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < i; j++) {
      for (int k = 0; k < j; k++) c[i][j] -= c[i][k] * c[j][k];
      c[i][j] /= c[j][j];
    }
    for (int k = 0; k < i; k++) c[i][i] -= c[i][k] * c[i][k];
    c[i][i] = __builtin_sqrt(c[i][i]);
  }
  return trace(c);
}

KERNEL(gramschmidt, 16) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) c[i][j] = a[i][j];
  double check = 0;
  for (int k = 0; k < N; k++) {
    double norm = 0;
    for (int i = 0; i < N; i++) norm += c[i][k] * c[i][k];
    norm = __builtin_sqrt(norm);
    for (int i = 0; i < N; i++) b[i][k] = c[i][k] / norm;
    for (int j = k + 1; j < N; j++) {
      double r = 0;
      for (int i = 0; i < N; i++) r += b[i][k] * c[i][j];
      for (int i = 0; i < N; i++) c[i][j] -= b[i][k] * r;
      check += r;
    }
  }
  return check;
}

// Two triangular systems.
KERNEL(trisolv, 2500) {
  for (int i = 0; i < N; i++) {
    double s = y[i];
    for (int j = 0; j < i; j++) s -= a[i][j] * u[j];
    u[i] = s / a[i][i];
  }
  for (int i = N - 1; i >= 0; i--) {
    double s = u[i];
    for (int j = i + 1; j < N; j++) s -= a[i][j] * v[j];
    v[i] = s / a[i][i];
  }
  return v[0] + v[N / 2];
}

KERNEL(durbin, 1500) {
  static double z[N];
  double alpha = -0.01 * x[0], beta = 1;
  u[0] = alpha;
  for (int k = 1; k < N; k++) {
    beta = (1 - alpha * alpha) * beta;
    double s = 0;
    for (int i = 0; i < k; i++) s += 0.01 * x[k - i - 1] * u[i];
    alpha = -(0.01 * x[k] + s) / beta;
    for (int i = 0; i < k; i++) z[i] = u[i] + alpha * u[k - i - 1];
    for (int i = 0; i < k; i++) u[i] = z[i];
    u[k] = alpha;
  }
  return u[N - 1] + u[1];
}
