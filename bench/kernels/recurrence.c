// Loops whose iterations wait for one another: recursive filters, scans, polynomials.
#include "kernel.h"
#define N 192
#define LONG 16384
static float image[N][N], first[N][N], second[N][N], out[N][N];
static double signal[LONG], filtered[LONG];
static int32_t counts[LONG];

static void setup(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) image[i][j] = (float)real();
  for (int i = 0; i < LONG; i++) signal[i] = real() - 1, counts[i] = (int32_t)(rnd() & 0xff);
}

KERNEL(deriche, 60) {
  const float a1 = 0.35f, a2 = -0.12f, a3 = 0.2f, a4 = -0.11f, b1 = 0.9f, b2 = -0.25f;
  for (int i = 0; i < N; i++) {
    float y1 = 0, y2 = 0, x1 = 0;
    for (int j = 0; j < N; j++) {
      first[i][j] = a1 * image[i][j] + a2 * x1 + b1 * y1 + b2 * y2;
      x1 = image[i][j];
      y2 = y1;
      y1 = first[i][j];
    }
    float z1 = 0, z2 = 0, w1 = 0, w2 = 0;
    for (int j = N - 1; j >= 0; j--) {
      second[i][j] = a3 * w1 + a4 * w2 + b1 * z1 + b2 * z2;
      w2 = w1;
      w1 = image[i][j];
      z2 = z1;
      z1 = second[i][j];
    }
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) out[i][j] = first[i][j] + second[i][j];
  for (int j = 0; j < N; j++) {
    float t = 0, y1 = 0, y2 = 0;
    for (int i = 0; i < N; i++) {
      first[i][j] = a1 * out[i][j] + a2 * t + b1 * y1 + b2 * y2;
      t = out[i][j];
      y2 = y1;
      y1 = first[i][j];
    }
  }
  return out[7][9] + first[N - 1][N / 2];
}

// A cascade of two biquads.
KERNEL(iir, 500) {
  double p1 = 0, p2 = 0, q1 = 0, q2 = 0;
  for (int i = 0; i < LONG; i++) {
    double p = signal[i] + 1.2 * p1 - 0.5 * p2;
    double y = 0.3 * p + 0.6 * p1 + 0.3 * p2;
    double q = y + 0.7 * q1 - 0.2 * q2;
    filtered[i] = 0.2 * q + 0.4 * q1 + 0.2 * q2;
    p2 = p1, p1 = p, q2 = q1, q1 = q;
  }
  return filtered[LONG - 1] + filtered[99];
}

// In place, each element from those before it.
KERNEL(smooth, 800) {
  for (int i = 2; i < LONG; i++) filtered[i] = 0.5 * filtered[i - 1] + 0.25 * filtered[i - 2] + signal[i];
  return filtered[LONG - 1];
}

KERNEL(scan, 3000) {
  int32_t s = 0;
  for (int i = 0; i < LONG; i++) {
    s += counts[i];
    counts[i] = s & 0xffff;
  }
  return s;
}

KERNEL(horner, 600) {
  double s = 0;
  for (int i = 0; i < LONG; i++) {
    double x = signal[i];
    s += 1 + x * (1 + x * (0.5 + x * (0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * 0.0013888889)))));
  }
  return s;
}
