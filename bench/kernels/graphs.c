// Sparse matrices, graphs, tables with open addresses, searches with bits.
#include "kernel.h"
#define N 4096
#define DEGREE 8
#define SLOTS 8192
static int32_t rowAt[N + 1], column[N * DEGREE], distance_[N], queue[N];
static double entry[N * DEGREE], x[N], y[N];
static uint32_t slot[SLOTS], keys[N];
static uint64_t numbers[N];

static void setup(void) {
  for (int i = 0; i <= N; i++) rowAt[i] = i * DEGREE;
  for (int i = 0; i < N; i++) {
    x[i] = real(), keys[i] = rnd() << 8 ^ rnd() | 1, numbers[i] = (uint64_t)rnd() << 20 ^ rnd() | 1;
    for (int k = 0; k < DEGREE; k++)
      column[i * DEGREE + k] = (int32_t)(rnd() & (N - 1)), entry[i * DEGREE + k] = real();
  }
  for (int i = 1; i < N; i++) rowAt[i] -= (int32_t)(rnd() % DEGREE);
}

KERNEL(sparse, 200) {
  for (int i = 0; i < N; i++) {
    double s = 0;
    for (int k = rowAt[i]; k < rowAt[i + 1]; k++) s += entry[k] * x[column[k]];
    y[i] = s;
  }
  return y[7] + y[N / 2];
}

// Distances from one node.
KERNEL(breadth, 120) {
  for (int i = 0; i < N; i++) distance_[i] = -1;
  int head = 0, tail = 0, far = 0;
  queue[tail++] = 0, distance_[0] = 0;
  while (head < tail) {
    int at = queue[head++];
    for (int k = rowAt[at]; k < rowAt[at + 1]; k++) {
      int to = column[k];
      if (distance_[to] >= 0) continue;
      far = distance_[to] = distance_[at] + 1;
      queue[tail++] = to;
    }
  }
  return far + tail;
}

// Keys into a table, and all of them found again.
KERNEL(addresses, 200) {
  for (int i = 0; i < SLOTS; i++) slot[i] = 0;
  for (int i = 0; i < N; i++) {
    uint32_t h = keys[i] * 0x9e3779b1u >> 19;
    while (slot[h] != 0 && slot[h] != keys[i]) h = (h + 1) & (SLOTS - 1);
    slot[h] = keys[i];
  }
  uint32_t at = 0;
  for (int i = 0; i < N; i++) {
    uint32_t h = keys[i] * 0x9e3779b1u >> 19;
    while (slot[h] != keys[i]) h = (h + 1) & (SLOTS - 1);
    at += h;
  }
  return at;
}

static int place(uint32_t columns, uint32_t left, uint32_t right) {
  if (columns == 0x1ff) return 1;
  int n = 0;
  for (uint32_t free = ~(columns | left | right) & 0x1ff; free != 0; free &= free - 1) {
    uint32_t bit = free & -free;
    n += place(columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return n;
}

// Nine queens.
KERNEL(queens, 400) { return place(0, 0, 0); }

// Greatest common divisors, by shifts.
KERNEL(divisors, 20) {
  uint64_t sum = 0;
  for (int i = 1; i < N; i++) {
    uint64_t a = numbers[i - 1], b = numbers[i];
    while (a != b) {
      if (a > b) {
        a -= b;
        a >>= __builtin_ctzll(a);
      } else {
        b -= a;
        b >>= __builtin_ctzll(b);
      }
    }
    sum += a;
  }
  return (double)sum;
}

// Powers modulo a prime.
KERNEL(powers, 80) {
  uint64_t sum = 0;
  for (int i = 0; i < N / 4; i++) {
    uint64_t base = numbers[i] % 2147483647, result = 1;
    for (uint32_t e = keys[i]; e != 0; e >>= 1) {
      if (e & 1) result = result * base % 2147483647;
      base = base * base % 2147483647;
    }
    sum += result;
  }
  return (double)sum;
}

// Random numbers, as many generators make them.
KERNEL(xorshift, 200) {
  uint64_t a = 0x9e3779b97f4a7c15, b = 0xbf58476d1ce4e5b9, sum = 0;
  for (int i = 0; i < 16384; i++) {
    uint64_t t = a, s = b;
    a = s;
    t ^= t << 23;
    t ^= t >> 17 ^ s ^ s >> 26;
    b = t;
    sum += t + s;
  }
  return (double)(sum >> 12);
}
