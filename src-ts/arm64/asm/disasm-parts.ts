/** What the tables of the disassembler share: operands as text, and the shape of a row. */

export const CONDITIONS = [
  'eq',
  'ne',
  'hs',
  'lo',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  'al',
  'nv',
];
export const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'];
export const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'];

// ------------------------------------------------------------------ operands

export const fd = (w: number): number => w & 31;
export const fn = (w: number): number => (w >> 5) & 31;
export const fm = (w: number): number => (w >> 16) & 31;
export const fa = (w: number): number => (w >> 10) & 31;
export const isWide = (w: number): boolean => w < 0;
export const x = (r: number): string => (r === 31 ? 'xzr' : `x${r}`);
export const w32 = (r: number): string => (r === 31 ? 'wzr' : `w${r}`);
/** General register of the instruction's width; 31 is zero. */
export const g = (w: number, r: number): string => (isWide(w) ? x(r) : w32(r));
/** The same where 31 is the stack pointer. */
export const gsp = (w: number, r: number): string => (r === 31 ? (isWide(w) ? 'sp' : 'wsp') : g(w, r));
export const base = (r: number): string => (r === 31 ? 'sp' : `x${r}`);
export const f = (w: number, r: number): string => `${(w & 0x400000) !== 0 ? 'd' : 's'}${r}`;
export const imm = (n: number | bigint): string =>
  n > 9 ? `#0x${n.toString(16)}` : n < -9 ? `#-0x${(-n).toString(16)}` : `#${n}`;
export const signed = (w: number, from: number, bits: number): number => (w << (32 - from - bits)) >> (32 - bits);

/** Value of a logical immediate (DecodeBitMasks). */
export function logical(w: number): bigint {
  const length = 31 - Math.clz32((((w >> 22) & 1) << 6) | (~(w >> 10) & 63));
  const size = 1 << length;
  const ones = ((w >> 10) & (size - 1)) + 1;
  const rotate = (w >> 16) & (size - 1);
  const mask = (1n << BigInt(size)) - 1n;
  const run = (1n << BigInt(ones)) - 1n;
  const element = ((run >> BigInt(rotate)) | (run << BigInt(size - rotate))) & mask;
  let value = 0n;
  for (let at = 0; at < (isWide(w) ? 64 : 32); at += size) value |= element << BigInt(at);
  return value;
}

/** Mask, value of the instruction under it, text; null: it is another one after all. */
export type Row = readonly [mask: number, value: number, text: (w: number, address: number) => string | null];
/** All but the registers d, n, m. */
export const RRR_MASK = 0xffe0fc00 | 0;
/** All but the registers d, n. */
export const RR_MASK = 0xfffffc00 | 0;
/** And but the size of lanes, the half of the vector. */
export const LANES = ~0x00c00000;
export const HALF = ~0x40000000;
export const WIDTH = 0x7fffffff;
export const DOUBLES = ~0x00400000;

export const named = (rows: [number, string][], mask: number, text: (name: string) => (w: number) => string): Row[] =>
  rows.map(([value, name]): Row => [mask, value & mask, text(name)]);
