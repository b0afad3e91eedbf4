import { beforeAll, describe, expect, it } from 'vitest';
import wabtInit from 'wabt';
import { findCustomSections, writeCustomSections } from '../../src-ts/aot/custom-sections.js';
import { CompileError } from '../../src-ts/errors.js';
import { ElemMode } from '../../src-ts/wasm/elements.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { readNames } from '../../src-ts/wasm/names.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { QUICK } from '../support/quick.js';
import { functionModule, leb, moduleOf, repeat, section, string } from '../support/wasm-build.js';

let wabt: Awaited<ReturnType<typeof wabtInit>>;
beforeAll(async () => {
  wabt = await wabtInit();
});

const wat = (text: string): Uint8Array => {
  const parsed = wabt.parseWat('test.wat', text, { extended_const: true });
  const { buffer } = parsed.toBinary({ write_debug_names: true });
  parsed.destroy();
  return buffer;
};

/** Message of the CompileError that the module gives, or 'valid'. */
const verdict = (bytes: Uint8Array): string => {
  try {
    validateModule(decodeModule(bytes));
    return 'valid';
  } catch (e) {
    expect(e).toBeInstanceOf(CompileError);
    return (e as Error).message;
  }
};

describe('decodeModule', () => {
  it('index spaces, segments, exports', () => {
    const m = decodeModule(
      wat(`(module $unit
        (type (func (param i32 i64) (result f64)))
        (type (func))
        (type (func (param i32 i64) (result f64)))
        (import "a" "f" (func $f (type 1)))
        (import "a" "g" (global $g i32))
        (import "a" "t" (table $t 1 5 externref))
        (table $own 2 funcref)
        (memory (export "mem") 1 3)
        (global $h (mut i64) (i64.const -9223372036854775808))
        (global $fl f32 (f32.const nan:0x200001))
        (global $db f64 (f64.const -0.0))
        (global $rf funcref (ref.func $k))
        (global $sum i32 (i32.add (global.get $g) (i32.mul (i32.const -3) (i32.const 4))))
        (func $k (type 2) (f64.const 1))
        (func $start (type 1))
        (export "k" (func $k)) (export "f" (func $f))
        (start $start)
        (elem (table $own) (i32.const 1) func $k $f)
        (elem funcref (ref.func $start) (ref.null func))
        (elem externref (ref.null extern))
        (elem declare func $start)
        (data (offset (global.get $g)) "abc")
        (data "passive"))`),
    );
    expect(m.types).toMatchObject([
      { params: [0x7f, 0x7e], results: [0x7c] },
      { params: [], results: [] },
      { params: [0x7f, 0x7e], results: [0x7c] },
    ]);
    expect([...m.typeCanon]).toEqual([0, 1, 0]);
    expect([...m.funcTypes]).toEqual([1, 2, 1]);
    expect([m.importedFuncs, m.importedGlobals, m.importedTables, m.importedMemories]).toEqual([1, 1, 1, 0]);
    expect(m.imports.map((i) => i.name)).toEqual(['f', 'g', 't']);
    expect(m.tables).toEqual([
      { type: 0x6f, min: 1, max: 5 },
      { type: 0x70, min: 2, max: null },
    ]);
    expect(m.memories).toEqual([{ min: 1, max: 3 }]);
    expect(m.globals.map((g) => [g.type, g.mutable])).toEqual([
      [0x7f, false],
      [0x7e, true],
      [0x7d, false],
      [0x7c, false],
      [0x70, false],
      [0x7f, false],
    ]);
    expect(m.globalInits).toEqual([
      [[0x42, '-9223372036854775808']],
      [[0x43, 0x7fa00001]],
      [[0x44, '8000000000000000']],
      [[0xd2, 1]],
      [[0x23, 0], [0x41, -3], [0x41, 4], [0x6c], [0x6a]],
    ]);
    expect(m.exports).toEqual([
      { name: 'mem', kind: 2, index: 0 },
      { name: 'k', kind: 0, index: 1 },
      { name: 'f', kind: 0, index: 0 },
    ]);
    expect(m.start).toBe(2);
    const { elems } = m;
    expect(
      Array.from({ length: elems.length }, (_, s) => [
        elems.mode(s),
        elems.table(s),
        elems.type(s),
        elems.isPlain(s),
        [...elems.itemsOf(s)],
      ]),
    ).toEqual([
      [ElemMode.ACTIVE, 1, 0xf0, true, [1, 0]],
      [ElemMode.PASSIVE, 0, 0x70, true, [2, -1]],
      [ElemMode.PASSIVE, 0, 0x6f, true, [-1]],
      [ElemMode.DECLARATIVE, 0, 0xf0, true, [2]],
    ]);
    expect([elems.offset(0), elems.constantOffset(0)]).toEqual([[[0x41, 1]], 1]);
    expect(m.datas.map((d) => [d.mode, d.offset, Buffer.from(m.bytes.subarray(d.start, d.end)).toString()])).toEqual([
      ['active', [[0x23, 0]], 'abc'],
      ['passive', null, 'passive'],
    ]);
    expect(m.bodyEnd.length).toBe(2);
    expect([...m.bytes.subarray(m.bodyStart[1], m.bodyEnd[1])]).toEqual([0, 0x0b]);
    expect([...m.declaredRefs]).toEqual([1, 1, 1]);
    const names = readNames(m);
    expect(names.module).toBe('unit');
    expect([...names.functions]).toEqual([
      [0, 'f'],
      [1, 'k'],
      [2, 'start'],
    ]);
    expect(m.custom.n).toBe(2);
    expect(findCustomSections(writeCustomSections(m), 'name').length).toBe(1);
  });

  it('element expressions with global.get stay expressions', () => {
    const m = decodeModule(
      wat(
        '(module (import "a" "g" (global $g funcref)) (func $f) (elem funcref (global.get $g) (ref.func $f) (global.get $g)))',
      ),
    );
    expect(m.elems.isPlain(0)).toBe(false);
    const [first, second, third] = m.elems.itemsOf(0);
    expect([second, third]).toEqual([0, first]);
    expect(m.elems.itemExpr(first)).toEqual([[0x23, 0]]);
  });

  it('the start function is not a declared reference', () => {
    expect([...decodeModule(wat('(module (func $f) (start $f))')).declaredRefs]).toEqual([0]);
  });

  it('works on a view into a larger buffer', () => {
    const b = functionModule([], [], [0, 0x0b]);
    const big = new Uint8Array(b.length + 20).fill(0xff);
    big.set(b, 7);
    expect(verdict(big.subarray(7, 7 + b.length))).toBe('valid');
  });
});

describe('malformed and invalid modules', () => {
  const type = section(1, 1, 0x60, 0, 0);
  const i32Global = section(6, 1, 0x7f, 0, 0x41, 0, 0x0b);
  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'magic header not detected @+0'],
    ['version', Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), 'unknown binary version @+4'],
    [
      'component',
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
      'unknown binary version: a component, not a core module (use wamr-native/component, or `wamr-native compile`) @+4',
    ],
    ['section id', moduleOf(section(14, 0)), 'malformed section id @+8'],
    [
      'order',
      moduleOf(section(3, 0), section(1, 0)),
      'unexpected content after last section: section out of order or repeated @+11',
    ],
    [
      'repeated',
      moduleOf(section(1, 0), section(1, 0)),
      'unexpected content after last section: section out of order or repeated @+11',
    ],
    ['section too long', moduleOf(Uint8Array.of(1, 5, 0)), 'length out of bounds @+9'],
    ['rest in a section', moduleOf(section(1, 0, 0)), 'section size mismatch @+11'],
    ['bodies missing', moduleOf(type, section(3, 1, 0)), 'function and code section have inconsistent lengths @+18'],
    [
      'bodies too many',
      moduleOf(section(10, 1, 2, 0, 0x0b)),
      'function and code section have inconsistent lengths @+10',
    ],
    ['data count', moduleOf(section(12, 1)), 'data count and data section have inconsistent lengths @+11'],
    [
      'export twice',
      moduleOf(i32Global, section(7, 2, string('a'), 3, 0, string('a'), 3, 0)),
      'duplicate export name "a" @+23',
    ],
    ['unknown export', moduleOf(section(7, 1, string('a'), 2, 0)), 'unknown memory 0 @+14'],
    // In V8's words.
    [
      '1,000,001 types',
      moduleOf(section(1, leb(1_000_001))),
      'types count of 1000001 exceeds internal limit of 1000000 @+10',
    ],
    [
      '1,001 parameters',
      moduleOf(section(1, 1, 0x60, leb(1001))),
      'param count of 1001 exceeds internal limit of 1000 @+12',
    ],
    [
      '1,000,001 imports',
      moduleOf(section(2, leb(1_000_001))),
      'imports count of 1000001 exceeds internal limit of 1000000 @+10',
    ],
    [
      '1,000,001 exports',
      moduleOf(section(7, leb(1_000_001))),
      'exports count of 1000001 exceeds internal limit of 1000000 @+10',
    ],
    [
      '100,001 data segments',
      moduleOf(section(12, leb(100_001))),
      'data segments count of 100001 exceeds internal limit of 100000 @+10',
    ],
    [
      'more than 1 GiB',
      new Uint8Array(2 ** 30 + 1),
      'buffer source exceeds maximum size of 1073741824 (is 1073741825)',
    ],
    [
      '100,001 memories',
      moduleOf(section(5, leb(100_001))),
      'memory count of 100001 exceeds internal limit of 100000 @+10',
    ],
    [
      'memory of more than 2^48 pages',
      moduleOf(section(5, 1, 4, leb(2 ** 48 + 1))),
      'memory size must be at most 2^48 pages @+11',
    ],
    ['page size of 2 bytes', moduleOf(section(5, 1, 8, 1, 1)), 'invalid custom page size: it must be 1 or 65536 @+13'],
    ['page size of 2^64 bytes', moduleOf(section(5, 1, 8, 1, 64)), 'malformed custom page size @+13'],
    [
      'memory of 65,537 pages',
      moduleOf(section(5, 1, 0, leb(65537))),
      'memory size must be at most 65536 pages (4GiB) @+11',
    ],
    ['memory min > max', moduleOf(section(5, 1, 1, 2, 1)), 'size minimum must not be greater than maximum @+11'],
    ['limits', moduleOf(section(5, 1, 0x10, 1, 1)), 'malformed limits flags: 0x10 of a memory @+11'],
    [
      'global type',
      moduleOf(section(6, 1, 0x7f, 0, 0x42, 0, 0x0b)),
      'type mismatch: constant expression gives [i64], i32 expected @+15',
    ],
    [
      'global of a later global',
      moduleOf(section(6, 2, 0x7f, 0, 0x23, 1, 0x0b, 0x7f, 0, 0x41, 0, 0x0b)),
      'unknown global 1 in a constant expression @+13',
    ],
    [
      'constant expression with a call',
      moduleOf(section(6, 1, 0x7f, 0, 0x10, 0, 0x0b)),
      'constant expression required @+13',
    ],
    [
      'start with parameters',
      moduleOf(section(1, 1, 0x60, 1, 0x7f, 0), section(3, 1, 0), section(8, 0), section(10, 1, 2, 0, 0x0b)),
      'start function must have neither parameters nor results @+21',
    ],
    ['custom section name', moduleOf(section(0, 1, 0xff)), 'malformed UTF-8 encoding @+11'],
  ])('%s', (_, bytes, message) => expect(verdict(bytes)).toBe(message));

  it('huge counts cost nothing', () => {
    const t = performance.now();
    for (let id = 1; id <= 11; id++) expect(verdict(moduleOf(section(id, leb(0xffffffff), 0)))).not.toBe('valid');
    expect(performance.now() - t).toBeLessThan(1000);
  });
});

describe('limits are those of V8', () => {
  const name = (i: number): number[] => string(i.toString(36));
  const type = section(1, 1, 0x60, 0, 0);
  const exports = (n: number): Uint8Array =>
    moduleOf(
      section(6, 1, 0x7f, 0, 0x41, 0, 0x0b),
      section(7, leb(n), Array.from({ length: n }, (_, i) => [...name(i), 3, 0]).flat()),
    );
  const bodyOf = (size: number): Uint8Array => {
    const b = new Uint8Array(size).fill(1);
    b[0] = 0;
    b[size - 1] = 0x0b;
    return b;
  };
  const limits: [string, (n: number) => Uint8Array, number][] = [
    ['types', (n) => moduleOf(section(1, repeat(n, [0x60, 0, 0]))), 1_000_000],
    ['functions', (n) => moduleOf(type, section(3, repeat(n, [0])), section(10, repeat(n, [2, 0, 0x0b]))), 1_000_000],
    ['imports', (n) => moduleOf(section(2, repeat(n, [0, 0, 3, 0x7f, 0]))), 1_000_000],
    ['exports', exports, 1_000_000],
    ['globals', (n) => moduleOf(section(6, repeat(n, [0x7f, 0, 0x41, 0, 0x0b]))), 1_000_000],
    ['tables', (n) => moduleOf(section(4, repeat(n, [0x70, 0, 0]))), 100_000],
    ['element segments', (n) => moduleOf(section(9, repeat(n, [1, 0, 0]))), 10_000_000],
    ['data segments', (n) => moduleOf(section(11, repeat(n, [1, 0]))), 100_000],
    [
      'element items',
      (n) => moduleOf(type, section(3, 1, 0), section(9, 1, 1, 0, repeat(n, [0])), section(10, 1, 2, 0, 0x0b)),
      10_000_000,
    ],
    ['parameters', (n) => moduleOf(section(1, 1, 0x60, repeat(n, [0x7f]), 0)), 1000],
    ['results', (n) => moduleOf(section(1, 1, 0x60, 0, repeat(n, [0x7f]))), 1000],
    ['locals', (n) => functionModule([0x7f, 0x7f], [], [2, ...leb(n - 3), 0x7f, 1, 0x7e, 0x0b]), 50_000],
    ['br_table', (n) => functionModule([], [], Buffer.from([0, 0x41, 0, 0x0e, ...repeat(n, [0]), 0, 0x0b])), 65_520],
    ['body', (n) => functionModule([], [], bodyOf(n)), 7_654_321],
    ['pages', (n) => moduleOf(section(5, 1, 0, leb(n))), 65_536],
  ];
  it.each(limits.filter(([, , limit]) => !QUICK || limit <= 100_000))('%s', (what, make, limit) => {
    // Before Node 24 V8 has 100,000, the interface's older number.
    const older = ['imports', 'exports'].includes(what) && Number(process.versions.node.split('.')[0]) < 24;
    for (const n of [limit, limit + 1]) {
      const bytes = make(n);
      if (!older) expect(WebAssembly.validate(bytes as BufferSource)).toBe(n === limit);
      expect(verdict(bytes) === 'valid').toBe(n === limit);
    }
  });

  it.skipIf(QUICK)('10,000,000 active element segments and 5,000,000 custom sections take little memory', () => {
    const segments = repeat(10_000_000, [0, 0x41, 0, 0x0b, 0]);
    const customs = Buffer.alloc(3 * 5_000_000, Buffer.from([0, 1, 0]));
    const bytes = moduleOf(section(4, 1, 0x70, 0, 1), section(9, segments), customs);
    const before = process.memoryUsage().heapUsed;
    const m = decodeModule(bytes);
    expect([m.elems.length, m.custom.n]).toEqual([10_000_000, 10_000_000]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  it('tables of any size compile', () =>
    expect(verdict(moduleOf(section(4, 1, 0x70, 1, leb(10_000_001), leb(0xffffffff))))).toBe('valid'));
});

describe('readNames', () => {
  const withNames = (...subsections: number[]): ReturnType<typeof readNames> =>
    readNames(
      decodeModule(functionModule([], [], [0, 0x0b], { afterCode: [section(0, string('name'), subsections)] })),
    );
  it('keeps what comes before a fault', () => {
    const names = withNames(0, 4, 3, 0x61, 0x62, 0x63, 1, 9, 1, 0, 2, 0x66, 0x67, 5);
    expect(names).toEqual({ module: 'abc', functions: new Map() });
    const more = withNames(1, 7, 2, 0, 2, 0x66, 0x67, 0, 0xff);
    expect([...more.functions]).toEqual([[0, 'fg']]);
  });
  it('drops indices out of range', () => expect(withNames(1, 4, 1, 9, 1, 0x61).functions.size).toBe(0));
  it('skips unknown subsections', () => expect(withNames(0x55, 1, 0xff, 0, 2, 1, 0x61).module).toBe('a'));
  it('no section', () => expect(readNames(decodeModule(moduleOf()))).toEqual({ module: null, functions: new Map() }));
});
