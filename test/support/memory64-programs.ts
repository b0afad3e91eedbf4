/**
 * Programs of the JavaScript interface of 64-bit memories and tables. The same ones run on our engine and on V8 of
 * Node 24 (`memory64-outcomes.ts`).
 */
type W = any;

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
/** A module that imports "" "" with these limits: a memory, or a table of funcref. */
const importing = (kind: 'memory' | 'table', limits: number[]): Uint8Array => {
  const body = [1, 0, 0, ...(kind === 'memory' ? [2] : [1, 0x70]), ...limits];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, ...leb(body.length), ...body]);
};
const link = (W: W, kind: 'memory' | 'table', limits: number[], value: unknown): string => {
  new W.Instance(new W.Module(importing(kind, limits)), { '': { '': value } });
  return 'linked';
};
const memory = (W: W, initial: unknown, maximum?: unknown): any => new W.Memory({ address: 'i64', initial, maximum });
const table = (W: W, initial: unknown, maximum?: unknown, element = 'anyfunc'): any =>
  new W.Table({ address: 'i64', element, initial, maximum });

const PROGRAMS: [string, (w: W) => unknown][] = [
  ['memory', (w) => [memory(w, 1n).buffer.byteLength, memory(w, 1n, 2n).buffer.byteLength]],
  ...[1, -1n, 1n << 64n, 262145n, true, '3', 'x', null, Symbol('s'), undefined, {}].map(
    (x): [string, (w: W) => unknown] => [`memory: initial ${String(x)}`, (w) => memory(w, x).buffer.byteLength],
  ),
  ...[0n, 1n, 3, -1n, 1n << 48n, 262144n, 262145n, 1n << 64n, undefined, '2'].map((x): [string, (w: W) => unknown] => [
    `memory: maximum ${String(x)}`,
    (w) => memory(w, 1n, x).buffer.byteLength,
  ]),
  ['32-bit memory of a BigInt', (w) => new w.Memory({ initial: 1n })],
  ['explicit i32', (w) => new w.Memory({ address: 'i32', initial: 1 }).grow(1)],
  ['unknown address type', (w) => new w.Memory({ address: 'i65', initial: 1n })],
  [
    'grow',
    (w) => [memory(w, 1n, 3n)].map((m) => [m.grow(1n), m.grow(0n), m.grow('1'), m.buffer.byteLength].map(String)),
  ],
  ...[1, 5n, -1n, 1n << 64n, undefined, true, 1n << 40n].map((x): [string, (w: W) => unknown] => [
    `grow by ${String(x)}`,
    (w) => String(memory(w, 1n, 3n).grow(x)),
  ]),
  ['grow a 32-bit memory by a BigInt', (w) => new w.Memory({ initial: 1 }).grow(1n)],
  ['table', (w) => [table(w, 2n)].map((t) => [String(t.length), typeof t.length, t.get(0n), t.get(1n)])],
  ...[1, 10000001n, -1n, '2'].map((x): [string, (w: W) => unknown] => [
    `table: initial ${String(x)}`,
    (w) => String(table(w, x).length),
  ]),
  ...[0n, 10000001n, (1n << 64n) - 1n, 1n << 64n, 3].map((x): [string, (w: W) => unknown] => [
    `table: maximum ${String(x)}`,
    (w) => String(table(w, 1n, x).length),
  ]),
  ...[0, 2n, 1n << 63n, -1n, 1n << 64n, '1', undefined].map((x): [string, (w: W) => unknown] => [
    `get ${String(x)}`,
    (w) => table(w, 2n).get(x),
  ]),
  ...[0, 2n, -1n, 1n].map((x): [string, (w: W) => unknown] => [`set ${String(x)}`, (w) => table(w, 2n).set(x, null)]),
  ['set to no function', (w) => table(w, 2n).set(0n, 5)],
  ['get beyond an externref table', (w) => table(w, 2n, undefined, 'externref').get(7n)],
  ...[1n, 1, 10n, -1n, 1n << 64n].map((x): [string, (w: W) => unknown] => [
    `grow a table by ${String(x)}`,
    (w) => [table(w, 2n, 5n)].map((t) => [String(t.grow(x)), String(t.length)]),
  ]),
  ['i32 memory as i64', (w) => link(w, 'memory', [4, 0], new w.Memory({ initial: 1 }))],
  ['i64 memory as i32', (w) => link(w, 'memory', [0, 0], memory(w, 1n))],
  ['i64 memory', (w) => link(w, 'memory', [4, 1], memory(w, 1n))],
  ['too small', (w) => link(w, 'memory', [4, 2], memory(w, 1n))],
  ['no maximum', (w) => link(w, 'memory', [5, 0, 1], memory(w, 1n))],
  ['larger maximum', (w) => link(w, 'memory', [5, 0, 2], memory(w, 1n, 3n))],
  ['fitting maximum', (w) => link(w, 'memory', [5, 0, 3], memory(w, 1n, 3n))],
  ['i32 table as i64', (w) => link(w, 'table', [4, 0], new w.Table({ element: 'anyfunc', initial: 1 }))],
  ['i64 table as i32', (w) => link(w, 'table', [0, 0], table(w, 1n))],
  ['i64 table', (w) => link(w, 'table', [4, 1], table(w, 1n))],
  ['i64 table, too small', (w) => link(w, 'table', [4, 5], table(w, 1n))],
];

/**
 * What came of each program: [name, value as text, or the error's name and message]. Of errors in linking the name
 * alone: V8 words them in several ways, ours tell the place always.
 */
export const outcomes = (w: W): [string, string][] =>
  PROGRAMS.map(([name, program]) => {
    try {
      return [name, JSON.stringify(program(w)) ?? 'undefined'];
    } catch (e) {
      const { name: error, message } = e as Error;
      return [name, error === 'LinkError' ? error : `${error}: ${message}`];
    }
  });
