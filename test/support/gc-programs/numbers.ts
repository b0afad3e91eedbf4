/** Numbers, tests, indices, and what is read out of objects. */
/* eslint require-yield: "off" */
import { digest, NUMBERS, Obj, type Steps, trap } from '../gc-model.js';
import {
  ABSTRACT,
  type Frame,
  type Code,
  type Ref,
  name,
  storageText,
  constant,
  nullText,
  checked,
  TABLES,
} from './code.js';
import { Basics } from './basics.js';

export abstract class Numbers extends Basics {
  protected abstract extern(depth: number): Ref;
  protected abstract ref(type: string, depth: number): Ref;

  protected number(depth: number): Code<number> {
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

  protected constantNumber(): Code<number> {
    const x = this.pick([0, 1, -1, 7, 255, 128, 32768, 0x40000000, -0x40000001, 0x7fffffff, this.below(1 << 30)]);
    return constant(`(i32.const ${x})`, x);
  }

  /** `ref.test` of an object or a function. */
  protected test(depth: number): Code<number> {
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

  protected functionOfTable(depth: number): Code<unknown> {
    const at = this.index('tf', depth);
    return {
      text: `(table.get $tf ${at.text})`,
      *run(f) {
        return checked(f.state.tables.tf, yield* at.run(f), 'oob-table');
      },
    };
  }

  protected anyType(): string {
    return this.pick([...ABSTRACT, ...this.types.structs, ...this.types.arrays]);
  }

  /** An index into a table, mostly inside. */
  protected index(table: string, depth: number): Code<number> {
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
  protected small(bits: number, depth: number): Code<number> {
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
  protected unlessNull<T>(
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
  protected field(type: string, fits: (storage: string) => boolean, depth: number): Code<unknown> & { type: string } {
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
  protected element(type: string, depth: number): Code<unknown> & { type: string } {
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
}
