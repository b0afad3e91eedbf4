// Loops whose iterations wait for one another through memory: solvers, tables of dynamic programming.
#include "kernel.h"
#define N 4096
#define LONG 1200
static double lower[N], middle[N], upper[N], right[N], x[N], ratio[N];
static int32_t ways[N + 1], match[LONG + 1], gap[LONG + 1], parent[N], cost[64][64];
static uint8_t s[LONG], t[LONG];
static uint16_t edges[N][2];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    lower[i] = -0.3 * real(), middle[i] = 2 + real(), upper[i] = -0.4 * real(), right[i] = real();
    edges[i][0] = rnd() & (N - 1), edges[i][1] = rnd() & (N - 1);
  }
  for (int i = 0; i < LONG; i++) s[i] = 'a' + (rnd() & 3), t[i] = 'a' + (rnd() & 3);
}

// A tridiagonal system: forward elimination, back substitution.
KERNEL(thomas, 600) {
  ratio[0] = upper[0] / middle[0];
  x[0] = right[0] / middle[0];
  for (int i = 1; i < N; i++) {
    double m = 1 / (middle[i] - lower[i] * ratio[i - 1]);
    ratio[i] = upper[i] * m;
    x[i] = (right[i] - lower[i] * x[i - 1]) * m;
  }
  for (int i = N - 2; i >= 0; i--) x[i] = x[i] - ratio[i] * x[i + 1];
  return x[7] + x[N / 2];
}

// How many ways there are to make an amount from coins.
KERNEL(coins, 900) {
  static const int coin[] = {1, 2, 5, 10, 20, 50, 100, 200};
  for (int i = 1; i <= N; i++) ways[i] = 0;
  ways[0] = 1;
  for (int k = 0; k < 8; k++)
    for (int i = coin[k]; i <= N; i++) ways[i] += ways[i - coin[k]];
  return ways[N];
}

static inline int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }

// Local alignment with affine gaps, a row at a time.
KERNEL(align, 16) {
  int32_t best = 0;
  for (int j = 0; j <= LONG; j++) match[j] = 0, gap[j] = -1000;
  for (int i = 0; i < LONG; i++) {
    int32_t diagonal = 0, open = -1000;
    for (int j = 1; j <= LONG; j++) {
      gap[j] = most(gap[j] - 1, match[j] - 3);
      open = most(open - 1, match[j - 1] - 3);
      int32_t m = diagonal + (s[i] == t[j - 1] ? 2 : -1);
      diagonal = match[j];
      m = most(most(m, 0), most(gap[j], open));
      match[j] = m;
      best = most(best, m);
    }
  }
  return best;
}

// Where to put the parentheses of a product of matrices.
KERNEL(chain, 300) {
  for (int n = 1; n < 64; n++)
    for (int i = 0; i + n < 64; i++) {
      int32_t least = 0x7fffffff;
      for (int k = i; k < i + n; k++) {
        int32_t c = cost[i][k] + cost[k + 1][i + n] + (edges[i][0] & 63) * (edges[k][0] & 63) * (edges[i + n][0] & 63);
        if (c < least) least = c;
      }
      cost[i][i + n] = least;
    }
  return cost[0][63];
}

// Union and find with halved paths.
KERNEL(unions, 500) {
  int sets = N;
  for (int i = 0; i < N; i++) parent[i] = i;
  for (int i = 0; i < N; i++) {
    int a = edges[i][0], b = edges[i][1];
    while (parent[a] != a) a = parent[a] = parent[parent[a]];
    while (parent[b] != b) b = parent[b] = parent[parent[b]];
    if (a != b) parent[a] = b, sets--;
  }
  return sets;
}
