// Sieves, table look-ups, histograms, transposes, lists: loads and stores at computed places.
#include "kernel.h"
#define N 512
#define LIMIT 400000
static uint8_t composite[LIMIT], pixels[N][N], turned[N][N], curve[256], colour[N * N];
static uint32_t words[N][N], across[N][N], bits[LIMIT / 32 + 1], bins[256], crcTable[256];
static float image[N][N], scaled[N][N];

struct node {
  struct node *next;
  int32_t key, value;
};
static struct node nodes[4096], *list;

static void setup(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) pixels[i][j] = rnd() & 0xff, words[i][j] = rnd(), image[i][j] = (float)real();
  for (int i = 0; i < 256; i++) {
    curve[i] = 255 - i;
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    crcTable[i] = c;
  }
  for (int i = 0; i < 4096; i++) {
    struct node *n = &nodes[(i * 1657) & 4095];
    n->key = (int32_t)(rnd() & 0xffff), n->value = i, n->next = list, list = n;
  }
}

KERNEL(sieve, 40) {
  for (int i = 0; i < LIMIT; i++) composite[i] = 0;
  for (int i = 2; i * i < LIMIT; i++)
    if (!composite[i])
      for (int j = i * i; j < LIMIT; j += i) composite[j] = 1;
  int n = 0;
  for (int i = 2; i < LIMIT; i++) n += !composite[i];
  return n;
}

KERNEL(bitsieve, 40) {
  for (int i = 0; i <= LIMIT / 32; i++) bits[i] = 0;
  for (int i = 3; i * i < LIMIT; i += 2)
    if (!(bits[i >> 5] >> (i & 31) & 1))
      for (int j = i * i; j < LIMIT; j += 2 * i) bits[j >> 5] |= 1u << (j & 31);
  int n = 1;
  for (int i = 3; i < LIMIT; i += 2) n += !(bits[i >> 5] >> (i & 31) & 1);
  return n;
}

KERNEL(histogram, 200) {
  for (int i = 0; i < 256; i++) bins[i] = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) bins[pixels[i][j]]++;
  return bins[7] + bins[200];
}

KERNEL(lookup, 200) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) turned[i][j] = curve[pixels[i][j]];
  return turned[7][9];
}

KERNEL(crc32, 120) {
  uint32_t c = 0xffffffff;
  const uint8_t *p = pixels[0];
  for (int i = 0; i < N * N; i++) c = crcTable[(c ^ p[i]) & 0xff] ^ (c >> 8);
  return c;
}

KERNEL(transpose, 100) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) across[j][i] = words[i][j];
  return across[3][5];
}

KERNEL(transpose8, 500) {
  for (int bi = 0; bi < N; bi += 16)
    for (int bj = 0; bj < N; bj += 16)
      for (int i = bi; i < bi + 16; i++)
        for (int j = bj; j < bj + 16; j++) turned[j][i] = pixels[i][j];
  return turned[3][5];
}

// Bilinear sampling along a rotated grid.
KERNEL(bilinear, 30) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      float x = (float)j * 0.9f + (float)i * 0.05f, y = (float)i * 0.9f + (float)j * 0.05f;
      int p = (int)x, q = (int)y;
      float fx = x - (float)p, fy = y - (float)q;
      scaled[i][j] = (image[q][p] * (1 - fx) + image[q][p + 1] * fx) * (1 - fy) +
                     (image[q + 1][p] * (1 - fx) + image[q + 1][p + 1] * fx) * fy;
    }
  return scaled[7][9];
}

// CoreMark's kind of list: reverse, find, sum.
KERNEL(lists, 1000) {
  struct node *reversed = 0;
  for (struct node *n = list; n;) {
    struct node *next = n->next;
    n->next = reversed, reversed = n, n = next;
  }
  list = reversed;
  int32_t sum = 0;
  for (struct node *n = list; n; n = n->next)
    if (n->key & 1) sum += n->value;
    else sum ^= n->key;
  return sum;
}

static struct node *merge(struct node *x, struct node *y) {
  struct node head, *tail = &head;
  while (x && y)
    if (x->key <= y->key) tail = tail->next = x, x = x->next;
    else tail = tail->next = y, y = y->next;
  tail->next = x ? x : y;
  return head.next;
}

KERNEL(listsort, 60) {
  struct node *runs[16] = {0};
  for (struct node *n = list; n;) {
    struct node *next = n->next;
    n->next = 0;
    n->key = (int32_t)((uint32_t)n->key * 40503u & 0xffff);
    int k = 0;
    for (; k < 15 && runs[k]; k++) n = merge(runs[k], n), runs[k] = 0;
    runs[k] = n;
    n = next;
  }
  struct node *all = 0;
  for (int k = 0; k < 16; k++) all = merge(runs[k], all);
  list = all;
  return all->key + all->next->key;
}

// A state machine over bytes, as CoreMark's: what kind of number is this?
KERNEL(states, 60) {
  const uint8_t *p = pixels[0];
  int counts[5] = {0}, state = 0;
  for (int i = 0; i < N * N; i++) {
    uint8_t c = p[i] & 15;
    switch (state) {
    case 0: state = c < 10 ? 1 : c == 10 ? 2 : c == 11 ? 3 : 0; break;
    case 1: state = c < 10 ? 1 : c == 11 ? 3 : c == 12 ? 4 : 0; break;
    case 2: state = c < 10 ? 1 : 0; break;
    case 3: state = c < 10 ? 3 : c == 12 ? 4 : 0; break;
    default: state = c < 10 ? 4 : 0;
    }
    counts[state]++;
  }
  return counts[0] + 3 * counts[1] + 5 * counts[3] + 7 * counts[4];
}

KERNEL(pack, 100) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) colour[i * N + j] = words[i][j] >> 19 & 0xe0 | words[i][j] >> 11 & 0x1c | words[i][j] >> 6 & 3;
  return colour[77];
}
