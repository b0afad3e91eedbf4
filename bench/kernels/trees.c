// Trees, heaps and records by index; distances and comparisons of strings.
#include "kernel.h"
#define N 4096
#define LONG 200
static uint32_t keys[N], key[N + 1], heap[N + 1];
static int32_t left[N + 1], right[N + 1];
static struct { uint32_t id; uint16_t weight; uint8_t kind, flags; float at[2]; } items[N], others[N];
static uint8_t s[LONG], t[LONG], row[LONG + 1], words[N][16];
static uint16_t order[N];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    keys[i] = rnd();
    items[i].id = rnd(), items[i].weight = (uint16_t)rnd(), items[i].kind = rnd() & 7, items[i].flags = (uint8_t)rnd();
    items[i].at[0] = (float)real(), items[i].at[1] = (float)real();
    order[i] = (uint16_t)((i * 1597u) & (N - 1));
    int n = 4 + (int)(rnd() % 11);
    for (int k = 0; k < n; k++) words[i][k] = k < 3 ? "bar"[k] : 'a' + rnd() % 3;
  }
  for (int i = 0; i < LONG; i++) s[i] = 'a' + (rnd() & 3), t[i] = 'a' + (rnd() & 3);
}

// A search tree: all keys go in, then all are found.
KERNEL(treefind, 50) {
  int root = 0, n = 0, depth = 0;
  for (int i = 0; i < N; i++) {
    int *at = &root;
    while (*at != 0 && key[*at] != keys[i]) at = keys[i] < key[*at] ? &left[*at] : &right[*at];
    if (*at == 0) *at = ++n, key[n] = keys[i], left[n] = right[n] = 0;
  }
  for (int i = 0; i < N; i++)
    for (int at = root; key[at] != keys[i]; depth++) at = keys[i] < key[at] ? left[at] : right[at];
  return depth;
}

// A queue by priorities: everything in, everything out.
KERNEL(queueing, 125) {
  int n = 0;
  for (int i = 0; i < N; i++) {
    int at = ++n;
    for (; at > 1 && heap[at / 2] > keys[i]; at /= 2) heap[at] = heap[at / 2];
    heap[at] = keys[i];
  }
  uint32_t sum = 0;
  while (n > 0) {
    sum = sum * 31 + heap[1];
    uint32_t last = heap[n--];
    int at = 1;
    while (2 * at <= n) {
      int child = 2 * at;
      if (child < n && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= last) break;
      heap[at] = heap[child], at = child;
    }
    heap[at] = last;
  }
  return sum;
}

// Records of different fields into another order, some of them changed.
KERNEL(records, 1200) {
  uint32_t sum = 0;
  for (int i = 0; i < N; i++) {
    others[i] = items[order[i]];
    if (others[i].kind == 3) others[i].weight += others[i].flags;
    sum += others[i].weight ^ others[i].id;
  }
  return sum + others[N / 2].at[1];
}

// Edit distance with a row of bytes.
KERNEL(editbytes, 160) {
  for (int j = 0; j <= LONG; j++) row[j] = (uint8_t)j;
  for (int i = 1; i < LONG; i++) {
    uint8_t diagonal = row[0];
    row[0] = (uint8_t)i;
    for (int j = 1; j <= LONG; j++) {
      uint8_t above = row[j], best = (uint8_t)(diagonal + (s[i] != t[j - 1]));
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best, diagonal = above;
    }
  }
  return row[LONG] + row[LONG / 2];
}

// Strings with a common beginning, each with the next one.
KERNEL(comparing, 1200) {
  int before = 0, same = 0;
  for (int i = 0; i + 1 < N; i++) {
    const uint8_t *a = words[i], *b = words[i + 1];
    while (*a != 0 && *a == *b) a++, b++;
    before += *a < *b, same += (int)(a - words[i]);
  }
  return before + 3 * same;
}
