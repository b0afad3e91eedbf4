/**
 * 64-bit integer arithmetic on pairs of 32-bit halves, for constant folding. BigInt is an order of magnitude slower and
 * allocates. Each operation leaves its result in `lo` and `hi`. Divisions assume what the caller checked:
 * divisor not zero, no overflow.
 */

/** Unsigned a < b. */
export const ltU64 = (al: number, ah: number, bl: number, bh: number): boolean =>
  ah === bh ? al >>> 0 < bl >>> 0 : ah >>> 0 < bh >>> 0;
/** Signed a < b. */
export const ltS64 = (al: number, ah: number, bl: number, bh: number): boolean =>
  ah === bh ? al >>> 0 < bl >>> 0 : ah < bh;

export const clz64 = (lo: number, hi: number): number => (hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo));
export const ctz32 = (x: number): number => (x === 0 ? 32 : 31 - Math.clz32(x & -x));
export const ctz64 = (lo: number, hi: number): number => (lo !== 0 ? ctz32(lo) : 32 + ctz32(hi));

/** A 64-bit result in two halves. */
export class I64 {
  lo = 0;

  hi = 0;

  private set(lo: number, hi: number): void {
    this.lo = lo;
    this.hi = hi;
  }

  add64(al: number, ah: number, bl: number, bh: number): void {
    const lo = (al >>> 0) + (bl >>> 0);
    this.set(lo | 0, (ah + bh + (lo > 0xffffffff ? 1 : 0)) | 0);
  }

  sub64(al: number, ah: number, bl: number, bh: number): void {
    this.set((al - bl) | 0, (ah - bh - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0);
  }

  /** Full 64-bit product of two unsigned 32-bit numbers. */
  private mulWide(a: number, b: number): void {
    const a0 = a & 0xffff,
      a1 = a >>> 16,
      b0 = b & 0xffff,
      b1 = b >>> 16;
    // Sums of 32 bits: what is above 2^31 is a negative number.
    const low = Math.imul(a0, b0);
    const mid1 = (Math.imul(a1, b0) + (low >>> 16)) | 0;
    const mid2 = (Math.imul(a0, b1) + (mid1 & 0xffff)) | 0;
    this.set((mid2 << 16) | (low & 0xffff), (Math.imul(a1, b1) + (mid1 >>> 16) + (mid2 >>> 16)) | 0);
  }

  mul64(al: number, ah: number, bl: number, bh: number): void {
    this.mulWide(al, bl);
    this.set(this.lo, (this.hi + Math.imul(al, bh) + Math.imul(ah, bl)) | 0);
  }

  /** Quotient (`wantRest` false) or rest of unsigned division, by shift and subtract. */
  divU64(al: number, ah: number, bl: number, bh: number, wantRest: boolean): void {
    let ql = 0,
      qh = 0,
      rl = 0,
      rh = 0;
    for (let i = 63; i >= 0; i--) {
      const carry = rh < 0;
      rh = (rh << 1) | (rl >>> 31);
      rl = (rl << 1) | (((i >= 32 ? ah : al) >>> (i & 31)) & 1);
      if (carry || !ltU64(rl, rh, bl, bh)) {
        const borrow = rl >>> 0 < bl >>> 0 ? 1 : 0;
        rl = (rl - bl) | 0;
        rh = (rh - bh - borrow) | 0;
        if (i >= 32) qh |= 1 << (i & 31);
        else ql |= 1 << i;
      }
    }
    if (wantRest) this.set(rl, rh);
    else this.set(ql, qh);
  }

  /** Quotient or rest of signed division; the rest has the sign of a. */
  divS64(al: number, ah: number, bl: number, bh: number, wantRest: boolean): void {
    const negA = ah < 0;
    const negB = bh < 0;
    if (negA) {
      this.sub64(0, 0, al, ah);
      al = this.lo;
      ah = this.hi;
    }
    if (negB) {
      this.sub64(0, 0, bl, bh);
      bl = this.lo;
      bh = this.hi;
    }
    this.divU64(al, ah, bl, bh, wantRest);
    if (wantRest ? negA : negA !== negB) this.sub64(0, 0, this.lo, this.hi);
  }

  /** Shifts take the amount's low six bits. */
  shl64(lo: number, hi: number, n: number): void {
    n &= 63;
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set(lo << n, (hi << n) | (lo >>> (32 - n)));
    else this.set(0, lo << (n - 32));
  }

  shrU64(lo: number, hi: number, n: number): void {
    n &= 63;
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set((lo >>> n) | (hi << (32 - n)), (hi >>> n) | 0);
    else this.set((hi >>> (n - 32)) | 0, 0);
  }

  shrS64(lo: number, hi: number, n: number): void {
    n &= 63;
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set((lo >>> n) | (hi << (32 - n)), hi >> n);
    else this.set(hi >> (n - 32), hi >> 31);
  }

  rotl64(lo: number, hi: number, n: number): void {
    n &= 63;
    this.shl64(lo, hi, n);
    const l = this.lo;
    const h = this.hi;
    if (n === 0) return;
    this.shrU64(lo, hi, 64 - n);
    this.set(this.lo | l, this.hi | h);
  }
}

export function popcnt32(x: number): number {
  x = (x - ((x >>> 1) & 0x55555555)) | 0;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
