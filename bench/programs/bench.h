// Marks the timed part of a program: prints the nanoseconds between start and end on stderr as "@bench_ns=…".
#ifndef BENCH_H
#define BENCH_H
#include <stdint.h>
#include <stdio.h>
#include <time.h>
static struct timespec bench_t0;
__attribute__((noinline)) static void bench_start(void) { clock_gettime(CLOCK_MONOTONIC, &bench_t0); }
__attribute__((noinline)) static void bench_end(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  long long ns = (t.tv_sec - bench_t0.tv_sec) * 1000000000LL + (t.tv_nsec - bench_t0.tv_nsec);
  fprintf(stderr, "@bench_ns=%018lld\n", ns);
}
#endif
