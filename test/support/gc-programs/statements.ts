/** Statements: stores, bulk operators, branches, loops, exceptions. */
/* eslint require-yield: "off" */
import { HostError, Obj, Thrown, trap } from '../gc-model.js';
import { type Frame, type Code, type Ref, constant, checked, TABLES } from './code.js';
import { References } from './references.js';

export class Statements extends References {
  protected statements(depth: number, loops: number): Code<void> {
    const list = this.times(1 + this.below(4), () => this.statement(depth, loops));
    return {
      text: list.map((s) => s.text).join('\n'),
      *run(f) {
        for (const s of list) yield* s.run(f);
      },
    };
  }

  protected statement(depth: number, loops: number): Code<void> {
    this.budget--;
    const deep = depth > 0 && this.budget > 0;
    switch (this.below(deep ? 20 : 15)) {
      case 0:
      case 1:
        return this.assign(this.number(3), this.localOf('i32')!);
      case 2:
      case 3: {
        const i = this.localOf('any')!;
        return this.assign(this.ref(this.locals[i], 3), i);
      }
      case 4:
        return this.note();
      case 5: {
        const targets = this.globals.flatMap((g, i) => (g.mutable ? [i] : []));
        const i = this.pick(targets);
        const e = this.ref(this.globals[i].type, 3);
        return {
          text: `(global.set $g${i} ${e.text})`,
          *run(f) {
            f.state.globals[i] = yield* e.run(f);
          },
        };
      }
      case 6:
        return this.below(4) === 0 ? this.tableRange() : this.tableSet();
      case 7:
      case 8:
        return this.structSet();
      case 9:
      case 10:
        return this.arraySet();
      case 11:
        return this.arrayFill();
      case 12:
        return this.arrayCopy();
      case 13:
        return this.arrayInit();
      case 14:
        return this.below(8) === 0 ? this.throwing() : this.note();
      case 15:
      case 16: {
        const c = this.number(2);
        const a = this.statements(depth - 1, loops);
        const b = this.statements(depth - 1, loops);
        return {
          text: `(if ${c.text} (then ${a.text}) (else ${b.text}))`,
          *run(f) {
            yield* ((yield* c.run(f)) !== 0 ? a : b).run(f);
          },
        };
      }
      case 17:
        return loops > 0 ? this.loop(depth, loops) : this.note();
      default:
        return this.tryTable(depth, loops);
    }
  }

  protected assign(e: Code<unknown>, i: number): Code<void> {
    return {
      text: `(local.set ${i} ${e.text})`,
      *run(f) {
        f.locals[i] = yield* e.run(f);
      },
    };
  }

  protected note(): Code<void> {
    const e = this.number(3);
    return {
      text: `(call $note ${e.text})`,
      *run(f) {
        const x = yield* e.run(f);
        f.state.check = (Math.imul(f.state.check, 31) + x) | 0;
      },
    };
  }

  protected tableSet(): Code<void> {
    const table = this.pick(['ta', 'tt']);
    const at = this.index(table, 2);
    const e = this.ref(TABLES[table].element, 3);
    return {
      text: `(table.set $${table} ${at.text} ${e.text})`,
      *run(f) {
        const k = yield* at.run(f);
        const v = yield* e.run(f);
        checked(f.state.tables[table], k, 'oob-table');
        f.state.tables[table][k] = v;
      },
    };
  }

  /** `table.fill`, `table.copy` (also onto itself), `table.init`. */
  protected tableRange(): Code<void> {
    const to = this.pick(['ta', 'tt']);
    const [d, s, n] = [this.small(2, 1), this.small(1, 1), this.small(2, 1)];
    const segment = this.elements.findIndex((e) => e.type === TABLES[to].element);
    const form = this.below(3);
    const e = form === 0 ? this.ref(TABLES[to].element, 2) : s;
    const from = to === 'ta' && this.below(2) === 0 ? 'tt' : to;
    return {
      text: [
        `(table.fill $${to} ${d.text} ${e.text} ${n.text})`,
        `(table.copy $${to} $${from} ${d.text} ${s.text} ${n.text})`,
        `(table.init $${to} $e${segment} ${d.text} ${s.text} ${n.text})`,
      ][form],
      *run(f) {
        const table = f.state.tables[to];
        const at = yield* d.run(f);
        const v = yield* e.run(f);
        const count = yield* n.run(f);
        if (at + count > table.length) trap('oob-table');
        const source = form === 1 ? f.state.tables[from] : form === 2 ? f.state.elements[segment] : undefined;
        if (source === undefined) table.fill(v, at, at + count);
        else {
          if ((v as number) + count > source.length) trap('oob-table');
          table.splice(at, count, ...source.slice(v as number, (v as number) + count));
        }
      },
    };
  }

  protected structSet(): Code<void> {
    const type = this.pick(this.types.structs);
    const e = this.ref(type, 3);
    const fields = this.types.all.get(type)!.fields!;
    const k = this.below(fields.length);
    const value = this.stored(fields[k], 3);
    const s = this.local(type);
    return this.ifNotNull(e, s, {
      text: `(struct.set $${type} ${k} (local.get ${s}) ${value.text})`,
      *run(f) {
        const v = f.locals[s] as Obj | null;
        const x = yield* value.run(f);
        if (v === null) return trap('null');
        v.items[k] = x;
      },
    });
  }

  /** A statement about local `s`, into which `e` goes first. It traps or is left out where that is null. */
  protected ifNotNull(e: Ref, s: number, act: Code<void>): Code<void> {
    const guarded = this.guarded();
    return {
      text: `(local.set ${s} ${e.text}) ${guarded ? `(if (i32.eqz (ref.is_null (local.get ${s}))) (then ${act.text}))` : act.text}`,
      *run(f) {
        const v = yield* e.run(f);
        f.locals[s] = v;
        if (v !== null || !guarded) yield* act.run(f);
      },
    };
  }

  /** A range of the array in local `s`: texts of its ends, and what makes sure that they fit, or does not. */
  protected range(
    s: number,
    mostBits = 2,
  ): { at: string; n: string; code: Code<[at: number, n: number]>; fits: string; guarded: boolean } {
    const at = this.small(2, 2);
    const n = mostBits === 0 ? constant('(i32.const 1)', 1) : this.small(mostBits, 2);
    const [i, k] = [this.local('i32-scratch'), this.local('i32-scratch')];
    const guarded = this.guarded();
    return {
      at: `(local.get ${i})`,
      n: `(local.get ${k})`,
      guarded,
      code: {
        text: `(local.set ${i} ${at.text}) (local.set ${k} ${n.text})`,
        *run(f) {
          const from = yield* at.run(f);
          return [from, yield* n.run(f)];
        },
      },
      fits: guarded
        ? `(i32.le_u (i32.add (local.get ${i}) (local.get ${k})) (array.len (local.get ${s})))`
        : '(i32.const 1)',
    };
  }

  /** Something with a range of the array in local `s`, behind whatever else it takes (`more`, which may `skip` it). */
  protected withRange<T>(
    e: Ref,
    s: number,
    more: Code<T> | undefined,
    op: (at: string, n: string, more: string) => string,
    act: (items: unknown[], at: number, n: number, more: T, f: Frame) => void,
    mostBits = 2,
    skip = (_more: T, _n: number): boolean => false,
  ): Code<void> {
    const range = this.range(s, mostBits);
    return this.ifNotNull(e, s, {
      text: `${range.code.text} (if ${range.fits} (then ${op(range.at, range.n, more?.text ?? '')}))`,
      *run(f) {
        const v = f.locals[s] as Obj | null;
        const [at, n] = yield* range.code.run(f);
        // The check asks for the length.
        if (v === null && range.guarded) trap('null');
        if (range.guarded && at + n > v!.items.length) return;
        const x = (more ? yield* more.run(f) : undefined) as T;
        if (skip(x, n)) return;
        if (v === null) return trap('null');
        if (at + n > v.items.length) trap('oob-array');
        act(v.items, at, n, x, f);
      },
    });
  }

  protected arraySet(): Code<void> {
    const type = this.pick(this.types.arrays);
    const s = this.local(type);
    return this.withRange(
      this.ref(type, 3),
      s,
      this.stored(this.types.all.get(type)!.element!, 3),
      (at, _, value) => `(array.set $${type} (local.get ${s}) ${at} ${value})`,
      (items, at, _, value) => void (items[at] = value),
      0,
    );
  }

  protected arrayFill(): Code<void> {
    const type = this.pick(this.types.arrays);
    const s = this.local(type);
    return this.withRange(
      this.ref(type, 3),
      s,
      this.stored(this.types.all.get(type)!.element!, 3),
      (at, n, value) => `(array.fill $${type} (local.get ${s}) ${at} ${value} ${n})`,
      (items, at, n, value) => void items.fill(value, at, at + n),
      this.below(6) === 0 ? 10 : 2,
    );
  }

  /** Half of them within one array. */
  protected arrayCopy(): Code<void> {
    const type = this.pick(this.types.arrays);
    const [s, t] = [this.local(type), this.local(type)];
    const e = this.ref(type, 3);
    const other = this.below(2) === 0 ? undefined : this.ref(type, 2);
    const from = this.small(2, 2);
    const j = this.local('i32-scratch');
    return this.withRange<[Obj | null, number]>(
      e,
      s,
      {
        text: `(local.set ${t} ${other?.text ?? `(local.get ${s})`}) (local.set ${j} ${from.text})`,
        *run(f) {
          const source = (other ? yield* other.run(f) : f.locals[s]) as Obj | null;
          f.locals[t] = source;
          return [source, yield* from.run(f)];
        },
      },
      (at, n, more) => `${more}
        (if (i32.eqz (ref.is_null (local.get ${t})))
          (then (if (i32.le_u (i32.add (local.get ${j}) ${n}) (array.len (local.get ${t})))
            (then (array.copy $${type} $${type} (local.get ${s}) ${at} (local.get ${t}) (local.get ${j}) ${n})))))`,
      (items, at, n, [source, k]) => void items.splice(at, n, ...source!.items.slice(k, k + n)),
      2,
      ([source, k], n) => source === null || k + n > source.items.length,
    );
  }

  protected arrayInit(): Code<void> {
    const type = this.pick(this.types.arrays.filter((t) => t !== 'a_extern' && t !== 'a_fa'));
    const segment = this.segmentFor(this.types.all.get(type)!.element!)!;
    const s = this.local(type);
    return this.withRange(
      this.ref(type, 3),
      s,
      this.small(1, 1),
      (at, n, from) => `(array.init_${segment.text} $${type} $${segment.name} (local.get ${s}) ${at} ${from} ${n})`,
      (items, at, n, from, f) => void items.splice(at, n, ...segment.items(f.state, from, n)),
    );
  }

  protected throwing(): Code<void> {
    const tag = this.pick(['x', 'y']);
    const e = this.ref(tag === 'x' ? 'any' : 't0', 2);
    const n = tag === 'x' ? this.number(2) : undefined;
    return {
      text: `(throw $${tag} ${e.text} ${n?.text ?? ''})`,
      *run(f) {
        const payload = [yield* e.run(f)];
        if (n) payload.push(yield* n.run(f));
        throw new Thrown(f.state, tag, payload);
      },
    };
  }

  protected loop(depth: number, loops: number): Code<void> {
    const n = this.small(2, 2);
    const c = this.local('i32-scratch');
    const body = this.statements(depth - 1, loops - 1);
    const l = this.label();
    return {
      text: `(local.set ${c} ${n.text})
        (loop ${l} ${body.text} (br_if ${l} (i32.gt_s (local.tee ${c} (i32.sub (local.get ${c}) (i32.const 1))) (i32.const 0))))`,
      *run(f) {
        let left = yield* n.run(f);
        do yield* body.run(f);
        while (--left > 0);
      },
    };
  }

  /** All that is thrown within is caught: by its tag, with what it carries, or as an exception that is thrown again or not. */
  protected tryTable(depth: number, loops: number): Code<void> {
    const body = this.statements(depth - 1, loops);
    const thrower = this.below(3) === 0 ? this.throwing() : undefined;
    const [x, y, any] = [0, 1, 2].map(() => this.statements(depth - 1, loops));
    const [value, n, struct] = [this.pick(this.exactly('any')), this.localOf('i32')!, this.pick(this.exactly('t0'))];
    const again = this.small(2, 1);
    const exn = this.local('exn');
    const [done, lx, ly, la] = [this.label(), this.label(), this.label(), this.label()];
    return {
      text: `(block ${done}
        (block ${lx} (result anyref i32)
          (block ${ly} (result (ref null $t0))
            (block ${la} (result exnref)
              (try_table (catch $x ${lx}) (catch $y ${ly}) (catch_all_ref ${la}) ${body.text} ${thrower?.text ?? ''})
              (br ${done}))
            (local.set ${exn}) ${any.text}
            (if (i32.eqz ${again.text}) (then (throw_ref (local.get ${exn}))))
            (br ${done}))
          (local.set ${struct}) ${y.text} (br ${done}))
        (local.set ${n}) (local.set ${value}) ${x.text})`,
      *run(f) {
        try {
          yield* body.run(f);
          if (thrower) yield* thrower.run(f);
          return;
        } catch (e) {
          if (!(e instanceof Thrown || e instanceof HostError)) throw e;
          f.locals[exn] = e;
        }
        const e = f.locals[exn];
        // Tags are the instance's own.
        const tag = e instanceof Thrown && e.owner === f.state ? e.tag : undefined;
        if (tag === 'x') {
          [f.locals[value], f.locals[n]] = (e as Thrown).payload;
          yield* x.run(f);
        } else if (tag === 'y') {
          [f.locals[struct]] = (e as Thrown).payload;
          yield* y.run(f);
        } else {
          yield* any.run(f);
          if ((yield* again.run(f)) === 0) throw e;
        }
      },
    };
  }
}
