/** Objects that do not change, whole, in the memory of translated code: the decoded module, a profile. */
import { type Ahead, type Numbers, SHIFTS } from './memory.js';

type Value = object | number | boolean | null | undefined;

/** Each object and array is placed once. */
export class Placer {
  private readonly placed = new Map<object, number>();

  constructor(private readonly ahead: Ahead) {}

  /** Address of an object of a class: those of its fields that translated code reads. Throws RangeError for a number that is not what it takes for one. */
  object(value: object, name: string): number {
    const known = this.placed.get(value);
    if (known !== undefined) return known;
    const { ahead } = this;
    const at = ahead.make(name);
    this.placed.set(value, at);
    for (const field of ahead.fields(name)) {
      const part = (value as Record<string, Value>)[field];
      const place = ahead.field(at, name, field);
      const kind = ahead.kind(name, field);
      if (kind === 'float') ahead.setFloat(place, Number(part));
      else ahead.setInt(place, this.value(part, kind, ahead.elements(name, field)));
    }
    return at;
  }

  private value(value: Value, kind: string, elements: string): number {
    if (value === null || value === undefined) return 0;
    if (typeof value === 'object') {
      if (kind === 'List') return this.list(value as readonly Value[], elements);
      return kind in SHIFTS ? this.array(value as Numbers, SHIFTS[kind]) : this.object(value, kind);
    }
    const number = Number(value);
    if (number !== (number | 0)) throw new RangeError(`translated code takes ${number} for an int32`);
    return number;
  }

  private array(value: Numbers, shift: number): number {
    const known = this.placed.get(value);
    if (known !== undefined) return known;
    const at = this.ahead.makeArray(value.length, shift);
    this.placed.set(value, at);
    this.ahead.write(at, shift, value, value.length);
    return at;
  }

  private list(value: readonly Value[], kind: string): number {
    const known = this.placed.get(value);
    if (known !== undefined) return known;
    const at = this.ahead.makeArray(value.length, 2);
    this.placed.set(value, at);
    for (let k = 0; k < value.length; k++) this.ahead.setInt(at + 4 * k, this.value(value[k], kind, ''));
    return at;
  }
}
