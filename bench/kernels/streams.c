// Streams over arrays: each element by itself, from its neighbours, or summed.
#include "kernel.h"
#define N 8192
static uint8_t text[N], pad[N], front[N], back[N], mixed[N], mask[N];
static int16_t sound[N], louder[N];
static uint16_t samples[N];
static int64_t large[N], larger[N];
static float re[N], im[N], turned[N], turnedi[N], heights[N], peaks[N];
static double px[N], py[N], lengths[N];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    text[i] = rnd(), pad[i] = rnd(), front[i] = rnd(), back[i] = rnd();
    sound[i] = (int16_t)rnd(), samples[i] = (uint16_t)rnd(), large[i] = rnd();
    re[i] = (float)real(), im[i] = (float)real(), heights[i] = (float)real();
    px[i] = real(), py[i] = real() - 1;
  }
}

// A one-time pad.
KERNEL(xorbytes, 4000) {
  for (int i = 0; i < N; i++) text[i] ^= pad[i];
  return text[77];
}

KERNEL(blend8, 1500) {
  for (int i = 0; i < N; i++) mixed[i] = (uint8_t)((front[i] * 180 + back[i] * 76) >> 8);
  return mixed[77];
}

KERNEL(threshold8, 3000) {
  for (int i = 0; i < N; i++) mask[i] = front[i] > 127 ? 255 : 0;
  return mask[77] + mask[78];
}

// 16-bit sound, with saturation.
KERNEL(gain16, 1500) {
  for (int i = 0; i < N; i++) {
    int32_t x = sound[i] * 300 >> 8;
    louder[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
  }
  return louder[77];
}

KERNEL(sum16, 3000) {
  uint32_t s = 0;
  for (int i = 0; i < N; i++) s += samples[i];
  return s;
}

KERNEL(triad64, 2000) {
  for (int i = 0; i < N; i++) larger[i] = large[i] + larger[i] * 3;
  return (double)(larger[77] & 0xffff);
}

// Complex numbers turned by an angle, in two arrays.
KERNEL(rotate, 1500) {
  for (int i = 0; i < N; i++) {
    turned[i] = re[i] * 0.8f - im[i] * 0.6f;
    turnedi[i] = re[i] * 0.6f + im[i] * 0.8f;
  }
  return turned[77] + turnedi[78];
}

KERNEL(peaks3, 1500) {
  for (int i = 1; i < N - 1; i++) {
    float x = heights[i - 1] > heights[i] ? heights[i - 1] : heights[i];
    peaks[i] = x > heights[i + 1] ? x : heights[i + 1];
  }
  return peaks[77] + peaks[N - 2];
}

KERNEL(norms, 600) {
  for (int i = 0; i < N; i++) lengths[i] = __builtin_sqrt(px[i] * px[i] + py[i] * py[i]);
  return lengths[77] + lengths[78];
}
