// Sieve of Eratosthenes on bytes and on bits, Collatz lengths: tight integer loops with stores.
#include "bench.h"
#include <stdlib.h>
#include <string.h>
#define N 4000000
int main(void) {
  uint8_t *s = malloc(N + 1);
  uint32_t *bits = malloc(N / 8 + 8), primes = 0, odd = 0, longest = 0, best = 0;
  bench_start();
  for (int round = 0; round < 3; round++) {
    memset(s, 1, N + 1);
    primes = 0;
    for (uint32_t i = 2; i <= N; i++) {
      if (!s[i]) continue;
      primes++;
      if (i <= N / i) for (uint32_t j = i * i; j <= N; j += i) s[j] = 0;
    }
  }
  memset(bits, 0, N / 8 + 8);
  for (uint32_t i = 3; i * i <= N; i += 2)
    if (!(bits[i >> 5] >> (i & 31) & 1)) for (uint32_t j = i * i; j <= N; j += 2 * i) bits[j >> 5] |= 1u << (j & 31);
  for (uint32_t i = 3; i <= N; i += 2) odd += !(bits[i >> 5] >> (i & 31) & 1);
  for (uint32_t i = 1; i < 400000; i++) {
    uint32_t steps = 0;
    for (uint64_t x = i; x != 1; steps++) x = x & 1 ? 3 * x + 1 : x >> 1;
    if (steps > longest) { longest = steps; best = i; }
  }
  bench_end();
  printf("sieve %u %u %u %u\n", primes, odd + 1, best, longest);
}
