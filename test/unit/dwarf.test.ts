/** Debug information written by hand, in the versions that compilers emit, and damaged in every byte. */
import { describe, expect, it } from 'vitest';
import { openDebugSources } from '../../src-ts/dwarf/index.js';
import { leb } from '../support/wasm-build.js';

const text = (s: string): number[] => [...Buffer.from(s), 0];
const u16 = (n: number): number[] => [n & 255, n >> 8];
const u32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];
/** A unit with its length in front. */
const unit = (...bytes: number[]): number[] => [...u32(bytes.length), ...bytes];

/** Rows: address, line, column; the last ends the sequence. Special opcodes are left to compilers. */
function program(file: number, rows: [number, number, number][]): number[] {
  const out: number[] = [0, 5, 2, ...u32(rows[0][0]), 4, file];
  let [address, line] = [rows[0][0], 1];
  for (const [a, l, c] of rows.slice(0, -1)) {
    out.push(2, ...leb(a - address), 3, ...sleb(l - line), 5, ...leb(c), 1);
    [address, line] = [a, l];
  }
  return [...out, 2, ...leb(rows.at(-1)![0] - address), 0, 1, 1];
}
const sleb = (n: number): number[] => (n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...sleb(n >> 7)]);

const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
const lineHeader = (tables: number[]): number[] => [1, 1, 1, 0xfb, 14, 13, ...OPERANDS, ...tables];
const ROWS: [number, number, number][] = [
  [0x10, 10, 1],
  [0x14, 3, 7],
  [0x18, 11, 2],
  [0x20, 0, 0],
];

/** Abbreviations: 1 unit, 2 function, 3 inlined body, 4 its origin. */
function abbreviations(nameForm: number, version: number): number[] {
  const unitAttributes = [0x03, nameForm, 0x1b, nameForm, 0x10, 0x17, 0x11, 0x01, 0x55, 0x17];
  if (version >= 5) unitAttributes.push(0x72, 0x17);
  return [
    ...[1, 0x11, 1, ...unitAttributes, 0, 0],
    ...[2, 0x2e, 1, 0x03, nameForm, 0x11, 0x01, 0x12, 0x06, 0, 0],
    ...[3, 0x1d, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b, 0x57, 0x0b, 0, 0],
    ...[4, 0x2e, 0, 0x03, nameForm, 0, 0],
    0,
  ];
}

/** `outer` at 0x10–0x20 in a.c, with `inner` inlined at 0x14–0x18, called at 10:5. */
function sections(version: 4 | 5): Record<string, number[]> {
  const strings = ['a.c', '/src', 'outer', 'inner'];
  const names = version === 5 ? strings.map((_, i) => [i]) : strings.map(text);
  const head = version === 5 ? [...u16(5), 1, 4, ...u32(0)] : [...u16(4), ...u32(0), 4];
  const body = (origin: number): number[] => [
    ...[1, ...names[0], ...names[1], ...u32(0), ...u32(0), ...u32(0)],
    ...(version === 5 ? u32(8) : []),
    ...[2, ...names[2], ...u32(0x10), ...u32(0x10)],
    ...[3, ...u32(origin), ...u32(0x14), ...u32(4), 1, 10, 5],
    0,
    ...[4, ...names[3]],
    0,
  ];
  const whole = unit(...head, ...body(0));
  const origin = whole.length - 1 - names[3].length - 1;
  const tables =
    version === 5
      ? [1, 1, 0x08, 1, ...text('/src'), 2, 1, 0x08, 2, 0x0b, 2, ...text('zero.c'), 0, ...text('a.c'), 0]
      : [0, ...text('a.c'), 0, 0, 0, 0];
  const header = lineHeader(tables);
  const line = unit(
    ...u16(version),
    ...(version === 5 ? [4, 0] : []),
    ...u32(header.length),
    ...header,
    ...program(1, ROWS),
  );
  const offsets = strings.map((_, i) => strings.slice(0, i).join('\0').length + (i > 0 ? 1 : 0));
  return {
    '.debug_info': unit(...head, ...body(origin)),
    '.debug_abbrev': abbreviations(version === 5 ? 0x25 : 0x08, version),
    '.debug_line': line,
    '.debug_str': strings.flatMap(text),
    '.debug_str_offsets': [...unit(...u16(5), ...u16(0), ...offsets.flatMap(u32))],
    '.debug_ranges': [...u32(0x10), ...u32(0x20), ...u32(0), ...u32(0)],
    '.debug_rnglists': [4, 0x10, 0x20, 0],
  };
}

const open = (s: Record<string, number[]>): ReturnType<typeof openDebugSources> =>
  openDebugSources((name) => (name in s ? Uint8Array.from(s[name]) : null));

describe.each([4, 5] as const)('version %i', (version) => {
  it('finds lines, columns, names and inlined calls', () => {
    const sources = open(sections(version));
    const outer = (line: number, column: number): object => ({ name: 'outer', file: '/src/a.c', line, column });
    expect(sources.locate(0x10)).toEqual([outer(10, 1)]);
    expect(sources.locate(0x13)).toEqual([outer(10, 1)]);
    expect(sources.locate(0x16)).toEqual([{ name: 'inner', file: '/src/a.c', line: 3, column: 7 }, outer(10, 5)]);
    expect(sources.locate(0x1f)).toEqual([outer(11, 2)]);
    expect(sources.locate(0x0f)).toEqual([]);
    expect(sources.locate(0x20)).toEqual([]);
  });

  it('never throws, whatever byte is damaged or missing', () => {
    const whole = sections(version);
    for (const name of Object.keys(whole)) {
      for (let i = 0; i < whole[name].length; i++) {
        for (const value of [0, 0x7f, 0xff, whole[name][i] ^ 1]) {
          const damaged = { ...whole, [name]: whole[name].with(i, value) };
          expect(Array.isArray(open(damaged).locate(0x16))).toBe(true);
        }
        expect(Array.isArray(open({ ...whole, [name]: whole[name].slice(0, i) }).locate(0x16))).toBe(true);
      }
      const { [name]: _, ...rest } = whole;
      expect(Array.isArray(open(rest).locate(0x16))).toBe(true);
    }
  });
});
