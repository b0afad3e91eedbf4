/**
 * Random loops over arrays, of the forms that compilers make: for tests of `opt/vectorise`. Each is a module with a
 * function, and calls of it: arrays that overlap at all distances, at the end of the memory or beyond, addresses that
 * wrap at 2^32; trip counts that fill some vectors or none.
 */

/** Numbers from a seed. */
export class Random {
  constructor(private state: number) {}
  /** Below n. */
  below(n: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor(((((this.state >>> 8) ^ (this.state << 3)) >>> 0) / 2 ** 32) * n);
  }
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

export interface RandomLoop {
  text: string;
  /** Arguments: addresses of the arrays, iterations, an integer, a number. */
  calls: [number, number, number, number, number, number][];
  /** What the memory is filled with, by kind. */
  fill: 'bytes' | 'floats' | 'small';
}

type Kind = 'i32' | 'i64' | 'f32' | 'f64';
interface Array {
  kind: Kind;
  bytes: number;
  load: string;
  store: string;
  backwards: boolean;
}

const ARRAYS: readonly [Kind, number, readonly string[], string][] = [
  ['i32', 1, ['i32.load8_u', 'i32.load8_s'], 'i32.store8'],
  ['i32', 2, ['i32.load16_u', 'i32.load16_s'], 'i32.store16'],
  ['i32', 4, ['i32.load'], 'i32.store'],
  ['i64', 8, ['i64.load'], 'i64.store'],
  ['i64', 4, ['i64.load32_u', 'i64.load32_s'], 'i64.store32'],
  ['i64', 2, ['i64.load16_u', 'i64.load16_s'], 'i64.store16'],
  ['f32', 4, ['f32.load'], 'f32.store'],
  ['f64', 8, ['f64.load'], 'f64.store'],
];

const BINARY: Record<Kind, readonly string[]> = {
  i32: ['add', 'sub', 'mul', 'and', 'or', 'xor', 'add', 'add'],
  i64: ['add', 'sub', 'mul', 'and', 'or', 'xor'],
  f32: ['add', 'sub', 'mul', 'div', 'min', 'max', 'add', 'mul'],
  f64: ['add', 'sub', 'mul', 'div', 'min', 'max', 'add', 'mul'],
};
const UNARY: Record<Kind, readonly string[]> = {
  i32: ['i32.eqz', 'i32.extend8_s'],
  i64: [],
  f32: ['f32.neg', 'f32.abs', 'f32.sqrt', 'f32.ceil', 'f32.floor', 'f32.trunc', 'f32.nearest'],
  f64: ['f64.neg', 'f64.abs', 'f64.sqrt', 'f64.ceil', 'f64.floor', 'f64.trunc', 'f64.nearest'],
};
const COMPARISONS: Record<Kind, readonly string[]> = {
  i32: ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'],
  i64: ['eq', 'ne', 'lt_s', 'gt_s', 'le_s', 'ge_s', 'lt_u'],
  f32: ['eq', 'ne', 'lt', 'gt', 'le', 'ge'],
  f64: ['eq', 'ne', 'lt', 'gt', 'le', 'ge'],
};

const POINTERS = ['$a', '$b', '$c'];

class Generator {
  private readonly r: Random;
  private readonly arrays: Array[] = [];
  private copies = 1;
  private form = '';
  private indexed = false;
  /** Bytes between elements that the loop reads and the one of the iteration. */
  private reach = 2;
  /** What does not change is loaded: 0: nothing; 1: from one place, 2: by two variables that move against each other. */
  private still = 0;

  constructor(seed: number) {
    this.r = new Random(Math.imul(seed, 2654435761));
    for (let k = 0; k < 4; k++) this.r.below(2);
  }

  make(): RandomLoop {
    const { r } = this;
    this.copies = r.one([1, 1, 1, 2, 2, 4, 8]);
    this.form = r.one(['end', 'down', 'lt_s', 'lt_u', 'ne', 'le_s', 'gt_s', 'old']);
    const family = r.below(5);
    const back = r.chance(20);
    for (let k = 0; k < 3; k++) {
      const rows =
        family === 0
          ? ARRAYS.filter(([, bytes]) => bytes === 1)
          : family === 1
            ? ARRAYS.filter(([kind]) => kind === 'f64')
            : family === 2
              ? ARRAYS.filter(([kind, bytes]) => kind === 'f32' || (kind === 'i32' && bytes === 4))
              : family === 3
                ? ARRAYS.filter(([kind]) => kind === 'i32')
                : ARRAYS;
      const [kind, bytes, loads, store] = r.one(rows);
      const backwards = r.chance(r.chance(20) ? 50 : 0) ? !back : back;
      this.arrays.push({ kind, bytes, load: r.one(loads), store, backwards });
    }
    // One index for all: the same step, so the same size.
    this.indexed = r.chance(40) && this.arrays.every((a) => a.bytes === this.arrays[0].bytes && a.backwards === back);
    return {
      text: this.module(),
      calls: this.calls(),
      fill: family <= 2 ? r.one(['bytes', 'floats', 'small'] as const) : 'bytes',
    };
  }

  private step(k: number): number {
    const { bytes, backwards } = this.arrays[k];
    return bytes * this.copies * (backwards ? -1 : 1);
  }

  /** Address of element `e` of copy c of array k, as operands of an access. */
  private place(k: number, c: number, e: number): string {
    const { bytes, backwards } = this.arrays[k];
    const at = (backwards ? -c : c) * bytes + e * bytes;
    const base = this.indexed ? `(i32.add (local.get ${POINTERS[k]}) (local.get $i))` : `(local.get ${POINTERS[k]})`;
    if (at === 0) return base;
    if (at > 0 && this.r.chance(50)) return `offset=${at} ${base}`;
    return `(i32.add ${base} (i32.const ${at}))`;
  }

  private value(kind: Kind, c: number, depth: number, script: () => number): string {
    const pick = script();
    if (depth === 0 || pick < 25) {
      const of = this.arrays.flatMap((a, k) => (a.kind === kind ? [k] : []));
      if (of.length > 0 && pick < 19) {
        const k = of[script() % of.length];
        const e = (script() % (2 * this.reach + 1)) - this.reach;
        const near = script() < 60 ? 0 : e;
        return `(${this.arrays[k].load} ${this.place(k, c, near)})`;
      }
      if (script() < 40) return this.invariant(kind);
      const k = script() % 10;
      if (kind === 'i32' && script() < 15) return '(local.get $i)';
      if (kind === 'i32') return `(i32.const ${[0, 1, 2, 7, 32, 127, 128, 255, -1, 1000][k]})`;
      if (kind === 'i64') return `(i64.const ${[0, 1, 2, 7, 32, 127, -5, 255, -1, 1000][k]})`;
      return `(${kind}.const ${[0, 1, -1, 0.5, 3.25, 1e10, -0.0, 100, 0.1, 2][k]})`;
    }
    if (pick < 70) {
      const op = BINARY[kind][script() % BINARY[kind].length];
      return `(${kind}.${op} ${this.value(kind, c, depth - 1, script)} ${this.value(kind, c, depth - 1, script)})`;
    }
    if (pick < 78 && UNARY[kind].length > 0)
      return `(${UNARY[kind][script() % UNARY[kind].length]} ${this.value(kind, c, depth - 1, script)})`;
    if (pick < 84 && (kind === 'i32' || kind === 'i64')) {
      const op = ['shl', 'shr_u', 'shr_s'][script() % 3];
      const by = script() < 80 ? `(${kind}.const ${script() % 9})` : this.invariant(kind);
      return `(${kind}.${op} ${this.value(kind, c, depth - 1, script)} ${by})`;
    }
    if (pick < 94) {
      const of = script() < 80 ? kind : (['i32', 'f32', 'f64', 'i64'] as const)[script() % 4];
      const op = COMPARISONS[of][script() % COMPARISONS[of].length];
      const x = this.value(of, c, depth - 1, script);
      const y = this.value(of, c, depth - 1, script);
      let condition = `(${of}.${op} ${x} ${y})`;
      if (kind === 'i32' && script() < 30) return condition;
      const how = script();
      if (how < 12) condition = this.value('i32', c, depth - 1, script);
      else if (how < 20) {
        const other = `(${of}.${COMPARISONS[of][script() % COMPARISONS[of].length]} ${y} ${x})`;
        condition = `(i32.${['and', 'or', 'xor'][how % 3]} ${condition} ${other})`;
      } else if (how < 24) condition = `(i32.eqz ${condition})`;
      if (of === kind && script() < 60) return `(select ${x} ${y} ${condition})`;
      return `(select ${this.value(kind, c, depth - 1, script)} ${this.value(kind, c, depth - 1, script)} ${condition})`;
    }
    const conversions: Record<Kind, readonly [string, Kind][]> = {
      i32: [
        ['i32.reinterpret_f32', 'f32'],
        ['i32.wrap_i64', 'i64'],
      ],
      i64: [
        ['i64.extend_i32_s', 'i32'],
        ['i64.extend_i32_u', 'i32'],
        ['i64.reinterpret_f64', 'f64'],
      ],
      f32: [
        ['f32.convert_i32_s', 'i32'],
        ['f32.convert_i32_u', 'i32'],
        ['f32.demote_f64', 'f64'],
        ['f32.reinterpret_i32', 'i32'],
      ],
      f64: [
        ['f64.convert_i32_s', 'i32'],
        ['f64.convert_i32_u', 'i32'],
        ['f64.promote_f32', 'f32'],
      ],
    };
    const [op, from] = conversions[kind][script() % conversions[kind].length];
    return `(${op} ${this.value(from, c, depth - 1, script)})`;
  }

  private invariant(kind: Kind): string {
    if (this.still !== 0 && kind !== 'f32' && kind !== 'f64')
      return `(${kind}.load offset=40000 ${this.still === 1 ? '(i32.const 8)' : '(i32.add (local.get $i) (local.get $k))'})`;
    if (kind === 'i32') return '(local.get $x)';
    if (kind === 'i64') return '(i64.extend_i32_s (local.get $x))';
    return kind === 'f64' ? '(local.get $y)' : '(f32.demote_f64 (local.get $y))';
  }

  /** Statements of all copies: the same random decisions for each. */
  private body(): string {
    const { r } = this;
    const lines: string[] = [];
    const count = 1 + r.below(2);
    const plans = Array.from({ length: count }, () => ({
      what: r.below(10),
      array: r.below(3),
      seed: r.below(1 << 30),
      depth: 1 + r.below(3),
    }));
    for (let c = 0; c < this.copies; c++)
      for (const plan of plans) {
        const script = new Random(plan.seed);
        const next = (): number => script.below(100);
        const { kind, store } = this.arrays[plan.array];
        if (plan.what < 7) {
          const value = this.value(kind, c, plan.depth, next);
          if (plan.what === 0 && kind !== 'i64') {
            // What the element before had.
            lines.push(`(local.set $new_${kind} ${value})`);
            lines.push(
              `(${store} ${this.place(plan.array, c, 0)} (${kind}.${kind === 'i32' ? 'xor' : 'add'} (local.get $new_${kind}) (local.get $old_${kind})))`,
            );
            lines.push(`(local.set $old_${kind} (local.get $new_${kind}))`);
          } else lines.push(`(${store} ${this.place(plan.array, c, 0)} ${value})`);
        } else if (kind === 'f32' || kind === 'f64') {
          // In the order of the elements, with something slow in it.
          const value = `(${kind}.div ${this.value(kind, c, plan.depth, next)} (${kind}.const 3))`;
          const old = `(local.get $old_${kind})`;
          const sum = plan.seed % 2 === 0 ? `${old} ${value}` : `${value} ${old}`;
          lines.push(`(local.set $old_${kind} (${kind}.add ${sum}))`);
        } else {
          const op = ['add', 'add', 'xor', 'or', 'and', 'add', 'mul'][plan.seed % (kind === 'i32' ? 7 : 5)];
          lines.push(
            `(local.set $sum_${kind} (${kind}.${op} (local.get $sum_${kind}) ${this.value(kind, c, plan.depth, next)}))`,
          );
        }
      }
    return lines.join('\n        ');
  }

  private module(): string {
    const { form } = this;
    this.still = this.r.chance(15) ? 1 + this.r.below(2) : 0;
    const body = this.body();
    const move = this.indexed
      ? ''
      : POINTERS.map((p, k) => `(local.set ${p} (i32.add (local.get ${p}) (i32.const ${this.step(k)})))`).join(' ');
    const by = this.indexed
      ? this.step(0)
      : form === 'gt_s'
        ? -3
        : this.r.one([1, 1, 1, 2, 3, form === 'le_s' ? 4 : 1 << 28]);
    // Near the ends of signed and unsigned numbers, now and then; not where it would never end.
    const firsts = form === 'le_s' ? [1, 5, -7, -40, 100] : [1, 5, -7, -40, 100, 0x7fffffe0, -0x80000000];
    const first = this.r.chance(70) ? 0 : this.r.one(firsts);
    const end = `(i32.add (i32.const ${first}) (i32.mul (local.get $n) (i32.const ${by})))`;
    const count = `(local.set $j (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const ${by}))) (local.set $k (i32.sub (local.get $k) (i32.const ${by})))`;
    const test: Record<string, string> = {
      end: `(i32.ne (local.get $a) (local.get $end))`,
      down: `(local.tee $n (i32.sub (local.get $n) (i32.const 1)))`,
      lt_s: `(i32.lt_s (local.get $i) (local.get $limit))`,
      lt_u: `(i32.lt_u (local.get $i) (local.get $limit))`,
      le_s: `(i32.le_s (local.get $i) (local.get $limit))`,
      gt_s: `(i32.gt_s (local.get $i) (local.get $limit))`,
      ne: `(i32.eqz (i32.eq (local.get $limit) (local.get $i)))`,
      old: `(i32.ne (local.get $j) (local.get $limit))`,
    };
    const choice = form === 'end' && this.indexed ? 'ne' : form;
    // A static limit now and then, and arrays whose addresses are constants.
    const fixed = this.r.chance(25) ? 20 + this.r.below(60) : -1;
    const limit = fixed < 0 ? end : `(i32.const ${(first + fixed * by) | 0})`;
    const constant = this.r.chance(20)
      ? `(local.set $a (i32.const ${1024 + this.r.below(2000)})) (local.set $b (i32.const ${4096 + this.r.below(64)}))`
      : '';
    return `(module (memory (export "m") 1)
  (func (export "f") (param $a i32) (param $b i32) (param $c i32) (param $n i32) (param $x i32) (param $y f64) (result i64)
    (local $i i32) (local $j i32) (local $k i32) (local $end i32) (local $limit i32) (local $sum_i32 i32) (local $sum_i64 i64)
    (local $old_i32 i32) (local $new_i32 i32) (local $old_f32 f32) (local $new_f32 f32) (local $old_f64 f64) (local $new_f64 f64)
    ${constant}
    (local.set $end (i32.add (local.get $a) (i32.mul (local.get $n) (i32.const ${this.step(0)}))))
    (local.set $limit ${limit})
    (local.set $i (i32.const ${first}))
    (loop $l
        ${body}
        ${move}
        ${count}
        (br_if $l ${test[choice]}))
    (i64.add
      (i64.xor (i64.extend_i32_u (i32.add (local.get $sum_i32) (i32.mul (i32.const 31) (i32.add (local.get $i) (local.get $a)))))
        (i64.add (local.get $sum_i64) (i64.extend_i32_u (local.get $old_i32))))
      (i64.xor (i64.reinterpret_f64 (local.get $old_f64)) (i64.extend_i32_u (i32.reinterpret_f32 (local.get $old_f32)))))))`;
  }

  private calls(): RandomLoop['calls'] {
    const { r } = this;
    return Array.from({ length: 10 }, () => {
      const near = r.one([
        2048,
        2048,
        2051,
        30_000,
        65_536 - 8 * r.below(80),
        65_536 - r.below(500),
        8 * r.below(20),
        -16 + r.below(20),
      ]);
      const at = (): number => {
        const way = r.below(10);
        if (way < 4) return near + (r.below(41) - 20) * r.one([1, 1, 2, 4, 8, 8, 16, 16]);
        return way < 9 ? 1024 + r.below(60_000) : near;
      };
      const n = r.chance(10) ? r.below(70) : 1 + r.below(r.chance(50) ? 70 : 20);
      return [
        at(),
        at(),
        at(),
        this.form === 'down' || this.form === 'end' || this.form === 'ne' || this.form === 'old' ? Math.max(n, 1) : n,
        r.one([0, 1, 3, -1, 200, 0x7fffffff, 5]),
        r.one([0, 1.5, -2.25, 1e300, Infinity, 0.1]),
      ] as [number, number, number, number, number, number];
    });
  }
}

export const randomLoop = (seed: number): RandomLoop => new Generator(seed).make();

/** Fills a memory with numbers from a seed. */
export function fillMemory(memory: ArrayBuffer, fill: RandomLoop['fill'], seed: number): void {
  const r = new Random(seed);
  const bytes = new Uint8Array(memory);
  if (fill === 'floats') {
    const doubles = new Float64Array(memory);
    for (let k = 0; k < doubles.length; k++) doubles[k] = (r.below(2000) - 1000) / 8;
    return;
  }
  for (let k = 0; k < bytes.length; k++) bytes[k] = r.below(256);
  // Infinities and NaNs with payloads.
  const words = new Uint32Array(memory);
  if (fill === 'small') for (let k = 0; k < words.length; k++) words[k] = r.below(9);
  else
    for (let k = 0; k < words.length; k += 1 + r.below(6))
      words[k] = (0x7f800000 | (r.below(3) << 22) | r.below(4) | (r.below(2) << 31)) >>> 0;
}

type F = (...args: number[]) => bigint;
/** What a call leaves. */
export interface Outcome {
  result: bigint | 'trap';
  memory: Uint8Array;
}

/** Makes the calls of a loop on an instance of its module. */
export function outcomes(
  exports: Record<string, unknown>,
  { calls, fill }: { calls: readonly (readonly number[])[]; fill: RandomLoop['fill'] },
  seed: number,
): Outcome[] {
  const memory = (exports.m as WebAssembly.Memory).buffer;
  return calls.map((args, k) => {
    fillMemory(memory, fill, seed + k);
    let result: bigint | 'trap';
    try {
      result = (exports.f as F)(...args);
    } catch {
      result = 'trap';
    }
    return { result, memory: new Uint8Array(memory.slice(0)) };
  });
}

/** The first difference, as text; undefined if there is none. */
export function difference(a: Outcome[], b: Outcome[]): string | undefined {
  for (let k = 0; k < a.length; k++) {
    if (a[k].result !== b[k].result) return `call ${k}: ${a[k].result} instead of ${b[k].result}`;
    if (Buffer.compare(a[k].memory, b[k].memory) === 0) continue;
    const at = a[k].memory.findIndex((byte, i) => byte !== b[k].memory[i]);
    return `call ${k}: byte ${at} is ${a[k].memory[at]} instead of ${b[k].memory[at]}`;
  }
  return undefined;
}
