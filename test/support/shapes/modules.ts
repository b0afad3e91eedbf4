/** What is large outside of functions: sections with many entries, and what few bytes of a type or a body stand for much. */
import { leb, moduleOf, repeat, section, sleb, string } from '../wasm-build.js';
import { c, I32, LOCALS, type Code, type Shapes } from './code.js';

const FUNC = 0x60;
const FUNCREF = 0x70;
const END = 0x0b;
/** The most that engines allow. */
const LIST = 1000;
/** What one operator may pass on again and again (ir/builder.ts). */
const SOME = 12;
const SEGMENT_ITEMS = 10_000_000;

/** A vector of n items that differ. */
function items(n: number, item: (i: number) => (number | number[] | Uint8Array)[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from(leb(n))];
  for (let i = 0; i < n; i++)
    for (const part of item(i)) parts.push(typeof part === 'number' ? Uint8Array.of(part) : Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** The type () -> (), and one function of it that does nothing. */
const NOTHING = section(1, 1, FUNC, 0, 0);
const ONE_FUNCTION = section(3, 1, 0);
const ONE_BODY = section(10, 1, 2, 0, END);
const body = (locals: number[], code: number[]): number[] => [
  ...leb(locals.length + code.length + 1),
  ...locals,
  ...code,
  END,
];
const i32s = (n: number): number[] => [...leb(n), ...Array<number>(n).fill(I32)];
/** Functions of type 0, all the same. */
const functions = (types: Uint8Array, n: number, one: number[]): Uint8Array =>
  moduleOf(types, section(3, repeat(n, [0])), section(10, repeat(n, one)));

export const MODULES: Shapes = {
  /** Elements and data. */
  elementEntries(n) {
    const segments: Uint8Array[] = [];
    for (let left = n; left > 0; left -= SEGMENT_ITEMS)
      segments.push(Buffer.concat([Uint8Array.of(1, 0), repeat(Math.min(left, SEGMENT_ITEMS), [0])]));
    return moduleOf(NOTHING, ONE_FUNCTION, section(9, leb(segments.length), ...segments), ONE_BODY);
  },
  elementExpressions(n) {
    const k = Math.min(n, SEGMENT_ITEMS);
    return moduleOf(NOTHING, ONE_FUNCTION, section(9, 1, 5, FUNCREF, repeat(k, [0xd2, 0, END])), ONE_BODY);
  },
  elementSegments(n) {
    const table = section(4, 1, FUNCREF, 0, 1);
    return moduleOf(NOTHING, ONE_FUNCTION, table, section(9, repeat(n, [0, 0x41, 0, END, 1, 0])), ONE_BODY);
  },
  dataSegments(n) {
    return moduleOf(section(5, 1, 0, 1), section(11, repeat(Math.min(n, 100_000), [0, 0x41, 0, END, 1, 7])));
  },
  dataBytes(n) {
    return moduleOf(
      section(5, 1, 0, leb(1 + (n >> 14))),
      section(11, 1, 0, 0x41, 0, END, leb(n), new Uint8Array(n).fill(7)),
    );
  },
  /** Declarations. */
  equalTypes(n) {
    return moduleOf(section(1, repeat(Math.min(n, 1_000_000), [FUNC, 0, 0])));
  },
  differentTypes(n) {
    const type = (i: number): number[] => [
      FUNC,
      12,
      ...Array.from({ length: 12 }, (_, k) => I32 - ((i >> k) & 1)),
      ...i32s(i >> 12),
    ];
    return moduleOf(
      section(
        1,
        items(n, (i) => [type(i)]),
      ),
    );
  },
  oneGroupOfTypes(n) {
    const k = Math.min(n, 1_000_000);
    return moduleOf(
      section(
        1,
        1,
        0x4e,
        items(k, (i) => [[0x5f, 1, 0x63, ...sleb(BigInt(i)), 0]]),
      ),
    );
  },
  imports(n) {
    const item = (i: number): (number | number[])[] => [string('m'), string(`f${i}`), 0, 0];
    return moduleOf(NOTHING, section(2, items(Math.min(n, 1_000_000), item)));
  },
  exports(n) {
    const item = (i: number): (number | number[])[] => [string(`f${i}`), 0, 0];
    return moduleOf(NOTHING, ONE_FUNCTION, section(7, items(Math.min(n, 1_000_000), item)), ONE_BODY);
  },
  globals(n) {
    return moduleOf(section(6, repeat(Math.min(n, 1_000_000), [I32, 1, 0x41, 1, END])));
  },
  names(n) {
    const k = Math.min(n, 1_000_000);
    const names = items(k, (i) => [leb(i), string(`function ${i}`)]);
    return Buffer.concat([
      functions(NOTHING, k, body([0], [])),
      section(0, string('name'), 1, leb(names.length), names),
    ]);
  },
  customSections(n) {
    return moduleOf(Buffer.concat(Array<Uint8Array>(n).fill(section(0, string('x')))));
  },
  /** Functions whose few bytes stand for much. */
  functionsOfManyLocals(n) {
    return functions(NOTHING, n, body([1, ...leb(LOCALS), I32], []));
  },
  functionsOfManyParameters(n) {
    return functions(section(1, 1, FUNC, i32s(100), 0), n, body([0], []));
  },
  callsOfManyResultsDropped(n) {
    const code = c();
    code.times(n, () => code.block().call(0).br(0).end());
    const types = section(1, 2, FUNC, 0, i32s(SOME), FUNC, 0, 0);
    return moduleOf(
      types,
      section(2, 1, string('m'), string('f'), 0, 0),
      section(3, 1, 1),
      section(10, 1, body([0], code.bytes)),
    );
  },
  blocksOfManyParameters(n) {
    const code = c().call(0);
    return withResults(code.times(n, () => code.block(1).end()));
  },
  branchesOfManyValues(n) {
    const code = c().call(0);
    return withResults(
      code.times(n, () => code.get(0).brIf(0)),
      SOME,
    );
  },
  tablesOfManyValues(n) {
    const code = c().call(0).get(0);
    return withResults(code.table(Array<number>(Math.min(n, 65_000)).fill(0)));
  },
};

/** A function with many results, made of this code, and an imported one that gives them; type 1 takes them, too. */
function withResults(code: Code, n = LIST): Uint8Array {
  return moduleOf(
    section(1, 3, FUNC, 0, i32s(n), FUNC, i32s(n), i32s(n), FUNC, i32s(1), i32s(n)),
    section(2, 1, string('m'), string('f'), 0, 0),
    section(3, 1, 2),
    section(10, 1, body([0], code.bytes)),
  );
}
