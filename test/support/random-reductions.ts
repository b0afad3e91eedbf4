/**
 * Random loops with sums and minima of several things, several ways out, accesses at the end of memory, indices that wrap
 * at 2^32, inner loops, words that are copied as pairs: what the passes for loops and selection look at all at once. Each
 * program is one function of two integers; all its variables come out.
 */
import { Random } from './random-loops.js';

type Kind = 'i32' | 'i64' | 'v128';
const VARIABLES: Record<Kind, readonly string[]> = {
  i32: ['$a', '$b', '$c', '$p', '$q'],
  i64: ['$x', '$y'],
  v128: ['$u', '$v'],
};
const SUMS: Record<Kind, readonly string[]> = {
  i32: ['i32.add', 'i32.add', 'i32.mul', 'i32.and', 'i32.or', 'i32.xor'],
  i64: ['i64.add', 'i64.mul', 'i64.and', 'i64.or', 'i64.xor'],
  v128: [
    ...['i8x16.add', 'i16x8.add', 'i32x4.add', 'i64x2.add', 'i32x4.mul', 'v128.and', 'v128.or', 'v128.xor'],
    ...['i8x16.min_s', 'i8x16.max_u', 'i16x8.min_u', 'i16x8.max_s', 'i32x4.min_s', 'i32x4.max_u', 'i32x4.min_u'],
  ],
};
const COMPARISONS = ['lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];

class Program {
  private loops = 0;
  private readonly r: Random;

  constructor(seed: number) {
    this.r = new Random(Math.imul(seed, 2246822519) + 1);
    for (let k = 0; k < 4; k++) this.r.below(2);
  }

  private variable(kind: Kind): string {
    return this.r.one(VARIABLES[kind]);
  }

  private address(): string {
    const { r } = this;
    const v = r.one(['$p', '$p', '$p', '$q', '$q', '$a']);
    const base = v === '$a' && r.chance(80) ? `(i32.and (local.get $a) (i32.const 0x7ffc))` : `(local.get ${v})`;
    if (r.chance(40)) return base;
    if (r.chance(8)) return `(i32.add ${base} (i32.shl (local.get $b) (i32.const ${r.below(4)})))`;
    return `(i32.add ${base} (i32.const ${r.one(r.chance(90) ? [4, 8, -4, -8, 12, 1024, 1028, 2048] : [-1, 65_000, -1024])}))`;
  }

  private offset(): string {
    const { r } = this;
    if (r.chance(50)) return '';
    return `offset=${r.one(r.chance(96) ? [4, 8, 1, 2, 16, 1024] : [65_000, 0x7fffffff, 0xfffffff0])}`;
  }

  private leaf(kind: Kind): string {
    const { r } = this;
    if (r.chance(45)) return `(local.get ${this.variable(kind)})`;
    if (r.chance(50)) {
      if (kind === 'v128') return `(v128.load ${this.offset()} ${this.address()})`;
      const narrow = r.chance(40)
        ? r.one(['8_u', '8_s', '16_u', '16_s', ...(kind === 'i64' ? ['32_u', '32_s'] : [])])
        : '';
      return `(${kind}.load${narrow} ${this.offset()} ${this.address()})`;
    }
    const k = r.one([0, 1, -1, 2, 7, 31, 255, 0x7fffffff, -0x80000000, 12345]);
    if (kind === 'v128') return `(i32x4.splat (i32.const ${k}))`;
    return `(${kind}.const ${k})`;
  }

  /** A chain of one operation, often; else anything. */
  private value(kind: Kind, depth: number): string {
    const { r } = this;
    if (depth <= 0) return this.leaf(kind);
    const way = r.below(100);
    if (way < 40) {
      const op = r.one(SUMS[kind]);
      let text = this.value(kind, depth - 2);
      for (let n = 1 + r.below(4); n > 0; n--) {
        const x = r.chance(70) ? this.leaf(kind) : this.value(kind, depth - 2);
        text = r.chance(50) ? `(${op} ${text} ${x})` : `(${op} ${x} ${text})`;
      }
      return text;
    }
    if (kind === 'v128') return `(${r.one(SUMS.v128)} ${this.value(kind, depth - 1)} ${this.value(kind, depth - 1)})`;
    if (way < 62) {
      // Minima and maxima, the values twice as locals.
      const op = `${kind}.${r.one(COMPARISONS)}`;
      const t = kind === 'i32' ? ['$t', '$s'] : ['$tx', '$ty'];
      let text = this.leaf(kind);
      for (let n = 1 + r.below(3); n > 0; n--) {
        const x = this.leaf(kind);
        const [one, other] = r.chance(50) ? t : [t[1], t[0]];
        const compared = r.chance(50) ? [one, other] : [other, one];
        text = `(select (local.tee ${one} ${text}) (local.tee ${other} ${x}) (${r.chance(85) ? op : `${kind}.${r.one(COMPARISONS)}`} (local.get ${compared[0]}) (local.get ${compared[1]})))`;
      }
      return text;
    }
    const x = this.value(kind, depth - 1);
    if (way < 70) return `(${kind}.${r.one(['sub', 'rotl', 'rotr', 'shl', 'shr_u', 'shr_s'])} ${x} ${this.leaf(kind)})`;
    if (way < 76) return `(${kind}.${r.one(['clz', 'ctz', 'popcnt', 'extend8_s', 'extend16_s'])} ${x})`;
    if (way < 82) {
      const y = kind === 'i32' ? '(local.get $t)' : '(local.get $tx)';
      const set = kind === 'i32' ? '$t' : '$tx';
      const [m, n] = r.one([
        [0xff00ff, 8],
        [0x00ff00ff, 8],
        [0xff00, 8],
        [0xff, 24],
      ]);
      return `(${kind}.or (${kind}.and (${kind}.${r.one(['shr_u', 'rotl', 'rotr'])} (local.tee ${set} ${x}) (${kind}.const ${n})) (${kind}.const ${m})) (${kind}.${r.one(['shl', 'rotl'])} (${kind}.and ${y} (${kind}.const ${m})) (${kind}.const ${r.one([n, 8, 24])})))`;
    }
    if (way < 88)
      return kind === 'i32'
        ? `(i32.wrap_i64 ${r.chance(50) ? `(i64.shr_u ${this.value('i64', depth - 1)} (i64.const 32))` : this.value('i64', depth - 1)})`
        : `(i64.extend_i32_${r.one(['s', 'u'])} ${this.value('i32', depth - 1)})`;
    if (way < 94) {
      const c = `(${r.one(['i32', 'i64'])}`;
      const of = c.slice(1) as Kind;
      const condition = `(${of}.${r.one(COMPARISONS)} ${this.value(of, depth - 1)} ${this.leaf(of)})`;
      return kind === 'i32' && r.chance(40)
        ? condition
        : `(select ${x} ${this.leaf(kind)} ${r.chance(70) ? condition : this.value('i32', depth - 1)})`;
    }
    return `(${kind}.${r.one(['div_u', 'rem_u', 'div_s', 'rem_s'])} ${x} (${kind}.or ${this.leaf(kind)} (${kind}.const 1)))`;
  }

  private statement(depth: number, label: string): string {
    const { r } = this;
    const way = r.below(100);
    if (way < 34) {
      const kind = r.one(['i32', 'i32', 'i64', 'v128'] as const);
      const to = kind === 'i32' ? r.one(['$a', '$b', '$c']) : this.variable(kind);
      return `(local.set ${to} ${this.value(kind, 3)})`;
    }
    if (way < 50) {
      const kind = r.one(['i32', 'i32', 'i64', 'v128'] as const);
      const narrow = kind !== 'v128' && r.chance(30) ? r.one(['8', '16', ...(kind === 'i64' ? ['32'] : [])]) : '';
      return `(${kind}.store${narrow} ${this.offset()} ${this.address()} ${this.value(kind, 2)})`;
    }
    if (way < 58) return `(i64.store align=4 ${this.address()} (i64.load align=4 ${this.address()}))`;
    if (way < 64) {
      const at = this.address();
      return `(i32.store offset=4 ${at} (local.get $a)) (i32.store ${at} (local.get $b))`;
    }
    if (way < 70) {
      // What the iteration before has stored.
      const at = r.one([0, 8, 1024]);
      const by = r.one([4, 8, -4]);
      return `(i32.store offset=${at + 8 + by} (local.get $p) (${r.one(['i32.add', 'i32.xor'])} (i32.load offset=${at + 8} (local.get $p)) (local.get $c)))`;
    }
    if (way < 76) return `(br_if $out (${`i32.${r.one(COMPARISONS)}`} ${this.value('i32', 2)} ${this.leaf('i32')}))`;
    if (way < 80) return `(br_if ${label} (i32.eqz ${this.value('i32', 1)}))`;
    if (way < 90)
      return `(if (i32.${r.one(COMPARISONS)} ${this.leaf('i32')} ${this.leaf('i32')}) (then ${this.statements(depth, label, 2)}) ${r.chance(50) ? `(else ${this.statements(depth, label, 2)})` : ''})`;
    if (depth > 0 && way < 96) return this.loop(depth - 1);
    return `(local.set ${r.one(['$p', '$q'])} (i32.add (local.get ${r.one(['$p', '$q'])}) (i32.const ${r.one([4, 8, -4, 1, 16])})))`;
  }

  private statements(depth: number, label: string, most: number): string {
    return Array.from({ length: 1 + this.r.below(most) }, () => this.statement(depth, label)).join('\n');
  }

  private loop(depth: number): string {
    const { r } = this;
    const k = this.loops++;
    const n = `$n${k}`;
    const by = r.one([1, 1, 2, 3, -1, -2]);
    const body = this.statements(depth, `$next${k}`, 5);
    const step = `(local.set $p (i32.add (local.get $p) (i32.const ${r.one([0, 4, 8, 8, 16, -8])}))) (local.set $q (i32.add (local.get $q) (i32.const ${r.one([0, 4, 1, -4])})))`;
    return `(local.set ${n} (i32.const ${by > 0 ? -by * (1 + r.below(12)) : -by * (1 + r.below(12))}))
      (loop $l${k} (block $next${k} ${body}) ${r.chance(70) ? step : ''}
        (local.set $fuel (i32.sub (local.get $fuel) (i32.const 1))) (br_if $out (i32.eqz (local.get $fuel)))
        (br_if $l${k} (local.tee ${n} (i32.add (local.get ${n}) (i32.const ${by})))))`;
  }

  text(): string {
    const body = Array.from({ length: 1 + this.r.below(2) }, () => this.loop(1)).join('\n');
    const counters = Array.from({ length: this.loops }, (_, k) => `(local $n${k} i32)`).join(' ');
    const out = [
      ...VARIABLES.i32.map((v) => `(i64.extend_i32_u (local.get ${v}))`),
      ...VARIABLES.i64.map((v) => `(local.get ${v})`),
    ];
    const lanes = VARIABLES.v128.flatMap((v) => [0, 1].map((k) => `(i64x2.extract_lane ${k} (local.get ${v}))`));
    const all = [...out, ...lanes].reduce((x, y) => `(i64.add (i64.mul ${x} (i64.const 1000003)) ${y})`);
    return `(module (memory (export "m") 1)
      (func (export "f") (param $p i32) (param $q i32) (param $a i32) (param $b i32) (result i64)
        (local $c i32) (local $x i64) (local $y i64) (local $u v128) (local $v v128) (local $t i32) (local $s i32) (local $tx i64)
        (local $ty i64) (local $fuel i32) ${counters}
        (local.set $fuel (i32.const 300))
        (block $out ${body})
        ${all}))`;
  }

  calls(): [number, number, number, number][] {
    const { r } = this;
    const at = (): number =>
      r.one(
        r.chance(70)
          ? [1024, 4096, 30_000, 8 * r.below(7000), r.below(60_000)]
          : [64, 65_536 - r.below(300), 65_536 - 8 * r.below(80), -8 * r.below(20)],
      );
    const number = (): number => r.one([0, 1, -1, 5, 200, 0x7fffffff, -0x80000000, r.below(2 ** 31)]);
    return Array.from({ length: 8 }, () => {
      const p = at();
      return [p, r.chance(40) ? p + r.one([4, 8, -8, 16, 1]) : at(), number(), number()];
    });
  }
}

/** The program of a seed, and calls of it. */
export function randomReductions(seed: number): { text: string; calls: number[][]; fill: 'bytes' } {
  const program = new Program(seed);
  return { text: program.text(), calls: program.calls(), fill: 'bytes' };
}
