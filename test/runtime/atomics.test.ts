/**
 * Every atomic operator against V8: values and addresses of all kinds, the old value used and not, constants as
 * operands, shared and unshared memories, both bounds modes.
 */
import { describe, expect, test } from 'vitest';
import { ATOMIC_ROWS } from '../../src-ts/wasm/atomic-opcodes.js';
import { Imm } from '../../src-ts/wasm/opcodes.js';
import { wamr } from '../support/built.js';
import { thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';

const TYPE: Record<string, string> = { i: 'i32', I: 'i64' };
const ADDRESSES = [0, 8, 1, 2, 4, 65528, 65532, 65534, 65535, 65536, 65544, -8, 0x7ffffff8];
const VALUES: Record<string, (number | bigint)[]> = {
  i: [0, 1, -1, 0x12345678, -0x80000000, 0x11, 0x1111],
  I: [0n, 1n, -1n, 0x123456789abcdef0n, -(1n << 63n), 0x11n, 0x11111111n],
};

interface Shape {
  name: string;
  params: string[];
  /** Parameters that are constants instead. */
  constants: Map<number, string>;
  drop: boolean;
  text: string;
}

/** One function for each operator and shape of its operands. */
function shapes(): Shape[] {
  const all: Shape[] = [];
  for (const [, name, signature, imm, n] of ATOMIC_ROWS) {
    if (imm !== Imm.ATOMIC || /wait|notify/.test(name)) continue;
    const [params, result] = signature.split(':');
    for (const offset of [0, 1 << n!, 3])
      for (const constant of [-1, 0, 1])
        for (const drop of result === '' ? [false] : [false, true]) {
          if (constant >= params.length) continue;
          const constants = new Map([[constant, constant === 0 ? '16' : '-9']]);
          const operands = [...params].map((p, k) =>
            k === constant ? `(${TYPE[p]}.const ${constants.get(k)})` : `(local.get ${k})`,
          );
          const call = `(${name} offset=${offset} ${operands.join(' ')})`;
          const label = `${name} +${offset} ${constant}${drop ? ' dropped' : ''}`;
          all.push({
            name: label,
            params: [...params],
            constants,
            drop,
            text: `(func (export "${label}") ${[...params].map((p) => `(param ${TYPE[p]})`).join('')} ${
              result !== '' && !drop ? `(result ${TYPE[result]})` : ''
            } ${drop ? `(drop ${call})` : call})`,
          });
        }
  }
  return all;
}

type Outcome = { value?: unknown; error?: string };

function run(call: () => unknown): Outcome {
  try {
    return { value: call() };
  } catch (e) {
    return { error: (e as Error).message };
  }
}

/** Both say that the access cannot be made: which of two reasons V8 names depends on its version. */
const same = (a: Outcome, b: Outcome): boolean =>
  a.error === undefined || b.error === undefined
    ? a.error === b.error && a.value === b.value
    : a.error === b.error || (/unaligned|out of bounds/.test(a.error) && /unaligned|out of bounds/.test(b.error));

/** What stands where accesses are made. */
const bytesAt = (m: { buffer: ArrayBuffer }, at: number): Buffer => Buffer.from(m.buffer, at, 40);

const SHAPES = shapes();
describe.each(['guard', 'explicit'] as const)('%s bounds', (bounds) => {
  describe.each(['', 'shared'])('memory %s', (shared) => {
    test.each(['load', 'store', 'add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'])('%s', (kind) => {
      const some = SHAPES.filter((s) => s.name.includes(kind) && (kind !== 'xchg' || !s.name.includes('cmpxchg')));
      expect(some.length).toBeGreaterThan(20);
      const bytes = wat(`(module (memory (export "m") 1 2 ${shared}) ${some.map((s) => s.text).join('\n')})`);
      const ours = new wamr.Instance(new wamr.Module(wamr.compileSync(bytes, { bounds, verify: true }))).exports;
      const theirs = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as typeof ours;
      const wrong: string[] = [];
      for (const { name, params } of some)
        for (const address of ADDRESSES)
          for (const y of params.length > 1 ? VALUES[params[1]] : [0])
            for (const z of params.length > 2 ? VALUES[params[2]].slice(2, 5) : [0]) {
              for (const { m } of [ours, theirs]) {
                const words = new Int32Array(m.buffer as SharedArrayBuffer);
                for (const at of [0, 4, 16, 20, 65528, 65532]) words[at / 4] = 0x11111111;
              }
              const args = [address, y, z].slice(0, params.length);
              const a = run(() => ours[name](...args));
              const b = run(() => theirs[name](...args));
              const equal = [0, 65496].every((at) => bytesAt(ours.m, at).equals(bytesAt(theirs.m, at)));
              if (!same(a, b) || !equal)
                wrong.push(`${name} ${args}: ${JSON.stringify(a.error ?? String(a.value))}, V8 ${b.error ?? b.value}`);
            }
      expect(wrong.slice(0, 5)).toEqual([]);
    });
  });
});

test('traps say what is wrong, and where', () => {
  const { exports } = new wamr.Instance(
    new wamr.Module(
      wat(`(module (memory 1) (func (export "load") (param i32) (result i32) (i32.atomic.load (local.get 0)))
        (func (export "wait") (param i32) (result i32) (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1)))
        (func (export "notify") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const 1))))`),
    ),
  );
  const trapOf = (f: () => unknown): InstanceType<typeof wamr.Trap> => thrownBy(f) as InstanceType<typeof wamr.Trap>;
  expect(trapOf(() => exports.load(2))).toMatchObject({ kind: 'unaligned-atomic', trap: 'unaligned atomic' });
  expect(trapOf(() => exports.load(65536))).toMatchObject({ kind: 'memory-out-of-bounds', address: 65536 });
  expect(trapOf(() => exports.wait(0))).toMatchObject({
    kind: 'wait-on-unshared-memory',
    trap: 'expected shared memory',
  });
  expect(trapOf(() => exports.wait(2))).toMatchObject({ kind: 'unaligned-atomic' });
  expect(trapOf(() => exports.notify(65536))).toMatchObject({ kind: 'memory-out-of-bounds' });
  expect(exports.notify(0)).toBe(0);
});
