/**
 * Random programs over structures, arrays, small integers, casts, globals, tables, segments, exceptions and suspended
 * calls. Each instruction is made together with what it means: a text for the engines, a function for the model. The
 * same program for the same seed.
 */
/* eslint require-yield: "off" */
import {
  DIGESTED,
  digest,
  Fn,
  HostError,
  mix,
  NUMBERS,
  Obj,
  type State,
  type Steps,
  Thrown,
  trap,
  Types,
  zeroOf,
} from './gc-model.js';

/** A call under way: parameters and locals. */
interface Frame {
  state: State;
  locals: unknown[];
}
/** Instructions that give a value (or nothing), and the model's way to it. `type`: of a reference, statically. */
interface Code<T> {
  text: string;
  run(f: Frame): Steps<T>;
}
interface Ref extends Code<unknown> {
  type: string;
}

export interface Program {
  text: string;
  types: Types;
  /** Exported functions of one any and one i32: those that may suspend come behind. */
  functions: Fn[];
  plain: number;
  /** The state of a new instance. */
  instantiate(host: unknown, now: State['now']): State;
  /** What the exported function `state` gives. */
  digestState(s: State): number;
}

const ABSTRACT = ['any', 'eq', 'i31', 'struct', 'array'];
const name = (type: string): string => (ABSTRACT.includes(type) ? type : `$${type}`);
const nullable = (type: string): string => (type === 'extern' ? 'externref' : `(ref null ${name(type)})`);
const storageText = (storage: string): string =>
  storage in NUMBERS ? NUMBERS[storage].type : storage === 'fa' ? 'funcref' : nullable(storage);
const constant = (text: string, value: unknown): Code<never> => ({
  text,
  *run() {
    return value as never;
  },
});

const nullText = (storage: string): string =>
  `(ref.null ${storage === 'extern' ? 'noextern' : storage === 'fa' ? 'nofunc' : 'none'})`;
/** An element that must be there. */
function checked(items: readonly unknown[], k: number, kind: string): unknown {
  if (k >>> 0 >= items.length) trap(kind);
  return items[k];
}

const TABLES: Record<string, { element: string; size: number }> = {
  ta: { element: 'any', size: 8 },
  tt: { element: 't0', size: 6 },
  tf: { element: 'fa', size: 6 },
};
const FUNC = '(type $main (func (param anyref i32) (result anyref)))';

class Writer {
  private x: number;
  private labels = 0;
  readonly types = new Types();
  /** Types of globals, and which of them may change. */
  private readonly globals: { type: string; mutable: boolean; init: Ref }[] = [];
  private readonly data: Uint8Array[] = [];
  private readonly elements: { type: string; items: Ref[] }[] = [];
  readonly functions: Fn[] = [];
  private readonly plain = 3;
  /** Of the function that is being written: types of its locals (numbers: i32), whether it may suspend, statements left. */
  private locals: string[] = [];
  private waits = false;
  private budget = 0;

  constructor(seed: number) {
    this.x = Math.imul(seed, 2654435761) >>> 0 || 1;
  }

  // ---- chance

  private below(n: number): number {
    this.x ^= this.x << 13;
    this.x ^= this.x >>> 17;
    this.x ^= this.x << 5;
    return (this.x >>> 0) % n;
  }
  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  private times<T>(n: number, make: (i: number) => T): T[] {
    return Array.from({ length: n }, (_, i) => make(i));
  }
  /** Whether an operation is kept from trapping. */
  private guarded(): boolean {
    return this.below(400) > 0;
  }
  private label(): string {
    return `$b${this.labels++}`;
  }
  private local(type: string): number {
    return this.locals.push(type) - 1;
  }
  private localOf(type: string): number | undefined {
    const fit = this.locals.flatMap((t, i) => (this.types.isSubtype(t, type) ? [i] : []));
    return fit.length > 0 ? this.pick(fit) : undefined;
  }

  private exactly(type: string): number[] {
    return this.locals.flatMap((t, i) => (t === type ? [i] : []));
  }

  // ---- types

  private makeTypes(): string {
    const { all } = this.types;
    const kinds = ['i8', 'i16', 'i32', 'i64', 'f64', 'v128', 'any', 'any', 't0', 't0', 'extern'];
    const depth = this.pick([3, 6, 17]);
    const chain = this.times(depth, (i) => `t${i}`);
    const fields = (inherited: string[]): string[] => [
      ...inherited,
      ...this.times(this.below(3), () => this.pick(kinds)),
    ];
    let inherited = ['t0', 'i32', 'any'];
    chain.forEach((t, i) => {
      if (i > 0) inherited = fields(inherited);
      all.set(t, { parent: i === 0 ? 'struct' : chain[i - 1], fields: inherited });
    });
    // Siblings, beside the chain.
    for (const [t, parent] of [
      ['u', 't1'],
      ['w', 'u'],
      ['v', chain[depth - 2]],
    ])
      all.set(t, { parent, fields: fields(all.get(parent)!.fields!) });
    for (const element of [...Object.keys(NUMBERS), 'any', 't0', 'extern', 'fa'])
      all.set(`a_${element}`, { parent: 'array', element });
    this.types.complete();
    const texts = [...all].flatMap(([t, { parent, fields, element }]) =>
      fields !== undefined
        ? `(type $${t} (sub ${parent === 'struct' ? '' : `$${parent}`} (struct ${fields.map((s) => `(field (mut ${storageText(s)}))`).join(' ')})))`
        : element !== undefined
          ? `(type $${t} (array (mut ${storageText(element)})))`
          : [],
    );
    return `(type $fa (sub (func (param anyref) (result anyref))))
      (rec ${texts.join('\n')}
        (type $fb (sub $fa (func (param anyref) (result (ref null $t0))))))
      ${FUNC}`;
  }

  // ---- numbers

  private number(depth: number): Code<number> {
    const leaf = depth <= 0;
    switch (this.below(leaf ? 3 : 17)) {
      case 0:
        return this.constantNumber();
      case 1:
      case 2: {
        const i = this.localOf('i32')!;
        return {
          text: `(local.get ${i})`,
          *run(f) {
            return f.locals[i] as number;
          },
        };
      }
      case 3:
      case 4: {
        const [op, meaning] = this.pick<[string, (a: number, b: number) => number]>([
          ['add', (a, b) => (a + b) | 0],
          ['sub', (a, b) => (a - b) | 0],
          ['mul', Math.imul],
          ['xor', (a, b) => a ^ b],
          ['lt_s', (a, b) => Number(a < b)],
        ]);
        const a = this.number(depth - 1);
        const b = this.number(depth - 1);
        return {
          text: `(i32.${op} ${a.text} ${b.text})`,
          *run(f) {
            return meaning(yield* a.run(f), yield* b.run(f));
          },
        };
      }
      case 5:
      case 6:
      case 7:
        return this.field(this.pick(this.types.structs), (storage) => storage in NUMBERS, depth) as Code<number>;
      case 8:
      case 9:
        return this.element(`a_${this.pick(Object.keys(NUMBERS))}`, depth) as Code<number>;
      case 10: {
        const e = this.ref('array', depth - 1);
        const s = this.local('array');
        const text = `(array.len (local.get ${s}))`;
        return this.unlessNull(e, s, text, constant('(i32.const -1)', -1), function* (v) {
          return (v as Obj).items.length;
        });
      }
      case 11: {
        const e = this.ref('i31', depth - 1);
        const signed = this.below(2) === 0;
        const s = this.local('i31');
        return this.unlessNull(
          e,
          s,
          `(i31.get_${signed ? 's' : 'u'} (local.get ${s}))`,
          constant('(i32.const 99)', 99),
          function* (v) {
            return signed ? (v as number) : (v as number) & 0x7fffffff;
          },
        );
      }
      case 12:
      case 13:
        return this.test(depth);
      case 14: {
        const a = this.ref('eq', depth - 1);
        const b = this.below(3) === 0 ? a : this.ref('eq', depth - 1);
        return {
          text: `(ref.eq ${a.text} ${b.text})`,
          *run(f) {
            const left = yield* a.run(f);
            return Number(left === (yield* b.run(f)));
          },
        };
      }
      case 15: {
        const e = this.below(2) === 0 ? this.ref('any', depth - 1) : this.extern(depth - 1);
        return {
          text: `(ref.is_null ${e.text})`,
          *run(f) {
            return Number((yield* e.run(f)) === null);
          },
        };
      }
      default: {
        const e = this.ref('any', depth - 1);
        const d = this.below(3);
        const { types } = this;
        return {
          text: `(call $digest ${e.text} (i32.const ${d}))`,
          *run(f) {
            return digest(types, yield* e.run(f), d);
          },
        };
      }
    }
  }

  private constantNumber(): Code<number> {
    const x = this.pick([0, 1, -1, 7, 255, 128, 32768, 0x40000000, -0x40000001, 0x7fffffff, this.below(1 << 30)]);
    return constant(`(i32.const ${x})`, x);
  }

  /** `ref.test` of an object or a function. */
  private test(depth: number): Code<number> {
    const { types } = this;
    const allowNull = this.below(2) === 0;
    const ofFunction = this.below(5) === 0;
    const e = ofFunction ? this.functionOfTable(depth - 1) : this.ref('any', depth - 1);
    const type = ofFunction ? this.pick(['fa', 'fb']) : this.anyType();
    return {
      text: `(ref.test (ref ${allowNull ? 'null ' : ''}${name(type)}) ${e.text})`,
      *run(f) {
        const v = yield* e.run(f);
        return Number(v === null ? allowNull : types.test(v, type));
      },
    };
  }

  private functionOfTable(depth: number): Code<unknown> {
    const at = this.index('tf', depth);
    return {
      text: `(table.get $tf ${at.text})`,
      *run(f) {
        return checked(f.state.tables.tf, yield* at.run(f), 'oob-table');
      },
    };
  }

  private anyType(): string {
    return this.pick([...ABSTRACT, ...this.types.structs, ...this.types.arrays]);
  }

  /** An index into a table, mostly inside. */
  private index(table: string, depth: number): Code<number> {
    const e = this.number(depth);
    if (!this.guarded()) return e;
    const { size } = TABLES[table];
    return {
      text: `(i32.rem_u ${e.text} (i32.const ${size}))`,
      *run(f) {
        return ((yield* e.run(f)) >>> 0) % size;
      },
    };
  }

  /** A number from 0 to 2^n - 1. */
  private small(bits: number, depth: number): Code<number> {
    const e = this.number(depth);
    const mask = (1 << bits) - 1;
    return {
      text: `(i32.and ${e.text} (i32.const ${mask}))`,
      *run(f) {
        return (yield* e.run(f)) & mask;
      },
    };
  }

  /** What an operation on local `s` gives, into which `e` goes first; instead something else where that is null. */
  private unlessNull<T>(
    e: Ref,
    s: number,
    text: string,
    instead: Code<T>,
    meaning: (v: unknown, f: Frame) => Steps<T>,
    type = 'i32',
  ): Code<T> {
    const guarded = this.guarded();
    return {
      text: guarded
        ? `(if (result ${type}) (ref.is_null (local.tee ${s} ${e.text})) (then ${instead.text}) (else ${text}))`
        : `(block (result ${type}) (local.set ${s} ${e.text}) ${text})`,
      *run(f) {
        const v = yield* e.run(f);
        f.locals[s] = v;
        if (v === null) return guarded ? yield* instead.run(f) : trap('null');
        return yield* meaning(v, f);
      },
    };
  }

  /** A field of a structure: a number, or a reference of the field's type. */
  private field(type: string, fits: (storage: string) => boolean, depth: number): Code<unknown> & { type: string } {
    const e = this.ref(type, depth - 1);
    const { fields } = this.types.all.get(type)!;
    const k = this.pick(fields!.flatMap((storage, i) => (fits(storage) ? [i] : [])));
    const storage = fields![k];
    const s = this.local(type);
    const read = storage in NUMBERS ? this.pick(NUMBERS[storage].reads) : undefined;
    const got = `(struct.get${read?.suffix ?? ''} $${type} ${k} (local.get ${s}))`;
    const code = this.unlessNull<unknown>(
      e,
      s,
      read?.text(got) ?? got,
      read ? constant('(i32.const 11)', 11) : constant(nullText(storage), null),
      function* (v) {
        const item = (v as Obj).items[k];
        return read ? read.value(item as never) : item;
      },
      read ? 'i32' : storageText(storage),
    );
    return { ...code, type: storage };
  }

  /** An element of an array. */
  private element(type: string, depth: number): Code<unknown> & { type: string } {
    const e = this.ref(type, depth - 1);
    const at = this.small(this.pick([2, 3]), depth - 1);
    const storage = this.types.all.get(type)!.element!;
    const s = this.local(type);
    const i = this.local('i32-scratch');
    const read = storage in NUMBERS ? this.pick(NUMBERS[storage].reads) : undefined;
    const got = `(array.get${read?.suffix ?? ''} $${type} (local.get ${s}) (local.get ${i}))`;
    const result = read ? 'i32' : storageText(storage);
    const instead: Code<unknown> = read ? constant('(i32.const 12)', 12) : constant(nullText(storage), null);
    const inside = this.guarded();
    const text = read?.text(got) ?? got;
    const code = this.unlessNull<unknown>(
      e,
      s,
      `(block (result ${result}) (local.set ${i} ${at.text}) ${
        inside
          ? `(if (result ${result}) (i32.lt_u (local.get ${i}) (array.len (local.get ${s}))) (then ${text}) (else ${instead.text}))`
          : text
      })`,
      instead,
      function* (v, f) {
        const k = yield* at.run(f);
        const { items } = v as Obj;
        if (k >= items.length) return inside ? yield* instead.run(f) : trap('oob-array');
        return read ? read.value(items[k] as never) : items[k];
      },
      result,
    );
    return { ...code, type: storage };
  }

  // ---- references

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
  private simpleRef(type: string): Ref {
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

  private globalRef(i: number): Ref {
    return {
      type: this.globals[i].type,
      text: `(global.get $g${i})`,
      *run(f) {
        return f.state.globals[i];
      },
    };
  }

  /** A new object, small integer or null that a constant expression may have too (`depth` 0), or not. */
  private newRef(type: string, depth: number): Ref {
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

  private newStruct(type: string, depth: number): Ref {
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
  private stored(storage: string, depth: number): Code<unknown> {
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
  private simpleConstant(type: string, depth: number): Ref {
    const fixed = this.globals.flatMap((g, i) => (!g.mutable && this.types.isSubtype(g.type, type) ? [i] : []));
    if (fixed.length > 0 && this.below(3) === 0) return this.globalRef(this.pick(fixed));
    if (type === 'any' && this.below(4) === 0) return this.internalized(this.extern(-1));
    return depth > -4 && this.below(3) === 0
      ? this.newRef(type, depth - 1)
      : { type, ...constant('(ref.null none)', null) };
  }

  private newArray(type: string, depth: number): Ref {
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

  private smallConstant(bits: number): Code<number> {
    const n = this.below(1 << bits);
    return constant(`(i32.const ${n})`, n);
  }

  /** `array.new_data`, `array.new_elem`. */
  private arrayOfSegment(type: string, depth: number): Ref | undefined {
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
  private segmentFor(
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
  private extern(depth: number): Ref {
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

  private internalized(e: Code<unknown>): Ref {
    return { ...e, type: 'any', text: `(any.convert_extern ${e.text})` };
  }

  /** Casts down in one of the ways there are; null where that does not go, or a trap. */
  private cast(e: Ref, type: string): Ref {
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
  private orNew(type: string, depth: number): Ref {
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
  private called(depth: number): Ref {
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

  // ---- statements

  private statements(depth: number, loops: number): Code<void> {
    const list = this.times(1 + this.below(4), () => this.statement(depth, loops));
    return {
      text: list.map((s) => s.text).join('\n'),
      *run(f) {
        for (const s of list) yield* s.run(f);
      },
    };
  }

  private statement(depth: number, loops: number): Code<void> {
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

  private assign(e: Code<unknown>, i: number): Code<void> {
    return {
      text: `(local.set ${i} ${e.text})`,
      *run(f) {
        f.locals[i] = yield* e.run(f);
      },
    };
  }

  private note(): Code<void> {
    const e = this.number(3);
    return {
      text: `(call $note ${e.text})`,
      *run(f) {
        const x = yield* e.run(f);
        f.state.check = (Math.imul(f.state.check, 31) + x) | 0;
      },
    };
  }

  private tableSet(): Code<void> {
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
  private tableRange(): Code<void> {
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

  private structSet(): Code<void> {
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
  private ifNotNull(e: Ref, s: number, act: Code<void>): Code<void> {
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
  private range(
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
  private withRange<T>(
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

  private arraySet(): Code<void> {
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

  private arrayFill(): Code<void> {
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
  private arrayCopy(): Code<void> {
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

  private arrayInit(): Code<void> {
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

  private throwing(): Code<void> {
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

  private loop(depth: number, loops: number): Code<void> {
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
  private tryTable(depth: number, loops: number): Code<void> {
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

  // ---- functions and the module

  /** Text of a function's locals behind so many parameters. */
  private localsText(parameters: number): string {
    const text = (t: string): string => {
      const type = t.replace(/-scratch$/, '');
      return type === 'i32' ? 'i32' : type === 'exn' ? 'exnref' : nullable(type);
    };
    return `(local ${this.locals.slice(parameters).map(text).join(' ')})`;
  }

  private frame(state: State, locals: readonly string[], args: readonly unknown[]): Frame {
    return { state, locals: locals.map((t, i) => (i < args.length ? args[i] : t.startsWith('i32') ? 0 : null)) };
  }

  /** An exported function. Each call uses fuel, so all of them end. */
  private mainFunction(k: number): string {
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
  private smallFunction(i: number): { text: string; fn: Fn } {
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

  private makeGlobals(): void {
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

  private digestText(): string {
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

  private stateText(): string {
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

  private instantiate(host: unknown, now: State['now'], ta: Ref, tt: Ref, small: readonly Fn[]): State {
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
