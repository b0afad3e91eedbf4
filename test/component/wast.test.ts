/** `wamr-native wast`: scripts of the specification pass, and one that lies is told on, line by line. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floatBits, integerBits } from '../../src-ts/wast/numbers.js';
import { Workspace } from '../support/cli.js';
import { fetchSuite, ROOT } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';

const w = new Workspace();
/** The assembler comes with jco, which is installed with the TCGC workload. */
const env = { NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules') };

beforeAll(() => void ensureTcgc());
afterAll(() => w.remove());

describe('numbers of scripts', () => {
  it('are rounded once', () => {
    // Halfway between two f32 as an f64, and a little more than that.
    expect(floatBits('0x1.00000100000000001p-50', 32)).toBe(0x26800001n);
    expect(floatBits('0x1.000001p-50', 32)).toBe(0x26800000n);
    expect(floatBits('1.00000005960464477540', 32)).toBe(0x3f800001n);
    expect(floatBits('1e-46', 32)).toBe(0n);
    expect(floatBits('-0x1p-149', 32)).toBe(0x80000001n);
    expect(floatBits('340282356779733661637539395458142568447', 32)).toBe(0x7f7fffffn);
    expect(floatBits('340282356779733661637539395458142568448', 32)).toBe(0x7f800000n);
    expect(floatBits('nan:0x7f_ffff', 32)).toBe(0x7fffffffn);
    expect(floatBits('1e', 32)).toBeUndefined();
    expect(integerBits('-1', 8)).toBe(255n);
    expect(integerBits('256', 8)).toBeUndefined();
  });

  it('are those of JavaScript where that rounds them', () => {
    const bits = (x: number): bigint => new BigUint64Array(Float64Array.of(x).buffer)[0];
    for (const text of [
      '0.1',
      '123456789.123456789',
      '5e-324',
      '2.2250738585072011e-308',
      '1.7976931348623157e308',
      '1e999',
    ])
      expect(floatBits(text, 64)).toBe(bits(Number(text)));
  });
});

describe('scripts', () => {
  // Edition 2.0 has scripts that ask for what 3.0 has no longer, such as one memory at most.
  const named = (name: string): string =>
    fetchSuite()
      .filter((folder) => !folder.endsWith('wasm-v2'))
      .map((folder) => path.join(folder, name))
      .find((file) => fs.existsSync(file))!;

  it('of the specification pass', () => {
    const names = [
      'f32',
      'const',
      'call_indirect',
      'imports',
      'exports',
      'float_literals',
      'try_table',
      'comments',
      'token',
      'trap',
    ];
    const files = names.map((name) => named(`${name}.wast`)).filter((file) => file !== undefined);
    expect(files.length).toBeGreaterThan(7);
    const r = w.run(['wast', ...files], { env });
    expect(r.err).toBe('');
    expect(r.code).toBe(0);
    const counts = [...r.out.matchAll(/: ([\d,]+) commands passed$/gm)].map((m) => Number(m[1].replaceAll(',', '')));
    expect(counts).toHaveLength(files.length);
    expect(Math.min(...counts)).toBeGreaterThan(3);
  });

  it('that are wrong fail, each with its line', () => {
    w.write(
      'wrong.wast',
      `(module $m
  (func (export "f") (param f32) (result f32) (f32.add (local.get 0) (f32.const 1)))
  (func (export "v") (result v128) (v128.const i32x4 1 2 3 4))
  (func (export "trap") (unreachable))
  (func (export "null") (result exnref) (ref.null exn))
  (global (export "g") (mut v128) (v128.const i64x2 1 2)))
(assert_return (invoke "f" (f32.const 1)) (f32.const 2)) (; block (; in ;) block ;)
(assert_return (invoke "f" (f32.const 1)) (f32.const 3))
(assert_return (invoke "f" (f32.const nan:0x200000)) (f32.const nan:arithmetic))
(assert_return (invoke $m "v") (v128.const i8x16 1 0 0 0 2 0 0 0 3 0 0 0 4 0 0 0))
(assert_return (invoke "v") (v128.const i32x4 1 2 3 5))
(assert_return (get "g") (v128.const i64x2 1 2))
(assert_return (get $m "g") (v128.const i64x2 1 3))
(assert_return (invoke "null") (ref.null exn))
(assert_trap (invoke "trap") "unreachable")
(assert_trap (invoke "trap") "integer overflow")
(assert_trap (invoke "f" (f32.const 0)) "unreachable")
(assert_return (invoke "nothing"))
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module (func)) "type mismatch")
(assert_malformed (module quote "(func") "unexpected end")
(assert_malformed (module binary "\\00asm\\01\\00\\00\\00") "magic")
(assert_unlinkable (module (import "no" "thing" (func))) "unknown import")
(register "m" $m)
(module (import "m" "trap" (func)))
(assert_trap (module (import "m" "trap" (func $t)) (start $t)) "unreachable")
(module
  (func (call $missing)))
(thread $t (register "m"))
`,
    );
    const r = w.run(['wast', 'wrong.wast'], { env });
    expect(r.err.trimEnd().split('\n')).toEqual([
      'wrong.wast:8: assert_return "f": got (f32.const 2 0x40000000), not (f32.const 3 0x40400000)',
      expect.stringMatching(/^wrong\.wast:11: assert_return "v": got \(v128 0x00000001 .*4\), not \(v128 .*5\)$/),
      expect.stringMatching(/^wrong\.wast:13: assert_return "g": got/),
      'wrong.wast:16: assert_trap "trap": RuntimeError: unreachable, not trap "integer overflow"',
      'wrong.wast:17: assert_trap "f": nothing happened, not trap "unreachable"',
      'wrong.wast:18: assert_return "nothing": the module has no such function',
      'wrong.wast:20: assert_invalid: nothing happened, not "type mismatch"',
      'wrong.wast:22: assert_malformed: nothing happened, not "magic"',
      expect.stringMatching(/^wrong\.wast:23: assert_unlinkable: TypeError: /),
      expect.stringMatching(/^wrong\.wast:27: module: text: wrong\.wast:28:15: unknown func/),
      'wrong.wast:29: thread: this runner does not know the command',
    ]);
    expect(r.code).toBe(1);
    expect(r.out).toBe('wrong.wast: 12 commands passed, 11 failed\n');
  });

  it('that are none are told where', () => {
    w.write('open.wast', '(module)\n(assert_return (invoke "f")');
    expect(w.run(['wast', 'open.wast'], { env })).toMatchObject({
      code: 1,
      err: 'open.wast:2: a parenthesis is not closed\n',
    });
  });
});
