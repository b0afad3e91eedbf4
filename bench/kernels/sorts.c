// Sorts and searches of integers.
#include "kernel.h"
#define N 20000
static int32_t source[N], a[N], heapOf[N + 1];

static void setup(void) {
  for (int i = 0; i < N; i++) source[i] = (int32_t)(rnd() % 1000000);
}

static void copy(int n) {
  for (int i = 0; i < n; i++) a[i] = source[i];
}

static double sum(int n) {
  double s = 0;
  for (int i = 0; i < n; i += 97) s += a[i] * (double)(i & 15);
  return s;
}

static void quick(int32_t *x, int lo, int hi) {
  while (lo < hi) {
    int32_t pivot = x[(lo + hi) >> 1];
    int i = lo, j = hi;
    while (i <= j) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i <= j) {
        int32_t t = x[i];
        x[i++] = x[j];
        x[j--] = t;
      }
    }
    if (j - lo < hi - i) {
      quick(x, lo, j);
      lo = i;
    } else {
      quick(x, i, hi);
      hi = j;
    }
  }
}

KERNEL(quicksort, 40) {
  copy(N);
  quick(a, 0, N - 1);
  return sum(N);
}

KERNEL(shellsort, 30) {
  copy(N);
  for (int gap = N / 2; gap > 0; gap /= 2)
    for (int i = gap; i < N; i++) {
      int32_t x = a[i];
      int j = i;
      for (; j >= gap && a[j - gap] > x; j -= gap) a[j] = a[j - gap];
      a[j] = x;
    }
  return sum(N);
}

KERNEL(insertion, 40) {
  const int n = 2500;
  copy(n);
  for (int i = 1; i < n; i++) {
    int32_t x = a[i];
    int j = i - 1;
    while (j >= 0 && a[j] > x) {
      a[j + 1] = a[j];
      j--;
    }
    a[j + 1] = x;
  }
  return sum(n);
}

KERNEL(bubble, 30) {
  const int n = 1500;
  copy(n);
  for (int i = n - 1; i > 0; i--)
    for (int j = 0; j < i; j++)
      if (a[j] > a[j + 1]) {
        int32_t t = a[j];
        a[j] = a[j + 1];
        a[j + 1] = t;
      }
  return sum(n);
}

KERNEL(heapsort, 30) {
  copy(N);
  int n = N;
  for (int start = N / 2 - 1; n > 1;) {
    if (start < 0) {
      int32_t t = a[0];
      a[0] = a[--n];
      a[n] = t;
    }
    int root = start < 0 ? 0 : start--;
    int32_t x = a[root];
    for (int child; (child = 2 * root + 1) < n; root = child) {
      if (child + 1 < n && a[child] < a[child + 1]) child++;
      if (x >= a[child]) break;
      a[root] = a[child];
    }
    a[root] = x;
  }
  return sum(N);
}

KERNEL(search, 40) {
  static int32_t sorted[N];
  int found = 0;
  for (int i = 0; i < N; i++) sorted[i] = i * 50;
  for (int i = 0; i < N; i++) {
    int lo = 0, hi = N;
    while (lo < hi) {
      int mid = (lo + hi) >> 1;
      if (sorted[mid] < source[i]) lo = mid + 1;
      else hi = mid;
    }
    found += lo;
  }
  return found;
}
