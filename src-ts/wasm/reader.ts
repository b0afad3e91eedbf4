/**
 * Cursor over wasm bytes: fixed-size and LEB128 integers, floats as bits, names. Every read that the binary format
 * calls malformed throws `CompileError` with the specification's reason and the offset of the offending byte.
 *
 * Invariants: `pos <= end <= bytes.length`; a read that throws may leave `pos` anywhere in that range. One-byte LEBs,
 * which are nearly all, take a path that V8 inlines. 64-bit results come as two int32 halves: the low one returned, the
 * high one in `hi`.
 */
import { CompileError } from '../errors.js';
import { type Feature, refusal } from './proposals.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const TOO_LONG = 'integer representation too long';
const TOO_LARGE = 'integer too large';

export class Reader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  pos: number;
  /** Reads stop here: end of the module, section or body. */
  end: number;
  /** High half of the last `s64` or `f64`. */
  hi = 0;
  /** Function index for error messages, or -1. */
  func = -1;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  /** Throws a CompileError that points at `offset` (default: the next byte). */
  fail(reason: string, offset = this.pos): never {
    throw new CompileError(reason, offset, this.func);
  }

  /** Like `fail`; if `feature` is not 0, the message says that this is for a proposal which is not there. */
  refuse(reason: string, feature: Feature | 0, offset = this.pos): never {
    if (feature === 0) this.fail(reason, offset);
    const { proposal, text } = refusal(feature);
    throw new CompileError(`${reason}: ${text}`, offset, this.func, proposal);
  }

  /** Notes that module `m` uses a proposal; refuses it if that is off. */
  need(m: { readonly features: number; used: number }, feature: Feature, reason: string, offset = this.pos): void {
    if ((m.features & feature) === 0) this.refuse(reason, feature, offset);
    m.used |= feature;
  }

  /** One byte. */
  u8(): number {
    if (this.pos >= this.end) this.unexpectedEnd();
    return this.bytes[this.pos++];
  }

  /** LEB128, 0 to 2^32 - 1. */
  u32(): number {
    const p = this.pos;
    if (p < this.end) {
      const x = this.bytes[p];
      if (x < 0x80) {
        this.pos = p + 1;
        return x;
      }
    }
    return this.u32Long();
  }

  private u32Long(): number {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const x = this.u8();
      result |= (x & 0x7f) << shift;
      if (x < 0x80) return result;
    }
    const x = this.u8();
    if (x >= 0x80) this.fail(TOO_LONG, this.pos - 1);
    if (x > 0x0f) this.fail(TOO_LARGE, this.pos - 1);
    return (result | (x << 28)) >>> 0;
  }

  /**
   * LEB128, 0 to 2^64 - 1: returns the low half (0 to 2^32 - 1) and leaves the high one in `hi` (likewise).
   */
  u64(): number {
    let lo = 0;
    let hi = 0;
    for (let shift = 0; ; shift += 7) {
      const x = this.u8();
      const bits = x & 0x7f;
      if (shift === 63) {
        if (x >= 0x80) this.fail(TOO_LONG, this.pos - 1);
        if (x > 1) this.fail(TOO_LARGE, this.pos - 1);
      }
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (x < 0x80) break;
    }
    this.hi = hi >>> 0;
    return lo >>> 0;
  }

  /** The same as one number, rounded beyond 2^53. */
  u64Number(): number {
    const lo = this.u64();
    return this.hi * 0x1_0000_0000 + lo;
  }

  /** Signed LEB128, an int32. */
  s32(): number {
    const p = this.pos;
    if (p < this.end) {
      const x = this.bytes[p];
      if (x < 0x80) {
        this.pos = p + 1;
        return (x << 25) >> 25;
      }
    }
    return this.s32Long();
  }

  private s32Long(): number {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const x = this.u8();
      result |= (x & 0x7f) << shift;
      if (x < 0x80) {
        const unused = 25 - shift;
        return (result << unused) >> unused;
      }
    }
    const x = this.u8();
    if (x >= 0x80) this.fail(TOO_LONG, this.pos - 1);
    // Bits 4 to 6 must repeat the sign bit 3.
    if ((x & 0x78) !== 0 && (x & 0x78) !== 0x78) this.fail(TOO_LARGE, this.pos - 1);
    return result | (x << 28);
  }

  /** Signed LEB128 of 33 bits: a block type. */
  s33(): number {
    const p = this.pos;
    if (p < this.end) {
      const x = this.bytes[p];
      if (x < 0x80) {
        this.pos = p + 1;
        return (x << 25) >> 25;
      }
    }
    return this.s33Long();
  }

  private s33Long(): number {
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const x = this.u8();
      result |= (x & 0x7f) << shift;
      if (x < 0x80) {
        const unused = 25 - shift;
        return (result << unused) >> unused;
      }
    }
    const x = this.u8();
    if (x >= 0x80) this.fail(TOO_LONG, this.pos - 1);
    // Bits 5 and 6 must repeat the sign bit 4.
    if ((x & 0x70) !== 0 && (x & 0x70) !== 0x70) this.fail(TOO_LARGE, this.pos - 1);
    return result + ((x << 27) >> 27) * 0x10000000;
  }

  /** Signed LEB128 of 64 bits: returns the low half and leaves the high one in `hi`. */
  s64(): number {
    const p = this.pos;
    if (p < this.end) {
      const x = this.bytes[p];
      if (x < 0x80) {
        this.pos = p + 1;
        const lo = (x << 25) >> 25;
        this.hi = lo >> 31;
        return lo;
      }
    }
    return this.s64Long();
  }

  private s64Long(): number {
    let lo = 0;
    let hi = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const x = this.u8();
      const bits = x & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >>> 4;
      } else hi |= bits << (shift - 32);
      if (x < 0x80) {
        const unused = 57 - shift;
        if (unused >= 32) {
          lo = (lo << (unused - 32)) >> (unused - 32);
          hi = lo >> 31;
        } else hi = (hi << unused) >> unused;
        this.hi = hi;
        return lo;
      }
    }
    const x = this.u8();
    if (x >= 0x80) this.fail(TOO_LONG, this.pos - 1);
    // Only bit 63 is left; bits 1 to 6 must repeat it.
    if (x !== 0 && x !== 0x7f) this.fail(TOO_LARGE, this.pos - 1);
    this.hi = hi | (x << 31);
    return lo;
  }

  /** Four bytes, little endian, as an int32: f32 bits. */
  f32(): number {
    const p = this.pos;
    if (this.end - p < 4) this.unexpectedEnd();
    const b = this.bytes;
    this.pos = p + 4;
    return b[p] | (b[p + 1] << 8) | (b[p + 2] << 16) | (b[p + 3] << 24);
  }

  /** Eight bytes, little endian: f64 bits. Returns the low half and leaves the high one in `hi`. */
  f64(): number {
    if (this.end - this.pos < 8) this.unexpectedEnd();
    const lo = this.f32();
    this.hi = this.f32();
    return lo;
  }

  /** Steps over `n` bytes and returns the offset of the first. */
  skip(n: number): number {
    const p = this.pos;
    if (n > this.end - p) this.unexpectedEnd();
    this.pos = p + n;
    return p;
  }

  /** A length-prefixed string of strict UTF-8 of at most `limit` bytes. */
  name(limit = Infinity): string {
    const at = this.pos;
    const n = this.u32();
    if (n > this.end - this.pos) this.fail('length out of bounds', at);
    if (n > limit) this.fail(`name of ${n} bytes is longer than the limit of ${limit}`, at);
    const start = this.skip(n);
    const b = this.bytes;
    if (n <= 64) {
      // Short ASCII names are nearly all names, and a TextDecoder call costs a microsecond.
      let s = '';
      let i = start;
      for (; i < this.pos && b[i] < 0x80; i++) s += String.fromCharCode(b[i]);
      if (i === this.pos) return s;
    }
    try {
      return utf8.decode(b.subarray(start, this.pos));
    } catch {
      return this.fail('malformed UTF-8 encoding', start);
    }
  }

  private unexpectedEnd(): never {
    this.fail('unexpected end', this.end);
  }
}
