// Built with -msimd128: loops that LLVM makes vectors of, and vectors written by hand.
#include "kernel.h"
#include "../programs/simd.h"
#include <string.h>
#define N 65536
#define M 128
static float x[M][M], y[M][M], z[M][M], left[N], right[N], mixed[N];
static uint8_t bytesOf[N + 64], others[N + 64], result[N + 64];
static int16_t shorts[N];
static double deep[M][M], deeper[M][M];

static void setup(void) {
  for (int i = 0; i < M; i++)
    for (int j = 0; j < M; j++) x[i][j] = (float)real(), y[i][j] = (float)real(), deep[i][j] = real();
  for (int i = 0; i < N; i++)
    left[i] = (float)real(), right[i] = (float)real(), bytesOf[i] = rnd() & 0x7f, others[i] = (uint8_t)rnd(),
    shorts[i] = (int16_t)rnd();
}

KERNEL(gemmv, 60) {
  for (int i = 0; i < M; i++)
    for (int k = 0; k < M; k++)
      for (int j = 0; j < M; j++) z[i][j] = (k == 0 ? 0 : z[i][j]) + x[i][k] * y[k][j];
  return z[3][5] + z[M - 1][7];
}

KERNEL(saxpy, 4800) {
  for (int i = 0; i < N; i++) right[i] = right[i] * 0.5f + 0.25f * left[i];
  return right[77];
}

KERNEL(jacobiv, 1500) {
  for (int i = 1; i < M - 1; i++)
    for (int j = 1; j < M - 1; j++)
      deeper[i][j] = 0.2 * (deep[i][j] + deep[i][j - 1] + deep[i][j + 1] + deep[i + 1][j] + deep[i - 1][j]);
  for (int i = 1; i < M - 1; i++)
    for (int j = 1; j < M - 1; j++) deep[i][j] = deeper[i][j];
  return deep[M / 2][M / 3];
}

KERNEL(dot8v, 16000) {
  V s = izero();
  for (int i = 0; i < N / 2; i += 16) {
    V p = ld(bytesOf + i), q = ld(others + i);
    s = iadd(s, dot16(wasm_i16x8_extend_low_i8x16(p), wasm_i16x8_extend_low_i8x16(q)));
    s = iadd(s, dot16(wasm_i16x8_extend_high_i8x16(p), wasm_i16x8_extend_high_i8x16(q)));
  }
  return ihsum(s);
}

// The same, as LLVM makes it.
KERNEL(dot8auto, 6400) {
  int32_t s = 0;
  for (int i = 0; i < N / 2; i++) s += (int8_t)bytesOf[i] * (int8_t)others[i];
  return s;
}

KERNEL(blend, 6400) {
  for (int i = 0; i < N; i++) result[i] = (uint8_t)((bytesOf[i] * 77 + others[i] * 179 + 128) >> 8);
  return result[77];
}

KERNEL(sumsquares, 800) {
  int64_t s = 0;
  for (int i = 0; i < N; i++) s += shorts[i] * shorts[i];
  return (double)s;
}

#define ROT(v, n) vor(shr32(v, n), shl32(v, 32 - (n)))
#define ROT16(v) wasm_i8x16_shuffle(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define ROT8(v) wasm_i8x16_shuffle(v, v, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)
#define XOR wasm_v128_xor
#define GV(a, b, c, d, m, n) \
  a = iadd(iadd(a, b), m), d = ROT16(XOR(d, a)), c = iadd(c, d), b = ROT(XOR(b, c), 12), a = iadd(iadd(a, b), n), \
  d = ROT8(XOR(d, a)), c = iadd(c, d), b = ROT(XOR(b, c), 7)

// Four blocks of BLAKE3 at a time: each vector holds one word of all four.
KERNEL(blake3v, 1800) {
  V h[8];
  for (int i = 0; i < 8; i++) h[i] = b32(i * 0x01010101);
  for (int at = 0; at < N / 4; at += 64) {
    V m[16], v[16];
    for (int g = 0; g < 16; g += 4) {
      V p = ld(others + at + 4 * g), q = ld(others + N / 4 + at + 4 * g), r = ld(others + N / 2 + at + 4 * g),
        s = ld(others + 3 * N / 4 + at + 4 * g);
      V pq = wasm_i32x4_shuffle(p, q, 0, 4, 1, 5), rs = wasm_i32x4_shuffle(r, s, 0, 4, 1, 5);
      m[g] = wasm_i64x2_shuffle(pq, rs, 0, 2), m[g + 1] = wasm_i64x2_shuffle(pq, rs, 1, 3);
      pq = wasm_i32x4_shuffle(p, q, 2, 6, 3, 7), rs = wasm_i32x4_shuffle(r, s, 2, 6, 3, 7);
      m[g + 2] = wasm_i64x2_shuffle(pq, rs, 0, 2), m[g + 3] = wasm_i64x2_shuffle(pq, rs, 1, 3);
    }
    for (int i = 0; i < 8; i++) v[i] = h[i], v[i + 8] = b32(i * 0x10203 + at);
#define ROUND(a, b, c, d, e, f, g, i, j, k, l, n, o, p, q, r) \
  GV(v[0], v[4], v[8], v[12], m[a], m[b]); \
  GV(v[1], v[5], v[9], v[13], m[c], m[d]); \
  GV(v[2], v[6], v[10], v[14], m[e], m[f]); \
  GV(v[3], v[7], v[11], v[15], m[g], m[i]); \
  GV(v[0], v[5], v[10], v[15], m[j], m[k]); \
  GV(v[1], v[6], v[11], v[12], m[l], m[n]); \
  GV(v[2], v[7], v[8], v[13], m[o], m[p]); \
  GV(v[3], v[4], v[9], v[14], m[q], m[r]);
    ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    ROUND(2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
    ROUND(3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1)
    ROUND(10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6)
    for (int i = 0; i < 8; i++) h[i] = XOR(v[i], v[i + 8]);
  }
  return (uint32_t)ihsum(iadd(h[0], h[5]));
}

// One block of BLAKE3 with its rows as vectors.
KERNEL(blake3row, 150) {
  V a0 = wasm_i32x4_make(1, 2, 3, 4), b0 = wasm_i32x4_make(5, 6, 7, 8);
  for (int at = 0; at < N; at += 64) {
    V a = a0, b = b0, c = wasm_i32x4_make(9, 10, 11, 12), d = wasm_i32x4_make(at, 0, 64, 3);
    V m0 = ld(others + at), m1 = ld(others + at + 16), m2 = ld(others + at + 32), m3 = ld(others + at + 48);
    for (int r = 0; r < 7; r++) {
      V e = wasm_i32x4_shuffle(m0, m1, 0, 2, 4, 6), o = wasm_i32x4_shuffle(m0, m1, 1, 3, 5, 7);
      GV(a, b, c, d, e, o);
      b = wasm_i32x4_shuffle(b, b, 1, 2, 3, 0), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 3, 0, 1, 2);
      V p = wasm_i32x4_shuffle(m2, m3, 0, 2, 4, 6), q = wasm_i32x4_shuffle(m2, m3, 1, 3, 5, 7);
      GV(a, b, c, d, p, q);
      b = wasm_i32x4_shuffle(b, b, 3, 0, 1, 2), c = wasm_i32x4_shuffle(c, c, 2, 3, 0, 1), d = wasm_i32x4_shuffle(d, d, 1, 2, 3, 0);
      m0 = wasm_i32x4_shuffle(e, o, 2, 5, 0, 7), m1 = wasm_i32x4_shuffle(p, q, 1, 4, 6, 3);
      m2 = wasm_i32x4_shuffle(e, q, 3, 4, 1, 6), m3 = wasm_i32x4_shuffle(o, p, 0, 7, 2, 5);
    }
    a0 = XOR(a, c), b0 = XOR(b, d);
  }
  return (uint32_t)ihsum(XOR(a0, b0));
}

KERNEL(findv, 16000) {
  int n = 0;
  for (int i = 0; i < N; i += 16) n += __builtin_popcount((unsigned)bmask(beq(ld(bytesOf + i), b8('e'))));
  return n;
}

// Is all of it ASCII, and how long is the text to the first zero?
KERNEL(asciiv, 30000) {
  V all = izero(), zeros = izero();
  for (int i = 0; i < N; i += 16) {
    V p = ld(bytesOf + i);
    all = vor(all, p);
    zeros = isub(zeros, beq(p, izero()));
  }
  return bmask(all) + (uint32_t)ihsum(zeros);
}

KERNEL(mandelv, 180) {
  int total = 0;
  for (int j = 0; j < 160; j++)
    for (int i = 0; i < 160; i += 4) {
      V cr = wasm_f32x4_make((float)i, (float)(i + 1), (float)(i + 2), (float)(i + 3)), ci = fsplat((float)j * (2.0f / 160) - 1);
      cr = fsub(fmul(cr, fsplat(3.0f / 160)), fsplat(2));
      V p = izero(), q = izero(), n = izero();
      for (int k = 0; k < 200; k++) {
        V pp = fmul(p, p), qq = fmul(q, q), in = flt(fadd(pp, qq), fsplat(4));
        if (!anyset(in)) break;
        n = isub(n, in);
        q = fadd(fmul(fmul(fsplat(2), p), q), ci);
        p = fadd(fsub(pp, qq), cr);
      }
      total += ihsum(n);
    }
  return total;
}

KERNEL(transposev, 8000) {
  for (int i = 0; i < M; i += 4)
    for (int j = 0; j < M; j += 4) {
      V p = ld(&x[i][j]), q = ld(&x[i + 1][j]), r = ld(&x[i + 2][j]), s = ld(&x[i + 3][j]);
      V a = wasm_i32x4_shuffle(p, q, 0, 4, 1, 5), b = wasm_i32x4_shuffle(r, s, 0, 4, 1, 5);
      V c = wasm_i32x4_shuffle(p, q, 2, 6, 3, 7), d = wasm_i32x4_shuffle(r, s, 2, 6, 3, 7);
      st(&z[j][i], wasm_i64x2_shuffle(a, b, 0, 2)), st(&z[j + 1][i], wasm_i64x2_shuffle(a, b, 1, 3));
      st(&z[j + 2][i], wasm_i64x2_shuffle(c, d, 0, 2)), st(&z[j + 3][i], wasm_i64x2_shuffle(c, d, 1, 3));
    }
  return z[3][5];
}

KERNEL(complexv, 3000) {
  for (int i = 0; i < N; i += 4) {
    V p = ld(left + i), q = ld(right + i);
    V re = wasm_i32x4_shuffle(p, p, 0, 0, 2, 2), im = wasm_i32x4_shuffle(p, p, 1, 1, 3, 3);
    V t = fmul(im, wasm_i32x4_shuffle(q, q, 1, 0, 3, 2));
    st(mixed + i, fadd(fmul(re, q), XOR(t, wasm_i32x4_make((int)0x80000000, 0, (int)0x80000000, 0))));
  }
  return mixed[77] + mixed[1000];
}
