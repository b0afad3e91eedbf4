/**
 * The values of externrefs: JavaScript values that wasm holds as 32-bit numbers (`Externref` of abi/vmctx.ts). 0 is
 * null. One table per thread.
 *
 * Crossing the boundary takes a new index (wasm cannot compare externrefs, so one value may have several). At first the
 * table holds the value itself. A sweep (runtime/lifetimes.ts says when) frees indices that no native slot holds; of
 * those that only tables, globals and instances hold, it keeps no more than a weak reference, because they hold the
 * values where V8's collector sees it.
 */
import { Externref } from '../abi/vmctx.js';
import type { NativeBinding } from '../binding.js';
import { Mark } from '../abi/objects.js';
import { SINGLE_CHARACTERS } from '../abi/strings.js';
import { strings } from '../util/realm.js';
import { StringCells } from './string-cells.js';

const { imul } = Math;
/** Taken since the latest sweep; found in use by a sweep; the addon has a weak reference. */
const YOUNG = 0;
const OLD = 1;
const WEAKENED = 2;
/** In the place of a value that its owners hold. */
const WEAK = Symbol('weak');
export class ExternTable {
  /** By index: the value, WEAK, or the next free index. */
  private readonly values: unknown[] = [null];
  private free = 0;
  /** Indices to be taken until it is asked again whether a sweep is worth it. */
  private left = 1;
  /** By index. Only old ones are weakened: that costs more than most of them live. */
  private age = new Uint8Array(64);
  /** Marks of the sweep under way. Taking an index ends it: the marks know nothing of that. */
  private sweeping: Uint8Array | null = null;
  /** Once a module has string builtins. */
  private strings: StringCells | null = null;
  /** Index of the first of the single characters, and the empty string, which are there then for good. */
  private singles = 0;

  /** @param consider may sweep; returns after how many taken indices it wants to be asked again. */
  constructor(
    private readonly native: NativeBinding,
    private readonly i32: Int32Array,
    private readonly consider: () => number,
  ) {}

  /** A reference (signed) for a value; 0 for null. */
  take(value: unknown): number {
    if (value === null) return 0;
    const index = this.takeIndex(value);
    if (this.strings !== null) this.strings.forget(index);
    return referenceOf(index);
  }

  /** The same for what a string builtin returns: native code knows its length. */
  takeString(value: string): number {
    const index = this.takeIndex(value);
    if (this.strings !== null) this.strings.describe(index, value);
    return referenceOf(index);
  }

  private takeIndex(value: unknown): number {
    if (--this.left === 0) {
      this.left = 1;
      this.left = this.consider();
    }
    this.sweeping = null;
    const { values } = this;
    let index = this.free;
    if (index === 0) index = this.more();
    else this.free = values[index] as number;
    values[index] = value;
    this.age[index] = YOUNG;
    return index;
  }

  private more(): number {
    const index = this.values.length;
    if (index >= this.age.length) {
      const longer = new Uint8Array(2 * index);
      for (let i = 0; i < index; i++) longer[i] = this.age[i];
      this.age = longer;
      this.strings?.grow(longer.length);
    }
    return index;
  }

  /** Native code is told of strings from now on. */
  describeStrings(): void {
    if (this.strings !== null) return;
    const { values } = this;
    const first = values.length;
    this.sweeping = null;
    for (let k = 0; k <= SINGLE_CHARACTERS; k++)
      values[this.more()] = k < SINGLE_CHARACTERS ? strings.fromCharCode(k) : '';
    this.singles = first;
    this.strings = new StringCells(this.native, this.i32, this.age.length, first);
  }

  /** The value of a reference that a string builtin has as its argument, which native code did not know. */
  argument(reference: number): unknown {
    const value = this.value(reference);
    this.strings?.note(indexOf(reference), value);
    return value;
  }

  /** The builtin reads the characters of that value. */
  read(reference: number, value: unknown): void {
    this.strings?.read(indexOf(reference), value);
  }

  /** The value of a reference. */
  value(reference: number): unknown {
    const index = indexOf(reference);
    const value = this.values[index];
    return value === WEAK ? (this.values[index] = this.native.externValue(index)) : value;
  }

  /** The value at an index, for its owners. */
  at(index: number): unknown {
    const value = this.values[index];
    return value === WEAK ? this.native.externValue(index) : value;
  }

  /** Indices in existence, free ones included. */
  get size(): number {
    return this.values.length;
  }

  /** Marks for `sweep`, all 0 but for what stays for good. */
  begin(): Uint8Array {
    const marks = new Uint8Array(this.values.length);
    if (this.strings !== null) marks.fill(Mark.ROOT, this.singles, this.singles + SINGLE_CHARACTERS + 1);
    return (this.sweeping = marks);
  }

  /** Frees every index whose mark is 0 and weakens those that have owners: the old ones, or `all`. O(indices). */
  sweep(marks: Uint8Array, all: boolean): void {
    const { values, native, age } = this;
    let free = 0;
    // Downwards: free indices are always linked upwards, so that a sweep that does not come to its end leaves a list.
    for (let i = marks.length - 1; i > 0; i--) {
      if (this.sweeping !== marks) return;
      if (marks[i] === 0) {
        values[i] = free;
        free = i;
      } else if (marks[i] === Mark.OWNED) {
        if (age[i] === YOUNG && !all) age[i] = OLD;
        else if (age[i] === WEAKENED) values[i] = WEAK;
        else if (isCollectable(values[i])) {
          native.externWeaken(i, values[i]);
          age[i] = WEAKENED;
          values[i] = WEAK;
        }
      } else if (values[i] === WEAK) {
        // An owner may let it go while the stack still has it.
        values[i] = native.externValue(i);
      }
    }
    this.free = free;
    this.sweeping = null;
  }
}

const referenceOf = (index: number): number => (imul(index, Externref.SCATTER) << 2) | Externref.TAG;
const indexOf = (reference: number): number => imul(reference >>> 2, Externref.GATHER) & 0x3fffffff;

const isCollectable = (value: unknown): boolean =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
