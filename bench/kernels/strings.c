// Strings and bits: searching, validating, packing runs, printing numbers, counting.
#include "kernel.h"
#define N 32768
static uint8_t text[N + 8], packed[2 * N + 8], unpacked[N + 8];
static uint8_t letters[N + 4];
static uint64_t words[N / 8];
static uint32_t values[N / 8], sums[N / 8];
static char printed[N / 8 * 11];

static void setup(void) {
  for (int i = 0; i < N;) {
    uint32_t r = rnd();
    int run = r % 7 == 0 ? 4 + (int)(r >> 8) % 40 : 1;
    uint8_t c = "etaoin shrdlu"[(r >> 4) % 13];
    for (; run > 0 && i < N; run--) text[i++] = c;
  }
  for (int i = 0; i < N;) {
    int wide = i + 4 < N ? (int)(rnd() % 12) : 0;
    if (wide == 1)
      letters[i++] = 0xc3, letters[i++] = 0x80 | (rnd() & 63);
    else if (wide == 2)
      letters[i++] = 0xe2, letters[i++] = 0x82, letters[i++] = 0x80 | (rnd() & 63);
    else
      letters[i++] = 'a' + rnd() % 26;
  }
  for (int i = 0; i < N / 8; i++)
    words[i] = (uint64_t)rnd() << 40 ^ (uint64_t)rnd() << 20 ^ rnd(), values[i] = rnd() >> (rnd() & 15);
}

// A word in a text, by how far the last character lets it move on.
KERNEL(horspool, 700) {
  static const uint8_t word[] = "on the shoulder";
  const int length = sizeof word - 1;
  static int skip[256];
  for (int i = 0; i < 256; i++) skip[i] = length;
  for (int i = 0; i < length - 1; i++) skip[word[i]] = length - 1 - i;
  int steps = 0;
  for (int i = 0; i + length <= N; i += skip[text[i + length - 1]], steps++) {
    int k = length - 1;
    while (k >= 0 && text[i + k] == word[k]) k--;
    if (k < 0) return i;
  }
  return steps;
}

// Where every character of a set is.
KERNEL(anyof, 400) {
  int found = 0, at = 0;
  for (int i = 0; i < N; i++)
    if (text[i] == 'u' || text[i] == 'l' || text[i] == ' ') found++, at ^= i;
  return found + at;
}

// Whether bytes are UTF-8, a character at a time.
KERNEL(utf8check, 250) {
  int wide = 0;
  for (int i = 0; i < N;) {
    uint8_t c = letters[i];
    if (c < 0x80) {
      i++;
      continue;
    }
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (c < 0xc2 || c > 0xf4 || i + more >= N) return -i;
    for (int k = 1; k <= more; k++)
      if ((letters[i + k] & 0xc0) != 0x80) return -i;
    wide++, i += more + 1;
  }
  return wide;
}

// Runs of bytes as pairs, and back.
KERNEL(runs, 300) {
  uint8_t* o = packed;
  for (int i = 0; i < N;) {
    uint8_t c = text[i];
    int n = 1;
    while (n < 255 && i + n < N && text[i + n] == c) n++;
    *o++ = (uint8_t)n, *o++ = c;
    i += n;
  }
  uint8_t* d = unpacked;
  for (const uint8_t* p = packed; p < o; p += 2)
    for (int n = p[0]; n > 0; n--) *d++ = p[1];
  return (double)(o - packed) + unpacked[N / 2] + (double)(d - unpacked);
}

// Numbers in decimal.
KERNEL(decimal, 300) {
  char* o = printed;
  for (int i = 0; i < N / 8; i++) {
    char digits[10];
    int n = 0;
    uint32_t x = values[i];
    do digits[n++] = (char)('0' + x % 10);
    while ((x /= 10) != 0);
    while (n > 0) *o++ = digits[--n];
    *o++ = ' ';
  }
  return (double)(o - printed) + printed[99];
}

// Bits that are set, without an instruction for it.
KERNEL(bitcount, 9000) {
  uint64_t total = 0;
  for (int i = 0; i < N / 8; i++) {
    uint64_t x = words[i];
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    total += x * 0x0101010101010101 >> 56;
  }
  return (double)total;
}

KERNEL(popcount, 3000) {
  int total = 0;
  for (int i = 0; i < N / 8; i++) total += __builtin_popcountll(words[i]);
  return total;
}

KERNEL(prefix, 2000) {
  uint32_t sum = 0;
  for (int i = 0; i < N / 8; i++) sum += values[i], sums[i] = sum;
  return sums[N / 16];
}

// Edit distance of two strings of at most 64 characters, a column in a word.
KERNEL(columns, 40) {
  int best = 64;
  for (int at = 0; at + 64 <= 2048; at += 16) {
    static uint64_t where[256];
    for (int i = 0; i < 256; i++) where[i] = 0;
    for (int i = 0; i < 64; i++) where[text[at + i]] |= 1ull << i;
    uint64_t plus = ~0ull, minus = 0;
    int score = 64;
    for (int j = 0; j < 512; j++) {
      uint64_t equal = where[text[1024 + at + j]];
      uint64_t across = (((equal & plus) + plus) ^ plus) | equal | minus;
      uint64_t up = minus | ~(across | plus), down = plus & across;
      score += (int)(up >> 63) - (int)(down >> 63);
      up = up << 1 | 1;
      plus = down << 1 | ~(across | up);
      minus = up & across;
    }
    best = score < best ? score : best;
  }
  return best;
}
