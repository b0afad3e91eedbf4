/**
 * Random programs over structures, arrays, small integers, casts, globals, tables, segments, exceptions and suspended
 * calls. Each instruction is made together with what it means: a text for the engines, a function for the model. The
 * same program for the same seed.
 */
/* eslint require-yield: "off" */
import { DIGESTED, digest, Fn, mix, NUMBERS, type State } from '../gc-model.js';
import { type Frame, type Ref, type Program, nullable, TABLES } from './code.js';
import { Statements } from './statements.js';

class Writer extends Statements {
  /** Text of a function's locals behind so many parameters. */
  protected localsText(parameters: number): string {
    const text = (t: string): string => {
      const type = t.replace(/-scratch$/, '');
      return type === 'i32' ? 'i32' : type === 'exn' ? 'exnref' : nullable(type);
    };
    return `(local ${this.locals.slice(parameters).map(text).join(' ')})`;
  }

  protected frame(state: State, locals: readonly string[], args: readonly unknown[]): Frame {
    return { state, locals: locals.map((t, i) => (i < args.length ? args[i] : t.startsWith('i32') ? 0 : null)) };
  }

  /** An exported function. Each call uses fuel, so all of them end. */
  protected mainFunction(k: number): string {
    this.waits = k >= this.plain;
    this.budget = 16;
    const some = this.times(3, () => this.pick([...this.types.structs, ...this.types.arrays]));
    this.locals = ['any', 'i32', 'any', 'any', 't0', 't0', 'eq', 'struct', 'i32', 'i32', ...some];
    const bodies = this.times(3, () => this.statements(3, 2));
    const result = this.ref('any', 3);
    const callee = this.below(3) === 0 ? this.below(this.plain) : undefined;
    const n = this.number(2);
    const { locals, functions } = this;
    const frame = this.frame.bind(this);
    functions[k] = new Fn('main', function* (state, args) {
      if (state.fuel <= 0) return null;
      state.fuel--;
      const f = frame(state, locals, args);
      for (const body of bodies) yield* body.run(f);
      const value = yield* result.run(f);
      return callee === undefined ? value : yield* functions[callee].run(state, [value, yield* n.run(f)]);
    });
    return `(func $f${k} (export "f${k}") (type $main) ${this.localsText(2)}
      (if (i32.le_s (global.get $fuel) (i32.const 0)) (then (return (ref.null none))))
      (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
      ${bodies.map((b) => b.text).join('\n')}
      ${callee === undefined ? result.text : `(return_call $f${callee} ${result.text} ${n.text})`})`;
  }

  /** A function for the table: of type fa or fb. */
  protected smallFunction(i: number): { text: string; fn: Fn } {
    const type = this.pick(['fa', 'fb']);
    this.waits = false;
    this.locals = ['any', 'i32'];
    const result = this.ref(type === 'fa' ? 'any' : 't0', 3);
    const { locals } = this;
    const frame = this.frame.bind(this);
    const fn = new Fn(type, function* (state, args) {
      if (state.fuel <= 0) return null;
      state.fuel--;
      return yield* result.run(frame(state, locals, args));
    });
    const text = `(func $p${i} (type $${type}) ${this.localsText(1)}
      (if (i32.le_s (global.get $fuel) (i32.const 0)) (then (return (ref.null none))))
      (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
      ${result.text})`;
    return { text, fn };
  }

  protected makeGlobals(): void {
    const wanted = [
      'any',
      'any',
      'eq',
      't0',
      'struct',
      'array',
      this.pick(this.types.structs),
      this.pick(this.types.arrays),
    ];
    wanted.forEach((type, i) => {
      const init = this.newRef(type, 0);
      this.globals.push({ type, mutable: i === 0 || this.below(2) === 0, init });
    });
  }

  protected digestText(): string {
    const { structs, arrays, all } = this.types;
    const part = (storage: string, op: string): string => {
      if (storage in NUMBERS) {
        const { suffix, text } = NUMBERS[storage].reads[0];
        return text(op.replace('.get', `.get${suffix}`));
      }
      if (storage === 'fa') return `(if (result i32) (ref.is_null ${op}) (then (i32.const 1)) (else (i32.const 5)))`;
      const value = storage === 'extern' ? `(any.convert_extern ${op})` : op;
      return `(call $digest ${value} (i32.sub (local.get $d) (i32.const 1)))`;
    };
    const add = (x: string): string => `(local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) ${x}))`;
    const cases = [...structs]
      .reverse()
      .concat(arrays)
      .map((t) => {
        const { fields, element } = all.get(t)!;
        const body =
          fields !== undefined
            ? `${add(`(i32.const ${structs.indexOf(t)})`)}
             ${fields.map((s, i) => add(part(s, `(struct.get $${t} ${i} (local.get $${t}))`))).join('\n')}`
            : `${add(`(array.len (local.get $${t}))`)}
             (block $end (loop $more
               (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $${t}))))
               (br_if $end (i32.ge_u (local.get $i) (i32.const ${DIGESTED})))
               ${add(part(element!, `(array.get $${t} (local.get $${t}) (local.get $i))`))}
               (local.set $i (i32.add (local.get $i) (i32.const 1)))
               (br $more)))`;
        return `(block $no
        (block $is (result (ref $${t})) (drop (br_on_cast $is anyref (ref $${t}) (local.get $x))) (br $no))
        (local.set $${t}) ${body} (return (local.get $h)))`;
      });
    return `(func $digest (export "digest") (param $x anyref) (param $d i32) (result i32) (local $h i32) (local $i i32)
      ${[...structs, ...arrays].map((t) => `(local $${t} (ref null $${t}))`).join(' ')}
      (if (ref.is_null (local.get $x)) (then (return (i32.const 1))))
      (if (ref.test (ref i31) (local.get $x))
        (then (return (i32.add (i32.const 93) (i31.get_s (ref.cast (ref i31) (local.get $x)))))))
      (if (i32.eqz (ref.test (ref eq) (local.get $x))) (then (return (i32.const 5))))
      (if (i32.eqz (local.get $d)) (then (return (i32.const 2))))
      (local.set $h (i32.const 7))
      ${cases.join('\n')}
      (unreachable))`;
  }

  protected stateText(): string {
    const values = [
      ...this.globals.map((_, i) => `(global.get $g${i})`),
      ...['ta', 'tt'].flatMap((t) => this.times(TABLES[t].size, (i) => `(table.get $${t} (i32.const ${i}))`)),
    ];
    return `(func (export "state") (result i32) (local $h i32) (local.set $h (global.get $check))
      ${values.map((v) => `(local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (call $digest ${v} (i32.const 2))))`).join('\n')}
      (local.get $h))`;
  }

  program(): Program {
    const types = this.makeTypes();
    this.data.push(...[128, 200].map((n) => Uint8Array.from({ length: n }, () => this.below(256))));
    // Tables come before globals, and cannot refer to them.
    const [ta, tt] = ['any', 't0'].map((type) => this.newRef(type, 0));
    this.makeGlobals();
    for (const type of ['any', 't0'])
      this.elements.push({ type, items: this.times(16, () => this.simpleConstant(type, 0)) });
    const small = this.times(TABLES.tf.size - 1, (i) => this.smallFunction(i));
    const main = this.times(this.plain + 2, (k) => this.mainFunction(k));
    const bytes = (d: Uint8Array): string => [...d].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('');
    const text = `(module ${types}
      (import "m" "host" (global $host externref))
      (import "m" "now" (func $now (param anyref i32) (result anyref)))
      (import "m" "wait" (func $wait (param anyref) (result anyref)))
      (tag $x (export "x") (param anyref i32)) (tag $y (export "y") (param (ref null $t0)))
      (global $fuel (export "fuel") (mut i32) (i32.const 0)) (global $check (mut i32) (i32.const 0))
      ${this.globals.map(({ type, mutable, init }, i) => `(global $g${i} ${mutable ? `(mut ${nullable(type)})` : nullable(type)} ${init.text})`).join('\n')}
      (table $ta ${TABLES.ta.size} anyref ${ta.text}) (table $tt ${TABLES.tt.size} (ref null $t0) ${tt.text})
      (table $tf ${TABLES.tf.size} funcref)
      (elem (table $tf) (i32.const 0) func ${small.map((_, i) => `$p${i}`).join(' ')})
      ${this.elements.map(({ type, items }, i) => `(elem $e${i} ${nullable(type)} ${items.map((e) => `(item ${e.text})`).join(' ')})`).join('\n')}
      ${this.data.map((d, i) => `(data $d${i} "${bytes(d)}")`).join('\n')}
      (func $note (param i32) (global.set $check (i32.add (i32.mul (global.get $check) (i32.const 31)) (local.get 0))))
      ${this.digestText()} ${this.stateText()}
      ${small.map((p) => p.text).join('\n')} ${main.join('\n')})`;
    return {
      text,
      types: this.types,
      functions: this.functions,
      plain: this.plain,
      instantiate: (host, now) =>
        this.instantiate(
          host,
          now,
          ta,
          tt,
          small.map((p) => p.fn),
        ),
      digestState: (s) =>
        [...s.globals.slice(0, -1), ...s.tables.ta, ...s.tables.tt].reduce<number>(
          (h, v) => mix(h, digest(this.types, v, 2)),
          s.check,
        ),
    };
  }

  protected instantiate(host: unknown, now: State['now'], ta: Ref, tt: Ref, small: readonly Fn[]): State {
    const state: State = { check: 0, fuel: 0, globals: [], tables: {}, data: this.data, elements: [], now };
    const f: Frame = { state, locals: [] };
    const valueOf = (e: Ref): unknown => e.run(f).next().value;
    // The host's value is behind those of the module, which the first of them may refer to already.
    state.globals[this.globals.length] = host;
    this.globals.forEach(({ init }, i) => (state.globals[i] = valueOf(init)));
    state.tables.ta = new Array<unknown>(TABLES.ta.size).fill(valueOf(ta));
    state.tables.tt = new Array<unknown>(TABLES.tt.size).fill(valueOf(tt));
    state.tables.tf = [...small, null];
    state.elements = this.elements.map(({ items }) => items.map(valueOf));
    return state;
  }
}

/** The program of a seed. */
export const gcProgram = (seed: number): Program => new Writer(seed).program();
