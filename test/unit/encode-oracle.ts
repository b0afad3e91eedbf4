/** What the encoder tests share: decoding by iced-x86 with memory sizes spelled out, and the spelling of operands. */
import { Decoder, DecoderOptions, Formatter, FormatterSyntax, MemorySizeOptions } from 'iced-x86';
import { expect } from 'vitest';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import type { Sse } from '../../src-ts/x64/asm/insts.js';

const low = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const numbered = (suffix: string): string[] => Array.from({ length: 8 }, (_, i) => `r${i + 8}${suffix}`);
/** Names by `Size`: 32, 64, 16, 8 bits. */
export const REGS: readonly string[][] = [
  [...low.map((n) => `e${n}`), ...numbered('d')],
  [...low.map((n) => `r${n}`), ...numbered('')],
  [...low, ...numbered('w')],
  [...['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'], ...numbered('b')],
];
export const PTR = ['dword ptr ', 'qword ptr ', 'word ptr ', 'byte ptr '];
export const BITS = [32, 64, 16, 8];
/** Some of everything that has a rule of its own: rax, rcx, rbx, rsp, rbp, rsi, r8, r12, r13, r15. */
export const SAMPLE = [0, 1, 3, 4, 5, 6, 8, 12, 13, 15];
export const xmm = (r: number): string => `xmm${r}`;
export const num = (x: number | bigint): string => (x < 10 ? `${x}` : `0x${x.toString(16)}`);
/** An immediate as an operand of `bits` bits shows it. */
export const imm = (x: number, bits: number): string => num(BigInt.asUintN(bits, BigInt(x)));

const formatter = new Formatter(FormatterSyntax.Intel);
formatter.spaceAfterOperandSeparator = true;
formatter.hexPrefix = '0x';
formatter.hexSuffix = '';
formatter.uppercaseHex = false;
formatter.branchLeadingZeros = false;
formatter.showBranchSize = false;
formatter.memorySizeOptions = MemorySizeOptions.Always;
formatter.ripRelativeAddresses = true;
formatter.usePseudoOps = false;

/** Decodes everything: [offset, text]. Fails on invalid encodings. */
export function decode(code: Uint8Array): [number, string][] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const lines: [number, string][] = [];
  while (decoder.canDecode) {
    const at = decoder.position;
    const instruction = decoder.decode();
    lines.push([at, formatter.format(instruction)]);
    instruction.free();
  }
  decoder.free();
  return lines;
}

/**
 * A memory operand: how to set it, its spelling, bytes of ModRM + SIB + displacement, and its need of REX.X / REX.B.
 */
export interface MemCase {
  set(a: Assembler): void;
  text: string;
  bytes: number;
  high: boolean;
}

function memCases(): MemCase[] {
  const cases: MemCase[] = [];
  const disps = [0, 1, -1, 127, -128, 128, -129, 0x12345678, -0x80000000];
  const dispText = (d: number): string => (d === 0 ? '' : d < 0 ? `-${num(-d)}` : `+${num(d)}`);
  const dispBytes = (base: number, d: number): number =>
    d === 0 && (base & 7) !== 5 ? 0 : d >= -128 && d <= 127 ? 1 : 4;
  for (const base of SAMPLE) {
    for (const d of disps) {
      cases.push({
        set: (a) => a.mem(base, d),
        text: `[${REGS[1][base]}${dispText(d)}]`,
        bytes: 1 + ((base & 7) === 4 ? 1 : 0) + dispBytes(base, d),
        high: base > 7,
      });
    }
    for (const index of SAMPLE) {
      if (index === 4) continue;
      for (let scale = 0; scale < 4; scale++) {
        for (const d of [0, 5, 0x1000]) {
          const times = scale === 0 ? '' : `*${1 << scale}`;
          cases.push({
            set: (a) => a.memIndex(base, index, scale, d),
            text: `[${REGS[1][base]}+${REGS[1][index]}${times}${dispText(d)}]`,
            bytes: 2 + dispBytes(base, d),
            high: base > 7 || index > 7,
          });
        }
      }
    }
  }
  for (const index of SAMPLE) {
    if (index === 4) continue;
    for (const d of [0, 5, 0x1000]) {
      const name = REGS[1][index];
      cases.push({
        set: (a) => a.memIndex(-1, index, 0, d),
        text: `[${name}${dispText(d)}]`,
        bytes: 1 + ((index & 7) === 4 ? 1 : 0) + dispBytes(index, d),
        high: index > 7,
      });
      cases.push({
        set: (a) => a.memIndex(-1, index, 1, d),
        text: `[${name}+${name}${dispText(d)}]`,
        bytes: 2 + dispBytes(index, d),
        high: index > 7,
      });
      cases.push({
        set: (a) => a.memIndex(-1, index, 3, d),
        text: `[${name}*8${d === 0 ? '' : dispText(d)}]`,
        bytes: 6,
        high: index > 7,
      });
    }
  }
  cases.push({ set: (a) => a.memIndex(13, 4, 0, 8), text: '[rsp+r13+8]', bytes: 3, high: true });
  return cases;
}
export const MEM_CASES = memCases();

/** Collects instructions and their expected texts, and compares at the end: one decoder run instead of thousands. */
export class Expectations {
  readonly asm = new Assembler();
  private readonly texts: string[] = [];
  private readonly starts: number[] = [];

  /** The next instruction must read like this and be this long (if given). */
  add(text: string, emit: (a: Assembler) => void, bytes?: number): void {
    this.starts.push(this.asm.pos);
    this.texts.push(text);
    emit(this.asm);
    if (bytes !== undefined) expect(this.asm.pos - this.starts.at(-1)!, text).toBe(bytes);
  }

  check(): void {
    const lines = decode(this.asm.finish().code);
    expect(lines.map((l) => l[1])).toEqual(this.texts);
    expect(lines.map((l) => l[0])).toEqual(this.starts);
    expect(this.texts.length).toBeGreaterThan(0);
  }
}

// ------------------------------------------------------------------ SSE rows

/**
 * `unary`: two operands in VEX too. `insert`, `extract`: with a general register and an immediate byte. `loadHalf`:
 * legacy `xmm, m`, VEX `xmm, xmm, m`; no register form.
 */
export type Shape =
  | 'arith'
  | 'unary'
  | 'load'
  | 'store'
  | 'fromGpr'
  | 'toGpr'
  | 'storeGpr'
  | 'regOnly2'
  | 'regOnly3'
  | 'mask'
  | 'insert'
  | 'extract'
  | 'loadHalf'
  | 'storeHalf';
/** Row, mnemonic, bytes of the memory operand, shape, immediate?, general register size. */
export type Row = readonly [Sse, string, number, Shape, { imm?: boolean; w?: number; vexOnly?: boolean }?];

const PTRS: Record<number, string> = {
  1: 'byte ptr ',
  2: 'word ptr ',
  4: 'dword ptr ',
  8: 'qword ptr ',
  16: 'xmmword ptr ',
};
export const RX = [0, 5, 7, 8, 13, 15];

const hasThree = (name: string, shape: Shape): boolean =>
  shape === 'arith' ||
  shape === 'regOnly3' ||
  shape === 'insert' ||
  shape === 'loadHalf' ||
  (shape === 'fromGpr' && name.startsWith('cvt'));

/** Text of one row with a memory or register operand. */
function spell(
  name: string,
  shape: Shape,
  w: number | undefined,
  reg: number,
  rm: string,
  vvvv: number,
  vex: boolean,
  imm: string,
): string {
  const first = shape === 'toGpr' || shape === 'mask' ? REGS[w ?? 0][reg] : xmm(reg);
  const head = `${vex ? 'v' : ''}${name} `;
  if (shape === 'store' || shape === 'storeGpr' || shape === 'extract' || shape === 'storeHalf')
    return `${head}${rm}, ${first}${imm}`;
  return `${head}${first}, ${vex && hasThree(name, shape) ? `${xmm(vvvv)}, ` : ''}${rm}${imm}`;
}

/** Encodes every row, with registers and with memory, and compares. */
export function checkRows(rows: readonly Row[], vex: boolean): void {
  const x = new Expectations();
  for (const [row, name, bytes, shape, o] of rows) {
    if (o?.vexOnly && !vex) continue;
    const withImm = o?.imm === true || shape === 'insert' || shape === 'extract';
    const imm = withImm ? ', 3' : '';
    for (const r of RX) {
      for (const s of RX) {
        const v = hasThree(name, shape) ? 15 - s : 0;
        if (shape !== 'loadHalf' && shape !== 'storeHalf') {
          const rm =
            shape === 'fromGpr' || shape === 'storeGpr' || shape === 'insert' || shape === 'extract'
              ? REGS[o!.w!][s]
              : xmm(s);
          const text = spell(name, shape, o?.w, r, rm, v, vex, imm);
          if (!vex) x.add(text, (a) => (withImm ? a.sse_rri(row, r, s, 3) : a.sse_rr(row, r, s)));
          else x.add(text, (a) => (withImm ? a.vex_rrri(row, r, v, s, 3) : a.vex_rrr(row, r, v, s)));
        }
        if (bytes === 0) continue;
        const base = SAMPLE[s % SAMPLE.length];
        const memText = spell(name, shape, o?.w, r, `${PTRS[bytes]}[${REGS[1][base]}+r12*2+0x10]`, v, vex, imm);
        x.add(memText, (a) => {
          a.memIndex(base, 12, 1, 16);
          if (!vex && withImm) a.sse_rmi(row, r, 3);
          else if (!vex) a.sse_rm(row, r);
          else if (withImm) a.vex_rrmi(row, r, v, 3);
          else a.vex_rrm(row, r, v);
        });
      }
    }
  }
  x.check();
}
