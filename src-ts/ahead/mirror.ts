/** Objects of the compiler that translated passes have a copy of: their fields move between the two. */
import type { IntVec } from '../util/vec.js';
import { type Ahead, type Numbers, SHIFTS } from './memory.js';

/** Fields of a class. Those of `arrays` and `vecs` are grouped by what says how many entries are in use. */
export interface Fields<G extends string> {
  readonly arrays: Readonly<Partial<Record<G, readonly string[]>>>;
  readonly vecs: Readonly<Partial<Record<G, readonly string[]>>>;
  readonly numbers: readonly string[];
  readonly flags: readonly string[];
  /** Objects, which have mirrors of their own. */
  readonly links: readonly string[];
}

interface ArrayField {
  readonly name: string;
  /** Where the array's address is, or the vector's. */
  readonly place: number;
  readonly shift: number;
  readonly isVec: boolean;
}

type Arrays = Record<string, Numbers>;
type Vecs = Record<string, IntVec>;
const MAKE = { 0: Uint8Array, 1: Uint16Array, 2: Int32Array, 3: Float64Array } as const;

/** The fields of an object at an address, as far as translated passes use them. */
export class Mirror<G extends string> {
  private readonly vecArray: number;
  private readonly vecLength: number;
  private readonly groups: { readonly name: G; readonly fields: readonly ArrayField[] }[] = [];
  private readonly numbers: readonly (readonly [name: string, place: number])[];
  private readonly flags: readonly (readonly [name: string, place: number])[];

  constructor(
    private readonly ahead: Ahead,
    readonly object: number,
    name: string,
    fields: Fields<G>,
  ) {
    this.vecArray = ahead.field(0, 'IntVec', 'a');
    this.vecLength = ahead.field(0, 'IntVec', 'n');
    const used = new Set(ahead.fields(name));
    const known = new Set([...fields.numbers, ...fields.flags, ...fields.links]);
    const place = (field: string): number => ahead.field(object, name, field);
    for (const [table, isVec] of [
      [fields.arrays, false],
      [fields.vecs, true],
    ] as const)
      for (const [group, names] of Object.entries(table) as [G, readonly string[]][]) {
        names.forEach((field) => known.add(field));
        const here = names.filter((field) => used.has(field));
        if (here.length > 0)
          this.groups.push({ name: group, fields: here.map((field) => this.arrayField(name, field, isVec)) });
      }
    const places = (names: readonly string[]): (readonly [string, number])[] =>
      names.filter((field) => used.has(field)).map((field) => [field, place(field)]);
    this.numbers = places(fields.numbers);
    this.flags = places(fields.flags);
    for (const field of used)
      if (!known.has(field))
        throw new TypeError(`translated passes use ${name}.${field}, which is not copied for them`);
  }

  private arrayField(className: string, name: string, isVec: boolean): ArrayField {
    const { ahead } = this;
    const place = ahead.field(this.object, className, name);
    const shift = isVec ? 2 : SHIFTS[ahead.kind(className, name)];
    const array = ahead.makeArray(0, shift);
    if (isVec) {
      const vec = ahead.make('IntVec');
      ahead.setInt(vec + this.vecArray, array);
      ahead.setInt(place, vec);
    } else ahead.setInt(place, array);
    return { name, place, shift, isVec };
  }

  // What follows runs for each function, in a process that has just started interpreted: so loops over indices.

  copyIn(from: object, counts: Readonly<Record<G, number>>): void {
    const { ahead, numbers, flags, groups, vecArray, vecLength } = this;
    for (let k = 0; k < numbers.length; k++)
      ahead.setInt(numbers[k][1], (from as Record<string, number>)[numbers[k][0]]);
    for (let k = 0; k < flags.length; k++)
      ahead.setInt(flags[k][1], (from as Record<string, boolean>)[flags[k][0]] ? 1 : 0);
    for (let g = 0; g < groups.length; g++) {
      const n = counts[groups[g].name];
      if (n < 0) continue;
      const { fields } = groups[g];
      for (let k = 0; k < fields.length; k++) {
        const field = fields[k];
        if (!field.isVec) ahead.put(field.place, field.shift, (from as Arrays)[field.name], n);
        else {
          const vec = ahead.int(field.place);
          ahead.setInt(vec + vecLength, n);
          ahead.put(vec + vecArray, 2, (from as Vecs)[field.name].a, n);
        }
      }
    }
  }

  /** Back again: numbers first, so that `counts` can be told from them. */
  copyNumbersOut(to: object): void {
    for (const [name, place] of this.numbers) (to as Record<string, number>)[name] = this.ahead.int(place);
    for (const [name, place] of this.flags) (to as Record<string, boolean>)[name] = this.ahead.int(place) !== 0;
  }

  copyArraysOut(to: object, counts: Readonly<Record<G, number>>): void {
    const { groups } = this;
    for (let g = 0; g < groups.length; g++) {
      const n = counts[groups[g].name];
      if (n < 0) continue;
      const { fields } = groups[g];
      for (let k = 0; k < fields.length; k++)
        if (fields[k].isVec) this.copyVecOut(fields[k], (to as Vecs)[fields[k].name]);
        else this.copyArrayOut(fields[k], to as Arrays, n);
    }
  }

  private copyArrayOut({ name, place, shift }: ArrayField, to: Arrays, n: number): void {
    if (to[name].length < n) to[name] = new (arrayKind(to[name], shift))(n + (n >> 1) + 16);
    to[name].set(this.ahead.view(place, shift, n));
  }

  private copyVecOut({ place }: ArrayField, vec: IntVec): void {
    const { ahead } = this;
    const at = ahead.int(place);
    const n = ahead.int(at + this.vecLength);
    vec.n = 0;
    vec.reserve(n);
    vec.a.set(ahead.view(at + this.vecArray, 2, n));
    vec.n = n;
  }
}

const arrayKind = (old: Numbers, shift: number): new (n: number) => Numbers =>
  old instanceof Uint32Array ? Uint32Array : MAKE[shift as keyof typeof MAKE];
