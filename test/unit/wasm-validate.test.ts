import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, it } from 'vitest';
import wabtInit from 'wabt';
import { CompileError } from '../../src-ts/errors.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { OP_COUNT, OP_IMM, OP_N, OP_POP, OP_POPS, OP_PUSH, opName } from '../../src-ts/wasm/op-tables.js';
import { Imm } from '../../src-ts/wasm/opcodes.js';
import { SUPPORTED_FEATURES } from '../../src-ts/wasm/proposals.js';
import { validateFunction, validateModule, validateRange } from '../../src-ts/wasm/validate.js';
import { newWat } from '../support/new-wat.js';
import { functionModule, leb, moduleOf, section, string } from '../support/wasm-build.js';

let wabt: Awaited<ReturnType<typeof wabtInit>>;
beforeAll(async () => {
  wabt = await wabtInit();
});

/** Binary of a text module, valid or not. */
const wat = (text: string): Uint8Array => {
  const parsed = wabt.parseWat('test.wat', text);
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return buffer;
};

const verdict = (bytes: Uint8Array, features = SUPPORTED_FEATURES): string => {
  try {
    validateModule(decodeModule(bytes, features));
    return 'valid';
  } catch (e) {
    expect(e).toBeInstanceOf(CompileError);
    return (e as Error).message;
  }
};

/** The message without its place. */
const reason = (body: string, rest = ''): string =>
  verdict(
    wat(
      `(module (memory 1) (table $t 1 funcref) (table $x 1 externref) (global $c i32 (i32.const 0)) ${rest} ${body})`,
    ),
  ).replace(/ @\+\d+ \(function \d+\)$/, '');

describe('every operator row', () => {
  const IMMEDIATES: Partial<Record<Imm, number[]>> = {
    [Imm.NONE]: [],
    [Imm.MEMARG]: [0, 0],
    [Imm.I32]: [0],
    [Imm.I64]: [0],
    [Imm.F32]: [0, 0, 0, 0],
    [Imm.F64]: Array<number>(8).fill(0),
    [Imm.MEMORY]: [0],
    [Imm.MEMORY_INIT]: [0, 0],
    [Imm.DATA]: [0],
    [Imm.MEMORY_COPY]: [0, 0],
    [Imm.TABLE_INIT]: [0, 0],
    [Imm.ELEM]: [0],
    [Imm.TABLE_COPY]: [0, 0],
    [Imm.MEMARG_LANE]: [0, 0, 0],
    [Imm.LANE]: [0],
    [Imm.V128]: Array<number>(16).fill(0),
    [Imm.SHUFFLE]: Array<number>(16).fill(0),
    [Imm.FENCE]: [0],
  };
  const immediates = (op: number): number[] =>
    OP_IMM[op] === Imm.ATOMIC ? [OP_N[op], 0] : IMMEDIATES[OP_IMM[op] as Imm]!;
  const TYPES = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b];
  const encode = (op: number): number[] => {
    if (op < 0x100) return [op];
    return op < 0x200
      ? [0xfc, ...leb(op & 0xff)]
      : op < 0x400
        ? [0xfd, ...leb(op - 0x200)]
        : [0xfe, ...leb(op - 0x400)];
  };
  // Node 20 has relaxed SIMD behind a flag; later ones have it, and no flag.
  if (Number.parseInt(process.versions.v8) < 12) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const env = {
    beforeCode: [section(4, 1, 0x70, 0, 1), section(5, 1, 0, 1), section(9, 1, 1, 0, 0), section(12, 1)],
    afterCode: [section(11, 1, 1, 0)],
  };
  /** A function (params → results) whose body is the operator on its parameters. */
  const around = (op: number, params: number[], results: number[]): Uint8Array =>
    functionModule(
      params,
      results,
      [0, ...params.flatMap((_, i) => [0x20, i]), ...encode(op), ...immediates(op), 0x0b],
      env,
    );
  const both = (bytes: Uint8Array): boolean => {
    // With all proposals that there are rows for.
    const ours = verdict(bytes, -1) === 'valid';
    expect(ours).toBe(WebAssembly.validate(bytes as BufferSource));
    return ours;
  };

  it('has its signature, as V8 does', () => {
    let rows = 0;
    for (let op = 0; op < OP_COUNT; op++) {
      if (OP_IMM[op] === Imm.SPECIAL || OP_IMM[op] === Imm.ILLEGAL) continue;
      rows++;
      const params = [...OP_POP.subarray(4 * op, 4 * op + OP_POPS[op])];
      const results = OP_PUSH[op] ? [OP_PUSH[op]] : [];
      expect(both(around(op, params, results)), opName(op)).toBe(true);
      for (let i = 0; i < params.length; i++) {
        for (const t of TYPES)
          if (t !== params[i]) expect(both(around(op, params.with(i, t), results)), opName(op)).toBe(false);
        expect(both(around(op, params.toSpliced(i, 1), results)), opName(op)).toBe(false);
      }
      if (results.length > 0)
        for (const t of TYPES) if (t !== results[0]) expect(both(around(op, params, [t])), opName(op)).toBe(false);
      expect(both(around(op, params, [...results, 0x7f])), opName(op)).toBe(false);
    }
    expect(rows).toBeGreaterThan(390);
  });

  it('has the name that wabt prints', () => {
    for (let op = 0; op < OP_COUNT; op++) {
      if (OP_IMM[op] === Imm.SPECIAL || OP_IMM[op] === Imm.ILLEGAL) continue;
      const params = [...OP_POP.subarray(4 * op, 4 * op + OP_POPS[op])];
      const parsed = wabt.readWasm(around(op, params, OP_PUSH[op] ? [OP_PUSH[op]] : []), {
        simd: true,
        bulk_memory: true,
        reference_types: true,
        sat_float_to_int: true,
        sign_extension: true,
        relaxed_simd: true,
        threads: true,
      });
      const text = parsed.toText({});
      parsed.destroy();
      const lines = text
        .slice(text.indexOf('(func'))
        .split('\n')
        .map((l) => l.trim().split(/[ )]/)[0]);
      expect(lines).toContain(opName(op));
    }
  });

  it('every other opcode is illegal', () => {
    for (let op = 0; op < OP_COUNT; op++) {
      if (OP_IMM[op] !== Imm.ILLEGAL || (op >= 0xfb && op <= 0xfe)) continue;
      expect(verdict(functionModule([], [], [0, ...encode(op), 0, 0x0b])), opName(op)).toMatch(/^illegal opcode/);
    }
    // Beyond the proposals, and where numbers of one prefix would be those of another.
    for (const [prefix, sub] of [
      [0xfb, 31],
      [0xfc, 0x100],
      [0xfd, 0x200],
      [0xfe, 0x100],
    ])
      expect(verdict(functionModule([], [], [0, prefix, ...leb(sub), 0x0b]))).toBe(
        `illegal opcode 0x${prefix.toString(16)} ${sub} @+23 (function 0)`,
      );
  });
});

describe('messages', () => {
  it('place: byte offset and function index with imports', () => {
    const bytes = wat(
      '(module (import "a" "b" (func)) (func) (func (result i32) (i32.add (i32.const 1) (f32.const 0))))',
    );
    expect(verdict(bytes)).toBe(
      `type mismatch: i32.add expects i32, found f32 @+${bytes.indexOf(0x6a, bytes.length - 5)} (function 2)`,
    );
  });
  it.each([
    ['(func (result i32))', 'type mismatch: end expects i32, found an empty stack'],
    ['(func (i32.const 1))', "type mismatch: 1 more values on the stack than the block's results"],
    ['(func (drop))', 'type mismatch: drop expects any type, found an empty stack'],
    ['(func (local.get 0))', 'unknown local 0'],
    ['(func (param i64) (i32.eqz (local.get 0)) drop)', 'type mismatch: i32.eqz expects i32, found i64'],
    ['(func (br 1))', 'unknown label 1'],
    ['(func (call 9))', 'unknown function 9'],
    ['(func (global.set $c (i32.const 1)))', 'global is immutable'],
    [
      '(func (result i32) (if (i32.const 1) (then)) (i32.const 0) (if (result i32) (i32.const 1) (then (i32.const 1))))',
      'type mismatch: if without else must have results equal to its parameters',
    ],
    [
      '(func (result funcref) (select (ref.null func) (ref.null func) (i32.const 0)))',
      'type mismatch: select without a type takes numbers and vectors only',
    ],
    [
      '(func (drop (select (i32.const 1) (i64.const 1) (i32.const 0))))',
      'type mismatch: select expects i64, found i32',
    ],
    [
      '(func (block (result i32) (block (br_table 0 1 (i32.const 0))) (i32.const 1)) drop)',
      'type mismatch: br_table targets with different numbers of operands',
    ],
    ['(func $f) (func (drop (ref.func $f)))', 'undeclared function reference 0'],
    ['(func (call_indirect $x (i32.const 0)))', 'type mismatch: call_indirect needs a table of funcref'],
    ['(func (table.copy $t $x (i32.const 0) (i32.const 0) (i32.const 0)))', 'type mismatch: tables of different types'],
    ['(func (drop (ref.is_null (i32.const 0))))', 'type mismatch: ref.is_null expects a reference, found i32'],
    ['(func (drop (i32.load align=8 (i32.const 0))))', 'alignment must not be larger than natural'],
  ])('%s', (body, message) => expect(reason(body)).toBe(message));

  it('body structure', () => {
    expect(verdict(functionModule([], [], [0]))).toBe('unexpected end @+23 (function 0)');
    expect(verdict(functionModule([], [], []))).toBe('unexpected end @+22 (function 0)');
    expect(verdict(functionModule([], [], [0, 0x0b, 0x01]))).toBe(
      'operators after the end of the function @+24 (function 0)',
    );
    expect(verdict(functionModule([], [], [0, 0x05, 0x0b]))).toBe('else without if @+23 (function 0)');
    expect(verdict(functionModule([], [], [0, 0x3f, 1, 0x1a, 0x0b]))).toBe('unknown memory 1 @+23 (function 0)');
    // A block type is one byte, or a type index; negative numbers of two bytes are neither.
    expect(verdict(functionModule([], [], [0, 0x02, 0xc0, 0x7f, 0x0b, 0x0b]))).toBe(
      'malformed value type @+24 (function 0)',
    );
    expect(verdict(functionModule([], [], [0, 0x0b], { beforeCode: [section(5, 1, 0, 1)] }))).toBe('valid');
    expect(
      verdict(
        functionModule([], [], [0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0x0b], {
          beforeCode: [section(5, 1, 0, 1)],
          afterCode: [section(11, 1, 1, 0)],
        }),
      ),
    ).toMatch(/^data count section required/);
  });
});

describe('unreachable code', () => {
  it.each([
    ['(func (result i32) unreachable i32.add)', 'valid'],
    ['(func (result i32) unreachable (i64.const 1) i32.add)', 'type mismatch: i32.add expects i32, found i64'],
    ['(func (result f32) unreachable select)', 'valid'],
    ['(func (result f32) unreachable (f32.const 1) (i32.const 0) select)', 'valid'],
    ['(func (result f32) unreachable (i32.const 1) (i32.const 0) select)', 'type mismatch: end expects f32, found i32'],
    [
      '(func (result funcref) unreachable (ref.null func) (i32.const 0) select)',
      'type mismatch: select without a type takes numbers and vectors only',
    ],
    [
      '(func (block (result f64) (block (result f32) unreachable (br_table 0 1 1 (i32.const 1))) drop (f64.const 0)) drop)',
      'valid',
    ],
    ['(func (result i64) (block (result i32) unreachable (br_if 0)) drop unreachable)', 'valid'],
    [
      '(func (block (result i32) (br_if 0 (i32.const 0)) (i64.eqz)) drop)',
      'type mismatch: br_if expects i32, found an empty stack',
    ],
    // br_if gives unknown operands the types of its label.
    [
      '(func (block (result i32) unreachable (br_if 0 (i32.const 0)) (i64.eqz)) drop)',
      'type mismatch: i64.eqz expects i64, found i32',
    ],
    ['(func (return) (block) (i32.add) (drop))', 'valid'],
    ['(func (block (br 0) (i32.const 1)))', "type mismatch: 1 more values on the stack than the block's results"],
    ['(func (unreachable) (ref.is_null) (drop))', 'valid'],
    // The second arm starts reachable, also after a block inside it.
    [
      '(func (if (i32.const 1) (then unreachable) (else (block) (drop))))',
      'type mismatch: drop expects any type, found an empty stack',
    ],
    [
      '(func (if (i32.const 1) (then unreachable) (else (drop))))',
      'type mismatch: drop expects any type, found an empty stack',
    ],
  ])('%s', (body, message) => expect(reason(body)).toBe(message));
});

describe('facts', () => {
  const tables = '(table $a 1 funcref) (table $b 1 funcref) (table $c 1 funcref)';
  const touched = (body: string): number[] => [
    ...validateModule(
      decodeModule(
        wat(`(module ${tables} (type $v (func)) (elem $e funcref) (elem (table $c) (i32.const 0) func) ${body})`),
      ),
    ).mutatedTables,
  ];
  it.each([
    ['(func (call_indirect $a (type $v) (i32.const 0)) (drop (table.size $b)))', [0, 0, 0]],
    ['(func (drop (table.get $b (i32.const 0))))', [0, 1, 0]],
    ['(func (table.set $a (i32.const 0) (ref.null func)))', [1, 0, 0]],
    ['(func (drop (table.grow $c (ref.null func) (i32.const 0))))', [0, 0, 1]],
    ['(func (table.fill $c (i32.const 0) (ref.null func) (i32.const 0)))', [0, 0, 1]],
    ['(func (table.copy $a $c (i32.const 0) (i32.const 0) (i32.const 0)))', [1, 0, 1]],
    ['(func) (func (table.init $b $e (i32.const 0) (i32.const 0) (i32.const 0)))', [0, 1, 0]],
  ])('%s', (body, expected) => expect(touched(body)).toEqual(expected));

  it('ranges and single functions', () => {
    const m = decodeModule(
      wat('(module (table 1 funcref) (func) (func (drop (table.get 0 (i32.const 0)))) (func (result i32)))'),
    );
    expect([...validateRange(m, 0, 1).mutatedTables]).toEqual([0]);
    expect([...validateRange(m, 0, 2).mutatedTables]).toEqual([1]);
    expect([...validateFunction(m, 1).mutatedTables]).toEqual([1]);
    expect(() => validateFunction(m, 2)).toThrow(/\(function 2\)$/);
  });
});

describe('extreme bodies', () => {
  it('a million nested blocks', () => {
    const n = 1_000_000;
    const body = new Uint8Array(1 + 3 * n + 1);
    for (let i = 0; i < n; i++) body.set([2, 0x40], 1 + 2 * i);
    body.fill(0x0b, 1 + 2 * n);
    expect(verdict(functionModule([], [], body))).toBe('valid');
  });

  it('operands without bound', () => {
    const calls = new Uint8Array(1 + 2 * 20_000 + 2);
    for (let i = 0; i < 20_000; i++) calls.set([0x10, 0], 1 + 2 * i);
    calls.set([0, 0x0b], 1 + 2 * 20_000);
    const bytes = moduleOf(
      section(1, 2, 0x60, 0, leb(1000), Array<number>(1000).fill(0x7f), 0x60, 0, 0),
      section(2, 1, string('a'), string('f'), 0, 0),
      section(3, 1, 1),
      section(10, 1, leb(calls.length), calls),
    );
    expect(verdict(bytes)).toMatch(/^more than 16777216 operands on the stack/);
  });
});

describe('a reference in another hierarchy', () => {
  const convert = (op: string, param: string, result: string, dead = ''): string =>
    verdict(
      newWat(`(module (func (param ${param}) (result ${result}) ${dead} ${dead === '' ? '(local.get 0)' : ''} ${op}))`),
    );

  it('is null only if it may be null', () => {
    for (const [op, from, to] of [
      ['any.convert_extern', 'extern', 'any'],
      ['extern.convert_any', 'any', 'extern'],
      ['extern.convert_any', 'struct', 'extern'],
      ['extern.convert_any', 'i31', 'extern'],
    ]) {
      expect(convert(op, `(ref ${from})`, `(ref ${to})`)).toBe('valid');
      expect(convert(op, `(ref null ${from})`, `(ref null ${to})`)).toBe('valid');
      expect(convert(op, `(ref null ${from})`, `(ref ${to})`)).toMatch(/type mismatch/);
      // Where it is of no type yet, it may be of any.
      expect(convert(op, 'i32', `(ref ${to})`, 'unreachable')).toBe('valid');
    }
    expect(convert('any.convert_extern', 'anyref', 'anyref')).toMatch(/type mismatch/);
    expect(convert('extern.convert_any', 'externref', 'externref')).toMatch(/type mismatch/);
  });
});
