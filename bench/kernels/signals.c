// Signals and pictures in integers: filters, codecs, colours, most likely ways.
#include "kernel.h"
#define N 16384
#define SIDE 128
static int16_t input[N + 16], output[N + 16];
static uint8_t colours[3 * N], grey[N], codes[N / 2], board[SIDE][SIDE], following[SIDE][SIDE];
static int32_t image[SIDE][SIDE], filtered[SIDE][SIDE], cost[16][16], state[2][16];

static void setup(void) {
  for (int i = 0; i < N; i++) input[i] = (int16_t)(rnd() >> 8), grey[i] = 0;
  for (int i = 0; i < 3 * N; i++) colours[i] = (uint8_t)rnd();
  for (int i = 0; i < N / 2; i++) codes[i] = (uint8_t)(rnd() >> 3);
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) image[i][j] = (int32_t)(rnd() & 255), board[i][j] = rnd() % 3 == 0;
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) cost[i][j] = (int32_t)(rnd() % 100);
}

// A filter of second order, in fixed point.
KERNEL(biquad16, 250) {
  int32_t x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (int i = 0; i < N; i++) {
    int32_t x = input[i];
    int32_t y = (1432 * x + 2864 * x1 + 1432 * x2 + 24000 * y1 - 11000 * y2) >> 14;
    y = y > 32767 ? 32767 : y < -32768 ? -32768 : y;
    x2 = x1, x1 = x, y2 = y1, y1 = y;
    output[i] = (int16_t)y;
  }
  return output[77] + output[N - 1];
}

// Sixteen taps in fixed point, with rounding.
KERNEL(taps16, 60) {
  static const int16_t tap[16] = {-12,   40,   -90,   180, -330, 600, -1200, 5000,
                                  12000, 5000, -1200, 600, -330, 180, -90,   40};
  for (int i = 0; i < N - 16; i++) {
    int32_t s = 1 << 13;
    for (int k = 0; k < 16; k++) s += input[i + k] * tap[k];
    output[i] = (int16_t)(s >> 14);
  }
  return output[77] + output[N - 20];
}

// Differences of four bits, as telephones had them.
KERNEL(adpcm, 200) {
  static const int8_t change[16] = {-1, -1, -1, -1, 2, 4, 6, 8, -1, -1, -1, -1, 2, 4, 6, 8};
  static int32_t step[89];
  if (step[0] == 0)
    for (int i = 0, s = 7 << 8; i < 89; i++, s += s / 10) step[i] = s >> 8;
  int32_t value = 0, index = 0;
  for (int i = 0; i < N; i++) {
    int code = codes[i >> 1] >> (i & 1) * 4 & 15;
    int32_t s = step[index], d = s >> 3;
    if (code & 4) d += s;
    if (code & 2) d += s >> 1;
    if (code & 1) d += s >> 2;
    value += code & 8 ? -d : d;
    value = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    index += change[code];
    index = index < 0 ? 0 : index > 88 ? 88 : index;
    output[i] = (int16_t)value;
  }
  return output[77] + output[N - 1];
}

KERNEL(greys, 700) {
  for (int i = 0; i < N; i++)
    grey[i] = (uint8_t)((77 * colours[3 * i] + 150 * colours[3 * i + 1] + 29 * colours[3 * i + 2]) >> 8);
  return grey[77];
}

// A sum over the neighbours of each point, with weights.
KERNEL(sharpen, 250) {
  for (int i = 1; i < SIDE - 1; i++)
    for (int j = 1; j < SIDE - 1; j++) {
      int32_t s = 9 * image[i][j] - image[i - 1][j - 1] - image[i - 1][j] - image[i - 1][j + 1] - image[i][j - 1] -
                  image[i][j + 1] - image[i + 1][j - 1] - image[i + 1][j] - image[i + 1][j + 1];
      filtered[i][j] = s < 0 ? 0 : s > 255 ? 255 : s;
    }
  return filtered[7][9] + filtered[SIDE / 2][SIDE / 3];
}

// The largest of nine.
KERNEL(dilate, 200) {
  for (int i = 1; i < SIDE - 1; i++)
    for (int j = 1; j < SIDE - 1; j++) {
      int32_t m = 0;
      for (int k = -1; k <= 1; k++)
        for (int l = -1; l <= 1; l++) m = image[i + k][j + l] > m ? image[i + k][j + l] : m;
      filtered[i][j] = m;
    }
  return filtered[7][9] + filtered[SIDE / 2][SIDE / 3];
}

// The game of life.
KERNEL(life, 120) {
  for (int i = 1; i < SIDE - 1; i++)
    for (int j = 1; j < SIDE - 1; j++) {
      int n = board[i - 1][j - 1] + board[i - 1][j] + board[i - 1][j + 1] + board[i][j - 1] + board[i][j + 1] +
              board[i + 1][j - 1] + board[i + 1][j] + board[i + 1][j + 1];
      following[i][j] = n == 3 || (n == 2 && board[i][j]);
    }
  int alive = 0;
  for (int i = 1; i < SIDE - 1; i++)
    for (int j = 1; j < SIDE - 1; j++) alive += board[i][j] = following[i][j];
  return alive;
}

// The cheapest way through sixteen states.
KERNEL(viterbi, 6) {
  for (int i = 0; i < 16; i++) state[0][i] = i;
  for (int t = 0; t < N / 4; t++) {
    int32_t *from = state[t & 1], *to = state[~t & 1];
    for (int j = 0; j < 16; j++) {
      int32_t least = 0x7fffffff;
      for (int i = 0; i < 16; i++) {
        int32_t c = from[i] + cost[i][j];
        least = c < least ? c : least;
      }
      to[j] = least + (input[t] >> (j & 7) & 15);
    }
  }
  return state[0][3];
}
