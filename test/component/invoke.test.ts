/**
 * `run --invoke` of components. Calls and answers are those of Wasmtime 49 where nothing else is said: what it prints for
 * the same component.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import path from 'node:path';
import fs from 'node:fs';
import { exportedFunctions } from '../../src-ts/component/exports.js';
import { signature, type WitFunction } from '../../src-ts/component/wit.js';
import { formatValue, parseCall } from '../../src-ts/component/wave.js';
import { Workspace } from '../support/cli.js';
import { ROOT, runWasmTools } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';
import { WAVE_COMPONENT } from '../support/wave-component.js';

const w = new Workspace();
const env = { NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules') };

beforeAll(() => {
  ensureTcgc();
  w.write('wave.wat', WAVE_COMPONENT);
  runWasmTools(['parse', w.path('wave.wat'), '-o', w.path('wave.component.wasm')]);
});
afterAll(() => w.remove());

/** Call → what is printed. */
const ANSWERS: readonly [call: string, answer: string][] = [
  ['add(1, 2)', '3'],
  ['add (1,2)', '3'],
  ['add(-1, // one\n 2)', '1'],
  ['plus-one(1,2)', '3'],
  ['math.add(1,2)', '3'],
  ['nothing()', '()'],
  ['an-s8(-128)', '-128'],
  ['an-u8(255)', '255'],
  ['an-u64(18446744073709551615)', '18446744073709551615'],
  ['an-s64(-9223372036854775808)', '-9223372036854775808'],
  ['an-f32(0.1)', '0.1'],
  ['an-f32(1e10)', '10000000000'],
  ['an-f32(nan)', 'nan'],
  ['an-f32(-inf)', '-inf'],
  ['an-f64(-0.0)', '-0'],
  ['an-f64(3)', '3'],
  ['an-f64(1.5e-7)', '0.00000015'],
  ['an-f64(1e22)', '10000000000000000000000'],
  ['boolean(true)', 'true'],
  ["letter('\\u{41}')", "'A'"],
  ["letter('\"')", "'\\\"'"],
  [`text("it's \\"q\\" \\\\ \\t\\u{feff}\\u{200b}e\\u{301}")`, '"it\\\'s \\"q\\" \\\\ \\t\\u{feff}\\u{200b}e\\u{301}"'],
  ['text("\\u{1F600}\\u{a0}\\u{e000}")', '"😀\\u{a0}\\u{e000}"'],
  ['text("""\n  a\n   b\n  """)', '"a\\n b"'],
  ['bytes([])', '[]'],
  ['bytes([1, 255])', '[1, 255]'],
  ['longs([1,-2])', '[1, -2]'],
  ['floats([1.5, nan])', '[1.5, nan]'],
  ['texts(["a", "b"])', '["a", "b"]'],
  ['nested([(1,"a"),])', '[(1, "a")]'],
  ['records([{id: 1, full-name: "x"}])', '[{id: 1, full-name: "x"}]'],
  ['results([1, ok(2), err("x")])', '[ok(1), ok(2), err("x")]'],
  ['options([none, some(some(1)), some(none)])', '[none, some(some(1)), some(none)]'],
  ['pair((1, true))', '(1, true)'],
  ['maybe("x")', 'some("x")'],
  ['maybe(none)', 'none'],
  ['maybe-maybe(some(none))', 'some(none)'],
  ['outcome(3)', 'ok(3)'],
  ['outcome(err(3))', 'err(3)'],
  ['verdict(ok)', 'ok'],
  ['verdict(err)', 'err'],
  ['the-enum(%true)', '%true'],
  ['the-enum(north-east)', 'north-east'],
  ['the-flags({})', '{}'],
  ['the-flags({write-all, read})', '{read, write-all}'],
  ['the-variant(%none)', '%none'],
  ['the-variant(number(3))', 'number(3)'],
  ["the-variant(letter('x'))", "letter('x')"],
  ['the-record({full-name: "é\\u{7}x", id: 3, small: 4})', '{id: 3, full-name: "é\\u{7}x", small: some(4)}'],
  ['the-record({id: 1, full-name: "a\\nb", small: none})', '{id: 1, full-name: "a\\nb"}'],
  // Wasmtime leaves no option out.
  ['maybe()', 'none'],
];

/** Call → what is wrong with it, with the place. Wasmtime refuses all of them. */
const REFUSED: readonly [call: string, error: string][] = [
  ['add(1,2', "add(1,2: character 8: ',' or ')' is missing (add is (a: s32, b: s32) -> s32)"],
  ['add(1, x)', "character 8: 'x' where s32 should be"],
  ['add(1)', 'character 7: the argument b: s32 is missing'],
  ['add(1, 2, 3)', 'character 11: add takes 2 arguments'],
  ['add(1, 2) x', "character 11: 'x' where the end should be"],
  ['add(3000000000, 1)', 'character 5: 3000000000 is out of the range of s32'],
  ['add(01, 2)', "character 6: ',' or ')' is missing"],
  ['add(0x10, 2)', "character 6: ',' or ')' is missing"],
  ['an-u8(-1)', '-1 is out of the range of u8'],
  ['an-u8(1.5)', "'1.5' where u8 should be"],
  ['an-f64(.5)', "'.5' where f64 should be"],
  ['text(x)', "'x' where string should be"],
  ['text("x', 'character 6: the string does not end'],
  ['text("\\q")', 'character 7: no such escape'],
  ["letter('ab')", 'a char is one character in single quotes'],
  ['maybe-maybe(3)', "'3' where option<option<u8>> should be"],
  ['the-enum(west)', "'west' where enum { south, true, north-east } should be"],
  ['the-enum("south")', "'\"' where enum"],
  ['the-flags({read, dance})', "'dance' where flags"],
  ['the-record({id: 1})', 'character 12: the field full-name: string is missing'],
  ['the-record({id: 1, id: 2, full-name: ""})', 'character 20: the field id is there twice'],
  ['the-record({name: 1})', "character 13: there is no field 'name'; there are id, full-name, small"],
  ['pair((1))', 'the tuple has 2 elements, not 1'],
  ['pair((1, true, 2))', 'the tuple has 2 elements'],
  ['the-variant(number)', 'where a u32 in parentheses should be'],
];

describe('text of values', () => {
  const functions = (): Map<string, WitFunction> =>
    new Map(exportedFunctions(fs.readFileSync(w.path('wave.component.wasm'))).map((f) => [f.name, f]));

  it('comes back as it was read', () => {
    const known = functions();
    for (const [call, answer] of ANSWERS) {
      const f = known.get(/[\w-]+(?=\s*\()/.exec(call)![0])!;
      if (f.params.length !== 1) continue;
      expect(formatValue(f.params[0][1], parseCall(call, f)[0]), call).toBe(answer);
    }
  });

  it('is refused with the place', () => {
    const known = functions();
    for (const [call, error] of REFUSED) {
      const f = known.get(/^[\w-]+/.exec(call)![0])!;
      let message = '';
      try {
        parseCall(call, f);
      } catch (e) {
        message = `${call}: ${(e as Error).message} (${f.name} is ${signature(f)})`;
      }
      expect(message).toContain(error);
    }
  });
});

describe('types of exports', () => {
  const typesOf = (text: string): string[] => {
    runWasmTools(['parse', w.write('types.wat', text), '-o', w.path('types.wasm')]);
    return exportedFunctions(fs.readFileSync(w.path('types.wasm'))).map(
      (f) => `${f.interface ?? ''} ${f.name}${signature(f)}`,
    );
  };

  it('are read through nested components, aliases and types of other interfaces', () => {
    expect(
      typesOf(`(component
        (type $types (instance
          (type $point' (record (field "x" f32) (field "y" f32)))
          (export "point" (type $point (eq $point')))
          (export "blob" (type (sub resource)))))
        (import "my:pkg/types@1.0.0" (instance $t (type $types)))
        (alias export $t "point" (type $point))
        (alias export $t "blob" (type $blob))
        (core module $m (func (export "f") (param f32 f32)) (func (export "g") (param i32)))
        (core instance $i (instantiate $m))
        (func $f (param "a" $point) (canon lift (core func $i "f")))
        (func $g (param "b" (own $blob)) (canon lift (core func $i "g")))
        (component $shim
          (type $r (record (field "x" f32) (field "y" f32)))
          (import "import-type-point" (type $p' (eq $r)))
          (import "import-func-take" (func $take (param "a" $p')))
          (export $p "point" (type $p'))
          (export "take" (func $take) (func (param "a" $p))))
        (instance $calls (instantiate $shim
          (with "import-type-point" (type $point))
          (with "import-func-take" (func $f))))
        (export "my:pkg/calls@1.0.0" (instance $calls))
        (export "give" (func $g)))`),
    ).toEqual(['my:pkg/calls@1.0.0 take(a: record { x: f32, y: f32 })', ' give(b: blob)']);
  });

  it('say where they cannot be read', () => {
    const whole = fs.readFileSync(w.path('wave.component.wasm'));
    expect(() => exportedFunctions(whole.subarray(0, whole.length - 30))).toThrow(/@\+\d+/);
  });
});

describe('run --invoke', () => {
  it('prints what Wasmtime prints', () => {
    // One process each: those where jco's glue has a say.
    const chosen =
      /^(add\(1, 2|math|nothing|an-u64|an-f32\(0|text\("it|floats|nested|records|results|options|maybe|outcome|verdict|the-)/;
    for (const [call, answer] of ANSWERS.filter(([call]) => chosen.test(call)))
      expect(w.run(['run', '--invoke', call, 'wave.component.wasm'], { env }), call).toEqual({
        code: 0,
        signal: null,
        out: `${answer}\n`,
        err: '',
      });
  });

  it('of a compiled component, without the tools', () => {
    expect(w.run(['compile', 'wave.component.wasm', '-o', 'wave'], { env }).code).toBe(0);
    expect(w.run(['run', '--invoke', 'my:own/math@1.2.0#add(40, 2)', 'wave'])).toMatchObject({ out: '42\n', err: '' });
    expect(w.run(['run', '--invoke', 'trap()', 'wave'])).toMatchObject({
      code: 134,
      err: expect.stringMatching(/^trap: unreachable\n/),
    });
  });

  it('refuses in one line, before anything runs', () => {
    const refused = (args: string[], message: string): void =>
      expect(w.run(['run', ...args], { env })).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringMatching(new RegExp(`^error: [^\n]*${message}[^\n]*\n$`)),
      });
    refused(['--invoke', 'add(1, x)', 'wave.component.wasm'], 'character 8');
    refused(['--invoke', 'nope(1)', 'wave.component.wasm'], "exports no function 'nope'; it exports .*add");
    refused(['--invoke', 'add', 'wave.component.wasm', '1', '2'], "--invoke 'add\\(1, 2\\)'");
    refused(['--preload', 'a=b.wasm', 'wave.component.wasm'], '--preload is for core modules');
    refused(['--unknown-imports', 'zero', 'wave.component.wasm'], 'use trap');
  });
});
