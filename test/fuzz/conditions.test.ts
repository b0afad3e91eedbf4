/**
 * Conditions about conditions: random functions of nested comparisons with constants, loops, selects, masks and
 * switches over a few locals, which is what opt/split-conditions.ts and opt/known-branches.ts work on and wasm-smith
 * hardly makes. Each runs on our engine and on V8 over edge values. WAMR_FUZZ_COUNT and WAMR_FUZZ_SEED as in
 * smith.test.ts.
 */
import { expect, it } from 'vitest';
import { WebAssembly as Ours } from '../../src-ts/index.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(300, 40));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
const FUNCTIONS = 8;

const CONSTANTS = [
  0, 1, -1, 2, 3, 7, 8, 15, 16, 31, 32, 255, 256, 65535, 65536, -8, -16, 0x7fffffff, -0x80000000, -0x7fffffff,
  0x7ffffff0,
];
const COMPARISONS = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];

class Generator {
  private state: number;

  constructor(seed: number) {
    this.state = (seed * 2654435761) | 1;
  }

  /** 0 … n - 1 (xorshift). */
  private below(n: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % n;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private local(): string {
    return `(local.get $${this.pick(['a', 'b', 'c'])})`;
  }

  private value(depth: number): string {
    switch (depth === 0 ? this.below(3) : this.below(12)) {
      case 0:
      case 1:
        return this.local();
      case 2:
        return `(i32.const ${this.pick(CONSTANTS)})`;
      case 3:
        return `(i32.${this.pick(['add', 'sub'])} ${this.value(depth - 1)} (i32.const ${this.pick(CONSTANTS)}))`;
      case 4:
        return `(i32.${this.pick(['and', 'or', 'xor'])} ${this.value(depth - 1)} ${this.value(depth - 1)})`;
      case 5:
        return `(i32.${this.pick(['shl', 'shr_u', 'shr_s'])} ${this.value(depth - 1)} (i32.const ${this.below(40)}))`;
      case 6:
        return `(select ${this.value(depth - 1)} ${this.value(depth - 1)} ${this.condition(depth - 1)})`;
      case 7:
        return this.condition(depth - 1);
      case 8:
        return `(i32.wrap_i64 (local.get $d))`;
      case 9:
        return `(i32.wrap_i64 (i64.shr_u (local.get $d) (i64.const ${this.below(70)})))`;
      case 10:
        return `(i32.load${this.pick(['8_u', '8_s', '16_u', ''])} (i32.and ${this.value(depth - 1)} (i32.const 0xff)))`;
      default:
        return `(if (result i32) ${this.condition(depth - 1)} (then ${this.value(depth - 1)}) (else ${this.value(depth - 1)}))`;
    }
  }

  private condition(depth: number): string {
    switch (depth <= 0 ? this.below(3) : this.below(9)) {
      case 0:
        return `(i32.${this.pick(COMPARISONS)} ${this.local()} (i32.const ${this.pick(CONSTANTS)}))`;
      case 1:
        return `(i32.eqz ${this.local()})`;
      case 2:
        return `(i32.${this.pick(COMPARISONS)} ${this.local()} ${this.local()})`;
      case 3:
        return `(i32.and ${this.condition(depth - 1)} ${this.condition(depth - 1)})`;
      case 4:
        return `(i32.or ${this.condition(depth - 1)} ${this.condition(depth - 1)})`;
      case 5:
        return `(i32.eqz ${this.condition(depth - 1)})`;
      case 6:
        return `(select ${this.condition(depth - 1)} ${this.condition(depth - 1)} ${this.condition(depth - 1)})`;
      case 7:
        return `(i64.${this.pick(COMPARISONS)} (local.get $d) (i64.const ${this.pick([...CONSTANTS, '0x7fffffffffffffff', '-0x8000000000000000', '0xffffffff', '0x100000000'])}))`;
      default:
        return `(i32.${this.pick(COMPARISONS)} ${this.value(depth - 1)} (i32.const ${this.pick(CONSTANTS)}))`;
    }
  }

  private statements(depth: number): string {
    return Array.from({ length: 1 + this.below(3) }, () => this.statement(depth)).join('\n');
  }

  private statement(depth: number): string {
    const target = `$${this.pick(['a', 'b', 'c', 'r'])}`;
    switch (depth === 0 ? this.below(3) : this.below(9)) {
      case 0:
        return `(local.set ${target} ${this.value(2)})`;
      case 1:
        return `(local.set $r (i32.add (i32.mul (local.get $r) (i32.const 31)) ${this.value(1)}))`;
      case 2:
        return `(i32.store (i32.and ${this.value(1)} (i32.const 0xfc)) ${this.value(1)})`;
      case 3:
      case 4:
        return `(if ${this.condition(2)} (then ${this.statements(depth - 1)}) (else ${this.statements(depth - 1)}))`;
      case 5:
        return `(if ${this.condition(2)} (then ${this.statements(depth - 1)}))`;
      case 6:
        return `(block (br_if 0 ${this.condition(2)}) ${this.statements(depth - 1)} (br_if 0 ${this.condition(1)}) ${this.statements(depth - 1)})`;
      case 7: {
        // Loops in loops have counters of their own, so that all end.
        const counter = `$n${depth}`;
        return `(local.set ${counter} (i32.const ${1 + this.below(5)}))
          (loop ${this.statements(depth - 1)} (br_if 0 (i32.and ${this.condition(1)} (i32.ge_s (local.tee ${counter} (i32.sub (local.get ${counter}) (i32.const 1))) (i32.const 1)))))`;
      }
      default:
        return `(block (block (block (br_table 0 1 2 1 ${this.value(1)})) ${this.statements(depth - 1)}) ${this.statement(depth - 1)})`;
    }
  }

  module(): string {
    const functions = Array.from(
      { length: FUNCTIONS },
      (_, i) => `(func (export "f${i}") (param $a i32) (param $b i32) (param $c i32) (param $d i64) (result i32)
        (local $r i32) (local $n1 i32) (local $n2 i32) (local $n3 i32) (local $n4 i32)
        ${this.statements(4)} (local.get $r))`,
    );
    return `(module (memory (export "m") 1) ${functions.join('\n')})`;
  }

  inputs(): [number, number, number, bigint] {
    const edge = (): number => (this.pick(CONSTANTS) + this.below(3) - 1) | 0;
    return [
      edge(),
      edge(),
      edge(),
      BigInt.asIntN(64, (BigInt(edge()) << BigInt(this.pick([0, 0, 16, 32]))) + BigInt(edge())),
    ];
  }
}

it(`${COUNT} modules`, () => {
  for (let seed = SEED; seed < SEED + COUNT; seed++) {
    const generator = new Generator(seed);
    const text = generator.module();
    const bytes = wat(text);
    const [ours, v8] = [Ours, WebAssembly].map(
      (W) => new W.Instance(new W.Module(bytes as never)).exports as Record<string, any>,
    );
    for (let f = 0; f < FUNCTIONS; f++) {
      for (let i = 0; i < 24; i++) {
        const inputs = generator.inputs();
        const results = [ours, v8].map((e) => e[`f${f}`](...inputs));
        expect(results[0], `seed ${seed}, f${f}(${inputs.join()}):\n${text}`).toBe(results[1]);
      }
    }
    expect(Buffer.from(ours.m.buffer, 0, 1024).compare(Buffer.from(v8.m.buffer, 0, 1024)), `seed ${seed}: memory`).toBe(
      0,
    );
  }
}, 600_000);
