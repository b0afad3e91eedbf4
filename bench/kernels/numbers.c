// Numbers: codes of variable length, other bases, roots, bits, lines.
#include "kernel.h"
#define N 4096
#define SIDE 256
static uint32_t values[N], decoded[N];
static uint8_t coded[N * 5 + 8], picture[SIDE][SIDE];
static uint64_t sets[N], board[64], following[64], modulus[64];
static int16_t matrix[128][128], vector[128], product[128];
static char printed[64];

static void setup(void) {
  for (int i = 0; i < N; i++) {
    values[i] = (rnd() << 8 ^ rnd()) >> (rnd() & 31);
    sets[i] = ((uint64_t)rnd() << 40 ^ (uint64_t)rnd() << 20 ^ rnd()) & ((uint64_t)rnd() << 40 ^ (uint64_t)rnd() << 17);
  }
  for (int i = 0; i < 64; i++) board[i] = sets[i] | sets[i + 64], modulus[i] = sets[i + 128] << 8 | 0x7f00000000000001;
  for (int i = 0; i < 128; i++) {
    vector[i] = (int16_t)(rnd() >> 9);
    for (int j = 0; j < 128; j++) matrix[i][j] = (int16_t)(rnd() >> 9);
  }
}

// Seven bits a byte, there and back.
KERNEL(varints, 1000) {
  uint8_t *o = coded;
  for (int i = 0; i < N; i++) {
    uint32_t x = values[i];
    for (; x >= 0x80; x >>= 7) *o++ = (uint8_t)(x | 0x80);
    *o++ = (uint8_t)x;
  }
  int n = 0;
  for (const uint8_t *p = coded; p < o; n++) {
    uint32_t x = 0;
    int shift = 0;
    for (; (*p & 0x80) != 0; shift += 7) x |= (uint32_t)(*p++ & 0x7f) << shift;
    decoded[n] = x | (uint32_t)*p++ << shift;
  }
  return decoded[77] + n;
}

// A number of 256 bits with 58 digits.
KERNEL(base58, 5000) {
  static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  uint32_t sum = 0;
  for (int at = 0; at < 64; at += 8) {
    uint32_t words[8];
    for (int i = 0; i < 8; i++) words[i] = values[at + i];
    int n = 0;
    for (int from = 0; from < 8;) {
      uint64_t rest = 0;
      for (int i = from; i < 8; i++) rest = rest << 32 | words[i], words[i] = (uint32_t)(rest / 58), rest %= 58;
      printed[n++] = digits[rest];
      while (from < 8 && words[from] == 0) from++;
    }
    for (int i = 0; i < n; i++) sum = sum * 31 + (uint8_t)printed[i];
  }
  return sum;
}

// Square roots, a bit at a time.
KERNEL(roots, 250) {
  uint32_t sum = 0;
  for (int i = 0; i < N; i++) {
    uint32_t x = values[i], root = 0;
    for (uint32_t bit = 1u << 30; bit != 0; bit >>= 2)
      if (x >= root + bit) x -= root + bit, root = (root >> 1) + bit;
      else root >>= 1;
    sum += root;
  }
  return sum;
}

// The elements of sets of bits.
KERNEL(members, 250) {
  uint32_t sum = 0;
  for (int i = 0; i < N; i++)
    for (uint64_t x = sets[i]; x != 0; x &= x - 1) sum = sum * 5 + (uint32_t)__builtin_ctzll(x);
  return sum;
}

// The game of life, a row in a word.
KERNEL(lifebits, 40000) {
  for (int i = 0; i < 64; i++) {
    uint64_t one = 0, two = 0, four = 0;
    for (int k = -1; k <= 1; k++) {
      uint64_t r = board[(i + k) & 63];
      for (int l = -1; l <= 1; l++) {
        uint64_t x = l < 0 ? r << 1 | r >> 63 : l > 0 ? r >> 1 | r << 63 : k == 0 ? 0 : r;
        uint64_t carry = one & x;
        one ^= x;
        uint64_t more = two & carry;
        two ^= carry, four |= more;
      }
    }
    following[i] = two & ~four & (one | board[i]);
  }
  for (int i = 0; i < 64; i++) board[i] = following[i] | (uint64_t)(i == 7) << 20;
  return (double)board[9];
}

// Products modulo an odd number of 63 bits, after Montgomery, with halves of words.
KERNEL(montgomery, 360) {
  uint64_t sum = 0;
  for (int i = 0; i < 64; i++) {
    uint64_t m = modulus[i], inverse = m, x = sets[i];
    for (int k = 0; k < 5; k++) inverse *= 2 - m * inverse;
    for (int k = 0; k < 64; k++) {
      unsigned __int128 p = (unsigned __int128)x * (x | 1);
      uint64_t q = (uint64_t)p * inverse;
      uint64_t high = (uint64_t)(p >> 64), other = (uint64_t)((unsigned __int128)q * m >> 64);
      x = high >= other ? high - other : high - other + m;
    }
    sum += x;
  }
  return (double)sum;
}

// A matrix and a vector of 16 bits, rounded and clamped.
KERNEL(matvec16, 7000) {
  for (int i = 0; i < 128; i++) {
    int32_t s = 1 << 7;
    for (int j = 0; j < 128; j++) s += matrix[i][j] * vector[j];
    s >>= 8;
    product[i] = (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
  }
  vector[3] = product[7];
  return product[77];
}

// Lines from point to point.
KERNEL(lines, 80) {
  for (int i = 0; i + 1 < 1024; i++) {
    int x = values[i] & 255, y = values[i] >> 8 & 255, x1 = values[i + 1] & 255, y1 = values[i + 1] >> 8 & 255;
    int dx = x1 > x ? x1 - x : x - x1, dy = y1 > y ? y - y1 : y1 - y, sx = x < x1 ? 1 : -1, sy = y < y1 ? 1 : -1;
    for (int error = dx + dy;;) {
      picture[y][x]++;
      if (x == x1 && y == y1) break;
      int twice = 2 * error;
      if (twice >= dy) error += dy, x += sx;
      if (twice <= dx) error += dx, y += sy;
    }
  }
  return picture[77][99] + picture[128][5];
}
