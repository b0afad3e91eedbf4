/**
 * Code compiled with a profile: what is inlined traps as if it were called, guarded indirect calls keep every trap, and
 * a profile that does not fit changes nothing.
 */
import { describe, expect, it } from 'vitest';
import { bytesSource, readArtefact, Section } from '../../src-ts/aot/format.js';
import { type CompileOptions, compileSync, Instance, Module, parseProfile } from '../../src-ts/index.js';
import { wamr } from '../support/built.js';
import { hotProfile, madeUpProfile } from '../support/made-up-profile.js';
import { placesInV8, thrownBy } from '../support/thrown.js';
import { inOurWords } from '../support/v8-words.js';
import { wat } from '../support/wat.js';

const load = (bytes: Uint8Array, options: CompileOptions): Record<string, any> =>
  new Instance(new Module(compileSync(bytes, { verify: true, ...options }))).exports;
const inV8 = (bytes: Uint8Array): Record<string, any> =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports;
const inlinedRows = (code: Uint8Array): number =>
  readArtefact(bytesSource(code), null).read(Section.INLINED).length / 12;

const places = (e: any): string[] => e.frames.map((f: any) => `${f.func}:0x${f.offset.toString(16)}`);

describe('inlined bodies', () => {
  const bytes = wat(`(module (memory 1)
    (func $leaf (param $x i32) (result i32) (local $t i32)
      (if (i32.eq (local.get $x) (i32.const 7)) (then (return (i32.const 70))))
      (local.set $t (i32.load (i32.mul (local.get $x) (i32.const 4096))))
      (i32.add (local.get $t) (i32.div_u (i32.const 100) (local.get $x))))
    (func $middle (param $x i32) (param $y i32) (result i32 i32)
      (block $b (br_if $b (i32.eqz (local.get $y))) (return (call $leaf (local.get $y)) (local.get $x)))
      (call $leaf (local.get $x)) (i32.const 5))
    (func $spin (param $n i32) (result i32) (local $s i32)
      (loop $l (local.set $s (i32.add (local.get $s) (local.get $n))) (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $s))
    (func (export "top") (param $x i32) (param $y i32) (result i32) (local $a i32) (local $b i32)
      (loop $l
        (local.set $a (i32.add (local.get $a) (i32.sub (call $middle (local.get $x) (local.get $y)))))
        (local.set $a (i32.add (local.get $a) (call $spin (i32.add (local.get $b) (i32.const 1)))))
        (br_if $l (i32.lt_u (local.tee $b (i32.add (local.get $b) (i32.const 1))) (i32.const 3))))
      (local.get $a)))`);
  const v8 = inV8(bytes);

  it.each([['guard'], ['explicit']] as const)('give the results and the traps of calls (%s)', (bounds) => {
    const code = compileSync(bytes, { profile: hotProfile(bytes), bounds, verify: true });
    expect(inlinedRows(code)).toBeGreaterThan(4);
    const { top } = new Instance(new Module(code)).exports as Record<string, any>;
    for (const [x, y] of [
      [1, 0],
      [7, 0],
      [3, 7],
      [2, 5],
    ])
      expect(top(x, y)).toBe(v8.top(x, y));
    for (const [x, y] of [
      [0, 0],
      [3, 17],
      [100, 0],
      [-1, 0],
    ]) {
      const [ours, theirs] = [thrownBy(() => top(x, y)), thrownBy(() => v8.top(x, y))];
      expect(ours.message).toBe(theirs.message);
      // Every body that is open, though one function's code runs.
      expect(places(ours)).toEqual(placesInV8(theirs.stack));
      expect(places(ours).length).toBe(3);
    }
  });

  it('are left out by name', () =>
    expect(inlinedRows(compileSync(bytes, { profile: hotProfile(bytes), disable: ['inlining'] }))).toBe(0));

  it('are nowhere without a profile', () => expect(inlinedRows(compileSync(bytes))).toBe(0));

  it('are long where the part that is executed is short', () => {
    const rare = '(i32.store (local.get $x) (i32.add (i32.load (local.get $x)) (i32.const 1000)))'.repeat(170);
    const long = wat(`(module (memory 1)
      (func $f (param $x i32) (result i32) (if (i32.lt_s (local.get $x) (i32.const 0)) (then ${rare})) (i32.load (local.get $x)))
      (func (export "g") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))`);
    const profile = hotProfile(long);
    // All of it was executed: too much.
    expect(inlinedRows(compileSync(long, { profile }))).toBe(0);
    const f = Object.values(profile.functions).find(({ blocks }) => blocks.length > 1)!;
    f.blocks[1][1] = 0;
    expect(inlinedRows(compileSync(long, { profile, verify: true }))).toBeGreaterThan(100);
    const { g } = load(long, { profile });
    const v8g = inV8(long).g;
    for (const x of [0, 8, 65532]) expect(g(x)).toBe(v8g(x));
    for (const x of [65533, -5]) expect(thrownBy(() => g(x)).message).toBe(thrownBy(() => v8g(x)).message);
    // Of a function that the profile does not know, nothing is rare.
    delete profile.functions[Object.entries(profile.functions).find(([, x]) => x === f)![0]];
    expect(inlinedRows(compileSync(long, { profile }))).toBe(0);
  });

  it('end where a function calls itself', () => {
    const loops =
      wat(`(module (func $a (export "a") (param i32) (result i32) (if (result i32) (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 9))))
      (func $b (param i32) (result i32) (call $a (local.get 0))))`);
    expect(load(loops, { profile: hotProfile(loops) }).a(1000)).toBe(9);
  });
});

describe('indirect calls with a likely target', () => {
  const bytes = wat(`(module (table 6 funcref) (type $t (func (param i32) (result i32)))
    (elem (i32.const 0) $zero $one $two) (elem (i32.const 5) $other)
    (func $zero (type $t) (i32.const 100)) (func $one (type $t) (i32.add (local.get 0) (i32.const 1))) (func $two (type $t) (i32.div_u (i32.const 8) (local.get 0)))
    (func $other (param i64) (result i64) (local.get 0))
    (func (export "f") (param $i i32) (param $x i32) (result i32) (i32.add (i32.const 1000) (call_indirect (type $t) (local.get $x) (local.get $i)))))`);
  const v8 = inV8(bytes);
  const plain = compileSync(bytes);

  // Element 1 is right, 5 has another type, 3 is null, 9 does not exist: nobody can rely on those.
  it.each([0, 1, 2, 3, 5, 9])('element %i', (element) => {
    const profile = hotProfile(bytes, element);
    const { f } = load(bytes, { profile });
    for (const i of [0, 1, 2]) expect(f(i, 4)).toBe(v8.f(i, 4));
    for (const [i, x] of [
      [3, 1],
      [4, 1],
      [5, 1],
      [6, 1],
      [-1, 1],
      [2, 0],
    ]) {
      const [ours, theirs] = [thrownBy(() => f(i, x)), thrownBy(() => v8.f(i, x))];
      expect(ours.message).toBe(inOurWords(theirs.message));
      expect(places(ours)).toEqual(placesInV8(theirs.stack));
    }
    const guarded =
      compileSync(bytes, { profile, disable: ['inlining'] }).length !== plain.length ||
      Buffer.compare(
        compileSync(bytes, { profile }),
        compileSync(bytes, { profile, disable: ['devirtualisation'] }),
      ) !== 0;
    expect(guarded).toBe(element <= 2);
  });
});

describe('a profile', () => {
  const bytes = wat(
    `(module (func $a (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))) (func $b (export "b") (param i32) (result i32) (call $a (call $a (local.get 0)))))`,
  );
  const other = wat(`(module (func (export "c") (result i32) (i32.const 5)))`);

  it('of another module changes nothing', () => {
    expect(Buffer.compare(compileSync(bytes, { profile: hotProfile(other) }), compileSync(bytes))).toBe(0);
  });

  it('gives the bytes of its own options while another compilation runs', async () => {
    const many = wat(
      `(module ${Array.from({ length: 14_000 }, (_, k) => `(func (export "f${k}") (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const ${100000 + k})) (i32.xor (local.get 0) (i32.const ${200000 + k}))))`).join('')})`,
    );
    const profile = hotProfile(many);
    Object.values(profile.functions).forEach((f, k) => f.blocks.forEach((b) => (b[1] = k)));
    const options = { profile, disable: ['function-order' as const] };
    // On workers: the linker runs when the other has begun.
    const [code] = await Promise.all([wamr.compile(many, options), wamr.compile(bytes)]);
    expect(Buffer.compare(code, wamr.compileSync(many, options))).toBe(0);
    expect(Buffer.compare(code, wamr.compileSync(many, { profile }))).not.toBe(0);
  }, 60_000);

  it('gives the same bytes every time', () => {
    const profile = madeUpProfile(bytes, 7);
    expect(Buffer.compare(compileSync(bytes, { profile }), compileSync(bytes, { profile }))).toBe(0);
  });

  it('puts hot functions side by side', () => {
    const many = wat(
      `(module ${Array.from({ length: 20 }, (_, k) => `(func (export "f${k}") (param i32) (result i32) (i32.add (local.get 0) (i32.const ${1000 + k})))`).join('')})`,
    );
    const profile = hotProfile(many);
    const [hot, ...cold] = Object.values(profile.functions);
    for (const f of cold) f.blocks.forEach((b) => (b[1] = 0));
    hot.name = 'hot';
    const starts = (code: Uint8Array): number[] => {
      const rows = readArtefact(bytesSource(code), null).read(Section.FUNCS);
      const dv = new DataView(rows.buffer, rows.byteOffset, rows.length);
      return Array.from({ length: rows.length / 16 }, (_, d) => dv.getUint32(16 * d, true));
    };
    expect(starts(compileSync(many, { profile })).filter((at) => at === 0)).toHaveLength(1);
    expect(starts(compileSync(many, { profile, disable: ['function-order'] }))).toEqual(
      [...starts(compileSync(many))].sort((x, y) => x - y),
    );
  });

  it.each([
    ['', /not JSON/],
    ['{}', /not a wamr-native profile/],
    ['null', /not a wamr-native profile/],
    [
      '{"format":"wamr-native profile","version":9,"functions":{}}',
      /version 9, this release reads 1; profile the program again/,
    ],
    ['{"format":"wamr-native profile","version":1}', /no functions/],
    ['{"format":"wamr-native profile","version":1,"functions":{"ab":{"calls":-1}}}', /function ab: no number of calls/],
    [
      '{"format":"wamr-native profile","version":1,"functions":{"ab":{"calls":1,"blocks":[[0]],"edges":[],"targets":[]}}}',
      /function ab: blocks must be a list of lists of 2 numbers/,
    ],
    [
      '{"format":"wamr-native profile","version":1,"functions":{"ab":{"calls":1,"blocks":[],"edges":[[1,2,1e300]],"targets":[]}}}',
      /function ab: edges must be a list of lists of 3 numbers/,
    ],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => parseProfile(text, 'app.prof')).toThrow(message);
    expect(thrownBy(() => parseProfile(text, 'app.prof'))).toMatchObject({
      name: 'ProfileError',
      code: 'ERR_WAMR_PROFILE',
    });
    if (text.startsWith('{')) expect(() => compileSync(bytes, { profile: JSON.parse(text) })).toThrow(message);
  });

  it('with places and elements that do not exist is harmless', () => {
    const profile = hotProfile(bytes);
    for (const f of Object.values(profile.functions)) {
      f.blocks = [
        [0xffffffff, 1],
        [3, 2],
        [1, 2 ** 53 - 1],
      ];
      f.edges = [[2 ** 40, 5, 7]];
      f.targets = [[0, 2 ** 33, 9]];
    }
    expect(load(bytes, { profile }).b(2)).toBe(18);
  });
});
