// Scalar floating point: short chains with branches, transforms, particles.
#include "kernel.h"
#define N 1024
static double re[N], im[N], cosines[N], sines[N], px[64], py[64], pz[64], vx[64], vy[64], vz[64];
static float wave[N * 16], echo[N * 16], taps[32];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    double c = 1, s = i * (6.283185307179586 / N);
    re[i] = real(), im[i] = real() - 1;
    // Near enough to a cosine and a sine.
    c -= s * s / 2, s -= s * s * s / 6;
    double n = __builtin_sqrt(c * c + s * s);
    cosines[i] = c / n, sines[i] = s / n;
  }
  for (int i = 0; i < 64; i++) px[i] = real(), py[i] = real(), pz[i] = real(), vx[i] = vy[i] = vz[i] = 0;
  for (int i = 0; i < N * 16; i++) wave[i] = (float)real();
  for (int i = 0; i < 32; i++) taps[i] = (float)real();
}

KERNEL(mandelbrot, 32) {
  int total = 0;
  for (int j = 0; j < 160; j++)
    for (int i = 0; i < 160; i++) {
      double cr = i * (3.0 / 160) - 2, ci = j * (2.0 / 160) - 1, x = 0, y = 0;
      int n = 0;
      while (n < 200 && x * x + y * y < 4) {
        double t = x * x - y * y + cr;
        y = 2 * x * y + ci, x = t, n++;
      }
      total += n;
    }
  return total;
}

KERNEL(particles, 2000) {
  for (int i = 0; i < 64; i++) {
    double ax = 0, ay = 0, az = 0;
    for (int j = 0; j < 64; j++) {
      double dx = px[j] - px[i], dy = py[j] - py[i], dz = pz[j] - pz[i];
      double d = dx * dx + dy * dy + dz * dz + 0.01;
      double f = 0.001 / (d * __builtin_sqrt(d));
      ax += dx * f, ay += dy * f, az += dz * f;
    }
    vx[i] += ax, vy[i] += ay, vz[i] += az;
  }
  for (int i = 0; i < 64; i++) px[i] += 0.01 * vx[i], py[i] += 0.01 * vy[i], pz[i] += 0.01 * vz[i];
  return px[3] + vz[9];
}

KERNEL(fft, 3200) {
  for (int i = 1, j = 0; i < N; i++) {
    int bit = N >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      double t = re[i];
      re[i] = re[j], re[j] = t;
      t = im[i], im[i] = im[j], im[j] = t;
    }
  }
  for (int len = 2; len <= N; len <<= 1)
    for (int i = 0; i < N; i += len)
      for (int k = 0; k < len / 2; k++) {
        double c = cosines[k * (N / len)], s = sines[k * (N / len)];
        double x = re[i + k + len / 2] * c - im[i + k + len / 2] * s, y = re[i + k + len / 2] * s + im[i + k + len / 2] * c;
        re[i + k + len / 2] = 0.7071 * (re[i + k] - x), im[i + k + len / 2] = 0.7071 * (im[i + k] - y);
        re[i + k] = 0.7071 * (re[i + k] + x), im[i + k] = 0.7071 * (im[i + k] + y);
      }
  return re[1] + im[N / 2];
}

KERNEL(fir, 60) {
  for (int i = 0; i < N * 16 - 32; i++) {
    float s = 0;
    for (int k = 0; k < 32; k++) s += wave[i + k] * taps[k];
    echo[i] = s;
  }
  return echo[7] + echo[999];
}

KERNEL(spectral, 96) {
  double s = 0;
  for (int i = 0; i < 500; i++) {
    double t = 0;
    for (int j = 0; j < 500; j++) t += re[j] / ((i + j) * (i + j + 1) / 2 + i + 1);
    s += t * t;
  }
  return __builtin_sqrt(s);
}

KERNEL(clampmix, 600) {
  float s = 0;
  for (int i = 0; i < N * 16; i++) {
    float x = wave[i] * 1.7f - 0.9f;
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    echo[i] = x * x * (3 - 2 * x);
  }
  for (int i = 0; i < N * 16; i += 64) s += echo[i];
  return s;
}

KERNEL(convert, 1600) {
  double s = 0;
  const int32_t *bits = (const int32_t *)wave;
  for (int i = 0; i < N * 16; i++) s += (double)(bits[i] >> 8) + (double)(int)(wave[i] * 100);
  return s;
}
