/** References: new objects, casts, calls, values that cross between the two kinds of reference. */
/* eslint require-yield: "off" */
import { Fn, NUMBERS, Obj, type State, trap, zeroOf } from '../gc-model.js';
import { type Code, type Ref, name, nullable, constant, checked, TABLES } from './code.js';
import { Numbers } from './numbers.js';

export abstract class References extends Numbers {
  /** A reference of a type or a subtype of it, or null. */
  ref(type: string, depth: number): Ref {
    if (depth <= 0) return this.simpleRef(type);
    switch (this.below(14)) {
      case 0:
      case 1:
        return this.simpleRef(type);
      case 2:
      case 3:
        return this.newRef(type, depth);
      case 4:
      case 5: {
        const struct = this.pick(this.types.structs);
        const e = this.field(struct, (s) => s === 'any' || s === 't0' || s === 'extern', depth);
        return this.cast(e.type === 'extern' ? this.internalized(e) : e, type);
      }
      case 6: {
        const e = this.element(this.pick(['a_any', 'a_t0', 'a_extern']), depth);
        return this.cast(e.type === 'extern' ? this.internalized(e) : e, type);
      }
      case 7: {
        const table = this.pick(['ta', 'tt']);
        const at = this.index(table, depth - 1);
        return this.cast(
          {
            type: TABLES[table].element,
            text: `(table.get $${table} ${at.text})`,
            *run(f) {
              return checked(f.state.tables[table], yield* at.run(f), 'oob-table');
            },
          },
          type,
        );
      }
      case 8:
        return this.cast(this.internalized(this.extern(depth - 1)), type);
      case 9:
        return this.cast(this.called(depth), type);
      case 10: {
        const c = this.number(depth - 1);
        const a = this.ref(type, depth - 1);
        const b = this.ref(type, depth - 1);
        return {
          type,
          text: `(select (result ${nullable(type)}) ${a.text} ${b.text} ${c.text})`,
          *run(f) {
            const left = yield* a.run(f);
            const right = yield* b.run(f);
            return (yield* c.run(f)) !== 0 ? left : right;
          },
        };
      }
      case 11: {
        const c = this.number(depth - 1);
        const a = this.ref(type, depth - 1);
        const b = this.ref(type, depth - 1);
        return {
          type,
          text: `(if (result ${nullable(type)}) ${c.text} (then ${a.text}) (else ${b.text}))`,
          *run(f) {
            return (yield* c.run(f)) !== 0 ? yield* a.run(f) : yield* b.run(f);
          },
        };
      }
      case 12:
        return this.orNew(type, depth);
      default:
        return this.cast(this.ref(this.pick(['any', 'eq', 'struct', 't0']), depth - 1), type);
    }
  }

  /** A local or global of the type, or null. */
  protected simpleRef(type: string): Ref {
    const local = this.localOf(type);
    const global = this.pick(
      this.globals.flatMap((g, i) => (this.types.isSubtype(g.type, type) ? [i] : [])).concat(-1),
    );
    if (local !== undefined && (global < 0 || this.below(3) > 0))
      return {
        type: this.locals[local],
        text: `(local.get ${local})`,
        *run(f) {
          return f.locals[local];
        },
      };
    return global >= 0 ? this.globalRef(global) : this.newRef(type, 0);
  }

  protected globalRef(i: number): Ref {
    return {
      type: this.globals[i].type,
      text: `(global.get $g${i})`,
      *run(f) {
        return f.state.globals[i];
      },
    };
  }

  /** A new object, small integer or null that a constant expression may have too (`depth` 0), or not. */
  protected newRef(type: string, depth: number): Ref {
    const options = ['i31', ...this.types.structs, ...this.types.arrays].filter((t) => this.types.isSubtype(t, type));
    if (options.length === 0 || this.below(12) === 0) return { type, ...constant('(ref.null none)', null) };
    const made = type === 'any' && this.below(4) === 0 ? 'i31' : this.pick(options);
    if (made === 'i31') {
      const e = depth > 0 ? this.number(depth - 1) : this.constantNumber();
      return {
        type: 'i31',
        text: `(ref.i31 ${e.text})`,
        *run(f) {
          return ((yield* e.run(f)) << 1) >> 1;
        },
      };
    }
    return this.types.all.get(made)!.fields ? this.newStruct(made, depth) : this.newArray(made, depth);
  }

  protected newStruct(type: string, depth: number): Ref {
    const fields = this.types.all.get(type)!.fields!;
    if (this.below(4) === 0)
      return {
        type,
        text: `(struct.new_default $${type})`,
        *run() {
          return new Obj(type, fields.map(zeroOf));
        },
      };
    const values = fields.map((s) => this.stored(s, depth));
    return {
      type,
      text: `(struct.new $${type} ${values.map((v) => v.text).join(' ')})`,
      *run(f) {
        const items = [];
        for (const v of values) items.push(yield* v.run(f));
        return new Obj(type, items);
      },
    };
  }

  /** A value as a field or an element of such storage takes it. */
  protected stored(storage: string, depth: number): Code<unknown> {
    if (storage in NUMBERS) {
      const kind = NUMBERS[storage];
      if (depth <= 0) {
        // Constant expressions have no conversions.
        const x = this.below(2) === 0 ? 0 : this.below(100);
        const type = kind.type.startsWith('i') && kind.bytes < 4 ? 'i32' : kind.type;
        return constant(
          type === 'v128' ? `(v128.const i32x4 ${`${x} `.repeat(4)})` : `(${type}.const ${x})`,
          typeof kind.zero === 'bigint' ? BigInt(x) : x,
        );
      }
      const e = this.number(depth - 1);
      return {
        text: kind.write(e.text),
        *run(f) {
          return kind.store(yield* e.run(f));
        },
      };
    }
    if (storage === 'fa') return constant('(ref.null nofunc)', null);
    return storage === 'extern'
      ? this.extern(depth - 1)
      : depth <= 0
        ? this.simpleConstant(storage, depth)
        : this.ref(storage, depth - 1);
  }

  /** New objects in new objects end at a depth of −4: those of types with many fields would go on without end. */
  protected simpleConstant(type: string, depth: number): Ref {
    const fixed = this.globals.flatMap((g, i) => (!g.mutable && this.types.isSubtype(g.type, type) ? [i] : []));
    if (fixed.length > 0 && this.below(3) === 0) return this.globalRef(this.pick(fixed));
    if (type === 'any' && this.below(4) === 0) return this.internalized(this.extern(-1));
    return depth > -4 && this.below(3) === 0
      ? this.newRef(type, depth - 1)
      : { type, ...constant('(ref.null none)', null) };
  }

  protected newArray(type: string, depth: number): Ref {
    const storage = this.types.all.get(type)!.element!;
    const form = this.below(depth > 0 ? 5 : 3);
    if (form === 0) {
      const values = this.times(this.below(6), () => this.stored(storage, depth - 1));
      return {
        type,
        text: `(array.new_fixed $${type} ${values.length} ${values.map((v) => v.text).join(' ')})`,
        *run(f) {
          const items = [];
          for (const v of values) items.push(yield* v.run(f));
          return new Obj(type, items);
        },
      };
    }
    if (form >= 3) {
      const made = this.arrayOfSegment(type, depth);
      if (made !== undefined) return made;
    }
    const most = this.below(12) === 0 ? 11 : 4;
    const n = depth > 0 ? this.small(most, depth - 1) : this.smallConstant(most);
    const value = form === 1 ? this.stored(storage, depth - 1) : undefined;
    return {
      type,
      text: value ? `(array.new $${type} ${value.text} ${n.text})` : `(array.new_default $${type} ${n.text})`,
      *run(f) {
        const v = value ? yield* value.run(f) : zeroOf(storage);
        return new Obj(type, new Array(yield* n.run(f)).fill(v));
      },
    };
  }

  protected smallConstant(bits: number): Code<number> {
    const n = this.below(1 << bits);
    return constant(`(i32.const ${n})`, n);
  }

  /** `array.new_data`, `array.new_elem`. */
  protected arrayOfSegment(type: string, depth: number): Ref | undefined {
    const storage = this.types.all.get(type)!.element!;
    const at = this.small(3, depth - 1);
    const n = this.small(this.guarded() ? 3 : 8, depth - 1);
    const segment = this.segmentFor(storage);
    if (segment === undefined) return undefined;
    return {
      type,
      text: `(array.new_${segment.text} $${type} $${segment.name} ${at.text} ${n.text})`,
      *run(f) {
        const from = yield* at.run(f);
        return new Obj(type, segment.items(f.state, from, yield* n.run(f)));
      },
    };
  }

  /** A passive segment that elements of such storage can come from. */
  protected segmentFor(
    storage: string,
  ): { text: string; name: string; items(s: State, at: number, n: number): unknown[] } | undefined {
    if (storage in NUMBERS) {
      const k = this.below(this.data.length);
      const { bytes, load } = NUMBERS[storage];
      return {
        text: 'data',
        name: `d${k}`,
        items(s, at, n) {
          const from = s.data[k];
          if (at + n * bytes > from.length) trap('oob-memory');
          const view = new DataView(from.buffer, from.byteOffset, from.length);
          return Array.from({ length: n }, (_, i) => load(view, at + i * bytes));
        },
      };
    }
    const fit = this.elements.flatMap((e, i) => (this.types.isSubtype(e.type, storage) ? [i] : []));
    if (fit.length === 0) return undefined;
    const k = this.pick(fit);
    return {
      text: 'elem',
      name: `e${k}`,
      items(s, at, n) {
        if (at + n > s.elements[k].length) trap('oob-table');
        return s.elements[k].slice(at, at + n);
      },
    };
  }

  /** A value outside of the heap's types: what JavaScript sees. */
  protected extern(depth: number): Ref {
    if (depth < 0 || this.below(4) === 0)
      return this.below(3) === 0
        ? { type: 'extern', ...constant('(ref.null noextern)', null) }
        : {
            type: 'extern',
            text: '(global.get $host)',
            *run(f) {
              return f.state.globals[f.state.globals.length - 1];
            },
          };
    const e = depth === 0 ? this.simpleRef('any') : this.ref('any', depth);
    return { ...e, type: 'extern', text: `(extern.convert_any ${e.text})` };
  }

  protected internalized(e: Code<unknown>): Ref {
    return { ...e, type: 'any', text: `(any.convert_extern ${e.text})` };
  }

  /** Casts down in one of the ways there are; null where that does not go, or a trap. */
  protected cast(e: Ref, type: string): Ref {
    const { types } = this;
    if (types.isSubtype(e.type, type)) return e;
    const to = nullable(type);
    const exact = `(ref ${name(type)})`;
    const from = types.isSubtype(type, e.type) ? nullable(e.type) : 'anyref';
    const [ok, not] = [this.label(), this.label()];
    if (!this.guarded()) {
      const allowNull = this.below(2) === 0;
      return {
        type,
        text: `(ref.cast ${allowNull ? to : exact} ${e.text})`,
        *run(f) {
          const v = yield* e.run(f);
          return (v === null && allowNull) || types.test(v, type) ? v : trap('cast');
        },
      };
    }
    const s = this.local('any-scratch');
    const text = this.pick([
      `(block ${ok} (result ${to}) (br_on_cast ${ok} ${from} ${to} ${e.text}) (drop) (ref.null none))`,
      `(block ${ok} (result ${to}) (br_on_cast ${ok} ${from} ${exact} ${e.text}) (drop) (ref.null none))`,
      `(block ${ok} (result ${to}) (block ${not} (result ${from})
        (br_on_cast_fail ${not} ${from} ${exact} ${e.text}) (br ${ok})) (drop) (ref.null none))`,
      `(if (result ${to}) (ref.test ${exact} (local.tee ${s} ${e.text}))
        (then (ref.cast ${exact} (local.get ${s}))) (else (ref.null none)))`,
    ]);
    return {
      type,
      text,
      *run(f) {
        const v = yield* e.run(f);
        return types.test(v, type) ? v : null;
      },
    };
  }

  /** A value, or something new where it is null: `br_on_non_null`, `br_on_null`. */
  protected orNew(type: string, depth: number): Ref {
    const e = this.ref(type, depth - 1);
    const other = this.newRef(type, depth - 1);
    const [l, m] = [this.label(), this.label()];
    const result = nullable(type);
    return {
      type,
      text:
        this.below(2) === 0
          ? `(block ${l} (result ${result}) (block ${m} (result (ref ${name(type)})) (br_on_non_null ${m} ${e.text}) (br ${l} ${other.text})))`
          : `(block ${l} (result ${result}) (block ${m} (br ${l} (br_on_null ${m} ${e.text}))) ${other.text})`,
      *run(f) {
        const v = yield* e.run(f);
        return v === null ? yield* other.run(f) : v;
      },
    };
  }

  /** A call of a function: direct, by a reference, through the table, of the host. */
  protected called(depth: number): Ref {
    const e = this.ref('any', depth - 1);
    const n = this.number(depth - 1);
    switch (this.below(this.waits ? 6 : 4)) {
      case 0: {
        const { functions } = this;
        const k = this.below(this.plain);
        return {
          type: 'any',
          text: `(call $f${k} ${e.text} ${n.text})`,
          *run(f) {
            const value = yield* e.run(f);
            return yield* functions[k].run(f.state, [value, yield* n.run(f)]);
          },
        };
      }
      case 1: {
        // Its own type is that of a supertype of what is in the table.
        const { types } = this;
        const at = this.index('tf', 0);
        const type = this.pick(['fa', 'fb']);
        const i = this.local('i32-scratch');
        const s = this.local('any-scratch');
        const result = type === 'fa' ? 'any' : 't0';
        const guarded = this.guarded();
        const call = this.pick([
          `(call_ref $${type} (local.get ${s}) (ref.cast (ref $${type}) (table.get $tf (local.get ${i}))))`,
          `(call_indirect $tf (type $${type}) (local.get ${s}) (local.get ${i}))`,
        ]);
        return {
          type: result,
          text: `(block (result ${nullable(result)}) (local.set ${s} ${e.text}) (local.set ${i} ${at.text}) ${
            guarded
              ? `(if (result ${nullable(result)}) (ref.test (ref $${type}) (table.get $tf (local.get ${i}))) (then ${call}) (else (ref.null none)))`
              : call
          })`,
          *run(f) {
            const value = yield* e.run(f);
            const callee = checked(f.state.tables.tf, yield* at.run(f), 'oob-table');
            if (!types.test(callee, type)) return guarded ? null : trap('callee');
            return yield* (callee as Fn).run(f.state, [value]);
          },
        };
      }
      case 2:
      case 3: {
        const action = this.below(64);
        return {
          type: 'any',
          text: `(call $now ${e.text} (i32.const ${action}))`,
          *run(f) {
            return yield* f.state.now(f.state, yield* e.run(f), action);
          },
        };
      }
      default:
        return {
          type: 'any',
          text: `(call $wait ${e.text})`,
          *run(f) {
            return yield yield* e.run(f);
          },
        };
    }
  }
}
