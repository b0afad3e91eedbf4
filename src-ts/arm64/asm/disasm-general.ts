/** The disassembler's rows of general instructions, loads and stores, and branches. */
import {
  base,
  CONDITIONS,
  EXTENDS,
  fa,
  fd,
  fm,
  fn,
  g,
  gsp,
  imm,
  isWide,
  logical,
  named,
  type Row,
  RR_MASK,
  RRR_MASK,
  SHIFTS,
  signed,
  w32,
  WIDTH,
  x,
} from './disasm-parts.js';
import { CondCompare, RR, RRR, Select } from './insts.js';

/** Adds and subtractions by the two bits that say which. */
const ADDS = ['add', 'adds', 'sub', 'subs'];
const LOGICS = ['and', 'bic', 'orr', 'orn', 'eor', 'eon', 'ands', 'bics'];

function shifted(w: number): string {
  const amount = (w >> 10) & 63;
  return amount === 0 ? '' : `, ${SHIFTS[(w >> 22) & 3]} #${amount}`;
}

function add(w: number): string {
  const k = (w >> 29) & 3;
  const m = g(w, fm(w)) + shifted(w);
  if ((k & 1) !== 0 && fd(w) === 31) return `${k === 1 ? 'cmn' : 'cmp'} ${g(w, fn(w))}, ${m}`;
  if (k >= 2 && fn(w) === 31) return `${k === 2 ? 'neg' : 'negs'} ${g(w, fd(w))}, ${m}`;
  return `${ADDS[k]} ${g(w, fd(w))}, ${g(w, fn(w))}, ${m}`;
}

function addExtended(w: number): string {
  const k = (w >> 29) & 3;
  const kind = (w >> 13) & 7;
  const amount = (w >> 10) & 7;
  const m = (kind & 3) === 3 ? g(w, fm(w)) : w32(fm(w));
  const usual = kind === 3 && isWide(w) && (fd(w) === 31 || fn(w) === 31);
  const extend = usual
    ? amount === 0
      ? ''
      : `, lsl #${amount}`
    : `, ${EXTENDS[kind]}${amount === 0 ? '' : ` #${amount}`}`;
  if ((k & 1) !== 0 && fd(w) === 31) return `${k === 1 ? 'cmn' : 'cmp'} ${gsp(w, fn(w))}, ${m}${extend}`;
  const d = (k & 1) !== 0 ? g(w, fd(w)) : gsp(w, fd(w));
  return `${ADDS[k]} ${d}, ${gsp(w, fn(w))}, ${m}${extend}`;
}

function addImmediate(w: number): string {
  const k = (w >> 29) & 3;
  const value = (w >> 10) & 0xfff;
  const isShifted = ((w >> 22) & 1) !== 0;
  const text = imm(value) + (isShifted ? ', lsl #12' : '');
  if (k === 0 && value === 0 && !isShifted && (fd(w) === 31 || fn(w) === 31))
    return `mov ${gsp(w, fd(w))}, ${gsp(w, fn(w))}`;
  if ((k & 1) !== 0 && fd(w) === 31) return `${k === 1 ? 'cmn' : 'cmp'} ${gsp(w, fn(w))}, ${text}`;
  return `${ADDS[k]} ${(k & 1) !== 0 ? g(w, fd(w)) : gsp(w, fd(w))}, ${gsp(w, fn(w))}, ${text}`;
}

function logic(w: number): string {
  const k = ((w >> 28) & 6) | ((w >> 21) & 1);
  const row = LOGICS[k];
  const m = g(w, fm(w)) + shifted(w);
  if (row === 'ands' && fd(w) === 31) return `tst ${g(w, fn(w))}, ${m}`;
  if (row === 'orr' && fn(w) === 31 && shifted(w) === '') return `mov ${g(w, fd(w))}, ${m}`;
  if (row === 'orn' && fn(w) === 31) return `mvn ${g(w, fd(w))}, ${m}`;
  return `${row} ${g(w, fd(w))}, ${g(w, fn(w))}, ${m}`;
}

function logicImmediate(w: number): string {
  const k = (w >> 29) & 3;
  const value = imm(logical(w));
  if (k === 3 && fd(w) === 31) return `tst ${g(w, fn(w))}, ${value}`;
  if (k === 1 && fn(w) === 31) return `mov ${gsp(w, fd(w))}, ${value}`;
  const d = k === 3 ? g(w, fd(w)) : gsp(w, fd(w));
  return `${['and', 'orr', 'eor', 'ands'][k]} ${d}, ${g(w, fn(w))}, ${value}`;
}

function moveWide(w: number): string {
  const k = (w >> 29) & 3;
  const place = 16 * ((w >> 21) & 3);
  const value = (w >> 5) & 0xffff;
  const d = g(w, fd(w));
  if (k === 3) return `movk ${d}, ${imm(value)}${place === 0 ? '' : `, lsl #${place}`}`;
  const bits = BigInt(value) << BigInt(place);
  if (k === 2) return `mov ${d}, ${imm(isWide(w) ? BigInt.asIntN(64, bits) : BigInt.asIntN(32, bits))}`;
  return `mov ${d}, ${imm(isWide(w) ? BigInt.asIntN(64, ~bits) : BigInt.asIntN(32, ~bits))}`;
}

function bitField(w: number): string {
  const kind = (w >> 29) & 3;
  const top = isWide(w) ? 63 : 31;
  const r = (w >> 16) & 63;
  const s = (w >> 10) & 63;
  const [d, n] = [g(w, fd(w)), g(w, fn(w))];
  const name = ['s', '', 'u'][kind];
  if (kind === 0 && r === 0 && (s === 7 || s === 15 || (s === 31 && isWide(w))))
    return `${s === 7 ? 'sxtb' : s === 15 ? 'sxth' : 'sxtw'} ${d}, ${w32(fn(w))}`;
  if (kind === 0 && s === top) return `asr ${d}, ${n}, ${imm(r)}`;
  if (kind === 2 && s === top) return `lsr ${d}, ${n}, ${imm(r)}`;
  if (kind === 2 && s + 1 === r) return `lsl ${d}, ${n}, ${imm(top - s)}`;
  if (kind === 2 && r === 0 && !isWide(w) && (s === 7 || s === 15)) return `${s === 7 ? 'uxtb' : 'uxth'} ${d}, ${n}`;
  if (s < r) return `${kind === 1 ? 'bfi' : `${name}bfiz`} ${d}, ${n}, ${imm(top + 1 - r)}, ${imm(s + 1)}`;
  return `${kind === 1 ? 'bfxil' : `${name}bfx`} ${d}, ${n}, ${imm(r)}, ${imm(s - r + 1)}`;
}

function extract(w: number): string {
  const count = imm((w >> 10) & 63);
  if (fn(w) === fm(w)) return `ror ${g(w, fd(w))}, ${g(w, fn(w))}, ${count}`;
  return `extr ${g(w, fd(w))}, ${g(w, fn(w))}, ${g(w, fm(w))}, ${count}`;
}

function conditionalSelect(w: number): string {
  const k = ((w >> 29) & 2) | ((w >> 10) & 1);
  const cc = (w >> 12) & 15;
  const [d, n, m] = [fd(w), fn(w), fm(w)].map((r) => g(w, r));
  if (n === m && k > 0 && cc < 14) {
    if (fn(w) === 31 && k < 3) return `${k === 1 ? 'cset' : 'csetm'} ${d}, ${CONDITIONS[cc ^ 1]}`;
    return `${['', 'cinc', 'cinv', 'cneg'][k]} ${d}, ${n}, ${CONDITIONS[cc ^ 1]}`;
  }
  return `${['csel', 'csinc', 'csinv', 'csneg'][k]} ${d}, ${n}, ${m}, ${CONDITIONS[cc]}`;
}

function conditionalCompare(w: number): string {
  const m = ((w >> 11) & 1) !== 0 ? imm(fm(w)) : g(w, fm(w));
  return `${((w >> 30) & 1) !== 0 ? 'ccmp' : 'ccmn'} ${g(w, fn(w))}, ${m}, ${imm(w & 15)}, ${CONDITIONS[(w >> 12) & 15]}`;
}

function multiply(w: number): string {
  const kind = ((w >> 20) & 14) | ((w >> 15) & 1);
  const subtract = (kind & 1) !== 0;
  const alone = fa(w) === 31;
  if (kind < 2) {
    const [d, n, m] = [fd(w), fn(w), fm(w)].map((r) => g(w, r));
    return alone
      ? `${subtract ? 'mneg' : 'mul'} ${d}, ${n}, ${m}`
      : `${subtract ? 'msub' : 'madd'} ${d}, ${n}, ${m}, ${g(w, fa(w))}`;
  }
  const unsigned = kind >= 10;
  const high = (kind & 4) !== 0;
  const name = `${unsigned ? 'u' : 's'}${high ? 'mulh' : alone ? 'mull' : 'maddl'}`;
  const operand = high ? x : w32;
  return `${name} ${x(fd(w))}, ${operand(fn(w))}, ${operand(fm(w))}${alone || high ? '' : `, ${x(fa(w))}`}`;
}

// ------------------------------------------------------------------ memory

/** Name and register of a load or store by its size and kind; the name without `ld` or `st`. */
function accessName(w: number): [name: string, t: string] | null {
  const size = w >>> 30;
  const opc = (w >> 22) & 3;
  const t = fd(w);
  if (((w >> 26) & 1) !== 0) {
    if (opc >= 2) return size === 0 ? [opc === 3 ? 'ldr' : 'str', `q${t}`] : null;
    return [opc === 1 ? 'ldr' : 'str', `${'bhsd'[size]}${t}`];
  }
  const suffix = ['b', 'h', '', ''][size];
  if (opc < 2) return [`${opc === 1 ? 'ldr' : 'str'}${suffix}`, size === 3 ? x(t) : w32(t)];
  if (size === 3) return null;
  return [`ldrs${['b', 'h', 'w'][size]}`, opc === 2 ? x(t) : w32(t)];
}

const log2Size = (w: number): number => ((w & 0x04800000) === 0x04800000 ? 4 : w >>> 30);
const place = (r: number, disp: number): string => `[${base(r)}${disp === 0 ? '' : `, ${imm(disp)}`}]`;

function access(w: number): string | null {
  const name = accessName(w);
  if (name === null) return null;
  if (((w >> 24) & 1) !== 0) return `${name[0]} ${name[1]}, ${place(fn(w), ((w >> 10) & 0xfff) * (1 << log2Size(w)))}`;
  if (((w >> 21) & 1) !== 0) {
    if (((w >> 10) & 3) !== 2) return null;
    const kind = (w >> 13) & 7;
    const isScaled = ((w >> 12) & 1) !== 0;
    const m = (kind & 1) !== 0 ? x(fm(w)) : w32(fm(w));
    const amount = isScaled ? ` #${log2Size(w)}` : '';
    const extend = kind === 3 ? (isScaled ? `, lsl${amount}` : '') : `, ${EXTENDS[kind]}${amount}`;
    return `${name[0]} ${name[1]}, [${base(fn(w))}, ${m}${extend}]`;
  }
  if (((w >> 10) & 3) !== 0) return null;
  return `${name[0].replace(/^(ld|st)/, '$1u')} ${name[1]}, ${place(fn(w), signed(w, 12, 9))}`;
}

function pair(w: number): string | null {
  const mode = (w >> 23) & 3;
  const kind = w >>> 30;
  const isVector = ((w >> 26) & 1) !== 0;
  if (kind === 3 || mode === 0 || (!isVector && kind === 1)) return null;
  const r = isVector ? (n: number) => `${'sdq'[kind]}${n}` : kind === 2 ? x : w32;
  const disp = (isVector ? 4 << kind : kind === 2 ? 8 : 4) * signed(w, 15, 7);
  const text = `${((w >> 22) & 1) !== 0 ? 'ldp' : 'stp'} ${r(fd(w))}, ${r(fa(w))}, `;
  if (mode === 1) return `${text}[${base(fn(w))}], ${imm(disp)}`;
  return text + place(fn(w), disp) + (mode === 3 ? '!' : '');
}

const SUFFIX = ['b', 'h', '', ''];
function exclusive(w: number): string {
  const size = w >>> 30;
  const t = size === 3 ? x(fd(w)) : w32(fd(w));
  const isLoad = ((w >> 22) & 1) !== 0;
  const ordered = ((w >> 23) & 1) !== 0;
  const name = `${isLoad ? 'lda' : 'stl'}${ordered ? '' : 'x'}r${SUFFIX[size]}`;
  return `${name} ${isLoad || ordered ? '' : `${w32(fm(w))}, `}${t}, [${base(fn(w))}]`;
}

function single(w: number): string | null {
  const size = w >>> 30;
  const r = size === 3 ? x : w32;
  const name = ['ldaddal', 'ldclral', 'ldeoral', 'ldsetal', '', '', '', '', 'swpal'][(w >> 12) & 15];
  return name === undefined || name === '' ? null : `${name}${SUFFIX[size]} ${r(fm(w))}, ${r(fd(w))}, [${base(fn(w))}]`;
}

function compareAndSwap(w: number): string {
  const r = w >>> 30 === 3 ? x : w32;
  return `casal${SUFFIX[w >>> 30]} ${r(fm(w))}, ${r(fd(w))}, [${base(fn(w))}]`;
}

const at = (address: number): string => imm(address);

export const GENERAL_ROWS: readonly Row[] = [
  [0x1f200000, 0x0b000000, add],
  [0x1fe00000, 0x0b200000, addExtended],
  [0x1f800000, 0x11000000, addImmediate],
  [0x1f000000, 0x0a000000, logic],
  [0x1f800000, 0x12000000, logicImmediate],
  [0x1f800000, 0x12800000, moveWide],
  [0x1f800000, 0x13000000, bitField],
  [0x7fa00000, 0x13800000, extract],
  [0x3fe00800, Select.CSEL & 0x3fe00800, conditionalSelect],
  [0x3fe00410, CondCompare.CCMN & 0x3fe00410, conditionalCompare],
  [0x7f000000, 0x1b000000, multiply],
  ...named(
    [
      [RRR.ADC, 'adc'],
      [RRR.SBC, 'sbc'],
      [RRR.UDIV, 'udiv'],
      [RRR.SDIV, 'sdiv'],
      [RRR.LSL, 'lsl'],
      [RRR.LSR, 'lsr'],
      [RRR.ASR, 'asr'],
      [RRR.ROR, 'ror'],
    ],
    RRR_MASK & WIDTH,
    (name) => (w) => `${name} ${g(w, fd(w))}, ${g(w, fn(w))}, ${g(w, fm(w))}`,
  ),
  [RR_MASK, RR.REV_64, (w) => `rev ${x(fd(w))}, ${x(fn(w))}`],
  ...named(
    [
      [RR.RBIT, 'rbit'],
      [RR.REV16, 'rev16'],
      [RR.REV, 'rev'],
      [RR.CLZ, 'clz'],
    ],
    RR_MASK & WIDTH,
    (name) => (w) => `${name} ${g(w, fd(w))}, ${g(w, fn(w))}`,
  ),
  // Memory.
  [0x3fe0fc00, 0x08e0fc00, compareAndSwap],
  [0x3f208c00 & ~0x00208000, 0x08000c00 & ~0x00208000, exclusive],
  [0x3fe00c00, 0x38e00000, single],
  [0x3b000000, 0x39000000, access],
  [0x3b000000, 0x38000000, access],
  [0x3a000000, 0x28000000, pair],
  [0xff000000 | 0, 0x58000000, (w, p) => `ldr ${x(fd(w))}, ${at(p + 4 * signed(w, 5, 19))}`],
  [0x3f000000, 0x1c000000, (w, p) => `ldr ${'sdq'[w >>> 30]}${fd(w)}, ${at(p + 4 * signed(w, 5, 19))}`],
  [0x9f000000 | 0, 0x10000000, (w, p) => `adr ${x(fd(w))}, ${at(p + 4 * signed(w, 5, 19) + ((w >> 29) & 3))}`],
  // Control.
  [0xfc000000 | 0, 0x14000000, (w, p) => `b ${at(p + 4 * signed(w, 0, 26))}`],
  [0xfc000000 | 0, 0x94000000 | 0, (w, p) => `bl ${at(p + 4 * signed(w, 0, 26))}`],
  [0xff000010 | 0, 0x54000000, (w, p) => `b.${CONDITIONS[w & 15]} ${at(p + 4 * signed(w, 5, 19))}`],
  [
    0x7e000000,
    0x34000000,
    (w, p) => `${((w >> 24) & 1) !== 0 ? 'cbnz' : 'cbz'} ${g(w, fd(w))}, ${at(p + 4 * signed(w, 5, 19))}`,
  ],
  [
    0x7e000000,
    0x36000000,
    (w, p) =>
      `${((w >> 24) & 1) !== 0 ? 'tbnz' : 'tbz'} ${g(w, fd(w))}, ${imm(((w >>> 31) << 5) | ((w >> 19) & 31))}, ${at(p + 4 * signed(w, 5, 14))}`,
  ],
  [0xfffffc1f | 0, 0xd61f0000 | 0, (w) => `br ${x(fn(w))}`],
  [0xfffffc1f | 0, 0xd63f0000 | 0, (w) => `blr ${x(fn(w))}`],
  [-1, 0xd65f03c0 | 0, () => 'ret'],
  [-1, 0xd503201f | 0, () => 'nop'],
  [-1, 0xd503245f | 0, () => 'bti c'],
  [-1, 0xd503249f | 0, () => 'bti j'],
  [-1, 0xd503233f | 0, () => 'paciasp'],
  [-1, 0xd50323bf | 0, () => 'autiasp'],
  [-1, 0xd503219f | 0, () => 'autia1716'],
  [-1, 0xd5033bbf | 0, () => 'dmb ish'],
  [0xffff0000 | 0, 0, (w) => `udf ${imm(w & 0xffff)}`],
];
