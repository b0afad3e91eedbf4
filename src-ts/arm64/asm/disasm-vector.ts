/** The disassembler's rows of float and vector instructions. */
import {
  CONDITIONS,
  DOUBLES,
  f,
  fd,
  fm,
  fn,
  g,
  HALF,
  imm,
  LANES,
  named,
  type Row,
  RR_MASK,
  RRR_MASK,
  w32,
  x,
} from './disasm-parts.js';
import { V2, V3, VShift } from './insts-simd.js';
import { Convert, F2, F3, FOther } from './insts.js';

const WIDTHS = 'bhsd';
/** Arrangement of lanes of 1 << size bytes in a whole vector, or in half of one. */
const arrangement = (size: number, whole: boolean): string => `${(whole ? 16 : 8) >> size}${WIDTHS[size]}`;
const v = (r: number, t: string): string => `v${r}.${t}`;
const isWhole = (w: number): boolean => ((w >> 30) & 1) !== 0;
const sizeField = (w: number): number => (w >> 22) & 3;

function floatImmediate(w: number): string {
  const bits = (w >> 13) & 255;
  const exponent = ((bits >> 4) & 7) ^ 4;
  const value = ((16 + (bits & 15)) / 16) * 2 ** (exponent - 3);
  return `fmov ${f(w, fd(w))}, #${((bits & 128) !== 0 ? -value : value).toFixed(8)}`;
}

function convert(w: number): string | null {
  const kind = w & 0x1f3f0000;
  const general = g(w, kind === (Convert.FCVTZS as number) || kind === (Convert.FCVTZU as number) ? fd(w) : fn(w));
  switch (kind) {
    case Convert.SCVTF:
    case Convert.UCVTF:
      return `${kind === (Convert.SCVTF as number) ? 's' : 'u'}cvtf ${f(w, fd(w))}, ${general}`;
    case Convert.FCVTZS:
    case Convert.FCVTZU:
      return `fcvtz${kind === (Convert.FCVTZS as number) ? 's' : 'u'} ${general}, ${f(w, fn(w))}`;
    case Convert.FMOV_TO_GENERAL:
      return `fmov ${g(w, fd(w))}, ${f(w, fn(w))}`;
    case Convert.FMOV_TO_FLOAT:
      return `fmov ${f(w, fd(w))}, ${g(w, fn(w))}`;
  }
  return null;
}

/** Three vectors with lanes of the size field. */
const three =
  (name: string) =>
  (w: number): string => {
    const t = arrangement(sizeField(w), isWhole(w));
    return `${name} ${v(fd(w), t)}, ${v(fn(w), t)}, ${v(fm(w), t)}`;
  };
/** Three vectors of bytes. */
const threeBytes =
  (name: string) =>
  (w: number): string => {
    const t = arrangement(0, isWhole(w));
    return `${name} ${v(fd(w), t)}, ${v(fn(w), t)}, ${v(fm(w), t)}`;
  };
const floatLanes = (w: number): string => arrangement(2 + ((w >> 22) & 1), isWhole(w));
const threeFloats =
  (name: string) =>
  (w: number): string =>
    `${name} ${[fd(w), fn(w), fm(w)].map((r) => v(r, floatLanes(w))).join(', ')}`;
const twoFloats =
  (name: string) =>
  (w: number): string =>
    `${name} ${v(fd(w), floatLanes(w))}, ${v(fn(w), floatLanes(w))}`;
const two =
  (name: string, tail = '') =>
  (w: number): string => {
    const t = arrangement(sizeField(w), isWhole(w));
    return `${name} ${v(fd(w), t)}, ${v(fn(w), t)}${tail}`;
  };
const twoBytes =
  (name: string) =>
  (w: number): string => {
    const t = arrangement(0, isWhole(w));
    return `${name} ${v(fd(w), t)}, ${v(fn(w), t)}`;
  };
/** To lanes twice as wide, of the upper half with a 2 behind the name. */
const longThree =
  (name: string) =>
  (w: number): string => {
    const t = arrangement(sizeField(w), isWhole(w));
    const half = isWhole(w) ? '2' : '';
    return `${name}${half} ${v(fd(w), arrangement(sizeField(w) + 1, true))}, ${v(fn(w), t)}, ${v(fm(w), t)}`;
  };
const narrow =
  (name: string) =>
  (w: number): string =>
    `${name}${isWhole(w) ? '2' : ''} ${v(fd(w), arrangement(sizeField(w), isWhole(w)))}, ${v(fn(w), arrangement(sizeField(w) + 1, true))}`;
const pairwise =
  (name: string) =>
  (w: number): string =>
    `${name} ${v(fd(w), arrangement(sizeField(w) + 1, isWhole(w)))}, ${v(fn(w), arrangement(sizeField(w), isWhole(w)))}`;
const across =
  (name: string) =>
  (w: number): string =>
    `${name} ${WIDTHS[sizeField(w)]}${fd(w)}, ${v(fn(w), arrangement(sizeField(w), isWhole(w)))}`;

/** log2 of the lane's bytes of a shift, by immh. */
const shiftSize = (w: number): number => 31 - Math.clz32((w >> 19) & 15);
const shiftBy =
  (name: string, isLeft: boolean) =>
  (w: number): string => {
    const size = shiftSize(w);
    const field = (w >> 16) & 127;
    const t = arrangement(size, isWhole(w));
    return `${name} ${v(fd(w), t)}, ${v(fn(w), t)}, ${imm(isLeft ? field - (8 << size) : (16 << size) - field)}`;
  };
const extend =
  (letter: string) =>
  (w: number): string => {
    const size = shiftSize(w);
    const count = ((w >> 16) & 127) - (8 << size);
    const half = isWhole(w) ? '2' : '';
    const operands = `${v(fd(w), arrangement(size + 1, true))}, ${v(fn(w), arrangement(size, isWhole(w)))}, ${imm(count)}`;
    return `${letter}shll${half} ${operands}`;
  };

/** log2 of the lane's bytes and its number, by imm5. */
function laneOf(w: number): [size: number, lane: number] {
  const field = (w >> 16) & 31;
  const size = 31 - Math.clz32(field & -field);
  return [size, field >> (size + 1)];
}

function lane(w: number): string | null {
  const [size, k] = laneOf(w);
  if (size > 3) return null;
  const general = size === 3 ? x : w32;
  const n = `v${fn(w)}.${WIDTHS[size]}[${k}]`;
  switch (w & 0x7fe0fc00) {
    case 0x4e000c00:
      return `dup ${v(fd(w), arrangement(size, true))}, ${general(fn(w))}`;
    case 0x4e000400:
      return `dup ${v(fd(w), arrangement(size, true))}, ${n}`;
    case 0x5e000400:
      return `mov ${WIDTHS[size]}${fd(w)}, ${n}`;
    case 0x4e001c00:
      return `mov v${fd(w)}.${WIDTHS[size]}[${k}], ${general(fn(w))}`;
    case 0x0e003c00:
    case 0x4e003c00:
      return `${size >= 2 ? 'mov' : 'umov'} ${general(fd(w))}, ${n}`;
    case 0x0e002c00:
      return `smov ${w32(fd(w))}, ${n}`;
  }
  return null;
}

function insert(w: number): string {
  const [size, k] = laneOf(w);
  const t = WIDTHS[size];
  return `mov v${fd(w)}.${t}[${k}], v${fn(w)}.${t}[${((w >> 11) & 15) >> size}]`;
}

export const VECTOR_ROWS: readonly Row[] = [
  // Scalar floats.
  ...named(
    [
      [F3.FMUL, 'fmul'],
      [F3.FDIV, 'fdiv'],
      [F3.FADD, 'fadd'],
      [F3.FSUB, 'fsub'],
      [F3.FMAX, 'fmax'],
      [F3.FMIN, 'fmin'],
    ],
    RRR_MASK & DOUBLES,
    (name) => (w) => `${name} ${f(w, fd(w))}, ${f(w, fn(w))}, ${f(w, fm(w))}`,
  ),
  [RR_MASK, F2.FCVT_D_S, (w) => `fcvt d${fd(w)}, s${fn(w)}`],
  [RR_MASK, F2.FCVT_S_D, (w) => `fcvt s${fd(w)}, d${fn(w)}`],
  ...named(
    [
      [F2.FMOV, 'fmov'],
      [F2.FABS, 'fabs'],
      [F2.FNEG, 'fneg'],
      [F2.FSQRT, 'fsqrt'],
      [F2.FRINTN, 'frintn'],
      [F2.FRINTP, 'frintp'],
      [F2.FRINTM, 'frintm'],
      [F2.FRINTZ, 'frintz'],
    ],
    RR_MASK & DOUBLES,
    (name) => (w) => `${name} ${f(w, fd(w))}, ${f(w, fn(w))}`,
  ),
  [0xffa0fc1f | 0, FOther.FCMP, (w) => `fcmp ${f(w, fn(w))}, ${f(w, fm(w))}`],
  [
    0xffa00c00 | 0,
    FOther.FCSEL,
    (w) => `fcsel ${f(w, fd(w))}, ${f(w, fn(w))}, ${f(w, fm(w))}, ${CONDITIONS[(w >> 12) & 15]}`,
  ],
  [0xffa01fe0 | 0, FOther.FMOV_IMM, floatImmediate],
  [0x7fa0fc00, 0x1e200000, convert],
  // Vectors.
  [0xffffffe0 | 0, 0x6f00e400, (w) => `movi ${v(fd(w), '2d')}, #0000000000000000`],
  [0xffffffe0 | 0, 0x6f07e7e0, (w) => `movi ${v(fd(w), '2d')}, #0xffffffffffffffff`],
  [0xffffffe0 | 0, 0x4f046400, (w) => `movi ${v(fd(w), '4s')}, #0x80, lsl #24`],
  [RRR_MASK, V3.ORR, (w) => (fn(w) === fm(w) ? `mov ${v(fd(w), '16b')}, ${v(fn(w), '16b')}` : threeBytes('orr')(w))],
  ...named(
    [
      [V3.AND, 'and'],
      [V3.BIC, 'bic'],
      [V3.EOR, 'eor'],
      [V3.BSL, 'bsl'],
      [0x6ea01c00, 'bit'],
    ],
    RRR_MASK & HALF,
    threeBytes,
  ),
  [RRR_MASK, V3.TBL, (w) => `tbl ${v(fd(w), '16b')}, {${v(fn(w), '16b')}}, ${v(fm(w), '16b')}`],
  [RRR_MASK, V3.TBX, (w) => `tbx ${v(fd(w), '16b')}, {${v(fn(w), '16b')}}, ${v(fm(w), '16b')}`],
  [0xffe08400 | 0, V3.EXT, (w) => `${threeBytes('ext')(w)}, ${imm((w >> 11) & 15)}`],
  ...named(
    [
      [V3.FADD, 'fadd'],
      [V3.FSUB, 'fsub'],
      [V3.FMUL, 'fmul'],
      [V3.FDIV, 'fdiv'],
      [V3.FMAX, 'fmax'],
      [V3.FMIN, 'fmin'],
      [V3.FCMEQ, 'fcmeq'],
      [V3.FCMGE, 'fcmge'],
      [V3.FCMGT, 'fcmgt'],
      [V3.FMLA, 'fmla'],
      [V3.FMLS, 'fmls'],
    ],
    RRR_MASK & DOUBLES & HALF,
    threeFloats,
  ),
  ...named(
    [
      [V3.ADD, 'add'],
      [V3.SUB, 'sub'],
      [V3.MUL, 'mul'],
      [V3.SQADD, 'sqadd'],
      [V3.UQADD, 'uqadd'],
      [V3.SQSUB, 'sqsub'],
      [V3.UQSUB, 'uqsub'],
      [V3.SMAX, 'smax'],
      [V3.UMAX, 'umax'],
      [V3.SMIN, 'smin'],
      [V3.UMIN, 'umin'],
      [V3.URHADD, 'urhadd'],
      [V3.SQRDMULH, 'sqrdmulh'],
      [V3.ADDP, 'addp'],
      [V3.UMAXP, 'umaxp'],
      [V3.CMEQ, 'cmeq'],
      [V3.CMGT, 'cmgt'],
      [V3.CMHI, 'cmhi'],
      [V3.CMGE, 'cmge'],
      [V3.CMHS, 'cmhs'],
      [V3.SSHL, 'sshl'],
      [V3.USHL, 'ushl'],
      [V3.ZIP1, 'zip1'],
      [V3.ZIP2, 'zip2'],
      [V3.UZP1, 'uzp1'],
      [V3.UZP2, 'uzp2'],
      [V3.TRN1, 'trn1'],
      [V3.TRN2, 'trn2'],
    ],
    RRR_MASK & LANES & HALF,
    three,
  ),
  ...named(
    [
      [V3.SMULL, 'smull'],
      [V3.UMULL, 'umull'],
      [V3.UMLAL, 'umlal'],
    ],
    RRR_MASK & LANES & HALF,
    longThree,
  ),
  ...named(
    [
      [V2.CNT, 'cnt'],
      [V2.NOT, 'mvn'],
    ],
    RR_MASK & HALF,
    twoBytes,
  ),
  ...named(
    [
      [V2.FABS, 'fabs'],
      [V2.FNEG, 'fneg'],
      [V2.FSQRT, 'fsqrt'],
      [V2.FRINTN, 'frintn'],
      [V2.FRINTM, 'frintm'],
      [V2.FRINTP, 'frintp'],
      [V2.FRINTZ, 'frintz'],
      [V2.FCVTZS, 'fcvtzs'],
      [V2.FCVTZU, 'fcvtzu'],
      [V2.SCVTF, 'scvtf'],
      [V2.UCVTF, 'ucvtf'],
    ],
    RR_MASK & DOUBLES & HALF,
    twoFloats,
  ),
  [RR_MASK, V2.FCVTL, (w) => `fcvtl ${v(fd(w), '2d')}, ${v(fn(w), '2s')}`],
  [RR_MASK, V2.FCVTN, (w) => `fcvtn ${v(fd(w), '2s')}, ${v(fn(w), '2d')}`],
  ...named(
    [
      [V2.ABS, 'abs'],
      [V2.NEG, 'neg'],
      [V2.REV16, 'rev16'],
      [V2.REV32, 'rev32'],
      [V2.REV64, 'rev64'],
    ],
    RR_MASK & LANES & HALF,
    two,
  ),
  [RR_MASK & LANES & HALF, V2.CMEQ_ZERO & HALF, two('cmeq', ', #0')],
  [RR_MASK & LANES & HALF, V2.CMLT_ZERO & HALF, two('cmlt', ', #0')],
  ...named(
    [
      [V2.SADDLP, 'saddlp'],
      [V2.UADDLP, 'uaddlp'],
    ],
    RR_MASK & LANES & HALF,
    pairwise,
  ),
  ...named(
    [
      [V2.XTN, 'xtn'],
      [V2.SQXTN, 'sqxtn'],
      [V2.UQXTN, 'uqxtn'],
      [V2.SQXTUN, 'sqxtun'],
    ],
    RR_MASK & LANES & HALF,
    narrow,
  ),
  ...named(
    [
      [V2.UMAXV, 'umaxv'],
      [V2.UMINV, 'uminv'],
      [V2.ADDV, 'addv'],
    ],
    RR_MASK & LANES & HALF,
    across,
  ),
  [RR_MASK, V2.ADDP_D, (w) => `addp d${fd(w)}, ${v(fn(w), '2d')}`],
  [0xbf80fc00 | 0, VShift.SHL & HALF, shiftBy('shl', true)],
  [0xbf80fc00 | 0, VShift.SSHR & HALF, shiftBy('sshr', false)],
  [0xbf80fc00 | 0, VShift.USHR & HALF, shiftBy('ushr', false)],
  [0xbf80fc00 | 0, VShift.SSHLL, extend('s')],
  [0xbf80fc00 | 0, VShift.USHLL, extend('u')],
  [0xffe08400 | 0, 0x6e000400, insert],
  [0x0fe08400, 0x0e000400, lane],
];
