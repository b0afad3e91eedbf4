/**
 * Byte swaps: WebAssembly has none, so compilers write them as shifts, masks and ors. The tree under an `or` is
 * described by one number: hexadecimal digit k says which byte of the source (counted from 1) byte k of the result is,
 * or 0 for zero.
 */
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';
import type { Func } from '../ir/func.js';
import type { Enabled } from '../util/switches.js';

/** Every byte in its place. */
const SAME32 = 0x4321;
const SAME64 = 0x87654321 | 0;
/** Descriptions of the swaps that there are instructions for. */
const SWAP16 = 0x12;
const SWAP32 = 0x1234;
const SWAP64 = 0x12345678;

const MAX_DEPTH = 8;

/** No description: no instruction leaves this. (It would say that byte 0 is byte 15.) */
const NO = 0xf;

/** What selection knows of values. */
export interface Values {
  readonly f: Func;
  readonly alias: Int32Array;
  readonly enabled: Enabled;
  isConst(x: number): boolean;
  isOwn(x: number): boolean;
}

/** Recognises byte swaps. */
export class ByteSwaps {
  /** The one value that all bytes come from, found on the way; -1 none yet. */
  source = -1;
  /** Operations below the root. */
  private nodes = 0;

  /**
   * The bits that the OR v swaps the bytes of: 16 (the upper half becomes zero), 32 or 64, of `source`. 0: it does
   * something else.
   */
  bitsOf(s: Values, v: number): number {
    if (!s.enabled['byte-swap']) return 0;
    this.source = -1;
    this.nodes = 0;
    const bytes = this.or(s, v, 0) | 0;
    if (bytes === NO || this.nodes < 3) return 0;
    return bytes === SWAP16 ? 16 : bytes === SWAP32 ? 32 : bytes === SWAP64 ? 64 : 0;
  }

  private or(s: Values, v: number, depth: number): number {
    const wide = s.f.op[v] === Op.I64_OR;
    const p = this.bytesOf(s, s.alias[s.f.a[v]], wide, depth + 1);
    if (p === NO) return NO;
    const q = this.bytesOf(s, s.alias[s.f.b[v]], wide, depth + 1);
    if (q === NO) return NO;
    for (let k = 0; k < 32; k += 4) if (((p >>> k) & 15) !== 0 && ((q >>> k) & 15) !== 0) return NO;
    return p | q;
  }

  /**
   * Description of x, operand of an operation of the given width: x is either an inner operation without other uses
   * or the source.
   */
  private bytesOf(s: Values, x: number, wide: boolean, depth: number): number {
    const { f, alias } = s;
    const o = f.op[x];
    if (depth < MAX_DEPTH && s.isOwn(x)) {
      if (o === Op.I32_OR || o === Op.I64_OR) {
        this.nodes++;
        return this.or(s, x, depth);
      }
      const y = f.b[x];
      if (isMovable(o) && s.isConst(y)) {
        this.nodes++;
        const p = this.bytesOf(s, alias[f.a[x]], o >= Op.I64_CLZ, depth + 1);
        return p === NO ? NO : moved(o, p, f.imm[y], f.imm2[y]);
      }
    }
    if (this.source >= 0 && this.source !== x) return NO;
    this.source = x;
    return wide && f.type[x] === ValType.I64 ? SAME64 : SAME32;
  }
}

function isMovable(o: number): boolean {
  return (
    o === Op.I32_SHL ||
    o === Op.I32_SHR_U ||
    o === Op.I32_AND ||
    o === Op.I32_ROTL ||
    o === Op.I32_ROTR ||
    o === Op.I64_SHL ||
    o === Op.I64_SHR_U ||
    o === Op.I64_AND ||
    o === Op.I64_ROTL ||
    o === Op.I64_ROTR
  );
}

/** What operation `o` with this constant makes of the bytes p. */
function moved(o: number, p: number, lo: number, hi: number): number {
  const wide = o >= Op.I64_CLZ;
  const all = wide ? -1 : 0xffff;
  if (o === Op.I32_AND || o === Op.I64_AND) {
    let kept = 0;
    for (let k = 0; k < (wide ? 8 : 4); k++) {
      const byte = ((k < 4 ? lo : hi) >>> (8 * (k & 3))) & 0xff;
      if (byte === 0xff) kept |= 15 << (4 * k);
      else if (byte !== 0) return NO;
    }
    return p & kept;
  }
  const isRight = o === Op.I32_ROTR || o === Op.I64_ROTR;
  const count = (isRight ? -lo : lo) & (wide ? 63 : 31);
  if ((count & 7) !== 0) return NO;
  const n = count >> 1;
  if (o === Op.I32_SHL || o === Op.I64_SHL) return (p << n) & all;
  if (o === Op.I32_SHR_U || o === Op.I64_SHR_U) return p >>> n;
  return n === 0 ? p : ((p << n) | ((p & all) >>> ((wide ? 32 : 16) - n))) & all;
}
