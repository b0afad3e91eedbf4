// A program of one kernel. A source file holds kernels of one kind and `setup`, which fills their data; -DRUN=name says
// which kernel the program runs. A kernel returns a number that depends on all that it computed.
#ifndef KERNEL_H
#define KERNEL_H
#include "../programs/bench.h"
#include <stdlib.h>
// Defines a kernel that is run so many times.
#define KERNEL(name, rounds) \
  __attribute__((unused)) static int name##_rounds(void) { return rounds; } \
  static inline double name##_body(void); \
  static __attribute__((noinline, unused)) double name(void) { \
    __asm__ volatile(""); /* done again each time, even if it reads nothing */ \
    return name##_body(); \
  } \
  static inline __attribute__((always_inline, unused)) double name##_body(void)
#define ROUNDS_OF(name) name##_rounds
#define ROUNDS(name) ROUNDS_OF(name)
#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

static uint32_t seed = 12345;
static inline uint32_t rnd(void) { return seed = seed * 1664525u + 1013904223u, seed >> 8; }
// In [0.5, 1.5).
static inline double real(void) { return 0.5 + rnd() / (double)(1 << 24); }

static void setup(void);
static double RUN(void);
static int ROUNDS(RUN)(void);

int main(void) {
  double check = 0;
  bench_start(); // the host's clock, for the first time
  setup();
  bench_start();
  for (int r = 0; r < ROUNDS(RUN)(); r++) {
    check = check * 0.5 + RUN();
    __asm__ volatile("" ::: "memory");
  }
  bench_end();
  printf("%s %.15g\n", TEXT(RUN), check);
}
#endif
