/**
 * The values of externrefs: JavaScript values that wasm holds as 32-bit numbers (`Externref` of abi/vmctx.ts). 0 is
 * null. One table per thread.
 *
 * Crossing the boundary takes a new index (wasm cannot compare externrefs, so one value may have several), but for the
 * objects that crossed last in either direction: between two looks no index goes. At first the table holds the value
 * itself. A sweep (runtime/lifetimes.ts says when) frees indices that no native slot holds; of
 * those that only tables, globals and instances hold, it keeps no more than a weak reference, because they hold the
 * values where V8's collector sees it.
 */
import { Externref } from '../abi/vmctx.js';
import type { NativeBinding } from '../binding.js';
import { Mark } from '../abi/objects.js';
import { ControlWord, MOST_FRESH_STRINGS } from '../abi/calls.js';
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
/** Of what other references cost to hold, a string that native code makes costs so much: no object of V8's. */
const COST_OF_MADE = 0.25;
/** In the place of a string that native code makes: JavaScript makes it when it sees it, or when what it is of may go. */
const MADE = Symbol('made');

export class ExternTable {
  /** By index: the value, WEAK, or the next free index. */
  private readonly values: unknown[] = [null];
  private free = 0;
  /** Objects with a reference since the latest look: what JavaScript gave last, and what it was given; or null. */
  private taken: object | null = null;
  private takenReference = 0;
  given: object | null = null;
  givenReference = 0;
  /** Indices to be taken until it is asked again whether a sweep is worth it. */
  private left = 1;
  /** By index. Only old ones are weakened: that costs more than most of them live. */
  private age = new Uint8Array(64);
  /** Marks of the sweep under way. Taking an index ends it: the marks know nothing of that. */
  private sweeping: Uint8Array | null = null;
  /** Once a module has string builtins. */
  private strings: StringCells | null = null;
  /** Indices that were offered to native code since the latest sweep. */
  private offered: number[] = [];
  /** Index of the first of the single characters, and the empty string, which are there then for good. */
  private singles = 0;

  /**
   * @param consider may sweep; returns after how many taken indices it wants to be asked again. Its argument: how many
   * were taken, if not that.
   */
  constructor(
    private readonly native: NativeBinding,
    private readonly i32: Int32Array,
    private readonly consider: (taken?: number) => number,
  ) {}

  /** A reference (signed) for a value; 0 for null. */
  take(value: unknown): number {
    if (value === null) return 0;
    if (typeof value !== 'object' && typeof value !== 'function') return this.takeNew(value);
    if (value === this.taken) return this.takenReference;
    const reference = this.takeNew(value);
    this.taken = value;
    this.takenReference = reference;
    return reference;
  }

  /** The reference of an object if JavaScript was given it last; 0 for all else. */
  referenceAgain(value: unknown): number {
    return typeof value === 'object' && value === this.given ? this.givenReference : 0;
  }

  private takeNew(value: unknown): number {
    const index = this.takeIndex(value);
    if (this.strings !== null) {
      if (typeof value === 'string') this.strings.describe(index, value);
      else this.strings.forget(index);
    }
    return referenceOf(index);
  }

  /** Lets native code make strings, if it has no index left for them. */
  offer(): void {
    const { strings: cells, values, i32 } = this;
    if (cells === null || i32[ControlWord.FRESH_STRING_COUNT] > 0 || i32[ControlWord.STRING_CELL_COUNT] === 0) return;
    this.left = 1;
    this.left = this.consider(MOST_FRESH_STRINGS * COST_OF_MADE);
    this.sweeping = null;
    for (let k = 0; k < MOST_FRESH_STRINGS; k++) {
      const index = this.freeIndex();
      values[index] = MADE;
      this.age[index] = YOUNG;
      cells.forget(index);
      this.offered.push(index);
      i32[ControlWord.FRESH_STRINGS + k] = index;
    }
    i32[ControlWord.FRESH_STRING_COUNT] = MOST_FRESH_STRINGS;
  }

  private takeIndex(value: unknown): number {
    if (--this.left === 0) {
      this.left = 1;
      this.left = this.consider();
    }
    this.sweeping = null;
    const index = this.freeIndex();
    this.values[index] = value;
    this.age[index] = YOUNG;
    return index;
  }

  private freeIndex(): number {
    const index = this.free;
    if (index === 0) return this.more();
    this.free = this.values[index] as number;
    return index;
  }

  private more(): number {
    const index = this.values.length;
    if (index >= this.age.length) {
      const longer = new Uint8Array(2 * index);
      for (let i = 0; i < index; i++) longer[i] = this.age[i];
      this.age = longer;
      // New cells know nothing, of what strings are made either.
      this.makeOffered();
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
    if (reference === this.givenReference) return this.given;
    const index = indexOf(reference);
    const value = this.values[index];
    if (typeof value !== 'object') {
      if (value === MADE) return this.make(index);
      return value === WEAK ? (this.values[index] = this.native.externValue(index)) : value;
    }
    // (A sweep under way may let the table's hold of it go.)
    if (value !== this.given && this.sweeping === null) {
      this.given = value;
      this.givenReference = reference | 0;
    }
    return value;
  }

  /** The string that native code has made at an index, and those that it is made of. */
  private make(index: number): string {
    const { values } = this;
    const cells = this.strings!;
    const open: number[] = [index];
    while (open.length > 0) {
      const at = open[open.length - 1];
      // A word that looks like its reference does not say that it was used.
      if (!cells.isMade(at)) values[at] = '';
      if (values[at] !== MADE) {
        open.pop();
        continue;
      }
      const first = cells.firstOf(at);
      const second = cells.secondOf(at);
      const part = cells.isPart(at);
      if (values[first] === MADE) open.push(first);
      else if (!part && values[second] === MADE) open.push(second);
      else {
        const s = values[first] as string;
        values[at] = part ? strings.substring(s, second, second + cells.lengthOf(at)) : s + (values[second] as string);
        cells.wasMade(at);
        open.pop();
      }
    }
    return values[index] as string;
  }

  /** All those that wasm may have: with `marks`, those that it has. */
  private makeOffered(marks: Uint8Array | null = null): void {
    const { offered, values } = this;
    for (let k = 0; k < offered.length; k++) {
      const index = offered[k];
      if (values[index] === MADE && (marks === null ? this.strings!.isMade(index) : marks[index] !== 0))
        this.make(index);
    }
  }

  /** The value at an index, for its owners. */
  at(index: number): unknown {
    const value = this.values[index];
    if (value === MADE) return this.make(index);
    return value === WEAK ? this.native.externValue(index) : value;
  }

  /** Indices in existence, free ones included. */
  get size(): number {
    return this.values.length;
  }

  /** Marks for `sweep`, all 0 but for what stays for good. */
  begin(): Uint8Array {
    this.taken = this.given = null;
    this.givenReference = 0;
    // Those that are not used are free like others.
    this.i32[ControlWord.FRESH_STRING_COUNT] = 0;
    const marks = new Uint8Array(this.values.length);
    if (this.strings !== null) marks.fill(Mark.ROOT, this.singles, this.singles + SINGLE_CHARACTERS + 1);
    return (this.sweeping = marks);
  }

  /** Frees every index whose mark is 0 and weakens those that have owners: the old ones, or `all`. O(indices). */
  sweep(marks: Uint8Array, all: boolean): void {
    const { values, native, age } = this;
    if (this.sweeping === marks) this.makeOffered(marks);
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
    this.offered = [];
    this.sweeping = null;
  }
}

const referenceOf = (index: number): number => (imul(index, Externref.SCATTER) << 2) | Externref.TAG;
const indexOf = (reference: number): number => imul(reference >>> 2, Externref.GATHER) & 0x3fffffff;

const isCollectable = (value: unknown): boolean =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
