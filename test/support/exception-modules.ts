/**
 * Random modules that throw and catch all the time, as wasm text: nested tries of either form, throws through calls,
 * indirect calls and loops, live locals across them, tail calls out of tries. The same module for the same seed. Every
 * function uses up fuel ($n), so all of them end.
 */

/** Form of `try` in a module: that of WebAssembly 3.0, or the older one. */
export type TryForm = 'try_table' | 'try';

/** The two parameters of each function; locals of all types come behind. */
const PARAMETERS = 2;

class Writer {
  private x: number;
  private labels = 0;
  /** Statements that the function may still have. */
  private budget = 0;
  private locals: string[] = [];
  private readonly types: string[];
  private readonly tags: string[][];
  private readonly nFuncs: number;
  /** Labels of the older form's tries around the statement, and of those in whose clauses it is. */
  private tries: string[] = [];
  private catches: string[] = [];

  constructor(
    seed: number,
    private readonly form: TryForm,
    private readonly tailCalls: boolean,
  ) {
    this.x = Math.imul(seed, 2654435761) >>> 0 || 1;
    this.types = ['i32', 'i64', 'f32', 'f64', ...(this.below(3) === 0 ? ['v128'] : [])];
    this.tags = this.times(1 + this.below(4), () => this.times(this.below(4), () => this.pick(this.types)));
    this.nFuncs = 3 + this.below(5);
  }

  /** The whole module. */
  module(): string {
    const indices = Array.from({ length: this.nFuncs }, (_, i) => i);
    const functions = indices.map(() => this.func());
    const exported = indices.slice(0, 5).map(
      (i) => `(func (export "f${i}") (param i32 i32) (result i32)
          (global.set $n (i32.const 3000)) (call ${i} (i32.and (local.get 0) (i32.const 7)) (local.get 1)))`,
    );
    return `(module (type $s (func (param i32 i32) (result i32)))
      ${this.tags.map((t, i) => `(tag (export "t${i}") (param ${t.join(' ')}))`).join('\n')}
      (memory (export "m") 1) (global $n (mut i32) (i32.const 4000))
      (table ${this.nFuncs} funcref) (elem (i32.const 0) func ${indices.join(' ')})
      ${functions.join('\n')}
      ${exported.join('\n')}
      (func $wide (param i32 i32 i64 i64 i64 i64 i64 i64 f64) (result i32)
        (return_call $s2 (local.get 0) (i32.add (local.get 1) (i32.wrap_i64 (local.get 7)))))
      (func $s2 (type $s) (call_indirect (type $s) (local.get 0) (local.get 1)
        (i32.rem_u (local.get 1) (i32.const ${this.nFuncs})))))`;
  }

  // --- chance

  private below(n: number): number {
    this.x ^= this.x << 13;
    this.x >>>= 0;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    this.x >>>= 0;
    return this.x % n;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private times<T>(n: number, make: () => T): T[] {
    return Array.from({ length: n }, make);
  }

  private label(): string {
    return `$l${this.labels++}`;
  }

  // --- values

  private constant(type: string): string {
    switch (type) {
      case 'i32':
        return `(i32.const ${this.pick([0, 1, -1, this.below(1 << 30)])})`;
      case 'i64':
        return `(i64.const ${this.pick(['0', '-1', `${this.below(1 << 30)}00000`])})`;
      case 'v128':
        return `(i32x4.splat (i32.const ${this.below(99)}))`;
      default:
        return `(${type}.const ${this.below(1000)}.5)`;
    }
  }

  private localsOf(type: string): number[] {
    return this.locals.flatMap((t, i) => (t === type ? [PARAMETERS + i] : []));
  }

  private value(type: string, depth: number): string {
    const locals = this.localsOf(type);
    if (type === 'i32' && this.below(4) === 0) return `(local.get ${this.below(PARAMETERS)})`;
    if (locals.length > 0 && this.below(3) > 0) return `(local.get ${this.pick(locals)})`;
    if (depth <= 0) return this.constant(type);
    const two = (): string => `${this.value(type, depth - 1)} ${this.value(type, depth - 1)}`;
    if (type === 'v128') return `(i32x4.add ${two()})`;
    if (type === 'f32' || type === 'f64') return `(${type}.${this.pick(['add', 'sub'])} ${two()})`;
    if (type === 'i32' && this.below(5) === 0)
      return `(i32.load8_u (i32.and ${this.value('i32', depth - 1)} (i32.const 255)))`;
    return `(${type}.${this.pick(['add', 'sub', 'mul', 'xor', 'and'])} ${two()})`;
  }

  /** Takes a value from the stack: into a local, if there is one. */
  private store(type: string): string {
    const locals = this.localsOf(type);
    return locals.length > 0 ? `(local.set ${this.pick(locals)})` : '(drop)';
  }

  private storeAll(types: readonly string[]): string {
    return [...types]
      .reverse()
      .map((t) => (t === 'exnref' ? '(local.set $e)' : this.store(t)))
      .join(' ');
  }

  // --- statements

  private arguments(): string {
    return `(i32.sub (local.get 0) (i32.const 1)) ${this.value('i32', 1)}`;
  }

  private element(): string {
    return `(i32.rem_u ${this.value('i32', 1)} (i32.const ${this.nFuncs + (this.below(9) === 0 ? 1 : 0)}))`;
  }

  private call(): string {
    return this.below(4) === 0
      ? `(call_indirect (type $s) ${this.arguments()} ${this.element()})`
      : `(call ${this.below(this.nFuncs)} ${this.arguments()})`;
  }

  private tailCall(): string {
    switch (this.below(3)) {
      case 0:
        return `(return_call_indirect (type $s) ${this.arguments()} ${this.element()})`;
      case 1:
        return `(return_call $wide ${this.arguments()} ${this.times(6, () => this.value('i64', 1)).join(' ')} ${this.value('f64', 1)})`;
      default:
        return `(return_call ${this.below(this.nFuncs)} ${this.arguments()})`;
    }
  }

  private throwNew(): string {
    const t = this.below(this.tags.length);
    return `(throw ${t} ${this.tags[t].map((type) => this.value(type, 1)).join(' ')})`;
  }

  private when(then: string): string {
    return `(if ${this.value('i32', 1)} (then ${then}))`;
  }

  private body(depth: number): string {
    return this.times(1 + this.below(4), () => this.statement(depth)).join('\n');
  }

  private statement(depth: number): string {
    if (--this.budget < 0) return '';
    switch (this.below(this.tailCalls ? 14 : 12)) {
      case 0:
      case 1: {
        const i = this.below(this.locals.length);
        return `(local.set ${PARAMETERS + i} ${this.value(this.locals[i], 2)})`;
      }
      case 2:
        return `(i32.store8 (i32.and ${this.value('i32', 1)} (i32.const 255)) ${this.value('i32', 1)})`;
      case 3: {
        const otherwise = this.below(2) > 0 ? `(else ${depth > 0 ? this.body(depth - 1) : ''})` : '';
        return `(if ${this.value('i32', 1)} (then ${depth > 0 ? this.body(depth - 1) : this.throwNew()}) ${otherwise})`;
      }
      case 4:
        return this.when(this.throwNew());
      case 5:
      case 6: {
        const locals = this.localsOf('i32');
        return `(local.set ${locals.length > 0 ? this.pick(locals) : 1} ${this.call()})`;
      }
      case 7:
        return depth > 0 ? this.loop(depth) : '';
      case 8:
        if (this.form === 'try_table') return this.when('(throw_ref (local.get $e))');
        return this.catches.length > 0 ? this.when(`(rethrow ${this.pick(this.catches)})`) : '';
      case 12:
      case 13:
        return this.when(this.tailCall());
      default:
        if (depth <= 0) return '';
        return this.form === 'try' ? this.olderTry(depth) : this.tryTable(depth);
    }
  }

  private loop(depth: number): string {
    const l = this.label();
    return `(local.set $c (i32.const ${1 + this.below(3)}))
      (loop ${l} ${this.body(depth - 1)} (global.set $n (i32.sub (global.get $n) (i32.const 1)))
        (br_if ${l} (i32.and (i32.gt_s (global.get $n) (i32.const 0))
          (i32.gt_s (local.tee $c (i32.sub (local.get $c) (i32.const 1))) (i32.const 0)))))`;
  }

  private olderTry(depth: number): string {
    const l = this.label();
    this.tries.push(l);
    const inside = this.body(depth - 1);
    this.tries.pop();
    if (this.tries.length > 0 && this.below(4) === 0) return `try ${l} ${inside}\ndelegate ${this.pick(this.tries)}\n`;
    const clause = (): string => {
      this.catches.push(l);
      const text = this.body(depth - 1);
      this.catches.pop();
      return text;
    };
    const seen = new Set<number>();
    let text = `try ${l} ${inside}`;
    for (let i = this.below(3); i > 0; i--) {
      const t = this.below(this.tags.length);
      if (!seen.has(t)) text += `\ncatch ${t} ${this.storeAll(this.tags[t])} ${clause()}`;
      seen.add(t);
    }
    if (this.below(2) > 0) text += `\ncatch_all ${clause()}`;
    return `${text}\nend\n`;
  }

  private tryTable(depth: number): string {
    const clauses: string[] = [];
    const targets: [label: string, types: string[]][] = [];
    for (let i = 1 + this.below(3); i > 0; i--) {
      const l = this.label();
      const t = this.below(this.tags.length);
      const kind = this.pick(['catch_all', 'catch_all_ref', 'catch_ref', 'catch']);
      clauses.push(kind.includes('all') ? `(${kind} ${l})` : `(${kind} ${t} ${l})`);
      targets.push([l, [...(kind.includes('all') ? [] : this.tags[t]), ...(kind.includes('ref') ? ['exnref'] : [])]]);
    }
    const out = this.label();
    let text = `(try_table ${clauses.join(' ')} ${this.body(depth - 1)}) (br ${out})`;
    for (const [l, types] of targets)
      text = `(block ${l} (result ${types.join(' ')}) ${text}) ${this.storeAll(types)} ${this.body(depth - 1)} (br ${out})`;
    return `(block ${out} ${text})`;
  }

  /** A function; it mixes all its locals into its result. */
  private func(): string {
    this.budget = 14 + this.below(24);
    this.locals = this.times(4 + this.below(14), () => this.pick(this.types));
    const body = this.body(4);
    const bits: Record<string, (get: string) => string> = {
      i32: (get) => get,
      i64: (get) => `(i32.wrap_i64 ${get})`,
      f32: (get) => `(i32.trunc_sat_f32_s ${get})`,
      f64: (get) => `(i32.trunc_sat_f64_s ${get})`,
      v128: (get) => `(i32x4.extract_lane 1 ${get})`,
    };
    const mixed = this.locals.reduce(
      (sum, t, i) => `(i32.add (i32.mul ${sum} (i32.const 31)) ${bits[t](`(local.get ${PARAMETERS + i})`)})`,
      '(local.get 1)',
    );
    return `(func (type $s) (local ${this.locals.join(' ')}) (local $c i32) ${this.form === 'try' ? '' : '(local $e exnref)'}
      (global.set $n (i32.sub (global.get $n) (i32.const 1)))
      (if (i32.lt_s (global.get $n) (i32.const 0)) (then (return (local.get 1))))
      (if (i32.le_s (local.get 0) (i32.const 0)) (then ${this.below(2) > 0 ? this.throwNew() : '(return (local.get 1))'}))
      ${body}
      ${mixed})`;
  }
}

/** Text of the module of a seed. */
export const exceptionModule = (seed: number, form: TryForm, tailCalls: boolean): string =>
  new Writer(seed, form, tailCalls).module();
